package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import org.jspecify.annotations.Nullable;

/**
 * The memory that each connection of one event loop holds: input of an incomplete request, and replies that its client has not read. A
 * connection whose replies were all sent holds nothing and is not in the list. Used by the loop's thread only; allocates nothing.
 */
final class ConnectionUsage {
    /** The memory that one connection holds, and its links in the list of connections that hold memory. */
    static final class Share {
        final Connection connection;
        private long readBytes;
        private long responseBytes;
        private @Nullable Share previous;
        private @Nullable Share next;

        Share(Connection connection) {
            this.connection = connection;
        }

        boolean isMostlyInput() {
            return readBytes > responseBytes;
        }

        private boolean isEmpty() {
            return readBytes == 0 && responseBytes == 0;
        }
    }

    private final ConnectionMemory.Account account;
    private @Nullable Share first;
    private @Nullable Share last;

    ConnectionUsage(ConnectionMemory.Account account) {
        this.account = account;
    }

    /** Sets the memory that a connection holds from now on. */
    void set(Share share, long readBytes, long responseBytes) {
        if (share.readBytes == readBytes && share.responseBytes == responseBytes) {
            return;
        }
        boolean wasEmpty = share.isEmpty();
        if (share.readBytes != readBytes) {
            account.countRead(share.readBytes, readBytes);
            share.readBytes = readBytes;
        }
        if (share.responseBytes != responseBytes) {
            account.countResponse(share.responseBytes, responseBytes);
            share.responseBytes = responseBytes;
        }
        if (account.isTight()) {
            account.refresh(); // near the limit the sum must be current
        }
        if (wasEmpty) {
            append(share);
        } else if (share.isEmpty()) {
            remove(share);
        }
    }

    private void append(Share share) {
        share.previous = last;
        if (last == null) {
            first = share;
        } else {
            last.next = share;
        }
        last = share;
    }

    private void remove(Share share) {
        if (share.previous == null) {
            first = share.next;
        } else {
            share.previous.next = share.next;
        }
        if (share.next == null) {
            last = share.previous;
        } else {
            share.next.previous = share.previous;
        }
        share.previous = null;
        share.next = null;
    }

    /** Returns the connection that holds the most memory; of several, the one that has held memory the longest; null if there is none. */
    @Nullable Connection largest() {
        boolean responsesOnly = account.isOverWithResponses();
        Share largest = null;
        long most = 0;
        for (Share share = first; share != null; share = share.next) {
            long bytes = responsesOnly ? share.responseBytes : share.readBytes + share.responseBytes;
            if (bytes > most) {
                most = bytes;
                largest = share;
            }
        }
        return largest == null ? null : largest.connection;
    }

    long bytes() {
        return account.bytes();
    }

    boolean isTight() {
        return account.isTight();
    }

    /** Returns whether this loop has to close the connection that holds the most memory. */
    boolean mustReduce() {
        return account.isOver() && account.exceedsShare();
    }

    boolean isOver() {
        return account.isOver();
    }

    void refresh() {
        account.refresh();
    }
}
