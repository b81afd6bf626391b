package io.github.embeddedmemcached.internal.server;

/** Points at which an allocation or a system call may fail; tests inject failures there. */
enum FailurePoint {
    /** The warm-up is about to begin. */
    WARM_UP,
    /** A connection is about to be accepted. */
    ACCEPT,
    /** An accepted connection is about to be assigned to its loop. */
    SERVE,
    /** A connection is about to be read from. */
    READ,
    /** A datagram is about to be received. */
    RECEIVE,
    /** The keys of an input batch are about to be prefetched. */
    PREFETCH,
    /** Replies are about to be written. */
    WRITE,
    /** The operations of a channel are about to be set. */
    INTEREST,
    /** The selector is about to select the ready channels. */
    SELECT,
    /** A damaged selector is about to be replaced. */
    REPLACE,
    /** A connection is about to be closed. */
    CLOSE
}
