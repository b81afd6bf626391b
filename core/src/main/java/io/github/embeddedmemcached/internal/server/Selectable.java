package io.github.embeddedmemcached.internal.server;

import java.io.IOException;
import java.nio.channels.SelectionKey;

/** A channel that is registered with an event loop's selector; the attachment of its selection key. */
interface Selectable {
    /** Processes the ready channel for one turn. If this throws, only this channel is closed. */
    void onReady() throws IOException;

    /** Closes the channel. Idempotent; throws nothing. */
    void close();

    /** Returns the operations that the selector has to wait for. */
    int operations();

    /** Sets the key of the selector that has replaced the previous one. */
    void selectedBy(SelectionKey key);
}
