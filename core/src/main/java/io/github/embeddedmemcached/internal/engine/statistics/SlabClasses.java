package io.github.embeddedmemcached.internal.engine.statistics;

import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import java.util.Arrays;

/**
 * memcached's slab classes with its default settings. The cache has no slabs, but tools group items by class: some statistics are kept
 * for each class, and every item is shown with the class that it would have in memcached.
 *
 * <p>Class ids begin with 1. The first class's chunks are as large as an item of 48 bytes with its header; those of each further class
 * are a quarter larger, rounded up to 8 bytes. The last class has the largest chunks; an item that does not fit into one of them
 * uses several, and belongs to that class too.
 */
public final class SlabClasses {
    private static final int CHUNK_SIZE_MIN = 96;
    private static final int CHUNK_SIZE_MAX = 512 * 1024;
    private static final double GROWTH_FACTOR = 1.25;
    private static final int CHUNK_ALIGNMENT = 8;

    /** memcached's limit; fewer classes exist. */
    private static final int CLASSES_MAX = 63;

    /** A size is looked up by its highest bit and the two bits below it. */
    private static final int STEP_BITS = 2;

    /** The chunk size of class i + 1. */
    private static final int[] CHUNK_SIZES = chunkSizes();

    /** The class of the smallest size of each step. */
    private static final byte[] FIRST_OF_STEP = firstOfStep();

    private SlabClasses() {}

    private static int[] chunkSizes() {
        int[] sizes = new int[CLASSES_MAX];
        int count = 0;
        for (int size = CHUNK_SIZE_MIN; size < CHUNK_SIZE_MAX / GROWTH_FACTOR; ) {
            sizes[count++] = size;
            size = (int) (size * GROWTH_FACTOR) + CHUNK_ALIGNMENT - 1 & -CHUNK_ALIGNMENT;
        }
        sizes[count++] = CHUNK_SIZE_MAX;
        return Arrays.copyOf(sizes, count);
    }

    private static byte[] firstOfStep() {
        byte[] first = new byte[step(CHUNK_SIZE_MAX) + 1];
        int id = 1;
        for (int step = step(CHUNK_SIZE_MIN); step < first.length; step++) {
            int smallest = ((1 << STEP_BITS) + (step & (1 << STEP_BITS) - 1)) << (step >> STEP_BITS) - STEP_BITS;
            while (CHUNK_SIZES[id - 1] < smallest) {
                id++;
            }
            first[step] = (byte) id;
        }
        return first;
    }

    private static int step(int size) {
        int highestBit = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(size);
        return highestBit << STEP_BITS | size >>> highestBit - STEP_BITS & (1 << STEP_BITS) - 1;
    }

    /**
     * Returns the class of an item.
     *
     * @param itemSize the item's size as {@link ItemSize#of} counts it
     * @return 1 to {@link #count}
     */
    public static int classOf(long itemSize) {
        if (itemSize >= CHUNK_SIZE_MAX) {
            return CHUNK_SIZES.length;
        }
        int size = Math.max((int) itemSize, CHUNK_SIZE_MIN);
        int id = FIRST_OF_STEP[step(size)];
        while (CHUNK_SIZES[id - 1] < size) {
            id++;
        }
        return id;
    }

    /**
     * Returns the chunk size of a class.
     *
     * @param id the class, 1 to {@link #count}
     * @return bytes
     */
    public static int chunkSize(int id) {
        return CHUNK_SIZES[id - 1];
    }

    /**
     * Returns the number of classes, whose ids begin with 1.
     *
     * @return the id of the last class
     */
    public static int count() {
        return CHUNK_SIZES.length;
    }
}
