package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Log;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks every invariant of a partition's contents that can be checked by reading them. */
final class IntegrityCheck {
    private final PartitionContents contents;
    private final Memory memory;
    private final KeyHash keyHash;
    private final Map<Segment, Integer> itemsIndexed = new HashMap<>();
    private final ItemView location = new ItemView();
    private long itemBytes;

    IntegrityCheck(PartitionContents contents, Memory memory, KeyHash keyHash) {
        this.contents = contents;
        this.memory = memory;
        this.keyHash = keyHash;
    }

    /** Throws IllegalStateException with a message about the first violated invariant. */
    void run() {
        check(!contents.index.isMoving(), "a change of the index was not completed");
        long[] slots = {0};
        contents.index.forEach((bucket, slot) -> {
            slots[0]++;
            checkSlot(bucket, slot);
        });
        check(
                slots[0] == contents.index.items(),
                "the index counts " + contents.index.items() + " items, but contains " + slots[0]);
        checkLog(contents.small, "small");
        checkLog(contents.main, "main");
        check(itemsIndexed.isEmpty(), "items in segments that are in no log");
        check(
                itemBytes == contents.itemBytes(),
                "items occupy " + itemBytes + " bytes, but " + contents.itemBytes() + " are accounted");
        checkMemory();
    }

    private void checkSlot(int bucket, long slot) {
        Segment segment = contents.segments.get(Slot.segment(slot));
        check(segment != null && segment.id == Slot.segment(slot), "a slot refers to no segment");
        if (segment == null) {
            return;
        }
        int item = Slot.offset(slot);
        byte[] bytes = segment.bytes;
        check(item < segment.tail, "a slot refers to bytes beyond the tail");
        check(!ItemLayout.isDeleted(bytes, item), "a slot refers to a deleted item");
        int keyLength = ItemLayout.keyLength(bytes, item);
        long hash = keyHash.hash(bytes, ItemLayout.keyOffset(bytes, item), keyLength);
        check(contents.index.belongs(hash, bucket, slot), "an item is in the wrong bucket");
        check(
                contents.index.findLocked(hash, bytes, ItemLayout.keyOffset(bytes, item), keyLength, location)
                        && location.item == item
                        && location.segment == segment,
                "an item is not found under its key");
        itemBytes += ItemSize.of(keyLength, ItemLayout.flags(bytes, item), ItemLayout.valueLength(bytes, item));
        itemsIndexed.merge(segment, 1, Integer::sum);
    }

    private void checkLog(Log log, String name) {
        long bytes = 0;
        long reclaimable = 0;
        Segment older = null;
        for (Segment segment = log.oldest(); segment != null; segment = segment.newer) {
            check(segment.log == log && segment.older == older, name + ": a segment is linked incorrectly");
            check(contents.segments.get(segment.id) == segment, name + ": a segment is registered under another id");
            Integer indexed = itemsIndexed.remove(segment);
            check(
                    segment.liveItems == (indexed == null ? 0 : indexed),
                    name + ": the live items of a segment are miscounted");
            checkItems(segment, name);
            check(
                    !segment.isBeingEmptied || contents.reclaimer().isEmptying(segment),
                    name + ": a segment is marked as being emptied, but is not");
            check(
                    segment.isBeingEmptied || segment.countedBytes >= segment.deletedBytes,
                    name + ": deleted bytes are not counted");
            reclaimable += log.isOpen(segment) ? 0 : segment.countedBytes;
            bytes += segment.capacity();
            older = segment;
        }
        check(
                reclaimable == log.reclaimableBytes(),
                name + ": " + reclaimable + " bytes are reclaimable, but " + log.reclaimableBytes() + " are counted");
        check(bytes == log.bytes(), name + ": contains " + bytes + " bytes, but " + log.bytes() + " are accounted");
    }

    private static void checkItems(Segment segment, String name) {
        int live = 0;
        int deleted = 0;
        int item = 0;
        while (item < segment.tail) {
            int size = ItemLayout.size(segment.bytes, item);
            if (ItemLayout.isDeleted(segment.bytes, item)) {
                deleted += size;
            } else {
                live++;
            }
            item += size;
        }
        check(item == segment.tail && item <= segment.capacity(), name + ": the items do not end at the tail");
        check(live == segment.liveItems, name + ": the live items are miscounted");
        check(deleted == segment.deletedBytes, name + ": the deleted bytes are miscounted");
    }

    private void checkMemory() {
        long used = contents.index.bytes() + contents.pool.bytes() + contents.sketch.bytes();
        check(used <= memory.usedBytes(), "more memory in use than accounted");
        check(memory.usedBytes() - memory.leasedBytes() <= memory.limitBytes(), "more memory in use than allowed");
        long segments = 0;
        for (int id = 1; id < contents.segments.end(); id++) {
            @Nullable Segment segment = contents.segments.get(id);
            check(segment == null || !Segment.isChanging(segment.version()), "a change of a segment was not completed");
            segments += segment == null ? 0 : segment.capacity();
        }
        long accounted = contents.pool.bytes() - contents.pool.freeArraysBytes();
        check(segments == accounted, "segments occupy " + segments + " bytes, but " + accounted + " are accounted");
    }

    private static void check(boolean isValid, String violation) {
        if (!isValid) {
            throw new IllegalStateException(violation);
        }
    }
}
