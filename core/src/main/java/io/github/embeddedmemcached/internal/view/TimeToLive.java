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
        return timeToLive.compareTo(MAX) >= 0
                ? CacheClock.MILLIS_MAX
                : timeToLive.plusNanos(999_999).toMillis();
    }
}
