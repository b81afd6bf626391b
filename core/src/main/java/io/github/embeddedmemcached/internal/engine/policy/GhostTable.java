package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;

/**
 * Stores the keys that were dropped from the small log without having been read again, by 16 bits of their hash each: a key that is
 * stored again soon was dropped too early, and is removed when it is found (S3-FIFO, SOSP '23, section 4). A long contains four
 * ghosts, first in first out. The number of longs is arbitrary: the capacity decides which keys are found, and powers of two would
 * restrict it. Guarded by the partition's lock.
 */
public final class GhostTable {
    private static final int GHOSTS_PER_LONG = 4;
    private static final int GHOST_BITS = 16;
    private static final int LONGS_MAX = 1 << 28;
    private static final long LOW_BITS = 0x0001_0001_0001_0001L;
    private static final long GHOST = 0xFFFF;
    private static final long HASH_LOW_BITS = 0xFFFF_FFFFL;
    private static final long HIGH_BITS = 0x8000_8000_8000_8000L;

    private final long[] ghosts;

    /** Creates a table of this many longs; 0 for one that stores nothing. */
    public GhostTable(int longs) {
        ghosts = new long[longs];
    }

    /** Returns a table of another size with most of the ghosts of this one. */
    public GhostTable resized(int longs) {
        HeapArrays.check(longs * Long.BYTES);
        GhostTable resized = new GhostTable(longs);
        if (ghosts.length > 0) {
            for (int i = 0; i < longs; i++) {
                resized.ghosts[i] = ghosts[(int) ((long) i * ghosts.length / longs)];
            }
        }
        return resized;
    }

    /** Returns how many longs store about this many keys. */
    public static int longsFor(long keys) {
        return (int) Math.max(1, Math.min(keys / GHOSTS_PER_LONG, LONGS_MAX));
    }

    public long bytes() {
        return (long) ghosts.length * Long.BYTES;
    }

    public int longs() {
        return ghosts.length;
    }

    public void add(long hash) {
        if (ghosts.length > 0) {
            int index = index(hash);
            ghosts[index] = ghosts[index] << GHOST_BITS | fingerprint(hash);
        }
    }

    /** Removes a key, and returns whether it was stored. */
    public boolean remove(long hash) {
        if (ghosts.length == 0) {
            return false;
        }
        int index = index(hash);
        long differences = ghosts[index] ^ fingerprint(hash) * LOW_BITS;
        long zeros = (differences - LOW_BITS)
                & ~differences
                & HIGH_BITS; // the lowest bit set here is that of a matching ghost
        if (zeros == 0) {
            return false;
        }
        int shift = Long.numberOfTrailingZeros(zeros) + 1 - GHOST_BITS;
        ghosts[index] &= ~(GHOST << shift);
        return true;
    }

    private int index(long hash) {
        return (int) ((hash & HASH_LOW_BITS) * ghosts.length >>> 32);
    }

    /** Never 0, which is an empty entry. */
    private static long fingerprint(long hash) {
        return (hash >>> 48 | 1) & GHOST;
    }
}
