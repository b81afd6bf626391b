package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;

/** The answers of the text protocol that are always the same line. */
enum Reply {
    STORED("STORED"),
    NOT_STORED("NOT_STORED"),
    EXISTS("EXISTS"),
    NOT_FOUND("NOT_FOUND"),
    DELETED("DELETED"),
    TOUCHED("TOUCHED"),
    OK("OK"),
    RESET("RESET"),
    END("END"),
    VERSION("VERSION " + ServerState.VERSION),
    ERROR("ERROR"),
    BAD_LINE("CLIENT_ERROR bad command line format"),
    BAD_DELETE("CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]"),
    BAD_CHUNK("CLIENT_ERROR bad data chunk"),
    BAD_EXPTIME("CLIENT_ERROR invalid exptime argument"),
    BAD_DELTA("CLIENT_ERROR invalid numeric delta argument"),
    NON_NUMERIC("CLIENT_ERROR cannot increment or decrement non-numeric value"),
    TOO_LARGE("SERVER_ERROR object too large for cache"),
    OUT_OF_MEMORY("SERVER_ERROR out of memory storing object"),
    OUT_OF_MEMORY_INCR("SERVER_ERROR out of memory in incr"),
    SHUTDOWN_OFF("SERVER_ERROR: shutdown not enabled");

    /** Without the line end. */
    final String text;

    /** With the line end; never written. */
    @SuppressWarnings("ImmutableEnumChecker")
    final byte[] line;

    Reply(String text) {
        this.text = text;
        line = (text + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
