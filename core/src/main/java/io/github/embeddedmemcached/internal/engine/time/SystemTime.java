package io.github.embeddedmemcached.internal.engine.time;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The system's time: its wall clock, and a monotonic source that is not affected when the wall clock is set. */
public final class SystemTime implements ElapsedTimeSource {
    public static final SystemTime INSTANCE = new SystemTime(Clock.systemUTC(), null);

    /** A smaller difference between the two clocks is caused by reading one after the other, or by slewing. */
    private static final long STEP_MILLIS_MIN = 20;

    /** The two clocks are considered read at the same time if reading them took no longer. */
    private static final long READ_NANOS_MAX = 1_000_000;

    private static final int READ_ATTEMPTS_MAX = 8;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final InstantSource wall;
    private final @Nullable LongSupplier nanos; // null: System.nanoTime
    private final long firstNanos;
    private volatile long offsetMillis;

    /**
     * Creates a time source.
     *
     * @param wall the wall clock
     * @param nanos the monotonic source; null for {@link System#nanoTime}
     */
    public SystemTime(InstantSource wall, @Nullable LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
        firstNanos = nanos();
        offsetMillis = wall.millis();
    }

    /** Returns the clock itself if it measures elapsed time, a monotonic source for the system's clock, or otherwise the time that the clock shows. */
    public static ElapsedTimeSource elapsingAs(InstantSource source) {
        if (source instanceof ElapsedTimeSource elapsing) {
            return elapsing;
        }
        return isSystemClock(source) ? INSTANCE : new UserTime(source);
    }

    private static boolean isSystemClock(InstantSource source) {
        return source.getClass() == Clock.systemUTC().getClass() || source == InstantSource.system();
    }

    private long nanos() {
        return nanos == null ? System.nanoTime() : nanos.getAsLong();
    }

    @Override
    public long elapsedMillis() {
        return (nanos() - firstNanos) / NANOS_PER_MILLI; // the difference does not overflow for 292 years
    }

    @Override
    public long unixOffsetMillis() {
        long before = nanos();
        for (int attempt = 1; ; attempt++) {
            long unixMillis = wall.millis();
            long after = nanos();
            if (after - before <= READ_NANOS_MAX || attempt == READ_ATTEMPTS_MAX) {
                long offset = unixMillis - (after - firstNanos) / NANOS_PER_MILLI;
                if (Math.abs(offset - offsetMillis) >= STEP_MILLIS_MIN) {
                    offsetMillis = offset;
                }
                return offsetMillis;
            }
            before = after;
        }
    }

    @Override
    public boolean isExact() {
        return false;
    }

    @Override
    public Instant instant() {
        return wall.instant();
    }

    @Override
    public long millis() {
        return wall.millis();
    }
}
