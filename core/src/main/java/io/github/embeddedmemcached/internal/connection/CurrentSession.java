package io.github.embeddedmemcached.internal.connection;

import org.jspecify.annotations.Nullable;

/** The session that uses a codec at the moment. Codecs are pooled. */
public final class CurrentSession {
    private int number;
    private @Nullable SessionTransport host;

    /** Sets the session. */
    public void become(int number, @Nullable SessionTransport host) {
        this.number = number;
        this.host = host;
    }

    public int number() {
        return number;
    }

    /** Returns a task that requests processing of the current session. For a session that keeps its codec: one that watches. */
    public Runnable wakeUp() {
        SessionTransport woken = host;
        return woken == null ? () -> {} : woken::wakeUp;
    }
}
