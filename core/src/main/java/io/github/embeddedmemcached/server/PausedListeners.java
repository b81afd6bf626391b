package io.github.embeddedmemcached.server;

import java.util.ArrayList;
import java.util.List;

/** The listeners of an event loop, of which those that cannot accept are left alone for a moment. */
final class PausedListeners {
    /** How long a listener that cannot accept is left alone. */
    static final long RETRY_MILLIS = 100;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final List<Listener> listeners = new ArrayList<>(); // all of them, so that to pause one allocates nothing
    private boolean anyPaused;
    private long retryNanos;

    /** Takes note of a listener that may be paused. */
    void add(Listener listener) {
        if (!listeners.contains(listener)) {
            listeners.add(listener);
        }
    }

    boolean anyPaused() {
        return anyPaused;
    }

    /** Takes a listener out of the selector: it stays ready while it cannot accept, and would keep the loop busy. */
    void pause(Listener listener) {
        anyPaused = true;
        retryNanos = System.nanoTime() + RETRY_MILLIS * NANOS_PER_MILLI;
        listener.watch(false);
    }

    /** Has the paused listeners try again, if their time has come. */
    void resumeDue() {
        if (anyPaused && System.nanoTime() - retryNanos >= 0) {
            anyPaused = false;
            for (int i = 0; i < listeners.size(); i++) {
                listeners.get(i).watch(true);
            }
        }
    }
}
