package io.github.embeddedmemcached.differential;

import java.util.List;

/**
 * What a client says, one command after the other; texts hold one char per byte, and the two chars below.
 *
 * @param wire the protocol
 * @param commands whole ones mostly: where the server sees one end and the next begin is its own affair
 * @param cuts the seed of how it is cut into pieces on its way
 */
record Conversation(Wire wire, List<String> commands, long cuts) {
    /** Stands for the CAS unique that the server showed last. */
    static final char LAST_CAS = '\uE000';

    /** Stands for the first CAS unique that the server showed. */
    static final char FIRST_CAS = '\uE001';

    Conversation with(List<String> otherCommands) {
        return new Conversation(wire, List.copyOf(otherCommands), cuts);
    }
}
