package io.github.embeddedmemcached.compat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until a test moves it: what expires, expires when the test says so. */
final class ManualClock implements InstantSource {
    private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");

    @Override
    public Instant instant() {
        return now;
    }

    void advanceSeconds(long seconds) {
        now = now.plus(Duration.ofSeconds(seconds));
    }

    /** Unix time, as an absolute exptime has it. */
    int unixSeconds() {
        return Math.toIntExact(now.getEpochSecond());
    }
}
