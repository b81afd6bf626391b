package io.github.embeddedmemcached.cache;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks that a partition's contents make sense: every invariant that can be checked by looking. */
final class IntegrityCheck {
    private final Contents contents;
    private final Memory memory;
    private final KeyHash keyHash;
    private final Map<Segment, Integer> itemsIndexed = new HashMap<>();
    private final ItemView place = new ItemView();
    private long itemBytes;

    IntegrityCheck(Contents contents, Memory memory, KeyHash keyHash) {
        this.contents = contents;
        this.memory = memory;
        this.keyHash = keyHash;
    }

    /** Throws IllegalStateException with a sentence about the first thing that is wrong. */
    void run() {
        check(!contents.index.isMoving(), "a change of the index was not completed");
        long[] slots = {0};
        contents.index.forEach((bucket, slot) -> {
            slots[0]++;
            checkSlot(bucket, slot);
        });
        check(slots[0] == contents.index.items(), "the index counts " + contents.index.items() + ", holds " + slots[0]);
        checkLog(contents.small, "small");
        checkLog(contents.large, "large");
        checkLog(contents.main, "main");
        check(itemsIndexed.isEmpty(), "items in segments outside of the logs");
        check(itemBytes == contents.itemBytes(), "items take " + itemBytes + ", accounted " + contents.itemBytes());
        checkMemory();
    }

    private void checkSlot(int bucket, long slot) {
        Segment segment = contents.segments.get(Slot.segment(slot));
        check(segment != null && segment.id == Slot.segment(slot), "a slot points to no segment");
        if (segment == null) {
            return;
        }
        int item = Slot.offset(slot);
        byte[] bytes = segment.bytes;
        check(item < segment.tail, "a slot points behind the tail");
        check(!ItemLayout.isDead(bytes, item), "a slot points to a dead item");
        int keyLength = ItemLayout.keyLength(bytes, item);
        long hash = keyHash.of(bytes, ItemLayout.keyOffset(bytes, item), keyLength);
        check(contents.index.belongs(hash, bucket, slot), "an item in the wrong bucket");
        check(
                contents.index.findLocked(hash, bytes, ItemLayout.keyOffset(bytes, item), keyLength, place)
                        && place.item == item
                        && place.segment == segment,
                "an item that is not found under its key");
        itemBytes += Cache.itemSize(keyLength, ItemLayout.flags(bytes, item), ItemLayout.valueLength(bytes, item));
        itemsIndexed.merge(segment, 1, Integer::sum);
    }

    private void checkLog(Log log, String name) {
        long bytes = 0;
        Segment older = null;
        for (Segment segment = log.oldest(); segment != null; segment = segment.newer) {
            check(segment.log == log && segment.older == older, name + ": a segment linked wrongly");
            check(contents.segments.get(segment.id) == segment, name + ": a segment under a wrong number");
            Integer indexed = itemsIndexed.remove(segment);
            check(segment.liveItems == (indexed == null ? 0 : indexed), name + ": a segment's live items");
            checkItems(segment, name);
            bytes += segment.bytes.length;
            older = segment;
        }
        check(bytes == log.bytes(), name + ": holds " + bytes + ", accounted " + log.bytes());
    }

    private static void checkItems(Segment segment, String name) {
        int live = 0;
        int dead = 0;
        int item = 0;
        while (item < segment.tail) {
            int size = ItemLayout.size(segment.bytes, item);
            if (ItemLayout.isDead(segment.bytes, item)) {
                dead += size;
            } else {
                live++;
            }
            item += size;
        }
        check(item == segment.tail && item <= segment.bytes.length, name + ": items don't end at the tail");
        check(live == segment.liveItems, name + ": live items counted wrongly");
        check(dead == segment.deadBytes, name + ": dead bytes counted wrongly");
    }

    private void checkMemory() {
        long used = contents.index.bytes()
                + contents.pool.bytes()
                + contents.reclaimer().ghosts().bytes();
        check(used <= memory.usedBytes(), "more memory in use than accounted");
        check(memory.usedBytes() - memory.lentBytes() <= memory.limitBytes(), "more memory in use than allowed");
        long segments = 0;
        for (int id = 1; id < contents.segments.end(); id++) {
            @Nullable Segment segment = contents.segments.get(id);
            check(segment == null || !Segment.isChanging(segment.version()), "a change of a segment was not completed");
            segments += segment == null ? 0 : segment.bytes.length;
        }
        long accounted = contents.pool.bytes() - contents.pool.freeArraysBytes();
        check(segments == accounted, "segments take " + segments + ", accounted " + accounted);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
