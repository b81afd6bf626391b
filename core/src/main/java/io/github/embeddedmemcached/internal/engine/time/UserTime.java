package io.github.embeddedmemcached.internal.engine.time;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that the application controls: elapsed time is the time of the clock, even when it is set back.
 *
 * @param source the clock
 */
record UserTime(InstantSource source) implements ElapsedTimeSource {
    @Override
    public long elapsedMillis() {
        return source.millis();
    }

    @Override
    public long unixOffsetMillis() {
        return 0;
    }

    @Override
    public Instant instant() {
        return source.instant();
    }

    @Override
    public long millis() {
        return source.millis();
    }
}
