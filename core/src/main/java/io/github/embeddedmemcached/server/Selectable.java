package io.github.embeddedmemcached.server;

import java.io.IOException;
import java.nio.channels.SelectionKey;

/** What a loop's selector watches: the attachment of a selection key. */
interface Selectable {
    /** Does one turn's work, now that the channel is ready. What it throws closes it, and nothing else. */
    void onReady() throws IOException;

    /** Closes the channel. Idempotent; throws nothing. */
    void close();

    /** The operations that the selector is to wait for now. */
    int operations();

    /** Takes note of the key of another selector, which has replaced the one before. */
    void selectedBy(SelectionKey key);
}
