package io.github.embeddedmemcached.protocol;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The budget for the bytes that connections hold while a request is incomplete or a client does not read its replies: unread input,
 * replies, the state of unfinished TLS handshakes, and queues of watchers.
 *
 * <p>Each thread that serves connections counts what its own connections hold in an {@link Account} that only it writes, and only when
 * a connection begins or ceases to hold something: a connection that is answered at once is never counted. At the begin of each turn,
 * and at each change while memory is tight, a thread adds up the accounts of the others, which is all that threads share. The budget may
 * be exceeded for a moment by what one connection of each thread takes at once.
 *
 * <pre>
 *   0 ------------------ tight ------------------ limit ------------------
 *     normal buffers      less is read and         the connections that hold
 *                         answered at once         most are closed
 * </pre>
 */
public final class ConnectionMemory {
    /** The default limit is this share of the heap. */
    private static final int HEAP_SHARE = 16;

    /** Less is read and answered at once from this many bytes on, however large the heap is. */
    private static final long TIGHT_BYTES_MAX = 32L << 20;

    private final long limitBytes;
    private final long responseLimitBytes;
    private final List<Account> accounts = new CopyOnWriteArrayList<>();
    private final AtomicLong watcherBytes = new AtomicLong();
    private final LongAdder readOutOfMemory = new LongAdder();
    private final LongAdder responseOutOfMemory = new LongAdder();

    ConnectionMemory(BufferLimits limits) {
        limitBytes = limits.bytes() == 0 ? Runtime.getRuntime().maxMemory() / HEAP_SHARE : limits.bytes();
        responseLimitBytes = limits.responseBytes() == 0 ? limitBytes : Math.min(limitBytes, limits.responseBytes());
    }

    /** What the connections of one thread hold. Written by that thread only. */
    public final class Account {
        private volatile long readBytes;
        private volatile long responseBytes;
        private volatile int readCount;
        private volatile int responseCount;

        // what all others held at the begin of the turn
        private long othersBytes;
        private long othersResponseBytes;
        private long watchersBytes; // is part of both

        private Account() {}

        /** Takes note of what the other threads hold. To be called at least at the begin of each turn. */
        public void refresh() {
            long watchers = watcherBytes.get();
            long bytes = watchers;
            long responses = watchers;
            for (Account account : accounts) {
                if (account != this) {
                    long response = account.responseBytes;
                    responses += response;
                    bytes += account.readBytes + response;
                }
            }
            othersBytes = bytes;
            othersResponseBytes = responses;
            watchersBytes = watchers;
        }

        /**
         * Counts the change of what one connection holds of input.
         *
         * @param before bytes that were counted before
         * @param after bytes from now on
         */
        public void countRead(long before, long after) {
            readBytes = readBytes + after - before;
            readCount = readCount + Long.signum(after) - Long.signum(before);
        }

        /**
         * Counts the change of what one connection holds of replies.
         *
         * @param before bytes that were counted before
         * @param after bytes from now on
         */
        public void countResponse(long before, long after) {
            responseBytes = responseBytes + after - before;
            responseCount = responseCount + Long.signum(after) - Long.signum(before);
        }

        /**
         * Returns how many bytes the connections of this thread hold.
         *
         * @return bytes
         */
        public long bytes() {
            return readBytes + responseBytes;
        }

        /**
         * Tells whether less should be read and answered at once.
         *
         * @return true from a part of the limit on
         */
        public boolean isTight() {
            return othersBytes + readBytes + responseBytes >= tightBytes()
                    || othersResponseBytes + responseBytes >= responseLimitBytes / 2;
        }

        /**
         * Tells whether all connections together hold more than the limit.
         *
         * @return true if connections have to be closed
         */
        public boolean isOver() {
            return othersBytes + readBytes + responseBytes > limitBytes || isOverWithResponses();
        }

        /**
         * Tells whether all connections together hold more replies than the limit for those.
         *
         * @return true if connections that hold replies have to be closed
         */
        public boolean isOverWithResponses() {
            return othersResponseBytes + responseBytes > responseLimitBytes;
        }

        /**
         * Tells whether this thread's connections hold more than an equal share of what the queues of watchers leave of the limit. If
         * all connections together hold more than the limit, this is true of at least one thread; the others need not act.
         *
         * @return true if it is this thread that should close some of its connections
         */
        public boolean exceedsShare() {
            int threads = accounts.size();
            return isOverWithResponses()
                    ? responseBytes > (responseLimitBytes - watchersBytes) / threads
                    : readBytes + responseBytes > (limitBytes - watchersBytes) / threads;
        }
    }

    /**
     * Opens the account of one more thread.
     *
     * @return an account that is empty
     */
    public Account newAccount() {
        Account account = new Account();
        accounts.add(account);
        return account;
    }

    /**
     * Removes an account; what its thread's connections hold is not counted any more.
     *
     * @param account as {@link #newAccount} returned it
     */
    public void closeAccount(Account account) {
        accounts.remove(account);
    }

    /**
     * Takes room for the queue of a watcher; false: there is none left. Watchers alone never make memory tight, because a queue is given
     * back only when its watcher is closed.
     */
    boolean takeForWatcher(int bytes) {
        long tight = Math.min(tightBytes(), responseLimitBytes / 2);
        if (watcherBytes.get() + bytes > tight / 2 || readBytes() + responseBytes() + bytes > tight) {
            return false;
        }
        watcherBytes.addAndGet(bytes);
        return true;
    }

    void giveBackOfWatcher(int bytes) {
        watcherBytes.addAndGet(-bytes);
    }

    private long tightBytes() {
        return Math.min(limitBytes / 2, TIGHT_BYTES_MAX);
    }

    /**
     * Counts a connection that was closed, or a command that was refused, because of the memory that it held or needed.
     *
     * @param forInput whether it was memory for input, not for replies
     */
    public void countOutOfMemory(boolean forInput) {
        (forInput ? readOutOfMemory : responseOutOfMemory).increment();
    }

    void resetStatistics() {
        readOutOfMemory.reset();
        responseOutOfMemory.reset();
    }

    long limitBytes() {
        return limitBytes;
    }

    long responseLimitBytes() {
        return responseLimitBytes;
    }

    long readBytes() {
        return accounts.stream().mapToLong(account -> account.readBytes).sum();
    }

    long readCount() {
        return accounts.stream().mapToLong(account -> account.readCount).sum();
    }

    long responseBytes() {
        return watcherBytes.get()
                + accounts.stream().mapToLong(account -> account.responseBytes).sum();
    }

    long responseCount() {
        return accounts.stream().mapToLong(account -> account.responseCount).sum();
    }

    long readOutOfMemory() {
        return readOutOfMemory.sum();
    }

    long responseOutOfMemory() {
        return responseOutOfMemory.sum();
    }
}
