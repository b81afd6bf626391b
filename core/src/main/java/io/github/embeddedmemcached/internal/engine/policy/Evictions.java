package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.cache.EvictionListener;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The recipients of a cache's evictions: the application's listener, and the observers of the servers that share the cache. Counts
 * are reported immediately, under the lock of a partition; events are reported after the lock is released, see {@link EvictionRecorder}.
 * Thread-safe.
 */
public final class Evictions {
    private static final EvictionObserver[] NO_OBSERVERS = {};

    private final @Nullable String cacheName;
    private volatile @Nullable EvictionListener listener;
    private volatile boolean hasLoggedException;
    private volatile EvictionObserver[] observers = NO_OBSERVERS; // replaced under the monitor of this

    /** The events that the current thread still has to deliver; null unless it is delivering. */
    private final ThreadLocal<@Nullable Queue<EvictionEvents>> undelivered = new ThreadLocal<>();

    /** Creates the recipients for a cache, whose name is null if it has none. */
    public Evictions(@Nullable String cacheName) {
        this.cacheName = cacheName;
    }

    public void listener(@Nullable EvictionListener listener) {
        this.listener = listener;
        hasLoggedException = false;
    }

    public synchronized void add(EvictionObserver observer) {
        EvictionObserver[] all = Arrays.copyOf(observers, observers.length + 1);
        all[all.length - 1] = observer;
        observers = all;
    }

    public synchronized void remove(EvictionObserver observer) {
        observers = Arrays.stream(observers).filter(each -> each != observer).toArray(EvictionObserver[]::new);
    }

    /** Counts an eviction, and returns whether its details are reported. Called under a partition's lock; throws nothing. */
    boolean count(long secondsToLive, long secondsSinceAccess, long itemSize) {
        boolean isReported = listener != null;
        for (EvictionObserver observer : observers) {
            try {
                observer.countEviction(secondsToLive, secondsSinceAccess, itemSize);
                isReported |= observer.isListening();
            } catch (Throwable e) {
                // Losing a count is better than interrupting the change in progress.
            }
        }
        return isReported;
    }

    /** Reports recorded evictions. Called by a thread that holds no lock; throws nothing. */
    public void deliver(EvictionEvents events) {
        try {
            events.emitBurst(cacheName);
            Queue<EvictionEvents> outer = undelivered.get();
            if (outer != null) { // called by a listener that uses the cache: recursion would be unbounded
                outer.add(events);
                return;
            }
            Queue<EvictionEvents> queue = new ArrayDeque<>();
            undelivered.set(queue);
            try {
                for (EvictionEvents next = events; next != null; next = queue.poll()) {
                    next.forEach(this::report);
                }
            } finally {
                undelivered.remove();
            }
        } catch (Throwable e) {
            log(e); // no memory, or no stack
        }
    }

    private void report(
            byte[] bytes,
            int keyOffset,
            int keyLength,
            boolean wasFetched,
            long secondsToLive,
            long secondsSinceAccess,
            int valueLength,
            long itemSize) {
        for (EvictionObserver observer : observers) {
            if (observer.isListening()) {
                report(
                        observer,
                        bytes,
                        keyOffset,
                        keyLength,
                        wasFetched,
                        secondsToLive,
                        secondsSinceAccess,
                        valueLength,
                        itemSize);
            }
        }
        EvictionListener applicationListener = listener;
        if (applicationListener != null) {
            report(
                    applicationListener,
                    bytes,
                    keyOffset,
                    keyLength,
                    wasFetched,
                    secondsToLive,
                    secondsSinceAccess,
                    valueLength,
                    itemSize);
        }
    }

    private void report(
            EvictionListener recipient,
            byte[] bytes,
            int keyOffset,
            int keyLength,
            boolean wasFetched,
            long secondsToLive,
            long secondsSinceAccess,
            int valueLength,
            long itemSize) {
        try {
            recipient.onEviction(
                    bytes, keyOffset, keyLength, wasFetched, secondsToLive, secondsSinceAccess, valueLength, itemSize);
        } catch (Throwable e) {
            log(e);
        }
    }

    private void log(Throwable exception) {
        if (!hasLoggedException) {
            hasLoggedException = true;
            try {
                System.getLogger("io.github.embeddedmemcached")
                        .log(
                                System.Logger.Level.WARNING,
                                "An eviction listener" + (cacheName == null ? "" : " of the cache " + cacheName)
                                        + " threw an exception. Further exceptions are not logged.",
                                exception);
            } catch (Throwable e) {
                // The logger has failed too.
            }
        }
    }
}
