package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.Slot;

/** Computes the number of partitions of a cache, and the size of their segments. */
final class PartitionSizing {
    /** A cache is not split into partitions smaller than this, or than {@value #ITEMS_PER_PARTITION_MIN} of the largest items. */
    private static final long PARTITION_BYTES_MIN = 32L << 20;

    private static final int ITEMS_PER_PARTITION_MIN = 16;
    private static final int PARTITIONS_MAX = 64;

    /** A partition has at least this many segments, so that emptying one frees a small share of it. */
    private static final int SEGMENTS_PER_PARTITION = 512;

    private static final int SEGMENT_BYTES_MIN = 16 << 10;

    /** A chunk of the index is at most 1/INDEX_CHUNK_SHARE of the partition, if that is not too small: up to two of them are nearly unused. */
    private static final int INDEX_CHUNK_SHARE = 2048;

    private static final int RESERVED_SEGMENTS = 4;
    private static final int RESERVED_SHARE = 32;

    /** With its array's header a segment exactly fills a region of the garbage collector, or a half or quarter of one. */
    private static final int ARRAY_HEADER_BYTES = 16;

    private PartitionSizing() {}

    /** Returns how much a partition may acquire from the heap's reserve: a few segments and the index for their items. */
    static long reservedBytes(long partitionBytes, int segmentBytes) {
        return 2L * indexChunkBytes(partitionBytes)
                + Math.max((long) RESERVED_SEGMENTS * segmentBytes, partitionBytes / RESERVED_SHARE);
    }

    /** Returns about one partition for each processor, a power of two. */
    static int partitions(long memoryLimitBytes, int maxItemSizeBytes) {
        long bytesMin = Math.max(PARTITION_BYTES_MIN, (long) maxItemSizeBytes * ITEMS_PER_PARTITION_MIN);
        long wanted = Math.min(Runtime.getRuntime().availableProcessors(), memoryLimitBytes / bytesMin);
        return Integer.highestOneBit((int) Math.max(1, Math.min(wanted, PARTITIONS_MAX)));
    }

    static int segmentBytes(long partitionBytes) {
        long wanted = Long.highestOneBit(partitionBytes / SEGMENTS_PER_PARTITION);
        return (int) Math.max(SEGMENT_BYTES_MIN, Math.min(wanted, Slot.SEGMENT_BYTES_MAX)) - ARRAY_HEADER_BYTES;
    }

    /** Returns the size of the index's chunks, a power of two. */
    static int indexChunkBytes(long partitionBytes) {
        long wanted = Long.highestOneBit(partitionBytes / INDEX_CHUNK_SHARE);
        return (int) Math.max(Index.CHUNK_BYTES_MIN, Math.min(wanted, Index.CHUNK_BYTES_MAX));
    }
}
