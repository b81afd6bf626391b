package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import io.github.embeddedmemcached.internal.connection.ServerCounters;

/**
 * Counts events of an event loop's connections. No method fails: a counter that cannot allocate memory to grow misses an event, which
 * is better than a connection that loses the bytes it has just read.
 */
final class LoopCounters {
    private final ServerCounters counters;
    private final ConnectionMemory memory;

    LoopCounters(ServerCounters counters, ConnectionMemory memory) {
        this.counters = counters;
        this.memory = memory;
    }

    void read(long bytes) {
        try {
            counters.bytesRead(bytes);
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    void written(long bytes) {
        try {
            if (bytes > 0) {
                counters.bytesWritten(bytes);
            }
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    void turnYielded() {
        try {
            counters.turnYielded();
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    /** Counts a connection that is closed because of the memory that it holds or needs. */
    void outOfMemory(boolean forInput) {
        try {
            memory.countOutOfMemory(forInput);
        } catch (OutOfMemoryError e) {
            return;
        }
    }
}
