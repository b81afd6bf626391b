package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import java.time.Duration;

/** A clock that a client can move with {@code debugtime}, as that of a memcached built for tests. Thread-safe. */
public interface AdjustableClock extends ElapsedTimeSource {
    /**
     * Moves it on, or back, whether it runs or not.
     *
     * @param by how far; negative to go back
     */
    void advance(Duration by);

    /** Stops it where it is. Does nothing if it is stopped already. */
    void freeze();

    /** Lets it run again, from where it would be had it never been stopped. */
    void catchUp();
}
