package io.github.embeddedmemcached.cache;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where segments come from and go back to. Memory is taken when it is first needed and kept for the next segment of the same
 * size; large segments are made and dropped one by one.
 *
 * <p>One segment, the spare, is always set aside, at first only in the account: emptying a segment may need room for what outlives
 * it, before the segment itself is free. Guarded by the partition's lock.
 */
final class SegmentPool {
    /** The share of the memory in use that is given up when the JVM has none left. */
    private static final int RETREAT_SHARE = 8;

    private final Memory memory;
    private final SegmentTable table;
    private final int segmentBytes;
    private final ArrayDeque<Segment> free = new ArrayDeque<>();
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

    /** Bytes of all segments, in use or not. */
    long bytes() {
        return segmentsBytes;
    }

    /** An empty segment for new items, or null if one has to be won first. */
    @Nullable Segment take() {
        Segment segment = free.poll();
        return segment == null ? allocate(headroom()) : segment;
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
        if (segment.isLarge || memory.isOverdrawn()) {
            drop(segment);
            return;
        }
        segment.reuse();
        if (spare == null) {
            spare = segment;
        } else {
            free.push(segment);
        }
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

    /** Gives the memory of a free segment back; false if there is none. */
    boolean dropFree() {
        Segment segment = free.poll();
        if (segment != null) {
            drop(segment);
        }
        return segment != null;
    }

    void giveMemory(long bytes) {
        memory.give(bytes);
    }

    /** Makes a segment around an array whose memory was taken by {@link #takeMemory}; null if there are too many. */
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
