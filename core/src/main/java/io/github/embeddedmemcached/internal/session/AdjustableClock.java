package io.github.embeddedmemcached.internal.session;

import java.time.Duration;

/** The operations of {@code debugtime}, with which a client changes the server's clock, as in a memcached built for tests. Thread-safe. */
public interface AdjustableClock {
    /**
     * Moves the clock, whether it runs or is frozen.
     *
     * @param by the difference; negative to set the clock back
     */
    void advance(Duration by);

    /** Stops the clock at its current time. Has no effect if it is already frozen. */
    void freeze();

    /** Resumes the clock at the time that it would show if it had not been frozen. */
    void catchUp();
}
