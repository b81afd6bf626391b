package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * Provides segments and takes them back. Memory is taken when it is first needed and kept for the next segment of the same
 * size. Of large segments only a few arrays are kept, for the next ones of about their size: a new array has to be zeroed and
 * collected.
 *
 * <p>One segment, the spare, is always set aside, at first only in the account: emptying a segment may need room for the items that outlive
 * it, before the segment itself is free.
 *
 * <p>A segment that is dropped while its value is lent stays in the account until the last borrower returns it.
 *
 * <p>Where something is allocated, that happens before anything else is changed. Taking segments back allocates nothing. Guarded by the
 * partition's lock.
 */
final class SegmentPool {
    /** What {@link #takeLarge} returns where the caller has to make the array. */
    private static final byte[] NO_ARRAY = {};

    /** An array fits an item that leaves at most this share of it unused. */
    private static final int UNUSED_SHARE = 16;

    /** So few that looking for one that fits costs nothing. */
    private static final int FREE_ARRAYS_MAX = 8;

    private final Memory memory;
    private final SegmentTable table;
    private final int segmentBytes;
    private final HeapAccount heap;
    private final byte[][] freeArrays = new byte[FREE_ARRAYS_MAX][]; // of large segments; the oldest first
    private int freeArrayCount;
    private @Nullable Segment free; // the first of those that are linked by Segment.older
    private @Nullable Segment spare;
    private long segmentsBytes;

    SegmentPool(Memory memory, SegmentTable table, int segmentBytes, HeapAccount heap) {
        this.memory = memory;
        this.table = table;
        this.segmentBytes = segmentBytes;
        this.heap = heap;
    }

    int segmentBytes() {
        return segmentBytes;
    }

    /** Bytes of all segments, in use or not, and of arrays for further ones. */
    long bytes() {
        return segmentsBytes + freeArraysBytes();
    }

    /** Bytes of the arrays that are kept for further large segments. */
    long freeArraysBytes() {
        long bytes = 0;
        for (int i = 0; i < freeArrayCount; i++) {
            bytes += freeArrays[i].length;
        }
        return bytes;
    }

    /** An empty segment for new items, or null if one has to be reclaimed first. */
    @Nullable Segment take() {
        Segment segment = pollFree();
        while (segment == null) {
            segment = memory.take(segmentBytes, headroom()) ? allocate() : null;
            if (segment == null && !dropFreeArray()) {
                return null;
            }
        }
        return segment;
    }

    /** Makes sure of the spare before a segment is emptied; false only where the JVM itself has no memory left. */
    boolean secureSpare() {
        if (spare == null) {
            spare = pollFree();
        }
        while (spare == null) {
            spare = memory.takeReserved(segmentBytes) ? allocate() : null;
            if (spare == null && !dropFreeArray()) {
                return false;
            }
        }
        return true;
    }

    /** The segment for what outlives a segment that is being emptied; the emptied one replaces it. */
    Segment takeSpare() {
        Segment taken = spare;
        if (taken == null) {
            throw new IllegalStateException("one emptied segment filled two others");
        }
        spare = null;
        return taken;
    }

    /** Takes a segment back that nothing points into. */
    void release(Segment segment) {
        segment.reuse();
        if (segment.isLarge || memory.isOverdrawn()) {
            boolean isLent = drop(segment);
            if (segment.isLarge && !isLent) {
                keepArray(segment.bytes);
            }
        } else if (spare == null) {
            spare = segment;
        } else {
            segment.older = free;
            free = segment;
        }
    }

    /** Keeps the array of a large segment that was dropped, unless a borrower may be sending from it. */
    private void keepArray(byte[] array) {
        if (freeArrayCount < FREE_ARRAYS_MAX && memory.take(array.length, headroom())) {
            freeArrays[freeArrayCount++] = array;
        }
    }

    /**
     * Takes memory for a large segment, whose array the caller then passes to {@link #adopt}.
     *
     * @return an array that was kept, at least as long; an empty one if the caller has to make it; null if there is too little memory
     */
    byte @Nullable [] takeLarge(int length) {
        byte[] array = pollFreeArray(length);
        if (array != null) {
            return array;
        }
        return takeMemory(length) ? NO_ARRAY : null;
    }

    /** Takes a kept array that fits, whose memory stays in the account; null if there is none. */
    byte @Nullable [] pollFreeArray(int length) {
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

    /** Takes memory for something that is no ordinary segment, from the free segments too; false if there is too little. */
    boolean takeMemory(long bytes) {
        return takeMemory(bytes, 0);
    }

    /** Takes memory if that leaves at least so much. */
    boolean takeMemory(long bytes, long leaveBytes) {
        while (!memory.take(bytes, headroom() + leaveBytes)) {
            if (!dropFree()) {
                return false;
            }
        }
        return true;
    }

    /** Gives the memory of a free segment or array back; false if there is none. */
    boolean dropFree() {
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
        memory.give(array.length);
        return true;
    }

    /** Whether a new segment would be made by {@link #take}, which takes new memory. */
    boolean wouldGrow() {
        return free == null && wouldGrow(segmentBytes);
    }

    /** Whether {@link #takeLarge} would take new memory where no array fits. */
    boolean wouldGrow(long bytes) {
        return memory.hasRoom(bytes, headroom());
    }

    /** Whether {@link #dropFree} has something to drop. Without the lock it is a hint. */
    boolean hasAnyFree() {
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

    void giveMemory(long bytes) {
        memory.give(bytes);
    }

    /** Makes a segment around an array whose memory was taken by {@link #takeLarge}; null if there are too many. */
    @Nullable Segment adopt(byte[] bytes) {
        Segment segment = newSegment(bytes, true);
        if (segment != null) {
            segmentsBytes += bytes.length;
        }
        return segment;
    }

    /** An array for {@link #adopt}, or null where the JVM has no room for it. */
    byte @Nullable [] newBytes(int length) {
        return heap.newBytes(length);
    }

    /** Lowers the ceiling of the memory, because the JVM has none left. */
    void retreat() {
        memory.retreat();
    }

    /** Gives everything back when the contents are replaced; what is lent stays in the account until it is returned. */
    void discard() {
        for (int id = 1; id < table.end(); id++) {
            Segment segment = table.get(id);
            if (segment != null) {
                closeAndGive(segment);
            }
        }
        segmentsBytes = 0;
        while (dropFreeArray()) {}
    }

    /** Returns whether the segment's bytes are lent. */
    private boolean drop(Segment segment) {
        table.remove(segment);
        segment.retire();
        segmentsBytes -= segment.bytes.length;
        return closeAndGive(segment);
    }

    private boolean closeAndGive(Segment segment) {
        int length = segment.bytes.length;
        boolean isLent = segment.isLarge && segment.close(memory);
        if (isLent) {
            memory.lent(length);
        } else {
            memory.give(length);
        }
        return isLent;
    }

    private long headroom() {
        return spare == null ? segmentBytes : 0;
    }

    /** Makes a segment whose memory was taken, or gives the memory back and returns null. */
    private @Nullable Segment allocate() {
        Segment segment = null;
        try {
            byte[] bytes = newBytes(segmentBytes);
            segment = bytes == null ? null : newSegment(bytes, false);
        } finally {
            if (segment == null) {
                memory.give(segmentBytes);
            }
        }
        if (segment == null) {
            memory.retreat();
        } else {
            segmentsBytes += segmentBytes;
        }
        return segment;
    }

    private @Nullable Segment newSegment(byte[] bytes, boolean isLarge) {
        try {
            return table.add(bytes, isLarge);
        } catch (OutOfMemoryError e) {
            return null;
        }
    }
}
