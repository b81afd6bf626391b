package io.github.embeddedmemcached.internal.connection;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The budget for the bytes that connections hold while a request is incomplete or a client does not read its replies: unread input,
 * replies, the state of unfinished TLS handshakes, and queues of watchers.
 *
 * <p>Each thread that serves connections counts what its own connections hold in an {@link Account} that only it writes, and only
 * when a connection begins or ceases to hold memory: a connection whose replies are sent at once is never counted. At the beginning of
 * each turn, and at each change while memory is tight, a thread sums the accounts of the others; threads share nothing else. The
 * budget may be exceeded for a moment by the allocation of one connection of each thread.
 *
 * <pre>
 *   0 ------------------ tight ------------------ limit ------------------
 *     normal buffers      smaller reads and        the connections that hold
 *                         smaller output           the most are closed
 * </pre>
 */
public final class ConnectionMemory {
    /** The default limit is the heap divided by this number. */
    private static final int HEAP_SHARE = 16;

    /** Memory is tight from this many bytes on, however large the heap is. */
    private static final long TIGHT_BYTES_MAX = 32L << 20;

    private final long limitBytes;
    private final long responseLimitBytes;
    /** Replaced by a change, not written to: iterating over an array allocates nothing. */
    private volatile Account[] accounts = {};

    private final AtomicLong watcherBytes = new AtomicLong();
    private final LongAdder readOutOfMemory = new LongAdder();
    private final LongAdder responseOutOfMemory = new LongAdder();

    public ConnectionMemory(BufferLimits limits) {
        limitBytes = limits.bytes() == 0 ? Runtime.getRuntime().maxMemory() / HEAP_SHARE : limits.bytes();
        responseLimitBytes = limits.responseBytes() == 0 ? limitBytes : Math.min(limitBytes, limits.responseBytes());
    }

    /** The memory that the connections of one thread hold. Written by that thread only. */
    public final class Account {
        private volatile long readBytes;
        private volatile long responseBytes;
        private volatile int readCount;
        private volatile int responseCount;

        // memory of all other threads at the last refresh
        private long othersBytes;
        private long othersResponseBytes;
        private long watchersBytes; // included in both

        private Account() {}

        /** Updates the sum of the other threads' accounts. Must be called at least at the beginning of each turn. */
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
         * Counts a change of the input that one connection holds.
         *
         * @param before bytes that were counted before
         * @param after bytes from now on
         */
        public void countRead(long before, long after) {
            readBytes = readBytes + after - before;
            readCount = readCount + Long.signum(after) - Long.signum(before);
        }

        /**
         * Counts a change of the replies that one connection holds.
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
         */
        public long bytes() {
            return readBytes + responseBytes;
        }

        /**
         * Returns whether memory is tight, which is from half of the limit on: connections then use smaller reads and smaller output.
         */
        public boolean isTight() {
            return othersBytes + readBytes + responseBytes >= tightBytes()
                    || othersResponseBytes + responseBytes >= responseLimitBytes / 2;
        }

        /**
         * Returns whether all connections together hold more than the limit, so that connections have to be closed.
         */
        public boolean isOver() {
            return othersBytes + readBytes + responseBytes > limitBytes || isOverWithResponses();
        }

        /**
         * Returns whether all connections together hold more replies than the limit for replies, so that connections that hold replies
         * have to be closed.
         */
        public boolean isOverWithResponses() {
            return othersResponseBytes + responseBytes > responseLimitBytes;
        }

        /**
         * Returns whether this thread's connections hold more than an equal share of the limit minus the queues of watchers. If all
         * connections together hold more than the limit, this is true of at least one thread, which has to close connections; the
         * others need not act.
         */
        public boolean exceedsShare() {
            int threads = accounts.length;
            return isOverWithResponses()
                    ? responseBytes > (responseLimitBytes - watchersBytes) / threads
                    : readBytes + responseBytes > (limitBytes - watchersBytes) / threads;
        }
    }

    /**
     * Returns a new, empty account of one more thread.
     */
    public synchronized Account newAccount() {
        Account account = new Account();
        Account[] added = Arrays.copyOf(accounts, accounts.length + 1);
        added[accounts.length] = account;
        accounts = added;
        return account;
    }

    /**
     * Removes an account; the memory of its thread's connections is no longer counted.
     *
     * @param account as {@link #newAccount} returned it
     */
    public synchronized void closeAccount(Account account) {
        accounts = Arrays.stream(accounts).filter(other -> other != account).toArray(Account[]::new);
    }

    /**
     * Reserves memory for the queue of a watcher; returns false if there is not enough. Watchers alone never make memory tight, because a
     * queue is released only when its watcher is closed.
     */
    public boolean reserveForWatcher(int bytes) {
        long tight = Math.min(tightBytes(), responseLimitBytes / 2);
        if (watcherBytes.get() + bytes > tight / 2 || readBytes() + responseBytes() + bytes > tight) {
            return false;
        }
        watcherBytes.addAndGet(bytes);
        return true;
    }

    public void releaseForWatcher(int bytes) {
        watcherBytes.addAndGet(-bytes);
    }

    private long tightBytes() {
        return Math.min(limitBytes / 2, TIGHT_BYTES_MAX);
    }

    /**
     * Counts a connection that was closed, or a command that was rejected, because of the memory that it held or needed.
     *
     * @param forInput whether it was memory for input, not for replies
     */
    public void countOutOfMemory(boolean forInput) {
        (forInput ? readOutOfMemory : responseOutOfMemory).increment();
    }

    public void resetStatistics() {
        readOutOfMemory.reset();
        responseOutOfMemory.reset();
    }

    public long limitBytes() {
        return limitBytes;
    }

    long responseLimitBytes() {
        return responseLimitBytes;
    }

    public long readBytes() {
        return Arrays.stream(accounts).mapToLong(account -> account.readBytes).sum();
    }

    public long readCount() {
        return Arrays.stream(accounts).mapToLong(account -> account.readCount).sum();
    }

    public long responseBytes() {
        return watcherBytes.get()
                + Arrays.stream(accounts)
                        .mapToLong(account -> account.responseBytes)
                        .sum();
    }

    public long responseCount() {
        return Arrays.stream(accounts)
                .mapToLong(account -> account.responseCount)
                .sum();
    }

    public long readOutOfMemory() {
        return readOutOfMemory.sum();
    }

    public long responseOutOfMemory() {
        return responseOutOfMemory.sum();
    }
}
