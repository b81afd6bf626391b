package io.github.embeddedmemcached.cache;

import java.time.InstantSource;

/**
 * A clock that also measures elapsed time, which a wall clock cannot do, because it may be set at any time. Relative exptimes, idle
 * times and uptime are measured by {@link #elapsedMillis}; the time of day and absolute exptimes are read from {@link #millis()}.
 * Implementations must be thread-safe. Most applications do not need this interface: {@code TestClock} implements it for tests.
 *
 * <p>{@link #elapsedMillis} and {@link #millis()} may throw: the operation that reads the time then fails, and changes nothing. The
 * other methods are called while a part of a cache is locked. They must neither block nor throw; if one throws, that part of
 * the cache is emptied.
 */
public interface ElapsedTimeSource extends InstantSource {
    /** The result of {@link #secondsOriginMillis} if whole seconds are counted from the start of the cache. */
    long CACHE_START = Long.MIN_VALUE;

    /**
     * Returns the time that has elapsed since a fixed but arbitrary moment.
     *
     * @return milliseconds, possibly negative; decreases only if the clock has been set back explicitly
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
     * @return false if items expire at ticks once a second; true, the default, if they expire exactly
     */
    default boolean isExact() {
        return true;
    }

    /**
     * Returns the moment from which whole seconds are counted.
     *
     * @return a moment in terms of {@link #elapsedMillis}, or {@link #CACHE_START}, the default, to count from the start of the cache
     */
    default long secondsOriginMillis() {
        return CACHE_START;
    }
}
