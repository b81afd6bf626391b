package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.internal.wire.MemcachedVersion;

/** A protocol, and what every conversation in it begins and ends with. */
public enum Wire {
    TEXT("flush_all\r\n", "version\r\n", "VERSION " + MemcachedVersion.TEXT + "\r\n", "\r\n"),
    BINARY(packet(0x80, 0x08), packet(0x80, 0x0a), packet(0x81, 0x0a), "");

    /** Empties the server. */
    final String opening;

    /** Is answered when everything before was; there is nothing left half said then. */
    final String sentinel;

    final String sentinelAnswer;

    /** Ends what was half said, perhaps. */
    final String lineEnd;

    Wire(String opening, String sentinel, String sentinelAnswer, String lineEnd) {
        this.opening = opening;
        this.sentinel = sentinel;
        this.sentinelAnswer = sentinelAnswer;
        this.lineEnd = lineEnd;
    }

    // the header of a packet with nothing else: magic 1, opcode 1, lengths and the like 10, opaque 4, cas 8
    private static String packet(int magic, int opcode) {
        return "" + (char) magic + (char) opcode + "\0".repeat(10) + "last" + "\0".repeat(8);
    }
}
