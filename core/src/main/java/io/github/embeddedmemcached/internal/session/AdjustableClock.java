package io.github.embeddedmemcached.internal.session;

import java.time.Duration;

/** The operations of {@code debugtime}, with which a client changes the server's clock, as in a memcached built for tests. Thread-safe. */
public interface AdjustableClock {
    /**
     * Moves the clock, whether it runs or is frozen.
     *
     * @param by how far; negative to go back
     */
    void advance(Duration by);

    /** Stops the clock at its present time. Has no effect if it is frozen already. */
    void freeze();

    /** Lets the clock run again, from the time that it would show if it had not been frozen. */
    void catchUp();
}
