package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.ServerCounters;
import java.nio.channels.SelectionKey;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Closes the connections of an event loop that have been idle for too long. Used by the loop's thread only. */
final class IdleTimeout {
    /** The interval of the checks: a test may move the clock at any moment. */
    static final long POLL_MILLIS = 50;

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS);

    private final ServerCounters counters;
    private final long timeoutMillis;
    private long checkedMillis; // by the server's clock
    private long checkedNanos =
            System.nanoTime(); // by the JVM's clock: a test may move the server's clock slightly, or freeze it

    /**
     * Creates a timeout for one event loop.
     *
     * @param timeoutMillis the elapsed time, by the server's clock, after which an idle connection is closed
     */
    IdleTimeout(ServerCounters counters, long timeoutMillis) {
        this.counters = counters;
        this.timeoutMillis = timeoutMillis;
    }

    /** Closes idle connections if the last check was long enough ago. */
    void check(EventLoop loop, Set<SelectionKey> keys) {
        long nanos = System.nanoTime();
        if (nanos - checkedNanos < POLL_NANOS) {
            return;
        }
        checkedNanos = nanos;
        long nowMillis = loop.nowMillis();
        if (nowMillis < checkedMillis) { // the clock was set back: idle times cannot be measured across that
            loop.resetIdleTimes();
        }
        checkedMillis = nowMillis;
        long idleSince = nowMillis - timeoutMillis;
        for (SelectionKey key : keys) {
            if (key.attachment() instanceof Connection connection && connection.isIdleSince(idleSince)) {
                counters.idleKicked();
                connection.close(CloseReason.IDLE_TIMEOUT);
            }
        }
    }
}
