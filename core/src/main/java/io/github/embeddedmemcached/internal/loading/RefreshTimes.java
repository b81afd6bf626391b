package io.github.embeddedmemcached.internal.loading;

import io.github.embeddedmemcached.internal.engine.ItemView;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * When an item that is due for a refresh may be refreshed: not for some time after a refresh failed, and not while another client that was
 * chosen to do it may still do so. An item records that a client was chosen, but not when; so the time at which that was first observed is
 * kept here. Holds a bounded number of keys and forgets the oldest, which may then be refreshed earlier. Thread-safe.
 */
final class RefreshTimes {
    static final int KEYS_MAX = 10_000;

    /** A refresh that failed is tried again after this time, which is doubled with each further failure. */
    static final long BACK_OFF_MILLIS_MIN = 1_000;

    static final long BACK_OFF_MILLIS_MAX = 60_000;

    /** After this time without a failure, earlier failures do not count. */
    private static final long FORGET_MILLIS = 2 * BACK_OFF_MILLIS_MAX;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<ByteBuffer, Entry> entries = new LinkedHashMap<>();

    /**
     * An observation.
     *
     * @param moment when the last refresh failed, or when another client was first found chosen
     * @param failures the number of consecutive failures; 0 if another client is chosen
     * @param casUnique the CAS unique of the item that the other client renews
     * @param expiry the moment at which that item expires
     */
    private record Entry(long moment, int failures, long casUnique, long expiry) {
        boolean isOf(ItemView view) {
            return failures == 0 && casUnique == view.casUnique() && expiry == view.expiry();
        }

        /** The clock may be set back, or be restarted: then the time is over. */
        boolean isOlderThan(long millis, long now) {
            return now - moment >= millis || now < moment;
        }
    }

    /** Returns whether an item that is due may be refreshed. */
    boolean allowRefresh(byte[] key, ItemView view, long now, long leaseMillis) {
        lock.lock();
        try {
            Entry entry = entries.get(ByteBuffer.wrap(key));
            if (!view.isBeingRenewed()) {
                return entry == null || entry.failures == 0 || entry.isOlderThan(backOffMillis(entry.failures), now);
            }
            if (entry != null && entry.isOf(view)) {
                return entry.isOlderThan(leaseMillis, now);
            }
            put(key, new Entry(now, 0, view.casUnique(), view.expiry()));
            return false;
        } finally {
            lock.unlock();
        }
    }

    private static long backOffMillis(int failures) {
        return Math.min(BACK_OFF_MILLIS_MIN << Math.min(failures - 1, 16), BACK_OFF_MILLIS_MAX);
    }

    void recordFailure(byte[] key, long now) {
        lock.lock();
        try {
            Entry before = entries.get(ByteBuffer.wrap(key));
            int failures = before == null || before.isOlderThan(FORGET_MILLIS, now) ? 0 : before.failures;
            put(key, new Entry(now, failures + 1, 0, 0));
        } finally {
            lock.unlock();
        }
    }

    void remove(byte[] key) {
        lock.lock();
        try {
            entries.remove(ByteBuffer.wrap(key));
        } finally {
            lock.unlock();
        }
    }

    void clear() {
        lock.lock();
        try {
            entries.clear();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    private void put(byte[] key, Entry entry) {
        ByteBuffer copy = ByteBuffer.wrap(key.clone());
        entries.remove(copy); // becomes the newest
        if (entries.size() >= KEYS_MAX) {
            entries.remove(entries.keySet().iterator().next());
        }
        entries.put(copy, entry);
    }
}
