package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.internal.wire.MemcachedVersion;

/** A protocol, with the first and the last requests of every conversation. */
public enum Wire {
    TEXT("flush_all\r\n", "version\r\n", "VERSION " + MemcachedVersion.TEXT + "\r\n", "\r\n"),
    BINARY(packet(0x80, 0x08), packet(0x80, 0x0a), packet(0x81, 0x0a), "");

    /** The first request, which removes all items. */
    final String opening;

    /** The last request, whose reply shows that all earlier requests have been executed. */
    final String sentinel;

    final String sentinelReply;

    /** Ends an incomplete command line or value; empty in the binary protocol. */
    final String lineEnd;

    Wire(String opening, String sentinel, String sentinelReply, String lineEnd) {
        this.opening = opening;
        this.sentinel = sentinel;
        this.sentinelReply = sentinelReply;
        this.lineEnd = lineEnd;
    }

    // a packet without a body: magic 1, opcode 1, lengths, data type and vbucket 10, opaque 4, cas 8
    private static String packet(int magic, int opcode) {
        return "" + (char) magic + (char) opcode + "\0".repeat(10) + "last" + "\0".repeat(8);
    }
}
