package io.github.embeddedmemcached.differential;

import java.util.List;

/**
 * The commands that a client sends, with one char per byte, and the placeholders below.
 *
 * @param wire the protocol
 * @param commands usually complete; the server may divide them differently
 * @param piecesSeed the seed of the random division into pieces
 */
record Conversation(Wire wire, List<String> commands, long piecesSeed) {
    /** The placeholder of the last CAS unique in the replies. */
    static final char LAST_CAS = '\uE000';

    /** The placeholder of the first CAS unique in the replies. */
    static final char FIRST_CAS = '\uE001';

    Conversation with(List<String> otherCommands) {
        return new Conversation(wire, List.copyOf(otherCommands), piecesSeed);
    }
}
