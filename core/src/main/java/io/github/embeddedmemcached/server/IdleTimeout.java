package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.CloseReason;
import io.github.embeddedmemcached.protocol.ServerState;
import java.nio.channels.SelectionKey;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Closes the connections of an event loop that have been idle for too long. Used by the loop's thread only. */
final class IdleTimeout {
    /** How often the clock is read: a test may move it at any moment. */
    static final long POLL_MILLIS = 50;

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS);

    private final ServerState state;
    private final long timeoutMillis;
    private long checkedMillis; // by the server's clock
    private long checkedNanos = System.nanoTime(); // by the JVM's: a test may move the other by a little, and freeze it

    /**
     * Creates a timeout for one event loop.
     *
     * @param timeoutMillis the elapsed time, by the server's clock, after which an idle connection is closed
     */
    IdleTimeout(ServerState state, long timeoutMillis) {
        this.state = state;
        this.timeoutMillis = timeoutMillis;
    }

    /** Closes idle connections, if it is time to look for them. */
    void check(EventLoop loop, Set<SelectionKey> keys) {
        long nanos = System.nanoTime();
        if (nanos - checkedNanos < POLL_NANOS) {
            return;
        }
        checkedNanos = nanos;
        long nowMillis = loop.nowMillis();
        if (nowMillis < checkedMillis) { // the clock was set back: idle time can't be measured across that
            loop.forgetSilence();
        }
        checkedMillis = nowMillis;
        long silentSince = nowMillis - timeoutMillis;
        for (SelectionKey key : keys) {
            if (key.attachment() instanceof Connection connection && connection.isIdleSince(silentSince)) {
                state.idleKicked();
                connection.close(CloseReason.IDLE_TIMEOUT);
            }
        }
    }
}
