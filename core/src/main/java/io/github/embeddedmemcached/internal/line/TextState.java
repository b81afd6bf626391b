package io.github.embeddedmemcached.internal.line;

import io.github.embeddedmemcached.internal.wire.StreamedReply;

/**
 * The states of the text codec.
 *
 * <pre>
 *                 +----------------- every other command ------------------+
 *                 |                                                        |
 *                 v    get, gets, gat, gats                                |
 *        +--> READ_REQUEST ------------------------> MULTIGET --- last key +
 *        |     |   |   |                                |                  |
 *        |     |   |   | a large value                  | a key too long   |
 *        |     |   |   +------------> READ_VALUE --+    v                  |
 *        |     |   |                               |  SWALLOW_LINE -- LF --+
 *        |     |   | a rejected command, whose     |
 *        |     |   | value is skipped              | the value is complete
 *        |     |   +-------> SWALLOW --+           |
 *        |     |                       |           |
 *        +-----|-----------------------+-----------+
 *              |
 *              | quit, an HTTP request, a line that is too long
 *              v
 *            CLOSE
 * </pre>
 *
 * The diagram omits the transitions from READ_REQUEST to REPLYING and back, for replies that are written in several turns, and to
 * WATCHING, which only ends when the connection is closed.
 *
 * <p>A value that is not large has no state of its own: the codec remains in READ_REQUEST until the whole request is in the input
 * window, and consumes nothing before that.
 */
public enum TextState {
    /** The next byte begins a command line. */
    READ_REQUEST("conn_nread"),
    /** The next byte is in the keys of a retrieval command, which {@code MultiGet} executes one by one. */
    MULTIGET("conn_mwrite"),
    /** The next byte is in a large value or in its line end, which {@code LargeStore} consumes. */
    READ_VALUE("conn_nread"),
    /** The value and its line end are skipped. */
    SWALLOW("conn_swallow"),
    /** The rest of the line is skipped. */
    SWALLOW_LINE("conn_swallow"),
    /** A {@link StreamedReply} is being written; no input is read. */
    REPLYING("conn_mwrite"),
    /** The client is a watcher: it receives log lines, and its input is ignored. */
    WATCHING("conn_watch"),
    /** No more input is read. */
    CLOSE("conn_closing");

    /** The name in the output of {@code stats conns}. */
    public final String text;

    TextState(String text) {
        this.text = text;
    }
}
