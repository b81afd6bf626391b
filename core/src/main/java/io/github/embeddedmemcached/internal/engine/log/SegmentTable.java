package io.github.embeddedmemcached.internal.engine.log;

import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The segments by their id, which slots of the index contain. Ids begin with 1 and are reused. Read without a lock, written under the
 * partition's lock.
 */
public final class SegmentTable {
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Segment[].class);

    private volatile @Nullable Segment[] segments = new Segment[16];
    private int[] freeIds = new int[16];
    private int freeCount;
    private int nextId = 1;

    /** Returns the segment with an id, or null if there is none any more. */
    public @Nullable Segment get(int id) {
        @Nullable Segment[] all = segments;
        return id < all.length ? (Segment) ELEMENT.getAcquire(all, id) : null;
    }

    /**
     * Creates a segment with an array, or returns null if all ids are in use. Everything that this and {@link #remove} need is
     * allocated first: an error leaves the table unchanged.
     */
    public @Nullable Segment add(byte[] bytes, boolean isLarge, DirectMemory.@Nullable Piece direct) {
        if (freeCount == 0 && nextId > Slot.SEGMENT_MAX) {
            return null;
        }
        int id = freeCount > 0 ? freeIds[freeCount - 1] : nextId;
        if (id >= segments.length) {
            HeapArrays.check(segments.length * 2 * Integer.BYTES);
            segments = Arrays.copyOf(segments, segments.length * 2);
        }
        if (id >= freeIds.length) { // capacity for the id of each segment
            HeapArrays.check(segments.length * Integer.BYTES);
            freeIds = Arrays.copyOf(freeIds, segments.length);
        }
        HeapArrays.check(Long.BYTES);
        Segment segment = new Segment(id, bytes, isLarge, direct);
        if (freeCount > 0) {
            freeCount--;
        } else {
            nextId++;
        }
        ELEMENT.setRelease(segments, id, segment);
        return segment;
    }

    /** Removes a segment, whose id becomes free. Allocates nothing. */
    public void remove(Segment segment) {
        ELEMENT.setRelease(segments, segment.id, null);
        freeIds[freeCount++] = segment.id;
    }

    /** Returns one more than the highest id that was ever assigned. */
    public int end() {
        return nextId;
    }
}
