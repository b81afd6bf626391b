package io.github.embeddedmemcached.server;

import java.time.InstantSource;

/**
 * When a silent connection is closed.
 *
 * @param clock what silence is measured by; a test's may advance on its own
 * @param timeoutMillis how long a connection may be silent
 */
record IdleTimeout(InstantSource clock, long timeoutMillis) {
    /** How often the clock is looked at. */
    static final long POLL_MILLIS = 50;
}
