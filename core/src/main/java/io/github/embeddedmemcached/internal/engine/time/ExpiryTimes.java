package io.github.embeddedmemcached.internal.engine.time;

import java.util.Arrays;

/**
 * The expiry times of the items of one segment: bytes by time, in steps whose width grows with the distance, two steps for each
 * doubling. So the expired bytes of a segment are known without reading its items. They are reported late by at most half of the
 * time to live, and never early; if all items have expired, at once.
 */
public final class ExpiryTimes {
    private static final int STEPS = 62;

    /** The last step also contains items that expire later; it has only expired with the last item. */
    private static final int LAST_STEP = STEPS - 1;

    private boolean isEmpty = true;
    private long baseMillis; // the moment of the CacheClock at which the first item was added
    private final int[] bytesByStep = new int[STEPS];
    private long lowestMillis = Long.MAX_VALUE;
    private long highestMillis = Long.MIN_VALUE;
    private int expiredSteps; // those before this one have expired
    private int expiredBytes; // in these steps

    /** Removes all items. */
    public void clear() {
        if (!isEmpty) {
            isEmpty = true;
            lowestMillis = Long.MAX_VALUE;
            highestMillis = Long.MIN_VALUE;
            expiredSteps = 0;
            expiredBytes = 0;
            Arrays.fill(bytesByStep, 0);
        }
    }

    public void add(long expiry, int bytes, long now) {
        if (isEmpty) {
            isEmpty = false;
            baseMillis = now;
        }
        if (expiredSteps == STEPS) { // all others have expired, this one has not
            expiredSteps = 0;
            expiredBytes = 0;
        }
        change(step(expiry), bytes);
        lowestMillis = Math.min(lowestMillis, expiry);
        highestMillis = Math.max(highestMillis, expiry);
    }

    public void remove(long expiry, int bytes) {
        change(step(expiry), -bytes);
    }

    private void change(int step, int bytes) {
        bytesByStep[step] += bytes;
        if (step < expiredSteps) {
            expiredBytes += bytes;
        }
    }

    /** Returns the bytes of items that have certainly expired by now. */
    public int expiredBytes(long now) {
        if (now >= lowestMillis) {
            long distance = Math.floorDiv(now - baseMillis, CacheClock.MILLIS_PER_SECOND);
            int end = now >= highestMillis ? STEPS : LAST_STEP;
            while (expiredSteps < end && (end == STEPS || lastDistance(expiredSteps) <= distance)) {
                expiredBytes += bytesByStep[expiredSteps++];
            }
        }
        return expiredBytes;
    }

    /** Returns the bytes of the items that had expired by the last call of {@link #expiredBytes(long)}. */
    public int expiredBytes() {
        return expiredBytes;
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

    /** Returns the distance, in seconds, at which all items of a step have expired. */
    private static long lastDistance(int step) {
        if (step < 4) {
            return step;
        }
        int exponent = step >>> 1;
        return ((2L + (step & 1) + 1) << (exponent - 1)) - 1;
    }
}
