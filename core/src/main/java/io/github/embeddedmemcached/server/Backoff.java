package io.github.embeddedmemcached.server;

import java.util.concurrent.locks.LockSupport;

/**
 * How long an event loop waits after a turn in which something failed that may succeed a moment later: there was no memory, or its
 * selector failed. The waits double, so that a loop that cannot do anything uses no processor time. Allocates nothing.
 */
final class Backoff {
    private static final long NANOS_MIN = 500_000;
    private static final int DOUBLINGS_MAX = 6; // up to 32 ms: the connections that are served meanwhile wait too

    private boolean isDue;
    private int waits;

    /** Requests a wait after the current turn. */
    void request() {
        isDue = true;
    }

    /** Waits if that was requested since the last call. Another thread may cut the wait short by unparking this one. */
    void await() {
        if (isDue) {
            isDue = false;
            LockSupport.parkNanos(this, NANOS_MIN << waits);
            waits = Math.min(waits + 1, DOUBLINGS_MAX);
        } else {
            waits = 0;
        }
    }
}
