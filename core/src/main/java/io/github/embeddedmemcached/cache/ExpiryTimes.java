package io.github.embeddedmemcached.cache;

import java.util.Arrays;

/**
 * When the items of one segment expire: bytes by time, in steps whose width grows with the distance, two steps to the doubling. A segment thus knows
 * without a walk how many of its bytes have expired. The answer may be late, by half of the time to live at most, but is never early.
 */
final class ExpiryTimes {
    private static final int STEPS = 62;

    /** The last step also holds what expires later; that is never reported as expired. */
    private static final int LAST_STEP = STEPS - 1;

    private boolean isEmpty = true;
    private long baseMillis; // the moment of the CacheClock at which the first item was added
    private final int[] bytesByStep = new int[STEPS];
    private long lowestMillis = Long.MAX_VALUE;

    /** Forgets all items. */
    void clear() {
        if (!isEmpty) {
            isEmpty = true;
            lowestMillis = Long.MAX_VALUE;
            Arrays.fill(bytesByStep, 0);
        }
    }

    void add(long expiry, int bytes, long now) {
        if (isEmpty) {
            isEmpty = false;
            baseMillis = now;
        }
        bytesByStep[step(expiry)] += bytes;
        lowestMillis = Math.min(lowestMillis, expiry);
    }

    void remove(long expiry, int bytes) {
        bytesByStep[step(expiry)] -= bytes;
    }

    /** Bytes of items that are sure to have expired by now. */
    int expiredBytes(long now) {
        if (now < lowestMillis) {
            return 0;
        }
        long distance = Math.floorDiv(now - baseMillis, CacheClock.MILLIS_PER_SECOND);
        int expired = 0;
        for (int step = 0; step < LAST_STEP && lastDistance(step) <= distance; step++) {
            expired += bytesByStep[step];
        }
        return expired;
    }

    /** Steps 0 to 3 are the seconds 0 to 3 after the base; then two steps for each power of two. */
    private int step(long expiry) {
        if (expiry <= baseMillis) {
            return 0;
        }
        long seconds = (expiry - baseMillis - 1) / CacheClock.MILLIS_PER_SECOND + 1;
        if (seconds < 4) {
            return (int) seconds;
        }
        int distance = (int) Math.min(seconds, Integer.MAX_VALUE);
        int exponent = 31 - Integer.numberOfLeadingZeros(distance);
        return 2 * exponent + (distance >>> (exponent - 1) & 1);
    }

    /** The distance, in seconds, at which all of a step has expired. */
    private static long lastDistance(int step) {
        if (step < 4) {
            return step;
        }
        int exponent = step >>> 1;
        return ((2L + (step & 1) + 1) << (exponent - 1)) - 1;
    }
}
