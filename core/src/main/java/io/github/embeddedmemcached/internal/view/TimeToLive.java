package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.time.Duration;

/** Converts the times to live of the API. */
public final class TimeToLive {
    private static final Duration MAX = Duration.ofMillis(CacheClock.MILLIS_MAX);

    private TimeToLive() {}

    /**
     * Returns a time to live in milliseconds, rounded up.
     *
     * @throws IllegalArgumentException if it is zero or negative
     */
    public static long millis(Duration timeToLive) {
        if (timeToLive.isZero() || timeToLive.isNegative()) {
            throw new IllegalArgumentException("the time to live must be positive, not " + timeToLive
                    + "; an item that must not be kept can be deleted, one without a time to live never expires");
        }
        return millis("time to live", timeToLive);
    }

    /**
     * Returns another time in milliseconds, rounded up.
     *
     * @param name what it is
     * @throws IllegalArgumentException if it is zero or negative
     */
    public static long millis(String name, Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException("the " + name + " must be positive, not " + time);
        }
        return time.compareTo(MAX) >= 0
                ? CacheClock.MILLIS_MAX
                : time.plusNanos(999_999).toMillis();
    }
}
