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

    /**
     * Makes a segment around an array, or returns null where all numbers are taken. Everything that this and {@link #remove} need is
     * allocated first: an error leaves the table as it was.
     */
    @Nullable Segment add(byte[] bytes, boolean isLarge) {
        if (freeCount == 0 && nextId > Slot.SEGMENT_MAX) {
            return null;
        }
        int id = freeCount > 0 ? freeIds[freeCount - 1] : nextId;
        if (id >= segments.length) {
            HeapArrays.check(segments.length * 2 * Integer.BYTES);
            segments = Arrays.copyOf(segments, segments.length * 2);
        }
        if (id >= freeIds.length) { // room for the number of each segment
            HeapArrays.check(segments.length * Integer.BYTES);
            freeIds = Arrays.copyOf(freeIds, segments.length);
        }
        HeapArrays.check(Long.BYTES);
        Segment segment = new Segment(id, bytes, isLarge);
        if (freeCount > 0) {
            freeCount--;
        } else {
            nextId++;
        }
        ELEMENT.setRelease(segments, id, segment);
        return segment;
    }

    /** Takes a segment out, whose number is free then. Allocates nothing. */
    void remove(Segment segment) {
        ELEMENT.setRelease(segments, segment.id, null);
        freeIds[freeCount++] = segment.id;
    }

    /** One more than the highest number that was ever given. */
    int end() {
        return nextId;
    }
}
