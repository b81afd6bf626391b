package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.protocol.AdjustableClock;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A clock under the control of a test: it runs with another clock, by default the system's, until it is moved or frozen. Every server has one and reads
 * the time from nowhere else, so items expire when the test says so, and no test has to sleep.
 *
 * <pre>{@code
 * client.set("session", 3600, value);
 * memcached.clock().advance(Duration.ofHours(1));
 * assertNull(client.get("session"));
 * }</pre>
 *
 * <p>Before a test touches it, a clock that runs with the system's ticks as memcached's does: seconds are counted from the start of the server, or from its
 * last reset, by a monotonic source, and an item with exptime n expires at the n-th tick after it was stored, between n - 1 and n seconds later. Once the
 * clock was {@linkplain #advance moved} or {@linkplain #freeze frozen}, until {@link #reset}, time is exact: an item that was stored at t with exptime
 * n is there while t &lt;= now &lt; t + n, to the millisecond, wherever in a second t is. The same holds for every clock that doesn't run with the system's.
 * After {@code freeze()} the same calls therefore give the same answers in every run.
 *
 * <p>When the clock goes back, nothing that is stored changes: an item that was stored at t with exptime n expires when the clock shows t + n (again), and
 * items that are stored afterwards expire by what the clock shows then.
 *
 * <p>Thread-safe and lock-free; several servers may share one.
 */
public final class ManualClock implements AdjustableClock {
    /**
     * How the clock is set, with what {@link #millis()} and {@link #elapsedMillis()} need.
     *
     * @param ahead how far it is ahead of its source, or would be if it weren't frozen
     * @param aheadElapsedMillis how far its elapsed time is ahead
     * @param isExact whether it was moved or frozen
     * @param secondsBeginAtMillis the elapsed time at which it was frozen last
     * @param frozenElapsedMillis the elapsed time while it is frozen
     */
    private record Setting(
            Duration ahead,
            long aheadMillis,
            long aheadElapsedMillis,
            boolean isExact,
            long secondsBeginAtMillis,
            @Nullable Instant frozenAt,
            long frozenMillis,
            long frozenElapsedMillis) {

        static Setting running(Duration ahead, long aheadElapsedMillis, boolean isExact, long secondsBeginAtMillis) {
            return new Setting(ahead, ahead.toMillis(), aheadElapsedMillis, isExact, secondsBeginAtMillis, null, 0, 0);
        }

        Setting frozen(Instant at, long elapsedMillis, long beginAtMillis) {
            return new Setting(
                    ahead, aheadMillis, aheadElapsedMillis, true, beginAtMillis, at, at.toEpochMilli(), elapsedMillis);
        }

        Setting advanced(Duration by) {
            Duration further = ahead.plus(by);
            long furtherElapsed =
                    Math.addExact(aheadElapsedMillis, Math.subtractExact(further.toMillis(), aheadMillis));
            Setting running = running(further, furtherElapsed, true, secondsBeginAtMillis);
            if (frozenAt == null) {
                return running;
            }
            Instant at = frozenAt.plus(by);
            long elapsed = Math.addExact(frozenElapsedMillis, Math.subtractExact(at.toEpochMilli(), frozenMillis));
            return running.frozen(at, elapsed, secondsBeginAtMillis);
        }
    }

    private final ElapsedTimeSource source;
    private final Setting initial;
    private final AtomicReference<Setting> setting;

    /** Creates a clock that runs with the system's. */
    public ManualClock() {
        this(Clock.systemUTC());
    }

    /**
     * Creates a clock that runs with another.
     *
     * @param source the other clock; that of the system, or one that its user controls
     */
    public ManualClock(InstantSource source) {
        this(source, unset -> unset);
    }

    private ManualClock(InstantSource source, UnaryOperator<Setting> first) {
        this.source = ElapsedTimeSource.of(Objects.requireNonNull(source, "source"));
        initial = first.apply(Setting.running(Duration.ZERO, 0, false, AT_ANY_TIME));
        setting = new AtomicReference<>(initial);
    }

    /**
     * Creates a clock that is frozen.
     *
     * @param instant what it shows
     * @return a clock that is frozen until {@link #resume} is called
     */
    public static ManualClock startingAt(Instant instant) {
        ElapsedTimeSource system = ElapsedTimeSource.of(Clock.systemUTC());
        Duration ahead = Duration.between(system.instant(), instant);
        long elapsed = instant.toEpochMilli();
        return new ManualClock(
                system,
                unset -> Setting.running(ahead, elapsed - system.elapsedMillis(), true, AT_ANY_TIME)
                        .frozen(instant, elapsed, AT_ANY_TIME));
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
    public long secondsBeginAtMillis() {
        return setting.get().secondsBeginAtMillis;
    }

    /**
     * Moves the clock, whether it runs or is frozen. What the server does on its own, such as closing idle connections, follows within milliseconds.
     *
     * @param by how far; negative to go back
     * @throws IllegalArgumentException if the clock would show a time that cannot be expressed in milliseconds since 1970
     */
    @Override
    public void advance(Duration by) {
        try {
            setting.updateAndGet(now -> checked(now.advanced(by)));
        } catch (ArithmeticException | DateTimeException e) {
            throw new IllegalArgumentException("the clock cannot be moved as far as " + by, e);
        }
    }

    private Setting checked(Setting moved) {
        Math.addExact(source.millis(), moved.aheadMillis);
        Math.addExact(source.elapsedMillis(), moved.aheadElapsedMillis);
        return moved;
    }

    /**
     * Stops the clock where it is; {@link #advance} still moves it. From this moment on whole seconds, such as those since the last access, are
     * counted. Does nothing if the clock is frozen already.
     */
    @Override
    public void freeze() {
        setting.updateAndGet(now -> {
            if (now.frozenAt != null) {
                return now;
            }
            long elapsed = elapsedMillis(now);
            return now.frozen(instant(now), elapsed, elapsed);
        });
    }

    /** Lets the clock run on from what it shows. Does nothing if it runs already. */
    public void resume() {
        setting.updateAndGet(now -> {
            Instant frozenAt = now.frozenAt;
            return frozenAt == null
                    ? now
                    : Setting.running(
                            Duration.between(source.instant(), frozenAt),
                            now.frozenElapsedMillis - source.elapsedMillis(),
                            true,
                            now.secondsBeginAtMillis);
        });
    }

    /** Lets the clock run again, from what it would show had it never been frozen. Does nothing if it runs already. */
    @Override
    public void catchUp() {
        setting.updateAndGet(
                now -> Setting.running(now.ahead, now.aheadElapsedMillis, now.isExact, now.secondsBeginAtMillis));
    }

    /**
     * Sets the clock back to the state in which it was created: it shows its source's time, or is frozen where it began. A server's items keep their moments
     * of expiry; {@code EmbeddedMemcached.reset()} drops them and resets the clock.
     */
    public void reset() {
        setting.set(initial);
    }

    /**
     * Returns whether the clock is frozen.
     *
     * @return false if it runs
     */
    public boolean isFrozen() {
        return setting.get().frozenAt != null;
    }

    @Override
    public String toString() {
        Setting now = setting.get();
        return "ManualClock[" + instant(now) + (now.frozenAt == null ? "]" : ", frozen]");
    }
}
