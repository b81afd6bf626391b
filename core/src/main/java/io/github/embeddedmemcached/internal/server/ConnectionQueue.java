package io.github.embeddedmemcached.internal.server;

import org.jspecify.annotations.Nullable;

/**
 * A queue of connections, first in, first out, linked through a {@link Link} that each connection has for it. Adding a connection
 * allocates nothing, so it cannot fail when memory is short. Not thread-safe.
 */
final class ConnectionQueue {
    /** A connection's entry in one queue. */
    static final class Link {
        final Connection connection;
        private @Nullable Link next;
        private boolean isQueued;

        Link(Connection connection) {
            this.connection = connection;
        }
    }

    private @Nullable Link first;
    private @Nullable Link last;
    private int size;

    boolean isEmpty() {
        return first == null;
    }

    int size() {
        return size;
    }

    /** Adds a connection unless it is in the queue. */
    void add(Link link) {
        if (link.isQueued) {
            return;
        }
        link.isQueued = true;
        if (last == null) {
            first = link;
        } else {
            last.next = link;
        }
        last = link;
        size++;
    }

    /** Removes the connection that was added first; null if the queue is empty. */
    @Nullable Connection poll() {
        Link polled = first;
        if (polled == null) {
            return null;
        }
        first = polled.next;
        if (first == null) {
            last = null;
        }
        polled.next = null;
        polled.isQueued = false;
        size--;
        return polled.connection;
    }
}
