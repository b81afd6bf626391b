package io.github.embeddedmemcached.protocol;

/** Which of memcached's protocols a server speaks, memcached's {@code -B}. */
public enum WireProtocol {
    /** The first byte of a connection decides. */
    AUTO("auto-negotiate"),
    /** Only the text protocol, meta commands included. */
    ASCII("ascii"),
    /** Only the binary protocol. */
    BINARY("binary");

    private final String statsName;

    WireProtocol(String statsName) {
        this.statsName = statsName;
    }

    /** What {@code stats settings} calls it. */
    String statsName() {
        return statsName;
    }
}
