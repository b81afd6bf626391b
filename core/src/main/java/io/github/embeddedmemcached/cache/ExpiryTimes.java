package io.github.embeddedmemcached.cache;

/**
 * When the items of one segment expire: bytes by time, in steps that widen with the distance, two to the doubling. So a segment
 * knows without a walk how much of it has expired; it may notice late, by half of the time to live at most, but never early.
 */
final class ExpiryTimes {
    private static final int STEPS = 64;

    private final int baseSecond;
    private final int[] bytesByStep = new int[STEPS];
    private int lowestSecond = Integer.MAX_VALUE;

    /** An empty note of times from a second of the {@link CacheClock} on. */
    ExpiryTimes(int baseSecond) {
        this.baseSecond = baseSecond;
    }

    void add(int expiry, int bytes) {
        bytesByStep[step(expiry)] += bytes;
        lowestSecond = Math.min(lowestSecond, expiry);
    }

    void remove(int expiry, int bytes) {
        bytesByStep[step(expiry)] -= bytes;
    }

    /** Bytes of items that are sure to have expired by now. */
    int expiredBytes(int now) {
        if (now < lowestSecond) {
            return 0;
        }
        int expired = 0;
        for (int step = 0; step < STEPS && lastSecond(step) <= now; step++) {
            expired += bytesByStep[step];
        }
        return expired;
    }

    /** Steps 0 to 3 are the seconds 0 to 3 after the base; then two steps for each power of two. */
    private int step(int expiry) {
        int distance = Math.max(0, expiry - baseSecond);
        if (distance < 4) {
            return distance;
        }
        int exponent = 31 - Integer.numberOfLeadingZeros(distance);
        return 2 * exponent + (distance >>> (exponent - 1) & 1);
    }

    private long lastSecond(int step) {
        if (step < 4) {
            return (long) baseSecond + step;
        }
        int exponent = step >>> 1;
        return baseSecond + ((2L + (step & 1) + 1) << (exponent - 1)) - 1;
    }
}
