package io.github.embeddedmemcached.protocol;

/** The protocols that a server supports: memcached's option {@code -B}. */
public enum WireProtocol {
    /** The first byte of a connection selects the protocol. */
    AUTO,
    /** Only the text protocol, with the meta commands. */
    ASCII,
    /** Only the binary protocol. */
    BINARY
}
