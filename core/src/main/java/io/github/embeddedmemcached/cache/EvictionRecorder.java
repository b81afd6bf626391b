package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * Records a partition's evictions for {@link Evictions}, which reports them when the partition is unlocked: code of the
 * application never runs under the lock. Guarded by the partition's lock.
 */
final class EvictionRecorder {
    private final Evictions evictions;
    private @Nullable EvictionEvents events;

    EvictionRecorder(Evictions evictions) {
        this.evictions = evictions;
    }

    /** Counts and records the eviction of an item that is still there. */
    void record(Segment segment, int item, boolean wasFetched, CacheClock clock, long now) {
        byte[] bytes = segment.bytes;
        long secondsToLive = clock.secondsToLive(segment.expiry(item), now);
        long secondsSinceAccess = Math.max(0, clock.second(now) - segment.accessed(item));
        if (evictions.count(secondsToLive, secondsSinceAccess, ItemLayout.accountedSize(bytes, item))) {
            try {
                EvictionEvents recorded = events;
                if (recorded == null) {
                    recorded = new EvictionEvents();
                    events = recorded;
                }
                recorded.add(segment, item, wasFetched, secondsToLive, secondsSinceAccess);
            } catch (OutOfMemoryError e) {
                // This eviction is not reported.
            }
        }
    }

    /** Returns what has been recorded since the last time, or null if that is nothing; to be passed to {@link Evictions#deliver}. */
    @Nullable EvictionEvents take() {
        EvictionEvents taken = events;
        if (taken != null) {
            events = null;
        }
        return taken;
    }
}
