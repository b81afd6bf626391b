package io.github.embeddedmemcached.internal.engine.removal;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;

/**
 * The items that a flush of a partition dropped. They are read without the lock and without a copy, because dropped contents are never
 * written again.
 *
 * @param index the dropped index
 * @param segments the dropped segments
 * @param flushMoment the moment for which the flush was requested: items that had expired by then are not counted as flushed
 * @param now the moment at which the flush took place
 */
record FlushedItems(Index index, SegmentTable segments, CacheClock clock, long flushMoment, long now) {
    void forEach(RemovalRecord record, RemovalRecipient recipient) {
        index.forEach((bucket, slot) -> {
            Segment segment = segments.get(Slot.segment(slot));
            if (segment != null) {
                int item = Slot.offset(slot);
                boolean expired = clock.isExpired(segment.expiry(item), flushMoment);
                record.item(
                        expired ? RemovalCause.EXPIRED : RemovalCause.FLUSHED,
                        segment,
                        item,
                        Slot.isFetched(slot),
                        clock,
                        now);
                recipient.onRemoval(record);
            }
        });
    }
}
