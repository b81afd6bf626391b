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

    /** Nothing is to be answered, not even an error. */
    boolean noreply;

    /** The key; of stats, the name of the part that is asked for. */
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

    void clear() {
        opcode = Opcode.UNKNOWN;
        error = null;
        noreply = false;
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
