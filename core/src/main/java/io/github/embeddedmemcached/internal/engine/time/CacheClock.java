package io.github.embeddedmemcached.internal.engine.time;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;

/**
 * The time by which items expire, in milliseconds: the Unix time at which the cache was built or reset, plus the time that has
 * elapsed since by the {@link ElapsedTimeSource}. A step of the wall clock therefore changes no stored time. An absolute exptime is
 * converted once, when it is received, by the wall clock of that moment.
 *
 * <p>With a source that ticks, seconds are counted from the start of the cache, as memcached counts them from its own: an item with
 * exptime n expires at the n-th tick after it was stored. With an {@linkplain ElapsedTimeSource#isExact() exact} source it expires
 * n seconds after it was stored, to the millisecond. Both compare the same stored moments, so an item that was stored while the
 * clock ticked expires exactly once the clock is frozen.
 *
 * <p>The source may be set back, and may show any Unix time in milliseconds that is some centuries from the ends of {@code long}.
 * Thread-safe.
 */
public final class CacheClock {
    /** An exptime up to this is relative to now, a larger one is a Unix time: 30 days. */
    public static final long RELATIVE_SECONDS_MAX = 60L * 60 * 24 * 30;

    /** The moment at which an item without exptime expires. */
    public static final long NEVER = Long.MAX_VALUE;

    /** The moment at which an item with a negative exptime expired. */
    public static final long LONG_AGO = Long.MIN_VALUE;

    public static final long MILLIS_PER_SECOND = 1000;

    /** A time to live of this or more never ends: 100 years, in milliseconds. */
    public static final long MILLIS_MAX = 36_525L * 24 * 60 * 60 * MILLIS_PER_SECOND;

    /** A remaining time of more than this, 24 days, is in whole seconds. */
    private static final long EXACT_MILLIS_MAX = Integer.MAX_VALUE;

    /** The second of memcached's own clock when it starts; its {@link #LONG_AGO} is the second 1. */
    private static final long START_SECOND = 62;

    private static final long LONG_AGO_SECOND = 1;

    /** Larger Unix times are treated as this one, in about 300,000 years. */
    private static final long UNIX_SECONDS_MAX = 10_000_000_000_000L;

    private final ElapsedTimeSource source;
    private volatile long offsetMillis; // from the source's elapsed time to this clock's
    private volatile long startMillis;
    private volatile long startPhaseMillis;
    private volatile int restarts;

    public CacheClock(ElapsedTimeSource source) {
        this.source = source;
        restart();
    }

    /** Restarts the counting of seconds, from now; for a cache without items. */
    public synchronized void restart() {
        long offset = source.unixOffsetMillis();
        long start = source.elapsedMillis() + offset; // the source may throw, so nothing is changed before
        offsetMillis = offset;
        startMillis = start;
        startPhaseMillis = Math.floorMod(startMillis, MILLIS_PER_SECOND);
        restarts++;
    }

    /** Returns how often the clock was restarted: a moment that was read before a restart has no meaning afterwards. */
    public int restarts() {
        return restarts;
    }

    /** Returns the current moment. */
    public long now() {
        return source.elapsedMillis() + offsetMillis;
    }

