package io.github.embeddedmemcached.protocol;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The transport that hosts a {@link ProtocolSession}, as far as the session needs to know it. Its methods may be called by any thread.
 */
public interface SessionHost {
    /**
     * Returns the client's address, which {@code stats conns} and watchers of connection events show.
     *
     * @return an address; null, the default, if it is not known
     */
    default @Nullable SocketAddress remoteAddress() {
        return null;
    }

    /**
     * Returns the address at which the client was accepted, which {@code stats conns} shows.
     *
     * @return an address; null, the default, if it is not known
     */
    default @Nullable SocketAddress localAddress() {
        return null;
    }

    /**
     * Called when the session has output for its client although no input has arrived, as log lines for a client that sent {@code
     * watch}. The host calls {@link ProtocolSession#process} soon afterwards, in the thread that usually calls it, with the input
     * that it has, perhaps none. This method may be called while a part of the cache is locked: it must neither block nor call the cache
     * or a session. An event loop's {@code execute} is suitable.
     */
    void wakeUp();
}
