package io.github.embeddedmemcached.cache;

/**
 * Remembers the keys that were dropped from the small log without having been read again, by 16 bits of their hash each: a key
 * that comes back soon was dropped too early. Four to a long, first in first out within it (S3-FIFO, SOSP '23, section 4).
 * Guarded by the partition's lock.
 */
final class GhostTable {
    private static final int GHOSTS_PER_LONG = 4;
    private static final int GHOST_BITS = 16;
    private static final long LOW_BITS = 0x0001_0001_0001_0001L;
    private static final long HIGH_BITS = 0x8000_8000_8000_8000L;

    private final long[] ghosts;

    /** A table of so many longs, a power of two, or 0 for one that remembers nothing. */
    GhostTable(int longs) {
        ghosts = new long[longs];
    }

    /** How many longs remember about so many keys. */
    static int longsFor(long keys) {
        return (int) Long.highestOneBit(Math.max(1, Math.min(keys / GHOSTS_PER_LONG, 1 << 28)));
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

    boolean contains(long hash) {
        if (ghosts.length == 0) {
            return false;
        }
        long differences = ghosts[place(hash)] ^ fingerprint(hash) * LOW_BITS;
        return ((differences - LOW_BITS) & ~differences & HIGH_BITS) != 0; // one of the four is zero
    }

    private int place(long hash) {
        return (int) (hash >>> GHOST_BITS) & (ghosts.length - 1);
    }

    /** Never 0, which is an empty place. */
    private static long fingerprint(long hash) {
        return (hash >>> 48 | 1) & 0xFFFF;
    }
}
