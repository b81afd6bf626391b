package io.github.embeddedmemcached.internal.server;

import java.util.concurrent.locks.LockSupport;

/**
 * Pauses an event loop after a turn with a failure that may be temporary: no memory, or a failed selector. The pause doubles with each
 * failed turn, so that a loop that cannot make progress uses almost no processor time. Allocates nothing.
 */
final class Backoff {
    private static final long NANOS_MIN = 500_000;
    private static final int DOUBLINGS_MAX = 6; // up to 32 ms: all connections of the loop wait during the pause

    private boolean isRequested;
    private int doublings;

    /** Requests a pause after the current turn. */
    void request() {
        isRequested = true;
    }

    /** Pauses if requested since the last call. Another thread may end the pause early by unparking this one. */
    void await() {
        if (isRequested) {
            isRequested = false;
            LockSupport.parkNanos(this, NANOS_MIN << doublings);
            doublings = Math.min(doublings + 1, DOUBLINGS_MAX);
        } else {
            doublings = 0;
        }
    }
}
