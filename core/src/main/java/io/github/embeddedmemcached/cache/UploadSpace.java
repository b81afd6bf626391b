package io.github.embeddedmemcached.cache;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of a cache's large values that are being received. No item is evicted for them before they are complete, as they may never be:
 * this memory is taken besides the cache's limit, up to a share of it, and charged to the heap's account. Thread-safe.
 */
final class UploadSpace {
    /** All values together take at most this share of the memory limit; a single one may be larger. */
    private static final int LIMIT_SHARE = 4;

    private final HeapAccount.Share heap;
    private final AtomicLong usedBytes = new AtomicLong();
    private volatile long limitBytes;

    UploadSpace(HeapAccount.Share heap, long memoryLimitBytes) {
        this.heap = heap;
        memoryLimitBytes(memoryLimitBytes);
    }

    void memoryLimitBytes(long bytes) {
        limitBytes = bytes / LIMIT_SHARE;
    }

    long usedBytes() {
        return usedBytes.get();
    }

    /** Takes space for a value; false if the others leave too little. Memory is {@linkplain #charge charged} separately. */
    boolean enter(long bytes) {
        long before;
        do {
            before = usedBytes.get();
            if (before != 0 && before + bytes > limitBytes) {
                return false;
            }
        } while (!usedBytes.compareAndSet(before, before + bytes));
        return true;
    }

    /** Charges memory to the heap's account for a value that has entered; false if there is none. */
    boolean charge(long bytes) {
        return heap.take(bytes, true);
    }

    /** Gives the space of a value back whose memory was not charged. */
    void leave(long bytes) {
        usedBytes.addAndGet(-bytes);
    }

    /** Gives the space and the memory of a value back. */
    void end(long bytes) {
        heap.give(bytes);
        leave(bytes);
    }
}
