package io.github.embeddedmemcached.internal.server;

import org.jspecify.annotations.Nullable;

/** Connections of an event loop whose sessions have output although no input has arrived. Thread-safe; adding allocates nothing. */
final class WakeUpQueue {
    private final ConnectionQueue queue = new ConnectionQueue(); // guarded by this
    private volatile boolean any; // written under the lock of this

    synchronized void add(ConnectionQueue.Link connection) {
        queue.add(connection);
        any = true;
    }

    /** Returns the number of connections; takes the lock only if there are any. */
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
