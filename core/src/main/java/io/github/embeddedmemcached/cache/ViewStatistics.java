package io.github.embeddedmemcached.cache;

import java.time.Duration;

/**
 * The statistics of a {@link TypedCache}: how its own gets and loads ended, since the view was created.
 *
 * @param hits the number of requested keys that had a value, see {@link TypedCache#statistics}
 * @param misses the number of requested keys that had none, or one that had to be loaded
 * @param loads the number of calls of loaders, including those that failed
 * @param loadFailures the number of calls of loaders that threw an exception
 * @param totalLoadTime the total duration of the calls of loaders
 */
public record ViewStatistics(long hits, long misses, long loads, long loadFailures, Duration totalLoadTime) {
    /**
     * Returns the share of gets that found a value.
     *
     * @return 0 to 1; NaN if there were no gets
     */
    public double hitRatio() {
        return (double) hits / (hits + misses);
    }

    /**
     * Returns the mean duration of a call of a loader, whether it succeeded or not.
     *
     * @return zero if there were no calls
     */
    public Duration averageLoadTime() {
        return totalLoadTime.dividedBy(Math.max(1, loads));
    }
}
