package io.github.embeddedmemcached.cache;

import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that its user controls: time elapses as the clock shows it, also backwards.
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
