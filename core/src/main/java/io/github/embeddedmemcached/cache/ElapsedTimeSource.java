package io.github.embeddedmemcached.cache;

import java.time.InstantSource;

/**
 * A clock that also measures the time that has elapsed, which the system's wall clock can't: it may be set at any moment. Relative exptimes, idle times
 * and uptime are measured by {@link #elapsedMillis}; the time of day and absolute exptimes are read from {@link #millis()}. Implementations are
 * thread-safe.
 *
 * <p>{@link #elapsedMillis} and {@link #millis()} may throw: the operation that reads the time then fails, and changes nothing. The other methods are
 * called while a part of a cache is locked. They must return at once and not throw; if one does, that part of the cache is emptied.
 */
public interface ElapsedTimeSource extends InstantSource {
    /** What {@link #secondsBeginAtMillis} returns where the user of the clock may choose. */
    long AT_ANY_TIME = Long.MIN_VALUE;

    /**
     * Returns the time that has elapsed since a fixed but arbitrary moment.
     *
     * @return milliseconds, perhaps negative; less than before only if the clock's user has set it back
     */
    long elapsedMillis();

    /**
     * Returns what has to be added to {@link #elapsedMillis} to get Unix time. It changes when the wall clock is set.
     *
     * @return milliseconds
     */
    long unixOffsetMillis();

    /**
     * Returns whether time is exact. The time of the system is not: it is measured in whole seconds since the start of a cache, as in memcached, so that an
     * item with exptime n lives between n - 1 and n seconds. By an exact clock it lives for n seconds.
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

    /**
     * Returns the elapsed time that belongs to a clock: the system's monotonic time for the system's clock in any time zone. Any other clock is one that
     * its user controls, so that time elapses as that clock shows it.
     *
     * @param source a clock
     * @return the clock itself if it measures elapsed time
     */
    static ElapsedTimeSource of(InstantSource source) {
        if (source instanceof ElapsedTimeSource elapsing) {
            return elapsing;
        }
        return SystemTime.isSystemClock(source) ? SystemTime.INSTANCE : new UserTime(source);
    }
}
