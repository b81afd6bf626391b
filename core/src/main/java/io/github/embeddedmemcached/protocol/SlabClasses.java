package io.github.embeddedmemcached.protocol;

import java.util.Arrays;

/**
 * memcached's slab classes with its default settings. There are no slabs here, but tools group items by class, so that every item
 * is shown with the one that it would have there.
 *
 * <p>Classes count from 1. The first one's chunks are as large as an item of 48 bytes with its header; those of each further one
 * are a quarter larger, rounded up to 8 bytes. The last class has the largest chunks; what doesn't fit into one of them gets
 * several, and belongs to it too.
 */
final class SlabClasses {
    private static final int CHUNK_SIZE_MIN = 96;
    private static final int CHUNK_SIZE_MAX = 512 * 1024;
    private static final double GROWTH_FACTOR = 1.25;
    private static final int CHUNK_ALIGNMENT = 8;

    /** More classes than there are; memcached's number. */
    private static final int CLASSES_MAX = 63;

    /** The chunk size of class i + 1. */
    private static final int[] CHUNK_SIZES = chunkSizes();

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

    /** The class of an item, by its size as {@link io.github.embeddedmemcached.cache.Cache#itemSize} has it. */
    static int classOf(long itemSize) {
        int index = 0;
        while (index < CHUNK_SIZES.length - 1 && CHUNK_SIZES[index] < itemSize) {
            index++;
        }
        return index + 1;
    }

    /** How large the chunks of a class are. */
    static int chunkSize(int id) {
        return CHUNK_SIZES[id - 1];
    }

    /** How many classes there are; they count from 1. */
    static int count() {
        return CHUNK_SIZES.length;
    }
}
