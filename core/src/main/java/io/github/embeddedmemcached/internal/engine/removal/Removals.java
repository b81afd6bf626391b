package io.github.embeddedmemcached.internal.engine.removal;

import io.github.embeddedmemcached.cache.RemovalCause;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The recipients of a cache's removals: one for the application, and the observers of the servers that share the cache. Evictions are
 * counted immediately, under the lock of a partition; all removals are reported after the lock is released, see {@link
 * RemovalRecorder}. Thread-safe.
 */
public final class Removals {
    private static final EvictionObserver[] NO_OBSERVERS = {};

    private final @Nullable String cacheName;

    // Replaced under the monitor of this.
    private volatile @Nullable RemovalRecipient recipient;
    private volatile EvictionObserver[] observers = NO_OBSERVERS;
    private volatile int causesOfRecipient;

    /** The causes that have a recipient, a bit for each. */
    private volatile int causes;

    private volatile boolean hasLoggedException;

    /** The events that the current thread still has to deliver; null unless it is delivering. */
    private final ThreadLocal<@Nullable Queue<RemovalEvents>> undelivered = new ThreadLocal<>();

    /** Creates the recipients for a cache, whose name is null if it has none. */
    public Removals(@Nullable String cacheName) {
        this.cacheName = cacheName;
    }

    /** Returns the bit of a cause in a set of causes. */
    public static int bit(RemovalCause cause) {
        return 1 << cause.ordinal();
    }

    /**
     * Sets the application's recipient, in place of any other.
     *
     * @param causes the {@linkplain #bit bits} of the causes that it handles; it may be called for others
     */
    public synchronized void recipient(RemovalRecipient recipient, int causes) {
        this.recipient = recipient;
        causesOfRecipient = causes;
        updateCauses();
    }

    public synchronized void add(EvictionObserver observer) {
        EvictionObserver[] all = Arrays.copyOf(observers, observers.length + 1);
        all[all.length - 1] = observer;
        observers = all;
        updateCauses();
    }

    public synchronized void remove(EvictionObserver observer) {
        observers = Arrays.stream(observers).filter(each -> each != observer).toArray(EvictionObserver[]::new);
        updateCauses();
    }

    private void updateCauses() {
        causes = causesOfRecipient | (observers.length == 0 ? 0 : bit(RemovalCause.EVICTED));
    }

    /** Returns whether a cause has a recipient. */
    boolean isReported(RemovalCause cause) {
        return (causes & bit(cause)) != 0;
    }

    /** Counts an eviction, and returns whether its details are reported. Called under a partition's lock; throws nothing. */
    boolean count(RemovalRecord eviction) {
        boolean isReported = (causesOfRecipient & bit(RemovalCause.EVICTED)) != 0;
        for (EvictionObserver observer : observers) {
            try {
                observer.countEviction(eviction);
                isReported |= observer.isListening();
            } catch (Throwable e) {
                // Losing a count is better than interrupting the change in progress.
            }
        }
        return isReported;
    }

    /** Reports recorded removals. Called by a thread that holds no lock; throws nothing. */
    public void deliver(RemovalEvents events) {
        try {
            events.emitBurst(cacheName);
            Queue<RemovalEvents> outer = undelivered.get();
            if (outer != null) { // called by a listener that uses the cache: recursion would be unbounded
                outer.add(events);
                return;
            }
            Queue<RemovalEvents> queue = new ArrayDeque<>();
            undelivered.set(queue);
            try {
                for (RemovalEvents next = events; next != null; next = queue.poll()) {
                    next.forEach(this::report);
                }
            } finally {
                undelivered.remove();
            }
        } catch (Throwable e) {
            log(e); // no memory, or no stack
        }
    }

    private void report(RemovalRecord removal) {
        if (removal.cause() == RemovalCause.EVICTED) {
            for (EvictionObserver observer : observers) {
                if (observer.isListening()) {
                    report(observer, removal);
                }
            }
        }
        RemovalRecipient ofApplication = recipient;
        if (ofApplication != null) {
            report(ofApplication, removal);
        }
    }

    private void report(RemovalRecipient to, RemovalRecord removal) {
        try {
            to.onRemoval(removal);
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
                                "A removal" + (cacheName == null ? "" : " from the cache " + cacheName)
                                        + " was not reported. Further failures are not logged.",
                                exception);
            } catch (Throwable e) {
                // The logger has failed too.
            }
        }
    }
}
