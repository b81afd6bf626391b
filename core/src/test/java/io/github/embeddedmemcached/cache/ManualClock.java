package io.github.embeddedmemcached.cache;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until it is told otherwise. */
final class ManualClock implements InstantSource {
    private volatile long millis = 1_700_000_000_000L;

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis);
    }

    void advanceSeconds(long seconds) {
        millis += seconds * 1000;
    }

    long second() {
        return millis / 1000;
    }
}
