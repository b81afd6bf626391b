package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import java.time.InstantSource;

/** The clock of a server, and the time of its start. Thread-safe. */
public final class ServerTime {
    private static final int MILLIS_PER_SECOND = 1000;

    private final ElapsedTimeSource clock;
    private volatile long startMillis;

    ServerTime(InstantSource clock) {
        this.clock = SystemTime.elapsingAs(clock);
        startMillis = elapsedMillis();
    }

    /** Returns the Unix time in milliseconds. */
    public long unixMillis() {
        return clock.millis();
    }

    public long unixSeconds() {
        return Math.floorDiv(clock.millis(), MILLIS_PER_SECOND);
    }

    /** Returns the elapsed time in milliseconds since an arbitrary point in time. Setting the system's clock does not change it. */
    public long elapsedMillis() {
        return clock.elapsedMillis();
    }

    /** Returns the seconds since an earlier value of {@link #elapsedMillis}; 0 if the clock has been set back past that value. */
    public long secondsSince(long elapsedMillis) {
        return Math.max(0, (elapsedMillis() - elapsedMillis) / MILLIS_PER_SECOND);
    }

    public long uptimeSeconds() {
        return secondsSince(startMillis);
    }

    /** Sets the uptime to zero. */
    void restart() {
        startMillis = elapsedMillis();
    }
}
