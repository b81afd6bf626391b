package io.github.embeddedmemcached.internal.engine.log;

import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Provides segments, and keeps released ones for reuse. Memory is acquired on first use and kept for the next segment of the same
 * size. Of large segments only a few arrays are kept, for the next ones of about their size: a new array would have to be zeroed and
 * collected.
 *
 * <p>One segment, the spare, is always reserved, at first only in the account: emptying a segment may need space for the items that are
 * kept, before the segment itself is free.
 *
 * <p>A segment that is dropped while its value is leased remains accounted until the last lease is released.
 *
 * <p>Allocations precede all other changes. Releasing segments allocates nothing. Guarded by the
 * partition's lock.
 */
public final class SegmentPool {
    /** The result of {@link #acquireLarge} if the caller has to allocate the array. */
    private static final byte[] NO_ARRAY = {};

    /** An array fits an item that leaves at most 1/UNUSED_SHARE of it unused. */
    private static final int UNUSED_SHARE = 16;

    /** Small enough for a linear search. */
    private static final int FREE_ARRAYS_MAX = 8;

    private final Memory memory;
    private final SegmentTable table;
    private final int segmentBytes;
    private final HeapAccount heap;
    private final byte[][] freeArrays = new byte[FREE_ARRAYS_MAX][]; // of large segments; the oldest first
    private int freeArrayCount;
    private @Nullable Segment free; // the head of a list that is linked by Segment.older
    private @Nullable Segment spare;
    private long segmentsBytes;

    public SegmentPool(Memory memory, SegmentTable table, int segmentBytes, HeapAccount heap) {
        this.memory = memory;
        this.table = table;
        this.segmentBytes = segmentBytes;
        this.heap = heap;
    }

    public int segmentBytes() {
        return segmentBytes;
    }

    /** Returns the bytes of all segments, in use or not, and of the arrays kept for further ones. */
    public long bytes() {
        return segmentsBytes + freeArraysBytes();
    }

    /** Returns the bytes of the arrays that are kept for further large segments. */
    public long freeArraysBytes() {
        long bytes = 0;
        for (int i = 0; i < freeArrayCount; i++) {
            bytes += freeArrays[i].length;
        }
        return bytes;
    }

    /** Acquires an empty segment for new items, or returns null if one has to be reclaimed first. */
    public @Nullable Segment acquire() {
        Segment segment = pollFree();
        while (segment == null) {
            segment = memory.acquire(segmentBytes, headroom()) ? allocate() : null;
            if (segment == null && !dropFreeArray()) {
                return null;
            }
        }
        return segment;
    }

    /**
     * Returns whether {@link #acquire} would neither return a free segment nor acquire memory for one; but the ceiling of the memory might be raised.
     *
     * @param reserved how many free segments are not counted; 0 or 1
     */
    public boolean isExhausted(int reserved) {
        boolean hasFree = free != null && (reserved == 0 || free.older != null);
        return !hasFree && !wouldGrow(segmentBytes);
    }

    /** Allocates a free segment, or returns false if one has to be reclaimed first. */
    public boolean allocateFree() {
        Segment segment = memory.acquire(segmentBytes, headroom()) ? allocate() : null;
        if (segment == null) {
            return false;
        }
        segment.older = free;
        free = segment;
        return true;
    }

    /** Returns whether {@link #acquireSpare} would return a segment. */
    public boolean hasSpare() {
        return spare != null;
    }

    /** Ensures that the spare exists before a segment is emptied; false only if the JVM itself has no memory left. */
    public boolean ensureSpare() {
        if (spare == null) {
            spare = pollFree();
        }
        while (spare == null) {
            spare = memory.acquireReserved(segmentBytes) ? allocate() : null;
            if (spare == null && !dropFreeArray()) {
                return false;
            }
        }
        return true;
    }

    /** Returns the segment for the items kept from a segment that is being emptied; the emptied segment becomes the new spare. */
    public Segment acquireSpare() {
        Segment acquired = spare;
        if (acquired == null) {
            throw new IllegalStateException("one emptied segment filled two others");
        }
        spare = null;
        return acquired;
    }

    /** Releases a segment to which no slot refers. */
    public void release(Segment segment) {
        segment.reuse();
        if (!segment.isLarge && spare == null) {
            spare = segment; // also if too much is in use: compacting continues until it is not
        } else if (segment.isLarge || memory.isOverdrawn()) {
            boolean isLeased = drop(segment);
            if (segment.isLarge && !isLeased && !segment.isDirect()) {
                keepArray(segment.bytes);
            }
        } else {
            segment.older = free;
            free = segment;
        }
    }

    /** Keeps the array of a large segment that was dropped; only if it is not leased. */
    private void keepArray(byte[] array) {
        if (freeArrayCount < FREE_ARRAYS_MAX && memory.acquire(array.length, headroom())) {
            freeArrays[freeArrayCount++] = array;
        }
    }

    /**
     * Acquires memory for a large segment, whose array the caller then passes to {@link #wrap}.
     *
     * @return a kept array of at least this length; an empty one if the caller has to allocate it; null if there is too little memory
     */
    public byte @Nullable [] acquireLarge(int length) {
        byte[] array = pollFreeArray(length);
        if (array != null) {
            return array;
        }
        return acquireMemory(length) ? NO_ARRAY : null;
    }

