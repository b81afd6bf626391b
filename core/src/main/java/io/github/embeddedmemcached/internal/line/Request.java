package io.github.embeddedmemcached.internal.line;

import io.github.embeddedmemcached.internal.text.TextParser;
import org.jspecify.annotations.Nullable;

/**
 * One parsed command line. A session has one and fills it again for each command; offsets point into the bytes that were
 * parsed. Which fields mean something is said by the opcode's grammar in {@link TextParser}.
 */
public final class Request {
    public Opcode opcode = Opcode.UNKNOWN;

    /** What is wrong with the line; null: nothing. It is answered in place of running the command. */
    public @Nullable Reply error;

    /** The line is one of HTTP: whoever sends such must not be listened to. */
    public boolean fromBrowser;

    /** Nothing is to be answered, not even an error. */
    public boolean noreply;

    /** The reply to a refused command, sent after its value, or the rest of its line, has been skipped; null: none. */
    public @Nullable Reply refusal;

    /**
     * Other commands came before it in the same breath, and their answers aren't sent yet. Known when it is executed; a get's
     * answers don't count, since memcached sends them at once.
     */
    public boolean isPipelined;

    /** The key; of commands without one that aren't about items, all that stands behind their word. */
    public int keyOffset;

    public int keyLength;

    /** Where the word of the command ends: the keys of a get aren't looked at by the parser. */
    public int argumentsOffset;

    public int flags;
    public int exptimeSeconds;
    public int valueLength;

    /** The bytes after the line that belong to it: the value and its line end; also known when there is an error. */
    public long dataLength;

    /** The CAS unique of cas, the delta of incr and decr, the level of verbosity: 64 bits, unsigned. */
    public long number;

    public void clear() {
        opcode = Opcode.UNKNOWN;
        error = null;
        fromBrowser = false;
        noreply = false;
        refusal = null;
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
