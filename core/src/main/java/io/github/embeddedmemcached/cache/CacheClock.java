package io.github.embeddedmemcached.cache;

/**
 * The time by which items expire, in milliseconds: the Unix time at which the cache was built or {@linkplain Cache#reset reset}, plus the time that has
 * elapsed since by the {@link ElapsedTimeSource}. A step of the wall clock therefore moves nothing that is stored. An absolute exptime is converted
 * once, by the wall clock of the moment at which it arrives.
 *
 * <p>With a source that ticks, seconds are counted from the start of the cache, as memcached counts them from its own: an item with exptime n expires
 * at the n-th tick after it was stored. With an {@linkplain ElapsedTimeSource#isExact() exact} source it expires n seconds after it was stored, to the
 * millisecond. Both compare the same stored moments, so an item that was stored while the clock ticked expires exactly once the clock is frozen.
 *
 * <p>The source may go back, and may show any Unix time in milliseconds that is some centuries from the ends of {@code long}. Thread-safe.
 */
final class CacheClock {
    /** An exptime up to this is counted from now, above it is a Unix time: 30 days. */
    static final long RELATIVE_SECONDS_MAX = 60L * 60 * 24 * 30;

    /** The moment at which an item without exptime expires. */
    static final long NEVER = Long.MAX_VALUE;

    /** The moment at which an item with a negative exptime expired. */
    static final long LONG_AGO = Long.MIN_VALUE;

    static final long MILLIS_PER_SECOND = 1000;

    /** The second that memcached's own clock shows when it starts; its {@link #LONG_AGO} is the second 1. */
    private static final long START_SECOND = 62;

    private static final long LONG_AGO_SECOND = 1;

    /** Unix times beyond this count as this: about 300,000 years. */
    private static final long UNIX_SECONDS_MAX = 10_000_000_000_000L;

    private final ElapsedTimeSource source;
    private volatile long offsetMillis; // from the source's elapsed time to this clock's
    private volatile long startMillis;
    private volatile long startPhaseMillis;
    private volatile int restarts;

    CacheClock(ElapsedTimeSource source) {
        this.source = source;
        restart();
    }

    /** Begins to count seconds anew, from now; for a cache without items. */
    synchronized void restart() {
        long offset = source.unixOffsetMillis();
        long start = source.elapsedMillis() + offset; // the source may throw: nothing is changed before
        offsetMillis = offset;
        startMillis = start;
        startPhaseMillis = Math.floorMod(startMillis, MILLIS_PER_SECOND);
        restarts++;
    }

    /** How often the clock was restarted: a moment that was read before a restart has no meaning afterwards. */
    int restarts() {
        return restarts;
    }

    /** The present moment. */
    long now() {
        return source.elapsedMillis() + offsetMillis;
    }

    /** The moment at which an item with this exptime expires: {@link #NEVER} and {@link #LONG_AGO} included. */
    long expiry(long exptimeSeconds, long now) {
        if (exptimeSeconds == 0) {
            return NEVER;
        }
        if (exptimeSeconds < 0) {
            return LONG_AGO;
        }
        if (exptimeSeconds <= RELATIVE_SECONDS_MAX) {
            return now + exptimeSeconds * MILLIS_PER_SECOND;
        }
        long expiry = Math.min(exptimeSeconds, UNIX_SECONDS_MAX) * MILLIS_PER_SECOND - wallClockSteps();
        if (expiry <= now && expiry <= startMillis - START_SECOND * MILLIS_PER_SECOND) {
            return LONG_AGO;
        }
        return source.isExact() ? expiry : expiry + Math.floorMod(phaseMillis() - expiry, MILLIS_PER_SECOND);
    }

    /** Whether what expires at a moment has expired by now. */
    boolean isExpired(long expiry, long now) {
        if (expiry <= now) {
            return true;
        }
        long left = expiry - now; // negative where it overflows: for NEVER, before 1970
        return left > 0 && left < MILLIS_PER_SECOND && !source.isExact() && second(expiry) == second(now);
    }

    /** Whether a moment, which may be {@link #LONG_AGO}, lies in an earlier second than another, or is earlier where the source is exact. */
    boolean isBefore(long moment, long other) {
        return moment < other
                && (moment == LONG_AGO || other == NEVER || source.isExact() || second(moment) < second(other));
    }

    /** The time that is left, in seconds as the protocol shows them; -1 for {@link #NEVER}, and negative if it has passed. */
    long secondsToLive(long expiry, long now) {
        if (expiry == NEVER) {
            return -1;
        }
        if (expiry == LONG_AGO) {
            return LONG_AGO_SECOND - START_SECOND - (second(now) - second(startMillis));
        }
        return source.isExact() ? -Math.floorDiv(now - expiry, MILLIS_PER_SECOND) : second(expiry) - second(now);
    }

    /** The number of the second in which a moment lies. Numbers are near to Unix time, but the seconds begin with the cache. */
    long second(long moment) {
        return Math.floorDiv(moment - phaseMillis(), MILLIS_PER_SECOND);
    }

    /** The Unix time, in seconds, at which what expires at a moment does so by the wall clock as it is now; -1 for {@link #NEVER}. */
    long unixExpiry(long expiry) {
        if (expiry == NEVER) {
            return -1;
        }
        if (expiry == LONG_AGO) {
            return unixSecond(startMillis) + LONG_AGO_SECOND - START_SECOND;
        }
        return source.isExact() ? unixSecond(expiry) : unixSecondOf(second(expiry));
    }

    private long unixSecond(long moment) {
        return Math.floorDiv(moment + wallClockSteps(), MILLIS_PER_SECOND);
    }

    /** The Unix time at which a {@link #second} begins. */
    long unixSecondOf(long second) {
        return unixSecond(second * MILLIS_PER_SECOND + phaseMillis());
    }

    /** How far the wall clock was set ahead since the start, in milliseconds. */
    private long wallClockSteps() {
        return source.unixOffsetMillis() - offsetMillis;
    }

    /** The part of a second by which seconds begin after those of {@link #now}: they begin at the start, or when the source was frozen since. */
    private long phaseMillis() {
        long begin = source.secondsBeginAtMillis();
        if (begin == ElapsedTimeSource.AT_ANY_TIME) {
            return startPhaseMillis;
        }
        return Math.floorMod(Math.max(startMillis, begin + offsetMillis), MILLIS_PER_SECOND);
    }
}
