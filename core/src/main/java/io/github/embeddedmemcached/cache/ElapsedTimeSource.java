package io.github.embeddedmemcached.cache;

import java.time.InstantSource;

/**
 * A clock that also measures elapsed time, which a wall clock cannot: it may be set at any time. Relative exptimes, idle times
 * and uptime are measured by {@link #elapsedMillis}; the time of day and absolute exptimes are read from {@link #millis()}.
 * Implementations are thread-safe.
 *
 * <p>{@link #elapsedMillis} and {@link #millis()} may throw: the operation that reads the time then fails, and changes nothing. The
 * other methods are called while a part of a cache is locked. They must return at once and not throw; if one throws, that part of
 * the cache is emptied.
 */
public interface ElapsedTimeSource extends InstantSource {
    /** The result of {@link #secondsBeginAtMillis} if whole seconds are counted from the start of the cache. */
    long AT_ANY_TIME = Long.MIN_VALUE;

    /**
     * Returns the time that has elapsed since a fixed but arbitrary moment.
     *
     * @return milliseconds, possibly negative; decreases only if the user of the clock has set it back
     */
    long elapsedMillis();

    /**
     * Returns the difference between Unix time and {@link #elapsedMillis}. It changes when the wall clock is set.
     *
     * @return milliseconds to add to {@link #elapsedMillis}
     */
    long unixOffsetMillis();

    /**
     * Returns whether time is exact. The system's time is not: it is measured in whole seconds since the start of a cache, as in
     * memcached, so that an item with exptime n expires after n - 1 to n seconds. With an exact clock it expires after n seconds.
     *
     * @return false if the clock ticks once a second
     */
    default boolean isExact() {
        return true;
    }

    /**
     * Returns the moment from which whole seconds are counted.
     *
     * @return an {@link #elapsedMillis}, or {@link #AT_ANY_TIME} to count them from the start of the cache
     */
    default long secondsBeginAtMillis() {
        return AT_ANY_TIME;
    }
}
