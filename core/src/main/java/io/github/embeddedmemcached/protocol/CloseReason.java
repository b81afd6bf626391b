package io.github.embeddedmemcached.protocol;

/** Why a connection ends; watchers of connection events are told. */
public enum CloseReason {
    /** Something that must not be: what was sent is no request at all, or the connection is broken. */
    ERROR,
    /** The client said good-bye, or hung up. */
    NORMAL,
    /** The client was silent for too long. */
    IDLE_TIMEOUT,
    /** The client told the server to end. */
    SHUTDOWN,
    /** All connections together held too much memory, and this one held most of it. */
    OUT_OF_MEMORY
}
