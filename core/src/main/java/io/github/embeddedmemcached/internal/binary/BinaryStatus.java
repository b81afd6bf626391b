package io.github.embeddedmemcached.internal.binary;

import java.nio.charset.StandardCharsets;

/** The statuses of the binary protocol, with the text in the body of the reply. */
enum BinaryStatus {
    OK(0x00, ""),
    NOT_FOUND(0x01, "Not found"),
    EXISTS(0x02, "Data exists for key."),
    TOO_LARGE(0x03, "Too large."),
    INVALID(0x04, "Invalid arguments"),
    NOT_STORED(0x05, "Not stored."),
    NON_NUMERIC(0x06, "Non-numeric server-side value for incr or decr"),
    AUTH_FAILURE(0x20, "Auth failure."),
    AUTH_CONTINUE(0x21, ""),
    UNKNOWN_COMMAND(0x81, "Unknown command"),
    OUT_OF_MEMORY(0x82, "Out of memory allocating item"),
    OUT_OF_MEMORY_INCR(0x82, "Out of memory incrementing value"),
    OUT_OF_MEMORY_NEW(0x82, "Out of memory allocating new item");

    final int code;

    /** Must not be modified. */
    @SuppressWarnings("ImmutableEnumChecker")
    final byte[] text;

    BinaryStatus(int code, String text) {
        this.code = code;
        this.text = text.getBytes(StandardCharsets.US_ASCII);
    }
}
