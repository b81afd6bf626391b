package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import org.jspecify.annotations.Nullable;

/**
 * Records a partition's evictions for {@link Evictions}, which reports them when the partition is unlocked: code of the
 * application never runs under the lock. Guarded by the partition's lock.
 */
public final class EvictionRecorder {
    private final Evictions evictions;
    private @Nullable EvictionEvents events;

    public EvictionRecorder(Evictions evictions) {
        this.evictions = evictions;
    }

    /** Counts and records the eviction of an item that is not overwritten yet. */
    public void record(Segment segment, int item, boolean wasFetched, CacheClock clock, long now) {
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

    /** Returns the events recorded since the last call, or null if there are none; to be passed to {@link Evictions#deliver}. */
    public @Nullable EvictionEvents take() {
        EvictionEvents taken = events;
        if (taken != null) {
            events = null;
        }
        return taken;
    }
}
