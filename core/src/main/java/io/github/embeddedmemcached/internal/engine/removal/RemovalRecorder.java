package io.github.embeddedmemcached.internal.engine.removal;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.jfr.FlightEvents;
import org.jspecify.annotations.Nullable;

/**
 * Records a partition's removals for {@link Removals}, which reports them when the partition is unlocked: code of the application
 * never runs under the lock. A removal whose cause has no recipient costs one read of a field. Guarded by the partition's lock.
 */
public final class RemovalRecorder {
    private final Removals removals;
    private final CacheClock clock;
    private final RemovalRecord record = new RemovalRecord();
    private @Nullable RemovalEvents events;
    private int evictedItems; // since the last take
    private long evictedBytes;

    public RemovalRecorder(Removals removals, CacheClock clock) {
        this.removals = removals;
        this.clock = clock;
    }

    /** Records the removal of an item that is not overwritten yet, and counts it if it is an eviction. */
    public void record(RemovalCause cause, Segment segment, int item, boolean wasFetched, long now) {
        if (cause == RemovalCause.EVICTED) {
            evictedItems++;
            evictedBytes += ItemLayout.accountedSize(segment.bytes, item);
        }
        if (removals.isReported(cause)) {
            record.item(cause, segment, item, wasFetched, clock, now);
            if (cause != RemovalCause.EVICTED || removals.count(record)) {
                add();
            }
        }
    }

    /** Records a value that was not stored. */
    public void recordRejection(
            byte[] bytes, int keyOffset, int keyLength, int flags, long valueLength, long expiry, long now) {
        if (removals.isReported(RemovalCause.REJECTED)) {
            record.key(RemovalCause.REJECTED, bytes, keyOffset, keyLength);
            record.value(flags, valueLength);
            record.expiry(expiry, clock, now);
            add();
        }
    }

    private void add() {
        try {
            events().add(record);
        } catch (OutOfMemoryError e) {
            // This removal is not reported.
        }
    }

    /**
     * Records a flush.
     *
     * @param index the dropped index
     * @param segments the dropped segments
     * @param flushMoment the moment for which the flush was requested
     */
    public void recordFlush(Index index, SegmentTable segments, long flushMoment, long now) {
        if (index.items() > 0
                && (removals.isReported(RemovalCause.FLUSHED) || removals.isReported(RemovalCause.EXPIRED))) {
            try {
                events().add(new FlushedItems(index, segments, clock, flushMoment, now));
            } catch (OutOfMemoryError e) {
                // This flush is not reported.
            }
        }
    }

    private RemovalEvents events() {
        RemovalEvents recorded = events;
        if (recorded == null) {
            recorded = new RemovalEvents();
            events = recorded;
        }
        return recorded;
    }

    /** Returns whether {@link #take} would return events. */
    public boolean hasEvents() {
        return events != null || evictedItems > FlightEvents.BURST_ITEMS;
    }

    /** Returns the events recorded since the last call, or null if there are none; to be passed to {@link Removals#deliver}. */
    public @Nullable RemovalEvents take() {
        RemovalEvents taken = evictedItems > FlightEvents.BURST_ITEMS ? eventsOfBurst() : events;
        if (taken != null) {
            events = null;
        }
        evictedItems = 0;
        evictedBytes = 0;
        return taken;
    }

    /** Returns the recorded events with the size of the burst; without it if the JVM has no memory for it. */
    private @Nullable RemovalEvents eventsOfBurst() {
        try {
            events().burst(evictedItems, evictedBytes);
        } catch (OutOfMemoryError e) {
            // The burst is not reported.
        }
        return events;
    }
}
