package io.github.embeddedmemcached.protocol;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The transport of a {@link ProtocolSession}, implemented by the application. Its methods may be called by any thread.
 */
public interface SessionHost {
    /**
     * Returns the client's address, which {@code stats conns} and watchers of connection events show.
     *
     * @return an address; null, the default, if it is unknown
     */
    default @Nullable SocketAddress remoteAddress() {
        return null;
    }

    /**
     * Returns the address at which the client was accepted, which {@code stats conns} shows.
     *
     * @return an address; null, the default, if it is unknown
     */
    default @Nullable SocketAddress localAddress() {
        return null;
    }

    /**
     * Called when the session has output although no input has arrived, for example log lines for a client that sent {@code watch}. The
     * host must then call {@link ProtocolSession#process} in the thread that usually calls it, with the available input, possibly none.
     *
     * <p>This method may be called while a part of the cache is locked: it must neither block nor call the cache or a session. It can
     * submit a task to an event loop, for example.
     */
    void wakeUp();
}
