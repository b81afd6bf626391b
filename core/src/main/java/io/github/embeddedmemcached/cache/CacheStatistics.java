package io.github.embeddedmemcached.cache;

/** The cache's statistics at one moment: how much it holds, and what it counted since the start or the last reset. */
public final class CacheStatistics {
    private final long items;
    private final long itemBytes;
    private final long usedBytes;
    private final long indexBytes;
    private final long limitBytes;
    private final long requestedLimitBytes;
    private final long[] counters;

    CacheStatistics(Sums sums, long limitBytes, long requestedLimitBytes, long[] counters) {
        items = sums.items;
        itemBytes = sums.itemBytes;
        usedBytes = sums.usedBytes;
        indexBytes = sums.indexBytes;
        this.limitBytes = limitBytes;
        this.requestedLimitBytes = requestedLimitBytes;
        this.counters = counters;
    }

    /**
     * Returns how many items the cache holds; expired ones count until their room is taken back.
     *
     * @return memcached's curr_items
     */
    public long items() {
        return items;
    }

    /**
     * Returns the size of all items as memcached would account it, see {@link Cache#itemSize}.
     *
     * @return memcached's bytes
     */
    public long itemBytes() {
        return itemBytes;
    }

    /**
     * Returns the memory that the cache has taken: segments, index, ghosts, large values that are still being sent though they are no longer in
     * the cache, and large values that are being received. It is never more than the limit, except that no item is evicted for a value before all
     * of it is there: where the cache is full, those that are being received take up to a quarter of the limit besides, or a single larger one what
     * it needs. Where the limit was lowered, it may be exceeded by values that were being sent already.
     *
     * @return bytes
     */
    public long usedBytes() {
        return usedBytes;
    }

    /**
     * Returns the memory that the index takes, a part of what is used.
     *
     * @return memcached's hash_bytes
     */
    public long indexBytes() {
        return indexBytes;
    }

    /**
     * Returns the memory that the cache may take: what was asked for, or what the heap allows where that is less.
     *
     * @return memcached's limit_maxbytes
     */
    public long limitBytes() {
        return limitBytes;
    }

    /**
     * Returns the memory limit that was asked for, of which the heap may allow only a part.
     *
     * @return bytes, at least {@link #limitBytes}
     */
    public long requestedLimitBytes() {
        return requestedLimitBytes;
    }

    /**
     * Returns one counter.
     *
     * @param counter which
     * @return its count since the start or the last {@link Cache#resetStatistics}
     */
    public long get(Counter counter) {
        return counters[counter.ordinal()];
    }

    @Override
    public String toString() {
        return "CacheStatistics[" + sums() + "]";
    }

    /** What the cache holds, in words. */
    String sums() {
        return "items=" + items + ", itemBytes=" + itemBytes + ", usedBytes=" + usedBytes + ", limitBytes=" + limitBytes
                + (limitBytes < requestedLimitBytes ? " of requested " + requestedLimitBytes : "");
    }

    /** Where the partitions add up what they hold. */
    static final class Sums {
        long items;
        long itemBytes;
        long usedBytes;
        long indexBytes;
    }
}
