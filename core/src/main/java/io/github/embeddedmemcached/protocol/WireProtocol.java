package io.github.embeddedmemcached.protocol;

/** Which protocols a server accepts, as memcached's option {@code -B} sets it. */
public enum WireProtocol {
    /** The first byte of a connection selects the protocol. */
    AUTO,
    /** Only the text protocol, with the meta commands. */
    ASCII,
    /** Only the binary protocol. */
    BINARY
}
