package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A snapshot of a cache's statistics: its contents, and its counters since it was built or they were last reset. Immutable. */
public final class CacheStatistics {
    private static final int KILOBYTE_SHIFT = 10;
    private static final String[] UNITS = {" bytes", " KB", " MB", " GB", " TB", " PB", " EB"};
    private static final double NANOS_PER_MILLI = 1e6;

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

    /**
     * Returns the share of gets that found their item.
     *
     * @return 0 to 1; NaN if there were no gets
     */
    public double hitRatio() {
        return statistics.hitRatio();
    }

    /**
     * Returns the number of items that were dropped because they had expired: when they were looked up, or when their space was reclaimed.
     *
     * @return the sum of {@link Statistic#GET_EXPIRED} and {@link Statistic#RECLAIMED}
     */
    public long expirations() {
        return statistics.expirations();
    }

    /**
     * Returns the mean duration of a call of a loader, whether it succeeded or not.
     *
     * @return zero if there were no calls
     */
    public Duration averageLoadTime() {
        return Duration.ofNanos(statistics.averageLoadNanos());
    }

    /**
     * Returns one line for a log: the number of items, the memory in use and its limit, the hit ratio, and the numbers of evictions and
     * expirations; if there were any, also those of rejected values and of loads.
     */
    @Override
    public String toString() {
        return "CacheStatistics[" + summary() + "]";
    }

    String summary() {
        StringBuilder text = new StringBuilder(160)
                .append("items=")
                .append(items())
                .append(", used=")
                .append(readable(usedBytes()))
                .append(" of ")
                .append(readable(limitBytes()));
        if (limitBytes() < requestedLimitBytes()) {
            text.append(" (requested ").append(readable(requestedLimitBytes())).append(')');
        }
        text.append(", hitRatio=")
                .append(statistics.gets() == 0 ? "n/a" : String.format(Locale.ROOT, "%.3f", hitRatio()))
                .append(", evictions=")
                .append(get(Statistic.EVICTIONS))
                .append(", expirations=")
                .append(expirations());
        long rejected = statistics.rejectedStores();
        if (rejected > 0) {
            text.append(", rejected=").append(rejected);
        }
        if (get(Statistic.LOADS) > 0) {
            text.append(", loads=")
                    .append(get(Statistic.LOADS))
                    .append(" (failed ")
                    .append(get(Statistic.LOAD_FAILURES))
                    .append(", average ")
                    .append(String.format(Locale.ROOT, "%.3f", statistics.averageLoadNanos() / NANOS_PER_MILLI))
                    .append(" ms)");
        }
        return text.toString();
    }

    /** Returns a number of bytes with its largest unit, and one decimal unless it is a whole number. */
    private static String readable(long bytes) {
        int shift = bytes < 1L << KILOBYTE_SHIFT
                ? 0
                : (63 - Long.numberOfLeadingZeros(bytes)) / KILOBYTE_SHIFT * KILOBYTE_SHIFT;
        long whole = bytes >> shift;
        String unit = UNITS[shift / KILOBYTE_SHIFT];
        return whole << shift == bytes
                ? whole + unit
                : String.format(Locale.ROOT, "%.1f", (double) bytes / (1L << shift)) + unit;
    }
}
