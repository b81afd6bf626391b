package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.Statistic;

/** A snapshot of the contents and the counters of a cache. The partitions add their contents. Not thread-safe. */
public final class EngineStatistics {
    private final long limitBytes;
    private final long requestedLimitBytes;
    private final long[] counters;

    long items;
    long itemBytes;
    long usedBytes;
    long indexBytes;

    EngineStatistics(long limitBytes, long requestedLimitBytes, long[] counters) {
        this.limitBytes = limitBytes;
        this.requestedLimitBytes = requestedLimitBytes;
        this.counters = counters;
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
}
