package io.github.embeddedmemcached.protocol;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** A clock that a client can move with {@code debugtime}, as that of a memcached built for tests. Thread-safe. */
public final class AdjustableClock implements InstantSource {
    private final InstantSource source;
    private Duration ahead = Duration.ZERO; // guarded by this

    private @Nullable Instant stoppedAt; // guarded by this

    /**
     * Creates a clock that runs with another until it is moved.
     *
     * @param source the other
     */
    public AdjustableClock(InstantSource source) {
        this.source = source;
    }

    @Override
    public synchronized Instant instant() {
        return stoppedAt != null ? stoppedAt : source.instant().plus(ahead);
    }

    /** Moves it on, or back, whether it runs or not. */
    synchronized void advance(long seconds) {
        Duration by = Duration.ofSeconds(seconds);
        ahead = ahead.plus(by);
        if (stoppedAt != null) {
            stoppedAt = stoppedAt.plus(by);
        }
    }

    /** Stops it. */
    synchronized void pause() {
        stoppedAt = instant();
    }

    /** Lets it run again, from where it would be had it not been stopped. */
    synchronized void resume() {
        stoppedAt = null;
    }
}
