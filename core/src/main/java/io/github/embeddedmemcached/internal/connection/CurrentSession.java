package io.github.embeddedmemcached.internal.connection;

import org.jspecify.annotations.Nullable;

/** The session that a codec is currently used for. Codecs are pooled. */
public final class CurrentSession {
    private int number;
    private @Nullable SessionTransport transport;

    /** Sets the session. */
    public void set(int number, @Nullable SessionTransport transport) {
        this.number = number;
        this.transport = transport;
    }

    public int number() {
        return number;
    }

    /**
     * Returns a task that requests processing of the current session. Only for a session that keeps its codec, as that of a watcher
     * does.
     */
    public Runnable wakeUp() {
        SessionTransport woken = transport;
        return woken == null ? () -> {} : woken::wakeUp;
    }
}
