package io.github.embeddedmemcached.internal.engine.time;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import java.time.InstantSource;

/** Converts any clock to a source of elapsed time. */
public final class TimeSources {
    private TimeSources() {}

    /** Returns the clock itself if it measures elapsed time, a monotonic source for the system's clock, or otherwise the time that the clock shows. */
    public static ElapsedTimeSource of(InstantSource source) {
        if (source instanceof ElapsedTimeSource elapsing) {
            return elapsing;
        }
        return SystemTime.isSystemClock(source) ? SystemTime.INSTANCE : new UserTime(source);
    }
}
