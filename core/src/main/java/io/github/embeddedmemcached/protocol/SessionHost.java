package io.github.embeddedmemcached.protocol;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Who carries a session's bytes, as far as a session needs to know. */
public interface SessionHost {
    /**
     * Returns the client's address.
     *
     * @return an address, or null if it isn't known
     */
    @Nullable SocketAddress remoteAddress();

    /**
     * Returns the address at which the client was accepted.
     *
     * @return an address, or null if it isn't known
     */
    @Nullable SocketAddress localAddress();

    /**
     * Returns whether the client speaks UDP.
     *
     * @return false for a connection
     */
    default boolean isDatagram() {
        return false;
    }

    /**
     * Returns when the client was heard last. Called by any thread, and may be a little behind.
     *
     * @return a moment of {@link ServerState#elapsedMillis}
     */
    long lastHeardMillis();

    /**
     * Has {@link ProtocolSession#process} called soon, by who always calls it, though nothing has arrived: there is something to tell
     * the client. Called by any thread, perhaps while the cache is locked: it must not wait, and not call the cache or a session.
     */
    void wakeUp();
}
