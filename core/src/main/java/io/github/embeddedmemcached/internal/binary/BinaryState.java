package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.wire.StreamedReply;

/**
 * The state of a binary session between two steps.
 *
 * <pre>
 *                            a large value
 *       READ_REQUEST ------------------------------> READ_VALUE
 *        ^ |  |  ^                                       |
 *        | |  |  +---------------------------------------+ stored
 *        | |  |
 *        | |  | an unknown command, a rejected value
 *        | |  +--------------> SWALLOW --+
 *        | |                             |
 *        +-|-----------------------------+
 *          |
 *          | quit, a malformed request, a client that has not authenticated
 *          v
 *        CLOSE
 * </pre>
 *
 * As in the text protocol, a request is executed in READ_REQUEST when it is completely in the window, except for a large value.
 */
enum BinaryState {
    /** The next byte begins a request. */
    READ_REQUEST("conn_nread"),
    /** The next byte belongs to a large value, which {@link LargeStore} receives. */
    READ_VALUE("conn_nread"),
    /** The rest of a request is skipped. */
    SWALLOW("conn_swallow"),
    /** A {@link StreamedReply} is written before the next request is read. */
    REPLYING("conn_mwrite"),
    /** The session has ended. */
    CLOSE("conn_closing");

    /** The name in the output of {@code stats conns}. */
    final String text;

    BinaryState(String text) {
        this.text = text;
    }
}
