package io.github.embeddedmemcached.internal.line;

import org.jspecify.annotations.Nullable;

/**
 * A parsed command line. Each codec has one instance, which is reused for all commands. Offsets are indexes into the array that was
 * parsed. The grammar of the command, which is in a comment of {@code TextParser}, determines which fields are set.
 */
public final class Request {
    public Opcode opcode = Opcode.UNKNOWN;

    /** The error in the line, which is sent instead of executing the command; null if the line is valid. */
    public @Nullable Reply error;

    /** Whether the line is an HTTP request line, after which the connection is closed. */
    public boolean isHttp;

    /** Whether no reply is sent, not even an error. */
    public boolean noreply;

    /** The reply to a rejected command, sent after its value, or the rest of its line, has been skipped; null if there is none. */
    public @Nullable Reply rejection;

    /**
     * Whether replies to earlier commands have not been sent yet; set when the command is executed. Replies to get do not count, because
     * memcached sends them at once.
     */
    public boolean isPipelined;

    /** Whether the command has one key. The keys of retrieval commands and of meta commands are parsed separately. */
    public boolean hasKey;

    /** The offset of the key; for commands without a key, of everything after the command name. */
    public int keyOffset;

    public int keyLength;

    /** The end of the name of a retrieval command, whose keys are not parsed. */
    public int argumentsOffset;

    public int flags;
    public int exptimeSeconds;
    public int valueLength;

    /** The number of bytes of the value and its line end; may also be set if there is an error. */
    public long dataLength;

    /** The CAS unique of cas, the delta of incr and decr, or the level of verbosity: 64 bits, unsigned. */
    public long number;

    /** Resets all fields except {@link #isPipelined}. */
    public void clear() {
        opcode = Opcode.UNKNOWN;
        error = null;
        isHttp = false;
        noreply = false;
        rejection = null;
        hasKey = false;
        keyOffset = 0;
        keyLength = 0;
        argumentsOffset = 0;
        flags = 0;
        exptimeSeconds = 0;
        valueLength = 0;
        dataLength = 0;
        number = 0;
    }
}
