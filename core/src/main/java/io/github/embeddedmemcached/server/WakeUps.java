package io.github.embeddedmemcached.server;

import org.jspecify.annotations.Nullable;

/** The connections of an event loop whose sessions asked to be processed though nothing arrived. Thread-safe; adding allocates nothing. */
final class WakeUps {
    private final ConnectionQueue queue = new ConnectionQueue(); // guarded by this
    private volatile boolean any; // written under the lock of this

    synchronized void add(ConnectionQueue.Link connection) {
        queue.add(connection);
        any = true;
    }

    /** How many there are; looks without a lock first. */
    int size() {
        return any ? lockedSize() : 0;
    }

    private synchronized int lockedSize() {
        return queue.size();
    }

    /** Removes the connection that has waited longest; null if there is none. */
    synchronized @Nullable Connection poll() {
        Connection polled = queue.poll();
        any = !queue.isEmpty();
        return polled;
    }
}
