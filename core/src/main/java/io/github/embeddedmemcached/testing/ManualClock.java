package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.AdjustableClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A clock in a test's hand: it runs with another clock, the system's mostly, until it is moved or stopped. Every server has one,
 * and reads the time from nowhere else: what expires, does so when the test says that it is time, and no test has to sleep.
 *
 * <pre>{@code
 * client.set("session", 3600, value);
 * memcached.clock().advance(Duration.ofHours(1));
 * assertNull(client.get("session"));
 * }</pre>
 *
 * <p>Thread-safe and lock-free; several servers may share one.
 */
public final class ManualClock implements AdjustableClock {
    /**
     * How the clock is set, with what {@link #millis()} needs worked out.
     *
     * @param ahead how far it is ahead of its source, or would be if it weren't frozen
     */
    private record Setting(
            Duration ahead, long aheadMillis, @Nullable Instant frozenAt, long frozenMillis) {
        Setting(Duration ahead, @Nullable Instant frozenAt) {
            this(ahead, ahead.toMillis(), frozenAt, frozenAt == null ? 0 : frozenAt.toEpochMilli());
        }
    }

    private final InstantSource source;
    private final Setting initial;
    private final AtomicReference<Setting> setting;

    /** Creates a clock that runs with the system's. */
    public ManualClock() {
        this(Clock.systemUTC());
    }

    /**
     * Creates a clock that runs with another.
     *
     * @param source the other
     */
    public ManualClock(InstantSource source) {
        this(source, new Setting(Duration.ZERO, null));
    }

    private ManualClock(InstantSource source, Setting initial) {
        this.source = Objects.requireNonNull(source, "source");
        this.initial = initial;
        setting = new AtomicReference<>(initial);
    }

    /**
     * Creates a clock that is frozen.
     *
     * @param instant what it shows
     * @return a clock that stands still until it is told otherwise
     */
    public static ManualClock startingAt(Instant instant) {
        Clock system = Clock.systemUTC();
        return new ManualClock(system, new Setting(Duration.between(system.instant(), instant), instant));
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

    /**
     * Moves the clock on, whether it runs or is frozen. What the server does by itself, such as closing idle connections, it does
     * within milliseconds then.
     *
     * @param by how far; negative to go back
     */
    @Override
    public void advance(Duration by) {
        setting.updateAndGet(now -> {
            Instant frozenAt = now.frozenAt;
            return new Setting(now.ahead.plus(by), frozenAt == null ? null : frozenAt.plus(by));
        });
    }

    /** Stops the clock where it is; {@link #advance} still moves it. Does nothing if it is frozen already. */
    @Override
    public void freeze() {
        setting.updateAndGet(now -> new Setting(now.ahead, instant(now)));
    }

    /** Lets the clock run on from what it shows. Does nothing if it runs already. */
    public void resume() {
        setting.updateAndGet(now -> {
            Instant frozenAt = now.frozenAt;
            return frozenAt == null ? now : new Setting(Duration.between(source.instant(), frozenAt), null);
        });
    }

    /** Lets the clock run again, from what it would show had it never been frozen. Does nothing if it runs already. */
    @Override
    public void catchUp() {
        setting.updateAndGet(now -> new Setting(now.ahead, null));
    }

    /** Makes the clock what it was when it was made: it shows its source's time, or is frozen where it began. */
    public void reset() {
        setting.set(initial);
    }

    /**
     * Tells whether the clock stands still.
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
