package io.github.embeddedmemcached.cache;

/**
 * Remembers the keys that were dropped from the small log without having been read again, by 16 bits of their hash each: a key
 * that comes back soon was dropped too early, and is forgotten as it is found (S3-FIFO, SOSP '23, section 4). Four to a long,
 * first in first out within it. The number of longs is any: how far the memory reaches is what decides which keys are found, and
 * powers of two would leave that to chance.
 * Guarded by the partition's lock.
 */
final class GhostTable {
    private static final int GHOSTS_PER_LONG = 4;
    private static final int GHOST_BITS = 16;
    private static final int LONGS_MAX = 1 << 28;
    private static final long LOW_BITS = 0x0001_0001_0001_0001L;
    private static final long GHOST = 0xFFFF;
    private static final long HASH_LOW_BITS = 0xFFFF_FFFFL;
    private static final long HIGH_BITS = 0x8000_8000_8000_8000L;

    private final long[] ghosts;

    /** A table of so many longs, or 0 for one that remembers nothing. */
    GhostTable(int longs) {
        ghosts = new long[longs];
    }

    /** A table of another size that remembers most of what this one does. */
    GhostTable resized(int longs) {
        HeapArrays.check(longs * Long.BYTES);
        GhostTable resized = new GhostTable(longs);
        if (ghosts.length > 0) {
            for (int i = 0; i < longs; i++) {
                resized.ghosts[i] = ghosts[(int) ((long) i * ghosts.length / longs)];
            }
        }
        return resized;
    }

    /** How many longs remember about so many keys. */
    static int longsFor(long keys) {
        return (int) Math.max(1, Math.min(keys / GHOSTS_PER_LONG, LONGS_MAX));
    }

    long bytes() {
        return (long) ghosts.length * Long.BYTES;
    }

    int longs() {
        return ghosts.length;
    }

    void add(long hash) {
        if (ghosts.length > 0) {
            int at = place(hash);
            ghosts[at] = ghosts[at] << GHOST_BITS | fingerprint(hash);
        }
    }

    /** Whether a key is remembered; from now on it isn't. */
    boolean remove(long hash) {
        if (ghosts.length == 0) {
            return false;
        }
        int at = place(hash);
        long differences = ghosts[at] ^ fingerprint(hash) * LOW_BITS;
        long zeros =
                (differences - LOW_BITS) & ~differences & HIGH_BITS; // the lowest bit here is that of a ghost that fits
        if (zeros == 0) {
            return false;
        }
        int shift = Long.numberOfTrailingZeros(zeros) + 1 - GHOST_BITS;
        ghosts[at] &= ~(GHOST << shift);
        return true;
    }

    private int place(long hash) {
        return (int) ((hash & HASH_LOW_BITS) * ghosts.length >>> 32);
    }

    /** Never 0, which is an empty place. */
    private static long fingerprint(long hash) {
        return (hash >>> 48 | 1) & GHOST;
    }
}
