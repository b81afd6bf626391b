package io.github.embeddedmemcached.cache;

/**
 * Gets that follow each other, by one thread. What is known of the next ones makes each of them cheaper.
 *
 * <p>A cache is larger than the processor's own, so that each key costs two or three waits for memory, one after the other: for its
 * line in the index, then for its item. The waits for different keys don't depend on each other: of a dozen keys that are known at
 * once they pass at the same time, and that is most of what a get costs (the idea is MICA's, NSDI '14). Whoever knows keys {@link #add}s
 * them, has them {@link #fetch}ed, and then gets them. It only reads, and without the care that a real look-up takes: what it sees may be
 * wrong, and then the wait comes later, as it would have anyway.
 *
 * <p>Besides, the clock is looked at once for all, and hits and misses are counted together. Not thread-safe; one per session or thread.
 */
public final class ReadAhead {
    /** More keys at once than these gain nothing: a processor core has so many reads under way at most. */
    public static final int KEYS_MAX = 32;

    private static final long UNKNOWN = Long.MIN_VALUE;

    private final RawCache cache;
    private final long[] hashes = new long[KEYS_MAX];
    private final long[] slots = new long[KEYS_MAX];
    private int keys;
    private long now = UNKNOWN;
    private final int[] hits = new int[SlabClasses.count() + 1]; // by the item's slab class
    private long hitClasses; // a bit for each class that has hits
    private long misses;

    /** What was read, which nobody needs: without it the reads could be left out. */
    private int read;

    /**
     * Creates one that knows nothing.
     *
     * @param cache where the keys will be looked up
     */
    public ReadAhead(RawCache cache) {
        this.cache = cache;
    }

    /** Looks at the clock again before the next get: to be called whenever time may have passed. */
    public void forgetTime() {
        now = UNKNOWN;
    }

    /**
     * Adds a key.
     *
     * @param bytes contain the key
     * @param offset where it begins
     * @param length how long it is; any length will do
     * @return false if there are as many as it makes sense to have: {@link #fetch} then
     */
    public boolean add(byte[] bytes, int offset, int length) {
        if (keys == KEYS_MAX) {
            fetch();
        }
        hashes[keys] = cache.hash(bytes, offset, length);
        return ++keys < KEYS_MAX;
    }

    /**
     * Reads the items of the keys that were added, and forgets the keys. Loops that read are short, and what takes time is done in
     * others: a processor looks only some hundred instructions ahead for the next read.
     */
    public void fetch() {
        if (keys > 1) { // for a single one there is nothing to pass meanwhile
            int sum = 0;
            for (int i = 0; i < keys; i++) {
                sum += cache.indexOf(hashes[i]).readLine(hashes[i]);
            }
            for (int i = 0; i < keys; i++) {
                slots[i] = cache.indexOf(hashes[i]).glance(hashes[i]);
            }
            for (int i = 0; i < keys; i++) {
                sum += cache.indexOf(hashes[i]).readBehind(slots[i]);
            }
            int links = 0;
            for (int i = 0; i < keys; i++) {
                if (Slot.isLink(slots[i])) {
                    hashes[links] = hashes[i];
                    slots[links++] = cache.indexOf(hashes[i]).glance(hashes[i], slots[i]);
                }
            }
            for (int i = 0; i < links; i++) {
                sum += cache.indexOf(hashes[i]).readBehind(slots[i]);
            }
            read = sum;
        }
        keys = 0;
    }

    /**
     * Finds a live item and counts the hit or miss, which statistics show after {@link #count}; see {@link RawCache#get}.
     *
     * @param key contains the key
     * @param offset where it begins
     * @param length how long it is, up to 250
     * @param view opened on the item
     * @return whether there is one
     */
    public boolean get(byte[] key, int offset, int length, ItemView view) {
        if (now == UNKNOWN) {
            now = cache.now();
        }
        Partition.Read outcome = cache.get(key, offset, length, view, now);
        switch (outcome) {
            case HIT -> {
                int slabClass = SlabClasses.classOf(view.itemSize());
                hits[slabClass]++;
                hitClasses |= 1L << slabClass;
            }
            case MISS -> misses++;
            case EXPIRED, FLUSHED -> cache.count(outcome, 1);
        }
        return outcome == Partition.Read.HIT;
    }

    /** Has the statistics show what was read since the last time. */
    public void count() {
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
