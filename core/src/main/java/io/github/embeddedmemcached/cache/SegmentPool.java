package io.github.embeddedmemcached.cache;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where segments come from and go back to. Memory is taken when it is first needed and kept for the next segment of the same
 * size. Of large segments only a few arrays are kept, for the next ones of about their size: a new array costs its zeroes, and the
 * collector's work.
 *
 * <p>One segment, the spare, is always set aside, at first only in the account: emptying a segment may need room for what outlives
 * it, before the segment itself is free. Guarded by the partition's lock.
 */
final class SegmentPool {
    /** The share of the memory in use that is given up when the JVM has none left. */
    private static final int RETREAT_SHARE = 8;

    /** What {@link #takeLarge} returns where the caller has to make the array. */
    private static final byte[] NO_ARRAY = {};

    /** An array fits an item that leaves at most this share of it unused. */
    private static final int UNUSED_SHARE = 16;

    /** So few that looking for one that fits costs nothing. */
    private static final int FREE_ARRAYS_MAX = 8;

    private final Memory memory;
    private final SegmentTable table;
    private final int segmentBytes;
    private final ArrayDeque<Segment> free = new ArrayDeque<>();
    private final ArrayDeque<byte[]> freeArrays = new ArrayDeque<>(); // of large segments
    private @Nullable Segment spare;
    private long segmentsBytes;

    SegmentPool(Memory memory, SegmentTable table, int segmentBytes) {
        this.memory = memory;
        this.table = table;
        this.segmentBytes = segmentBytes;
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
        return freeArrays.stream().mapToLong(array -> array.length).sum();
    }

    /** An empty segment for new items, or null if one has to be won first. */
    @Nullable Segment take() {
        Segment segment = free.poll();
        while (segment == null) {
            segment = allocate(headroom());
            if (segment == null && !dropFreeArray()) {
                return null;
            }
        }
        return segment;
    }

    /** Makes sure of the spare before a segment is emptied; false only where the JVM itself has no memory left. */
    boolean secureSpare() {
        if (spare == null) {
            spare = free.poll();
        }
        if (spare == null) {
            spare = allocate(0);
        }
        return spare != null;
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
        if (memory.isOverdrawn()) {
            drop(segment);
            return;
        }
        segment.reuse();
        if (segment.isLarge) {
            drop(segment);
            keepArray(segment);
        } else if (spare == null) {
            spare = segment;
        } else {
            free.push(segment);
        }
    }

    /** Keeps the array of a large segment that was dropped, unless somebody may be sending from it. */
    private void keepArray(Segment dropped) {
        byte[] array = dropped.bytes;
        if (freeArrays.size() < FREE_ARRAYS_MAX && !dropped.isLent() && memory.take(array.length, headroom())) {
            freeArrays.push(array);
        }
    }

    /**
     * Takes memory for a large segment, whose array the caller then passes to {@link #adopt}.
     *
     * @return an array that was kept, at least as long; an empty one if the caller has to make it; null if there is too little memory
     */
    byte @Nullable [] takeLarge(int length) {
        for (byte[] array : freeArrays) {
            if (array.length >= length && array.length - length <= array.length / UNUSED_SHARE) {
                freeArrays.remove(array);
                return array;
            }
        }
        return takeMemory(length) ? NO_ARRAY : null;
    }

    /** Takes memory for something that is no ordinary segment, from the free segments too; false if there is too little. */
    boolean takeMemory(long bytes) {
        while (!memory.take(bytes, headroom())) {
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
        Segment segment = free.poll();
        if (segment != null) {
            drop(segment);
        }
        return segment != null;
    }

    private boolean dropFreeArray() {
        byte[] array = freeArrays.pollLast();
        if (array != null) {
            memory.give(array.length);
        }
        return array != null;
    }

    void giveMemory(long bytes) {
        memory.give(bytes);
    }

    /** Makes a segment around an array whose memory was taken by {@link #takeLarge}; null if there are too many. */
    @Nullable Segment adopt(byte[] bytes) {
        Segment segment = table.add(bytes, true);
        if (segment != null) {
            segmentsBytes += bytes.length;
        }
        return segment;
    }

    /** An array, or null where the JVM has no room for it: that must cost one item and not the host's life. */
    static byte @Nullable [] newBytes(int length) {
        try {
            return new byte[length];
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    /** Lowers the limit to below what is in use, because the JVM has no memory left: the host needs some too. */
    void retreat() {
        memory.limit(memory.usedBytes() - memory.usedBytes() / RETREAT_SHARE);
    }

    private void drop(Segment segment) {
        table.remove(segment);
        memory.give(segment.bytes.length);
        segmentsBytes -= segment.bytes.length;
    }

    private long headroom() {
        return spare == null ? segmentBytes : 0;
    }

    private @Nullable Segment allocate(long leaveBytes) {
        if (!memory.take(segmentBytes, leaveBytes)) {
            return null;
        }
        byte[] bytes = newBytes(segmentBytes);
        Segment segment = bytes == null ? null : table.add(bytes, false);
        if (segment == null) {
            memory.give(segmentBytes);
            retreat();
            return null;
        }
        segmentsBytes += segmentBytes;
        return segment;
    }
}
