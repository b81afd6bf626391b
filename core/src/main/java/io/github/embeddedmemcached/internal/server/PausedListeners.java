package io.github.embeddedmemcached.internal.server;

import java.util.ArrayList;
import java.util.List;

/** The listeners of an event loop. A listener that cannot accept is paused for {@link #RETRY_MILLIS}. */
final class PausedListeners {
    /** The duration of a pause. */
    static final long RETRY_MILLIS = 100;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final List<Listener> listeners = new ArrayList<>(); // all listeners, so that pausing one allocates nothing
    private boolean anyPaused;
    private long retryNanos;

    /** Adds a listener. */
    void add(Listener listener) {
        if (!listeners.contains(listener)) {
            listeners.add(listener);
        }
    }

    boolean anyPaused() {
        return anyPaused;
    }

    /** Pauses a listener: its socket stays ready while it cannot accept, and the selector would return at once. */
    void pause(Listener listener) {
        anyPaused = true;
        retryNanos = System.nanoTime() + RETRY_MILLIS * NANOS_PER_MILLI;
        listener.watch(false);
    }

    /** Resumes the paused listeners if the pause is over. */
    void resumeDue() {
        if (anyPaused && System.nanoTime() - retryNanos >= 0) {
            anyPaused = false;
            for (int i = 0; i < listeners.size(); i++) {
                listeners.get(i).watch(true);
            }
        }
    }
}
