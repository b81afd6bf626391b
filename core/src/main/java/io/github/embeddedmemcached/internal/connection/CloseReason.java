package io.github.embeddedmemcached.internal.connection;

/** The reason why a connection is closed, as reported to watchers of connection events. */
public enum CloseReason {
    /** The input is not a request, or the connection failed. */
    ERROR,
    /** The client sent {@code quit} or disconnected. */
    NORMAL,
    /** The client was idle for too long. */
    IDLE_TIMEOUT,
    /** The client shut the server down. */
    SHUTDOWN,
    /** All connections together exceeded the memory limit, and this one held the most. */
    OUT_OF_MEMORY
}