    /** Removes a kept array that fits, whose memory remains accounted; null if there is none. */
    public byte @Nullable [] pollFreeArray(int length) {
        for (int i = freeArrayCount - 1; i >= 0; i--) {
            byte[] array = freeArrays[i];
            if (array.length >= length && array.length - length <= array.length / UNUSED_SHARE) {
                freeArrayCount--;
                System.arraycopy(freeArrays, i + 1, freeArrays, i, freeArrayCount - i);
                freeArrays[freeArrayCount] = NO_ARRAY;
                return array;
            }
        }
        return null;
    }

    /** Acquires memory for something other than an ordinary segment, and drops free segments for it; false if there is too little. */
    public boolean acquireMemory(long bytes) {
        return acquireMemory(bytes, 0);
    }

    /** Acquires memory if at least {@code leaveBytes} remain. */
    public boolean acquireMemory(long bytes, long leaveBytes) {
        while (!memory.acquire(bytes, headroom() + leaveBytes)) {
            if (!dropFree()) {
                return false;
            }
        }
        return true;
    }

    /** Releases the memory of a free segment or array; false if there is none. */
    public boolean dropFree() {
        if (dropFreeArray()) {
            return true;
        }
        Segment segment = pollFree();
        if (segment != null) {
            drop(segment);
        }
        return segment != null;
    }

    private boolean dropFreeArray() {
        if (freeArrayCount == 0) {
            return false;
        }
        byte[] array = freeArrays[0];
        freeArrayCount--;
        System.arraycopy(freeArrays, 1, freeArrays, 0, freeArrayCount);
        freeArrays[freeArrayCount] = NO_ARRAY;
        memory.release(array.length);
        return true;
    }

    /** Returns whether {@link #acquire} would acquire new memory. */
    public boolean wouldGrow() {
        return free == null && wouldGrow(segmentBytes);
    }

    /** Returns whether {@link #acquireLarge} would acquire new memory if no array fits. */
    public boolean wouldGrow(long bytes) {
        return memory.hasCapacity(bytes, headroom());
    }

    /** Returns whether {@link #dropFree} would release memory. Without the lock, the result is a hint. */
    public boolean hasAnyFree() {
        return free != null || freeArrayCount > 0;
    }

    private @Nullable Segment pollFree() {
        Segment segment = free;
        if (segment != null) {
            free = segment.older;
            segment.older = null;
        }
        return segment;
    }

    public void releaseMemory(long bytes) {
        memory.release(bytes);
    }

    /**
     * Creates a segment from an array whose memory was acquired by {@link #acquireLarge}, or from direct memory and an array for the rest
     * of the item; null if there are too many segments.
     */
    public @Nullable Segment wrap(byte[] bytes, DirectMemory.@Nullable Piece direct) {
        Segment segment = newSegment(bytes, true, direct);
        if (segment != null) {
            segmentsBytes += segment.capacity();
        }
        return segment;
    }

    /** Allocates an array for {@link #wrap}, or returns null if the JVM has no memory for it. */
    public byte @Nullable [] newBytes(int length) {
        return heap.newBytes(length);
    }

    /** Lowers the ceiling of the memory, because the JVM has none left. */
    public void lowerCeiling() {
        memory.lowerCeiling();
    }

    /** Releases all memory when the contents are replaced; leased segments remain accounted until their leases are released. */
    public void discard() {
        for (int id = 1; id < table.end(); id++) {
            Segment segment = table.get(id);
            if (segment != null) {
                if (segment.isDirect()) {
                    segment.retire(); // readers may continue in the others, whose arrays are not used again
                }
                closeAndRelease(segment);
            }
        }
        segmentsBytes = 0;
        while (dropFreeArray()) {}
    }

    /** Drops a segment. Returns whether its bytes are leased. */
    private boolean drop(Segment segment) {
        table.remove(segment);
        segment.retire();
        segmentsBytes -= segment.capacity();
        return closeAndRelease(segment);
    }

    private boolean closeAndRelease(Segment segment) {
        int length = segment.capacity();
        boolean isLeased = segment.isLarge && segment.close(memory);
        if (isLeased) {
            memory.leased(length);
        } else {
            segment.releaseDirect();
            memory.release(length);
        }
        return isLeased;
    }

    private long headroom() {
        return spare == null ? segmentBytes : 0;
    }

    /** Creates a segment whose memory was acquired, or releases the memory and returns null. */
    private @Nullable Segment allocate() {
        Segment segment = null;
        try {
            byte[] bytes = newBytes(segmentBytes);
            segment = bytes == null ? null : newSegment(bytes, false, null);
        } finally {
            if (segment == null) {
                memory.release(segmentBytes);
            }
        }
        if (segment == null) {
            memory.lowerCeiling();
        } else {
            segmentsBytes += segmentBytes;
        }
        return segment;
    }

    private @Nullable Segment newSegment(byte[] bytes, boolean isLarge, DirectMemory.@Nullable Piece direct) {
        try {
            return table.add(bytes, isLarge, direct);
        } catch (OutOfMemoryError e) {
            return null;
        }
    }
}
