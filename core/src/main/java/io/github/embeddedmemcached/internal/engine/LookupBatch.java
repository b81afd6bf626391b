package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;

/**
 * Prefetches the items of several keys, and gets them. For consecutive gets by one thread.
 *
 * <p>A cache is larger than the processor's caches, so each lookup costs two or three memory latencies, one after the other: for
 * the line in the index, then for the item. The latencies of different keys are independent: for a dozen keys that are known at
 * once they overlap, and they are most of the cost of a get (as in MICA, NSDI '14). The caller {@link #add adds} keys,
 * {@link #prefetch prefetches} them, and then gets them. Prefetching only reads, and without the checks of a real lookup: what it
 * reads may be outdated, and then the get has its normal latency.
 *
 * <p>In addition, the clock is read once for all gets, and hits and misses are counted together. Not thread-safe; one per session
 * or thread.
 */
public final class LookupBatch {
    /** More keys at once have no advantage: a processor core has a limited number of outstanding reads. */
    public static final int KEYS_MAX = 32;

    private static final long UNKNOWN = Long.MIN_VALUE;

    private final CacheEngine cache;
    private final long[] hashes = new long[KEYS_MAX];
    private final long[] slots = new long[KEYS_MAX];
    private int keys;
    private long now = UNKNOWN;
    private final int[] hits = new int[SlabClasses.count() + 1]; // by slab class
    private long hitClasses; // a bit for each class that has hits
    private long misses;

    /** The result of the prefetching reads. It is never used; storing it ensures that the compiler does not remove the reads. */
    private int prefetched;

    /**
     * Creates an empty batch.
     *
     * @param cache in which the keys will be looked up
     */
    public LookupBatch(CacheEngine cache) {
        this.cache = cache;
    }

    /** Makes the next get read the clock again. Must be called whenever time may have passed. */
    public void invalidateTime() {
        now = UNKNOWN;
    }

    /**
     * Adds a key.
     *
     * @param bytes contains the key
     * @param offset the offset of the key
     * @param length its length, not limited
     * @return false if the batch is full: call {@link #prefetch} then
     */
    public boolean add(byte[] bytes, int offset, int length) {
        return add(hash(bytes, offset, length));
    }

    /** As {@link #add(byte[], int, int)}, with the {@link #hash} of the key. */
    public boolean add(long hash) {
        if (keys == KEYS_MAX) {
            prefetch();
        }
        hashes[keys] = hash;
        return ++keys < KEYS_MAX;
    }

    /** Returns the hash of a key, for callers that add and get it. */
    public long hash(byte[] bytes, int offset, int length) {
        return cache.hash(bytes, offset, length);
    }

    /**
     * Prefetches the items of the added keys, and removes the keys. Loops with reads are short, and other work is done in separate loops: a
     * processor executes only some hundred instructions beyond an outstanding read.
     */
    public void prefetch() {
        if (keys > 1) { // the latencies of a single key cannot overlap
            int ignored = 0;
            for (int i = 0; i < keys; i++) {
                ignored += cache.indexOf(hashes[i]).prefetchLine(hashes[i]);
            }
            for (int i = 0; i < keys; i++) {
                slots[i] = cache.indexOf(hashes[i]).prefetchSlot(hashes[i]);
            }
            for (int i = 0; i < keys; i++) {
                ignored += cache.indexOf(hashes[i]).prefetchTarget(slots[i]);
            }
            int links = 0;
            for (int i = 0; i < keys; i++) {
                if (Slot.isLink(slots[i])) {
                    hashes[links] = hashes[i];
                    slots[links++] = cache.indexOf(hashes[i]).prefetchSlot(hashes[i], slots[i]);
                }
            }
            for (int i = 0; i < links; i++) {
                ignored += cache.indexOf(hashes[i]).prefetchTarget(slots[i]);
            }
            prefetched = ignored;
        }
        keys = 0;
    }

    /**
     * Finds a live item and counts the hit or miss, which the statistics contain after {@link #flushCounts}; see {@link CacheEngine#get}.
     *
     * @param key contains the key
     * @param offset the offset of the key
     * @param length its length, up to {@link ItemSize#KEY_LENGTH_MAX}
     * @param view set to the item if it is found
     * @return whether the item exists
     */
    public boolean get(byte[] key, int offset, int length, ItemView view) {
        return get(hash(key, offset, length), key, offset, length, view);
    }

    /** As {@link #get(byte[], int, int, ItemView)}, with the {@link #hash} of the key. */
    public boolean get(long hash, byte[] key, int offset, int length, ItemView view) {
        if (now == UNKNOWN) {
            now = cache.now();
        }
        Partition.Read read = cache.get(hash, key, offset, length, view, now);
        if (read == Partition.Read.HIT) {
            int slabClass = SlabClasses.classOf(view.itemSize());
            hits[slabClass]++;
            hitClasses |= 1L << slabClass;
            return true;
        }
        if (read == Partition.Read.MISS) {
            misses++;
        } else {
            cache.count(read, 1);
        }
        return false;
    }

    /** Adds the hits and misses since the last call to the statistics. */
    public void flushCounts() {
        while (hitClasses != 0) {
            int slabClass = Long.numberOfTrailingZeros(hitClasses);
            cache.countHits(slabClass, hits[slabClass]);
            hits[slabClass] = 0;
            hitClasses &= hitClasses - 1;
        }
        if (misses > 0) {
            cache.count(Partition.Read.MISS, misses);
            misses = 0;
        }
    }
}
