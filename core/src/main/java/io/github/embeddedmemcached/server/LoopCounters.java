package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ServerState;

/**
 * Counts what the connections of an event loop do. Nothing here fails: a counter that has no memory to grow misses an event, which is
 * better than a connection that loses the bytes it has just read.
 */
final class LoopCounters {
    private final ServerState state;

    LoopCounters(ServerState state) {
        this.state = state;
    }

    void read(int bytes) {
        try {
            state.bytesRead(bytes);
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    void written(long bytes) {
        try {
            if (bytes > 0) {
                state.bytesWritten(bytes);
            }
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    void turnYielded() {
        try {
            state.turnYielded();
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    /** Counts a connection that broke the rules of TLS. */
    void tlsError(boolean handshaken) {
        if (handshaken) {
            state.tlsProtocolFailed();
        } else {
            state.tlsHandshakeFailed();
        }
    }

    /** Counts a connection that is closed because of the memory that it holds or needs. */
    void outOfMemory(boolean forInput) {
        try {
            state.connectionMemory().countOutOfMemory(forInput);
        } catch (OutOfMemoryError e) {
            return;
        }
    }
}
