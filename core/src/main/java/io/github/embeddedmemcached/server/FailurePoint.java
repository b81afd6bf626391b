package io.github.embeddedmemcached.server;

/** Places in which the JVM or the system may refuse what the server needs; tests make them fail. */
enum FailurePoint {
    /** What the first connections need is about to be initialized. */
    WARM_UP,
    /** A connection is about to be accepted. */
    ACCEPT,
    /** A connection that was accepted is about to be served. */
    SERVE,
    /** A connection is about to be read from. */
    READ,
    /** A datagram is about to be received. */
    RECEIVE,
    /** The keys of what several connections have read are about to be prefetched. */
    LOOK_AHEAD,
    /** Replies are about to be written. */
    WRITE,
    /** The selector is about to take note of what a channel waits for. */
    INTEREST,
    /** The selector is about to be asked which channels are ready. */
    SELECT,
    /** A damaged selector is about to be replaced. */
    REPLACE,
    /** A connection is about to be closed. */
    CLOSE
}
