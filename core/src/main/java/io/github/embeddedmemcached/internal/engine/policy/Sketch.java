package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import java.util.Arrays;

/**
 * Estimates how often keys were used recently: a count-min sketch (Cormode and Muthukrishnan, J. Algorithms 2005) of counters up to 15.
 * The four counters of a key are in one block of 64 bytes, so that the processor reads memory once. When ten times as many uses were
 * added as items are expected, all counters are halved, as in TinyLFU (ACM TOS 2017); a block for each further addition, so that no operation waits
 * for all of them.
 *
 * <p>It grows by chunks, by linear hashing (Litwin, VLDB '80): the keys of an existing chunk are divided among that and the new one, and
 * both keep its counters. So the memory is about proportional to the number of items, and growing takes a short time. Not thread-safe.
 */
public final class Sketch {
    /** The memory is increased by this much at a time: not more than is freed by evicting the smallest item that has a segment of its own. */
    public static final int CHUNK_BYTES = 4 << 10;

    /** The largest count. */
    public static final int COUNT_MAX = 15;

    private static final int BYTES_PER_ITEM = 4;
    private static final int ITEMS_PER_CHUNK = CHUNK_BYTES / BYTES_PER_ITEM;
    private static final int ADDITIONS_PER_ITEM = 10;

    /** Counts of fewer items would be halved so often that they differ little. */
    private static final int EXPECTED_ITEMS_MIN = 256;

    /** The sketch is too large if more than 1/SPARE_SHARE of it is not needed. */
    private static final int SPARE_SHARE = 4;

    private static final int LONGS_PER_BLOCK = 8;
    private static final int BLOCKS_PER_CHUNK = CHUNK_BYTES / Long.BYTES / LONGS_PER_BLOCK;
    private static final int COUNTERS = 4;

    // Of a mixed hash: the highest bits choose the counters, five for each; the others the chunk and the block.
    private static final long MIXER = 0x9E37_79B9_7F4A_7C15L;
    private static final int COUNTERS_SHIFT = 44;
    private static final int COUNTER_BITS = 5;
    private static final int CHUNK_SHIFT = 12;

    private static final long HALF_MASK = 0x7777_7777_7777_7777L;

    private long[][] chunks = {};
    private int size; // chunks in use
    private int wantedChunks;
    private long expectedItems;
    private long additions; // since the last halving
    private int unhalved; // blocks before this one are still to be halved, or cleared
    private long keptMask = HALF_MASK; // 0 while blocks are cleared

    /** Creates a sketch for a number of items; 0 for one that counts nothing until it grows. */
    public Sketch(long items) {
        expect(items);
        while (isTooSmall()) {
            grow();
        }
    }

    /** Sets the number of items, which decides when counts are halved, and how large the sketch should be. */
    public void expect(long items) {
        expectedItems = Math.max(items, EXPECTED_ITEMS_MIN);
        wantedChunks = chunksFor(items);
    }

    /** Returns the memory of a sketch for a number of items. */
    static long bytesFor(long items) {
        return (long) chunksFor(items) * CHUNK_BYTES;
    }

    private static int chunksFor(long items) {
        return (int) ((items + ITEMS_PER_CHUNK - 1) / ITEMS_PER_CHUNK);
    }

    public long bytes() {
        return (long) size * CHUNK_BYTES;
    }

    public boolean isTooSmall() {
        return size < wantedChunks;
    }

    public boolean isTooLarge() {
        return size > wantedChunks + size / SPARE_SHARE;
    }

    /** Adds a chunk. Throws an OutOfMemoryError, without any change, if the JVM has no memory for it. */
    public void grow() {
        HeapArrays.check(CHUNK_BYTES);
        long[] added =
                size == 0 ? new long[CHUNK_BYTES / Long.BYTES] : chunks[size ^ Integer.highestOneBit(size)].clone();
        if (size == chunks.length) {
            chunks = Arrays.copyOf(chunks, Math.max(1, size * 2));
        }
        chunks[size++] = added;
    }

    /** Removes a chunk, if there is one; its keys are counted in another one. */
    public void shrink() {
        if (size > 0) {
            chunks[--size] = chunks[0]; // not used any more
            unhalved = Math.min(unhalved, size * BLOCKS_PER_CHUNK);
        }
    }

    /** Adds a use of a key. */
    public void add(long hash) {
        if (size == 0) {
            return;
        }
        long mixed = hash * MIXER;
        long[] chunk = chunks[chunkOf(mixed)];
        int block = blockOf(mixed);
        boolean isAdded = false;
        for (int i = 0; i < COUNTERS; i++) {
            int index = block + longOf(mixed, i);
            int shift = shiftOf(mixed, i);
            if ((chunk[index] >>> shift & COUNT_MAX) < COUNT_MAX) {
                chunk[index] += 1L << shift;
                isAdded = true;
            }
        }
        if (isAdded && ++additions >= expectedItems * ADDITIONS_PER_ITEM) {
            additions /= 2;
            unhalved = size * BLOCKS_PER_CHUNK;
            keptMask = HALF_MASK;
        }
        if (unhalved > 0) {
            halveBlock(--unhalved);
        }
    }

    private void halveBlock(int number) {
        long[] chunk = chunks[number / BLOCKS_PER_CHUNK];
        int begin = number % BLOCKS_PER_CHUNK * LONGS_PER_BLOCK;
        for (int i = begin; i < begin + LONGS_PER_BLOCK; i++) {
            chunk[i] = chunk[i] >>> 1 & keptMask;
        }
    }

    /** Sets all counts to 0: those of a block for each further addition. */
    public void clear() {
        additions = 0;
        unhalved = size * BLOCKS_PER_CHUNK;
        keptMask = 0;
    }

    /** Returns an estimate of how often a key was used recently, up to {@link #COUNT_MAX}; rarely less than it was. */
    public int count(long hash) {
        if (size == 0) {
            return 0;
        }
        long mixed = hash * MIXER;
        long[] chunk = chunks[chunkOf(mixed)];
        int block = blockOf(mixed);
        int count = COUNT_MAX;
        for (int i = 0; i < COUNTERS; i++) {
            count = Math.min(count, (int) (chunk[block + longOf(mixed, i)] >>> shiftOf(mixed, i)) & COUNT_MAX);
        }
        return count;
    }

    private int chunkOf(long mixed) {
        int mask = -1 >>> Integer.numberOfLeadingZeros(size - 1 | 1);
        int chunk = (int) (mixed >>> CHUNK_SHIFT) & mask;
        return chunk < size ? chunk : chunk & mask >>> 1;
    }

    private static int blockOf(long mixed) {
        return ((int) mixed & BLOCKS_PER_CHUNK - 1) * LONGS_PER_BLOCK;
    }

    /** Returns in which long of the block a counter is: each counter has two of its own. */
    private static int longOf(long mixed, int counter) {
        return 2 * counter + (int) (mixed >>> COUNTERS_SHIFT + counter * COUNTER_BITS & 1);
    }

    private static int shiftOf(long mixed, int counter) {
        return (int) (mixed >>> COUNTERS_SHIFT + counter * COUNTER_BITS + 1 & COUNT_MAX) * 4;
    }
}
