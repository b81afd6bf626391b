package io.github.embeddedmemcached.internal.engine.statistics;

import io.github.embeddedmemcached.cache.Statistic;

/** A snapshot of the contents and the counters of a cache. The partitions add their contents. Not thread-safe. */
public final class EngineStatistics {
    private final long limitBytes;
    private final long requestedLimitBytes;
    private final long[] counters;

    private long items;
    private long itemBytes;
    private long usedBytes;
    private long indexBytes;

    public EngineStatistics(long limitBytes, long requestedLimitBytes, long[] counters) {
        this.limitBytes = limitBytes;
        this.requestedLimitBytes = requestedLimitBytes;
        this.counters = counters;
    }

    /** Adds the contents of a partition. */
    public void addPartition(long items, long itemBytes, long usedBytes, long indexBytes) {
        this.items += items;
        this.itemBytes += itemBytes;
        this.usedBytes += usedBytes;
        this.indexBytes += indexBytes;
    }

    /** Adds memory that belongs to no partition. */
    public void addUsedBytes(long bytes) {
        usedBytes += bytes;
    }

    public long items() {
        return items;
    }

    /** Returns the size of all items as memcached accounts it. */
    public long itemBytes() {
        return itemBytes;
    }

    public long usedBytes() {
        return usedBytes;
    }

    /** Returns the part of the used bytes that the index occupies. */
    public long indexBytes() {
        return indexBytes;
    }

    public long limitBytes() {
        return limitBytes;
    }

    public long requestedLimitBytes() {
        return requestedLimitBytes;
    }

    public long get(Statistic counter) {
        return counters[counter.ordinal()];
    }

    /** Returns the number of keys requested by gets. */
    public long gets() {
        return get(Statistic.GET_HITS) + get(Statistic.GET_MISSES);
    }

    /** Returns the share of gets that found their item; NaN without gets. */
    public double hitRatio() {
        return (double) get(Statistic.GET_HITS) / gets();
    }

    /** Returns the number of items that were dropped because they had expired. */
    public long expirations() {
        return get(Statistic.GET_EXPIRED) + get(Statistic.RECLAIMED);
    }

    /** Returns the number of values that were rejected because of their size or a lack of memory. */
    public long rejectedStores() {
        return get(Statistic.STORE_TOO_LARGE) + get(Statistic.STORE_NO_MEMORY);
    }

    /** Returns the mean duration of a call of a loader, in nanoseconds; 0 without calls. */
    public long averageLoadNanos() {
        return get(Statistic.LOAD_NANOS) / Math.max(1, get(Statistic.LOADS));
    }
}
