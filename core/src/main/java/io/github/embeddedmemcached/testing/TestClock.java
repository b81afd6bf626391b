package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A clock that a test controls. It runs with its source, by default the system clock, until it is {@linkplain #freeze frozen}; {@link
 * #advance} moves it in either state. Every server has one and reads the time only from it, so a test can make items expire without
 * sleeping.
 *
 * <pre>{@code
 * client.set("session", 3600, value);
 * memcached.clock().advance(Duration.ofHours(1));
 * assertNull(client.get("session"));
 * }</pre>
 *
 * <p>A frozen clock continues in one of two ways. {@link #resume} continues from the time at which it is frozen, so the duration of
 * the freeze is lost. {@link #resumeAndCatchUp} continues from the time that the clock would show if it had not been frozen, so it
 * jumps forward by the duration of the freeze.
 *
 * <p><b>Precision.</b> A clock that runs with the system clock and has been neither moved nor frozen ticks like memcached's: seconds
 * are counted from the start of the server, or from its last reset, by a monotonic source, and an item with exptime n expires at
 * the n-th tick after it was stored, between n - 1 and n seconds later. After the clock has been {@linkplain #advance moved} or
 * {@linkplain #freeze frozen}, until {@link #reset}, time is exact: an item that was stored at t with exptime n is live while t
 * &lt;= now &lt; t + n, to the millisecond, regardless of the fraction of a second at t. The same applies to every clock whose
 * source is not the system clock. Tests that start with {@code freeze()} are therefore reproducible.
 *
 * <p><b>Setting the clock back</b> does not change stored items: an item that was stored at t with exptime n expires when the clock shows t +
 * n (again), and items stored afterwards expire according to the time that the clock shows then.
 *
 * <p>Thread-safe and lock-free. Several servers may share one clock.
 */
public final class TestClock implements ElapsedTimeSource {
    /**
     * The state of the clock, with precomputed values for {@link #millis()} and {@link #elapsedMillis()}.
     *
     * @param ahead how far the clock is ahead of its source, or would be if it were not frozen
     * @param aheadMillis {@code ahead} in milliseconds
     * @param aheadElapsedMillis how far its elapsed time is ahead of the source's
     * @param isExact whether it has been moved or frozen
     * @param secondsOriginMillis the elapsed time at which it was last frozen
     * @param frozenAt the time while it is frozen; null while it runs
     * @param frozenMillis {@code frozenAt} in milliseconds since 1970
     * @param frozenElapsedMillis the elapsed time while it is frozen
     */
    private record Setting(
            Duration ahead,
            long aheadMillis,
            long aheadElapsedMillis,
            boolean isExact,
            long secondsOriginMillis,
            @Nullable Instant frozenAt,
            long frozenMillis,
            long frozenElapsedMillis) {

        static Setting running(Duration ahead, long aheadElapsedMillis, boolean isExact, long secondsOriginMillis) {
            return new Setting(ahead, ahead.toMillis(), aheadElapsedMillis, isExact, secondsOriginMillis, null, 0, 0);
        }

        Setting frozen(Instant at, long elapsedMillis, long beginAtMillis) {
            return new Setting(
                    ahead, aheadMillis, aheadElapsedMillis, true, beginAtMillis, at, at.toEpochMilli(), elapsedMillis);
        }

        Setting advanced(Duration by) {
            Duration further = ahead.plus(by);
            long furtherElapsed =
                    Math.addExact(aheadElapsedMillis, Math.subtractExact(further.toMillis(), aheadMillis));
            Setting running = running(further, furtherElapsed, true, secondsOriginMillis);
            if (frozenAt == null) {
                return running;
            }
            Instant at = frozenAt.plus(by);
            long elapsed = Math.addExact(frozenElapsedMillis, Math.subtractExact(at.toEpochMilli(), frozenMillis));
            return running.frozen(at, elapsed, secondsOriginMillis);
        }
    }

    private final ElapsedTimeSource source;
    private final Setting initial;
    private final AtomicReference<Setting> setting;

    /** Creates a clock that runs with the system clock. */
    public TestClock() {
        this(Clock.systemUTC());
    }

    /**
     * Creates a clock that runs with another clock.
     *
     * @param source the other clock; called by any thread that reads this one, so it must be thread-safe
     */
    public TestClock(InstantSource source) {
        this(
                SystemTime.elapsingAs(Objects.requireNonNull(source, "source")),
                Setting.running(Duration.ZERO, 0, false, CACHE_START));
    }

    private TestClock(ElapsedTimeSource source, Setting initial) {
        this.source = source;
        this.initial = initial;
        setting = new AtomicReference<>(initial);
    }

    /**
     * Creates a clock that is frozen at a given time, and runs with the system clock once it is resumed.
     *
     * @param instant the time that it shows first
     * @return a clock that is frozen until {@link #resume} or {@link #resumeAndCatchUp} is called
     * @throws ArithmeticException if the time cannot be expressed in milliseconds since 1970
     */
    public static TestClock startingAt(Instant instant) {
        ElapsedTimeSource system = SystemTime.elapsingAs(Clock.systemUTC());
        Duration ahead = Duration.between(system.instant(), instant);
        long elapsed = instant.toEpochMilli();
        return new TestClock(
                system,
                Setting.running(ahead, elapsed - system.elapsedMillis(), true, CACHE_START)
                        .frozen(instant, elapsed, CACHE_START));
    }

    @Override
    public Instant instant() {
        return instant(setting.get());
    }

    private Instant instant(Setting now) {
        Instant frozenAt = now.frozenAt;
        return frozenAt != null ? frozenAt : source.instant().plus(now.ahead);
    }

    @Override
    public long millis() {
        Setting now = setting.get();
        return now.frozenAt != null ? now.frozenMillis : source.millis() + now.aheadMillis;
    }

    @Override
    public long elapsedMillis() {
        return elapsedMillis(setting.get());
    }

    private long elapsedMillis(Setting now) {
        return now.frozenAt != null ? now.frozenElapsedMillis : source.elapsedMillis() + now.aheadElapsedMillis;
    }

    @Override
    public long unixOffsetMillis() {
        Setting now = setting.get();
        return now.frozenAt != null
                ? now.frozenMillis - now.frozenElapsedMillis
                : source.unixOffsetMillis() + now.aheadMillis - now.aheadElapsedMillis;
    }

    @Override
    public boolean isExact() {
        return setting.get().isExact || source.isExact();
    }

    @Override
    public long secondsOriginMillis() {
        return setting.get().secondsOriginMillis;
    }

    /**
     * Moves the clock, whether it is running or frozen. Items expire at once; other effects, such as the closing of idle connections,
     * follow within milliseconds.
     *
     * @param by the duration to add; negative to set the clock back
     * @throws IllegalArgumentException if the clock would show a time that cannot be expressed in milliseconds since 1970
     */
    public void advance(Duration by) {
        try {
            setting.updateAndGet(now -> checked(now.advanced(by)));
        } catch (ArithmeticException | DateTimeException e) {
            throw new IllegalArgumentException("the clock cannot be advanced by " + by, e);
        }
    }

    private Setting checked(Setting moved) {
        Math.addExact(source.millis(), moved.aheadMillis);
        Math.addExact(source.elapsedMillis(), moved.aheadElapsedMillis);
        return moved;
    }

    /**
     * Stops the clock at its present time. {@link #advance} still moves it. Whole seconds, such as those since the last access of an
     * item, are then counted from this time. Has no effect if the clock is already frozen.
     */
    public void freeze() {
        setting.updateAndGet(now -> {
            if (now.frozenAt != null) {
                return now;
            }
            long elapsed = elapsedMillis(now);
            return now.frozen(instant(now), elapsed, elapsed);
        });
    }

    /** Lets the clock run again, from the time at which it is frozen. Has no effect if it is already running. */
    public void resume() {
        setting.updateAndGet(now -> {
            Instant frozenAt = now.frozenAt;
            return frozenAt == null
                    ? now
                    : Setting.running(
                            Duration.between(source.instant(), frozenAt),
                            now.frozenElapsedMillis - source.elapsedMillis(),
                            true,
                            now.secondsOriginMillis);
        });
    }

    /**
     * Lets the clock run again, from the time that it would show if it had not been frozen; earlier calls of {@link #advance} remain in
     * effect. Has no effect if it is already running.
     */
    public void resumeAndCatchUp() {
        setting.updateAndGet(
                now -> Setting.running(now.ahead, now.aheadElapsedMillis, now.isExact, now.secondsOriginMillis));
    }

    /**
     * Restores the state in which the clock was created: it shows its source's time, or is frozen at its initial time. Items keep
     * the times at which they expire; {@code EmbeddedMemcached.reset()} removes them and resets the clock.
     */
    public void reset() {
        setting.set(initial);
    }

    /**
     * Returns whether the clock is frozen.
     *
     * @return false if it is running
     */
    public boolean isFrozen() {
        return setting.get().frozenAt != null;
    }

    /** Shows the time: {@code TestClock[2026-01-01T00:00:00Z, frozen]}. */
    @Override
    public String toString() {
        Setting now = setting.get();
        return "TestClock[" + instant(now) + (now.frozenAt == null ? "]" : ", frozen]");
    }
}
