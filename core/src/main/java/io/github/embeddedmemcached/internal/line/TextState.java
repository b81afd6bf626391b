package io.github.embeddedmemcached.internal.line;

import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.text.MultiGet;
import io.github.embeddedmemcached.internal.wire.StreamedReply;

/**
 * Where a text session stands in its input.
 *
 * <pre>
 *                 +----------------- every other command ------------------+
 *                 |                                                        |
 *                 v    get, gets, gat, gats                                |
 *        +--> READ_REQUEST ------------------------> MULTIGET --- last key +
 *        |     |   |   |                                |                  |
 *        |     |   |   | a value too large to wait for  | a key too long   |
 *        |     |   |   +------------> READ_VALUE --+    v                  |
 *        |     |   |                               |  SWALLOW_LINE -- LF --+
 *        |     |   | a bad line whose value        |
 *        |     |   | is to be skipped              | all of it stored
 *        |     |   +-------> SWALLOW --+           |
 *        |     |                       |           |
 *        +-----|-----------------------+-----------+
 *              |
 *              | quit, a browser, a line without end
 *              v
 *            CLOSE
 * </pre>
 *
 * Beside that, READ_REQUEST leads to ANSWERING and back, for answers that are given piece by piece; and to WATCHING, for good.
 *
 * <p>A value that isn't large has no state of its own: the session waits in READ_REQUEST until all of it is in the window, and
 * nothing of an incomplete request is consumed.
 */
public enum TextState {
    /** The next byte begins a command line. */
    READ_REQUEST,
    /** The next byte is a key of a get, or a space before one: {@link MultiGet} answers key by key. */
    MULTIGET,
    /** The next byte goes into a large value: {@link LargeStore} takes it. */
    READ_VALUE,
    /** A counted number of bytes is skipped. */
    SWALLOW,
    /** Everything up to the line end is skipped. */
    SWALLOW_LINE,
    /** A {@link StreamedReply} is under way; nothing is read. */
    ANSWERING,
    /** The client watches: it is told what happens, and what it sends is ignored. */
    WATCHING,
    /** Nothing more is read. */
    CLOSE
}
