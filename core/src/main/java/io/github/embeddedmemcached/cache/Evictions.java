package io.github.embeddedmemcached.cache;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The recipients of a cache's evictions: the application's listener, and the observers of the servers that share the cache. Counts
 * are passed on at once, under the lock of a partition; everything else runs after the lock is released, see {@link EvictionRecorder}.
 * Thread-safe.
 */
final class Evictions {
    private static final EvictionObserver[] NO_OBSERVERS = {};

    private volatile @Nullable EvictionListener listener;
    private volatile boolean hasLoggedException;
    private volatile EvictionObserver[] observers = NO_OBSERVERS; // replaced under the monitor of this

    /** The events that the current thread has still to deliver; absent unless it is delivering. */
    private final ThreadLocal<@Nullable Queue<EvictionEvents>> undelivered = new ThreadLocal<>();

    void listener(@Nullable EvictionListener listener) {
        this.listener = listener;
        hasLoggedException = false;
    }

    synchronized void add(EvictionObserver observer) {
        EvictionObserver[] all = Arrays.copyOf(observers, observers.length + 1);
        all[all.length - 1] = observer;
        observers = all;
    }

    synchronized void remove(EvictionObserver observer) {
        observers = Arrays.stream(observers).filter(each -> each != observer).toArray(EvictionObserver[]::new);
    }

    /** Counts an eviction, and returns whether its details are to be reported. Under a partition's lock; throws nothing. */
    boolean count(long secondsToLive, long secondsSinceAccess, long itemSize) {
        boolean wanted = listener != null;
        for (EvictionObserver observer : observers) {
            try {
                observer.countEviction(secondsToLive, secondsSinceAccess, itemSize);
                wanted |= observer.isListening();
            } catch (Throwable e) {
                // A count is lost. The change that is under way matters more.
            }
        }
        return wanted;
    }

    /** Reports recorded evictions. Called by a thread that holds no lock; throws nothing. */
    void deliver(EvictionEvents events) {
        try {
            Queue<EvictionEvents> outer = undelivered.get();
            if (outer != null) { // a listener uses the cache: not recursively, which would have no bound
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
        EvictionListener applications = listener;
        if (applications != null) {
            report(
                    applications,
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
                                "An eviction listener threw an exception. Further ones are not logged.",
                                exception);
            } catch (Throwable e) {
                // The logger has failed too: there is nowhere else to report to.
            }
        }
    }
}
