package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ConnectionMemory;
import org.jspecify.annotations.Nullable;

/**
 * What each connection of one event loop holds: input of an incomplete request, and replies that its client has not read. A connection
 * that is answered at once holds nothing and is not in the list. Only the loop's thread uses it, and nothing here allocates.
 */
final class HeldMemory {
    /** What one connection holds, and its place in the list of those that hold something. */
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

    HeldMemory(ConnectionMemory.Account account) {
        this.account = account;
    }

    /** Takes note of what a connection holds from now on. */
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
            account.refresh(); // the sum should not be wrong where it matters
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

    /** The connection that holds most, and of several the one that began to hold something first; null if none holds anything. */
    @Nullable Connection worst() {
        boolean responsesOnly = account.isOverWithResponses();
        Share worst = null;
        long most = 0;
        for (Share share = first; share != null; share = share.next) {
            long bytes = responsesOnly ? share.responseBytes : share.readBytes + share.responseBytes;
            if (bytes > most) {
                most = bytes;
                worst = share;
            }
        }
        return worst == null ? null : worst.connection;
    }

    long bytes() {
        return account.bytes();
    }

    boolean isTight() {
        return account.isTight();
    }

    /** Whether this loop has to close the worst of its connections. */
    boolean isToBeReduced() {
        return account.isOver() && account.exceedsShare();
    }

    boolean isOver() {
        return account.isOver();
    }

    void refresh() {
        account.refresh();
    }
}
