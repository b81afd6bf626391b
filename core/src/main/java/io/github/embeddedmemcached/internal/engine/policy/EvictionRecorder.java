package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.jfr.FlightEvents;
import org.jspecify.annotations.Nullable;

/**
 * Records a partition's evictions for {@link Evictions}, which reports them when the partition is unlocked: code of the
 * application never runs under the lock. Guarded by the partition's lock.
 */
public final class EvictionRecorder {
    private final Evictions evictions;
    private @Nullable EvictionEvents events;
    private int items; // counted since the last take
    private long bytes;

    public EvictionRecorder(Evictions evictions) {
        this.evictions = evictions;
    }

    /** Counts and records the eviction of an item that is not overwritten yet. */
    public void record(Segment segment, int item, boolean wasFetched, CacheClock clock, long now) {
        long itemSize = ItemLayout.accountedSize(segment.bytes, item);
        items++;
        bytes += itemSize;
        long secondsToLive = clock.secondsToLive(segment.expiry(item), now);
        long secondsSinceAccess = Math.max(0, clock.second(now) - segment.accessed(item));
        if (evictions.count(secondsToLive, secondsSinceAccess, itemSize)) {
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
        if (items == 0) {
            return null;
        }
        EvictionEvents taken = items > FlightEvents.BURST_ITEMS ? eventsOfBurst() : events;
        events = null;
        items = 0;
        bytes = 0;
        return taken;
    }

    /** Returns the recorded events with the size of the burst; without it if the JVM has no memory for it. */
    private @Nullable EvictionEvents eventsOfBurst() {
        EvictionEvents all = events;
        try {
            all = all == null ? new EvictionEvents() : all;
            all.burst(items, bytes);
        } catch (OutOfMemoryError e) {
            return all;
        }
        return all;
    }
}
