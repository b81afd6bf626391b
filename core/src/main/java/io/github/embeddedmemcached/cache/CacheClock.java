package io.github.embeddedmemcached.cache;

import java.time.InstantSource;

/**
 * The cache's time: whole seconds since about a minute before the cache was made or {@linkplain Cache#reset reset}, so that they fit an int and are never 0, which in
 * an item means "never", and so that what expired long ago did so more than a second ago. Knows what the protocol's exptime means (protocol.txt, "Expiration times").
 */
final class CacheClock {
    /** An exptime up to this is counted from now, above it is a Unix time: 30 days. */
    static final long RELATIVE_SECONDS_MAX = 60L * 60 * 24 * 30;

    /** The exptime of an item that never expires. */
    static final int NEVER = 0;

    private static final int LONG_AGO = 1;

    /** What the clock shows when it is made; memcached's number. */
    private static final int START = 62;

    private final InstantSource source;
    private volatile long originSecond;

    CacheClock(InstantSource source) {
        this.source = source;
        restart();
    }

    /** Begins anew, now; for a cache without items. */
    void restart() {
        originSecond = unixSecond() - START;
    }

    /** Now, at least 1, also where the source was set back. */
    int now() {
        return clamp(unixSecond() - originSecond);
    }

    /** When an item with this exptime expires: a second of this clock, or {@link #NEVER}. */
    int expiry(long exptimeSeconds, int now) {
        if (exptimeSeconds == 0) {
            return NEVER;
        }
        if (exptimeSeconds < 0) {
            return LONG_AGO;
        }
        return clamp(exptimeSeconds <= RELATIVE_SECONDS_MAX ? now + exptimeSeconds : exptimeSeconds - originSecond);
    }

    static boolean isExpired(int expiry, int now) {
        return expiry != NEVER && expiry <= now;
    }

    static long secondsToLive(int expiry, int now) {
        return expiry == NEVER ? -1 : (long) expiry - now;
    }

    /** The Unix time of a second of this clock. */
    long unixSecond(int second) {
        return originSecond + second;
    }

    private long unixSecond() {
        return Math.floorDiv(source.millis(), 1000L);
    }

    private static int clamp(long second) {
        return (int) Math.max(LONG_AGO, Math.min(second, Integer.MAX_VALUE));
    }
}