    /** Returns the moment at which an item with this exptime expires, which may be {@link #NEVER} or {@link #LONG_AGO}. */
    public long expiry(long exptimeSeconds, long now) {
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

    /**
     * Returns the moment at which an item expires that lives for at least a number of milliseconds: at the first tick after them, or
     * exactly then if the source is exact.
     *
     * @param millis at least 1; from {@link #MILLIS_MAX} on, the moment is {@link #NEVER}
     */
    public long expiryAfter(long millis, long now) {
        if (millis >= MILLIS_MAX) {
            return NEVER;
        }
        long expiry = now + millis;
        return source.isExact() ? expiry : expiry + Math.floorMod(phaseMillis() - expiry, MILLIS_PER_SECOND);
    }

    /**
     * Returns the remaining time of an item. The moments at which items expire are rounded up to ticks, and if they are far away to seconds: the
     * remaining time is then in whole seconds, rounded down. It is 0 if the item has expired.
     */
    public long millisToLive(long expiry, long now) {
        long millis = Math.max(0, expiry - now);
        return source.isExact() && millis <= EXACT_MILLIS_MAX ? millis : millis - millis % MILLIS_PER_SECOND;
    }

    /** Returns whether an item that expires at a moment has expired by now. */
    public boolean isExpired(long expiry, long now) {
        if (expiry <= now) {
            return true;
        }
        long remaining = expiry - now; // negative where it overflows: for NEVER, before 1970
        return remaining > 0 && remaining < MILLIS_PER_SECOND && !source.isExact() && second(expiry) == second(now);
    }

    /** Returns whether a moment, which may be {@link #LONG_AGO}, is in an earlier second than another, or is earlier if the source is exact. */
    public boolean isBefore(long moment, long other) {
        return moment < other
                && (moment == LONG_AGO || other == NEVER || source.isExact() || second(moment) < second(other));
    }

    /** Returns the remaining time in seconds as the protocol shows it; -1 for {@link #NEVER}, and negative if it has passed. */
    public long secondsToLive(long expiry, long now) {
        if (expiry == NEVER) {
            return -1;
        }
        if (expiry == LONG_AGO) {
            return LONG_AGO_SECOND - START_SECOND - (second(now) - second(startMillis));
        }
        return source.isExact() ? -Math.floorDiv(now - expiry, MILLIS_PER_SECOND) : second(expiry) - second(now);
    }

    /** Returns the number of the second that contains a moment. Numbers are close to Unix time, but the seconds begin with the cache. */
    public long second(long moment) {
        return Math.floorDiv(moment - phaseMillis(), MILLIS_PER_SECOND);
    }

    /** Returns the Unix time, in seconds, of a moment of expiry by the current wall clock; -1 for {@link #NEVER}. */
    public long unixExpiry(long expiry) {
        if (expiry == NEVER) {
            return -1;
        }
        if (expiry == LONG_AGO) {
            return unixSecond(startMillis, wallClockSteps()) + LONG_AGO_SECOND - START_SECOND;
        }
        long steps = wallClockSteps();
        return source.isExact() ? unixSecond(expiry, steps) : unixSecondOf(second(expiry), steps);
    }

    private static long unixSecond(long moment, long steps) {
        return Math.floorDiv(moment + steps, MILLIS_PER_SECOND);
    }

    // For many moments, after a single call of wallClockSteps, which reads two clocks.

    /** Returns the Unix time at which a {@link #second} begins. */
    public long unixSecondOf(long second, long steps) {
        return unixSecond(second * MILLIS_PER_SECOND + phaseMillis(), steps);
    }

    /** Returns the Unix time, in milliseconds, of a moment of expiry by the current wall clock; {@link #NEVER} for NEVER. */
    public static long unixMillis(long expiry, long steps) {
        return expiry == NEVER ? NEVER : expiry + steps;
    }

    /** Returns the moment of expiry with a Unix time in milliseconds, at the next tick unless the source is exact; NEVER for {@link #NEVER}. */
    public long momentOf(long unixMillis, long steps) {
        if (unixMillis == NEVER) {
            return NEVER;
        }
        long unixMillisMax = UNIX_SECONDS_MAX * MILLIS_PER_SECOND;
        long moment = Math.max(-unixMillisMax, Math.min(unixMillis, unixMillisMax)) - steps;
        return source.isExact() ? moment : moment + Math.floorMod(phaseMillis() - moment, MILLIS_PER_SECOND);
    }

    /** Returns the {@link #second} that begins within a second of Unix time. */
    public long secondOf(long unixSecond, long steps) {
        return second((unixSecond + 1) * MILLIS_PER_SECOND - 1 - steps);
    }

    /** Returns how far the wall clock was set ahead since the start, in milliseconds. */
    public long wallClockSteps() {
        return source.unixOffsetMillis() - offsetMillis;
    }

    /**
     * Returns the fraction by which seconds begin after whole seconds of {@link #now}: they begin with the start, or when the
     * source was frozen since.
     */
    private long phaseMillis() {
        long begin = source.secondsOriginMillis();
        if (begin == ElapsedTimeSource.CACHE_START) {
            return startPhaseMillis;
        }
        return Math.floorMod(Math.max(startMillis, begin + offsetMillis), MILLIS_PER_SECOND);
    }
}
