package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A snapshot of a cache's statistics: its contents, and its counters since it was built or they were last reset. Immutable. */
public final class CacheStatistics {
    private final EngineStatistics statistics;
    private final @Nullable SaveResult lastSave;
    private final @Nullable RestoreResult restored;

    CacheStatistics(EngineStatistics statistics, @Nullable SaveResult lastSave, @Nullable RestoreResult restored) {
        this.statistics = statistics;
        this.lastSave = lastSave;
        this.restored = restored;
    }

    /**
     * Returns the number of items, including expired ones whose space has not been reclaimed.
     *
     * @return the number that memcached calls curr_items
     */
    public long items() {
        return statistics.items();
    }

    /**
     * Returns the total size of all items, as {@link Cache#itemSize} counts it.
     *
     * @return the size in bytes, which memcached calls bytes
     */
    public long itemBytes() {
        return statistics.itemBytes();
    }

    /**
     * Returns the memory in use: items, index, metadata of evicted items, large values that are still being sent although they are no
     * longer in the cache, and large values that are being received. It exceeds the limit in two cases only. No item is evicted
     * for a value that is still being received: in a full cache such values occupy up to a quarter of the limit in addition, or more
     * if a single value is larger. After the limit was lowered, values that were already being sent may exceed it.
     *
     * @return the memory in bytes
     */
    public long usedBytes() {
        return statistics.usedBytes();
    }

    /**
     * Returns the memory of the index, a part of the memory in use.
     *
     * @return the memory in bytes, which memcached calls hash_bytes
     */
    public long indexBytes() {
        return statistics.indexBytes();
    }

    /**
     * Returns the memory limit in force: the requested limit, or what the heap allows if that is less.
     *
     * @return the limit in bytes, which memcached calls limit_maxbytes
     */
    public long limitBytes() {
        return statistics.limitBytes();
    }

    /**
     * Returns the requested memory limit.
     *
     * @return the limit in bytes, at least {@link #limitBytes}
     */
    public long requestedLimitBytes() {
        return statistics.requestedLimitBytes();
    }

    /**
     * Returns the value of a counter.
     *
     * @param counter the counter
     * @return its value since the cache was built or its counters were last reset
     */
    public long get(Statistic counter) {
        return statistics.get(counter);
    }

    /**
     * Returns the result of the last successful save. {@link Statistic#SAVES} and {@link Statistic#SAVES_FAILED} count them.
     *
     * @return null if the cache was never saved
     */
    public @Nullable SaveResult lastSave() {
        return lastSave;
    }

    /**
     * Returns the result of restoring the cache when it was built.
     *
     * @return null if no file was restored
     */
    public @Nullable RestoreResult restored() {
        return restored;
    }

    /** Returns the number of items, the memory in use and its limit, and the hit ratio. */
    @Override
    public String toString() {
        return "CacheStatistics[" + summary() + "]";
    }

    String summary() {
        return "items=" + items() + ", itemBytes=" + itemBytes() + ", usedBytes=" + usedBytes() + ", limitBytes="
                + limitBytes() + (limitBytes() < requestedLimitBytes() ? " of requested " + requestedLimitBytes() : "")
                + ", hitRatio=" + hitRatio();
    }

    /** Returns hits per get with three decimals, or "n/a" if there were no gets. */
    private String hitRatio() {
        long hits = get(Statistic.GET_HITS);
        long gets = hits + get(Statistic.GET_MISSES);
        return gets == 0 ? "n/a" : String.format(Locale.ROOT, "%.3f", (double) hits / gets);
    }
}
