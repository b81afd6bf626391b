package io.github.embeddedmemcached.internal.testing;

import io.github.embeddedmemcached.internal.intercept.Interceptor;

/** The part of a {@code Recording} that only the server uses. Thread-safe. */
public interface RecordingControl {
    /** Returns the interceptor that records commands, active while the recording is on. */
    Interceptor interceptor();

    /** Ends the recording permanently, because the server has been closed. Recorded commands can still be read. */
    void serverClosed();
}
