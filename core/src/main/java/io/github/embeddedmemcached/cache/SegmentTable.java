package io.github.embeddedmemcached.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The segments by their number, which is what a slot of the index holds. Numbers begin at 1 and are used again. Read without a
 * lock, written under the partition's.
 */
final class SegmentTable {
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Segment[].class);

    private volatile @Nullable Segment[] segments = new Segment[16];
    private int[] freeIds = new int[16];
    private int freeCount;
    private int nextId = 1;

    /** The segment of this number, or null where there is none any more. */
    @Nullable Segment get(int id) {
        @Nullable Segment[] all = segments;
        return id < all.length ? (Segment) ELEMENT.getAcquire(all, id) : null;
    }

    /** Makes a segment around an array, or returns null where all numbers are taken. */
    @Nullable Segment add(byte[] bytes, boolean isLarge) {
        if (freeCount == 0 && nextId > Slot.SEGMENT_MAX) {
            return null;
        }
        int id = freeCount > 0 ? freeIds[--freeCount] : nextId++;
        if (id >= segments.length) {
            segments = Arrays.copyOf(segments, segments.length * 2);
        }
        Segment segment = new Segment(id, bytes, isLarge);
        ELEMENT.setRelease(segments, id, segment);
        return segment;
    }

    void remove(Segment segment) {
        ELEMENT.setRelease(segments, segment.id, null);
        if (freeCount == freeIds.length) {
            freeIds = Arrays.copyOf(freeIds, freeCount * 2);
        }
        freeIds[freeCount++] = segment.id;
    }

    /** One more than the highest number that was ever given. */
    int end() {
        return nextId;
    }
}
