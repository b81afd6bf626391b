package io.github.embeddedmemcached.protocol;

import org.jspecify.annotations.Nullable;

/**
 * One parsed command line. A session has one and fills it again for each command; offsets point into the bytes that were
 * parsed. Which fields mean something is said by the opcode's grammar in {@link TextParser}.
 */
final class Request {
    Opcode opcode = Opcode.UNKNOWN;

    /** What is wrong with the line; null: nothing. It is answered in place of running the command. */
    @Nullable Reply error;

    /** The line is one of HTTP: whoever sends such must not be listened to. */
    boolean fromBrowser;

    /** Nothing is to be answered, not even an error. */
    boolean noreply;

    /** The reply to a refused command, sent after its value, or the rest of its line, has been skipped; null: none. */
    @Nullable Reply refusal;

    /**
     * Other commands came before it in the same breath, and their answers aren't sent yet. Known when it is executed; a get's
     * answers don't count, since memcached sends them at once.
     */
    boolean isPipelined;

    /** The key; of commands without one that aren't about items, all that stands behind their word. */
    int keyOffset;

    int keyLength;

    /** Where the word of the command ends: the keys of a get aren't looked at by the parser. */
    int argumentsOffset;

    int flags;
    int exptimeSeconds;
    int valueLength;

    /** The bytes after the line that belong to it: the value and its line end; also known when there is an error. */
    long dataLength;

    /** The CAS unique of cas, the delta of incr and decr, the level of verbosity: 64 bits, unsigned. */
    long number;

    /** The flags of a meta command, which only those clear. */
    final MetaRequest meta = new MetaRequest();

    void clear() {
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
