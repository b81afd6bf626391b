package io.github.embeddedmemcached.server;

/**
 * How long a connection may be idle.
 *
 * @param timeoutMillis the elapsed time, by the server's clock, after which an idle connection is closed
 */
record IdleTimeout(long timeoutMillis) {
    /** How often the clock is read: a test may move it at any moment. */
    static final long POLL_MILLIS = 50;
}
