package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.wire.StreamedReply;

/**
 * Where a binary session stands in its input.
 *
 * <pre>
 *                    a value too large to wait for
 *       READ_REQUEST ------------------------------> READ_VALUE
 *        ^ |  |  ^                                       |
 *        | |  |  +---------------------------------------+ all of it stored
 *        | |  |
 *        | |  | an unknown command, a value that is refused
 *        | |  +--------------> SWALLOW --+
 *        | |                             |
 *        +-|-----------------------------+
 *          |
 *          | quit, a request that isn't as it must be, nobody logged in
 *          v
 *        CLOSE
 * </pre>
 *
 * As in the text protocol the session waits in READ_REQUEST until all of a request is in the window, but for the value of a
 * large item.
 */
enum BinaryState {
    /** The next byte begins a request. */
    READ_REQUEST,
    /** The next byte goes into a large value: {@link LargeStore} takes it. */
    READ_VALUE,
    /** What is left of a request is skipped. */
    SWALLOW,
    /** A {@link StreamedReply} is under way, after which the next request is read. */
    ANSWERING,
    /** Nothing more is read. */
    CLOSE
}
