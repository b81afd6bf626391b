package io.github.embeddedmemcached.internal.connection;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The connection of a session, as seen by the session. */
public interface SessionTransport {
    /** Returns the client's address; null if it is not known. */
    @Nullable SocketAddress remoteAddress();

    /** Returns the address at which the client was accepted; null if it is not known. */
    @Nullable SocketAddress localAddress();

    /** Returns when bytes of the client were last read, in the server's elapsed time. Called by any thread; may be slightly outdated. */
    long lastReadMillis();

    /**
     * Requests that the session is processed soon although no input has arrived, because there is output for its client. Called by any
     * thread, possibly while the cache is locked: it must neither block nor call the cache or a session.
     */
    void wakeUp();
}
