package io.github.embeddedmemcached.protocol;

/** Which of memcached's protocols a server speaks, memcached's {@code -B}. */
public enum WireProtocol {
    /** The first byte of a connection decides. */
    AUTO,
    /** Only the text protocol, meta commands included. */
    ASCII,
    /** Only the binary protocol. */
    BINARY
}
