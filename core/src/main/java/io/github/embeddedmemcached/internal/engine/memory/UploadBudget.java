package io.github.embeddedmemcached.internal.engine.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of a cache's large values that are being received. No item is evicted for them before they are complete, as some never
 * become complete: this memory is acquired in addition to the cache's limit, up to a share of it, and charged to the heap's account.
 * Thread-safe.
 */
public final class UploadBudget {
    /** All values together occupy at most 1/LIMIT_SHARE of the memory limit; a single one may be larger. */
    private static final int LIMIT_SHARE = 4;

    private final HeapAccount.Share heap;
    private final AtomicLong usedBytes = new AtomicLong();
    private volatile long limitBytes;

    public UploadBudget(HeapAccount.Share heap, long memoryLimitBytes) {
        this.heap = heap;
        memoryLimitBytes(memoryLimitBytes);
    }

    public void memoryLimitBytes(long bytes) {
        limitBytes = bytes / LIMIT_SHARE;
    }

    public long usedBytes() {
        return usedBytes.get();
    }

    /** Acquires space for a value; false if the others leave too little. Its memory is {@linkplain #chargeHeap charged} separately. */
    public boolean acquireSpace(long bytes) {
        long before;
        do {
            before = usedBytes.get();
            if (before != 0 && before + bytes > limitBytes) {
                return false;
            }
        } while (!usedBytes.compareAndSet(before, before + bytes));
        return true;
    }

    /** Charges memory to the heap's account for a value that has acquired space; false if there is none. */
    public boolean chargeHeap(long bytes) {
        return heap.acquire(bytes, true);
    }

    /** Releases the space of a value whose memory was not charged. */
    public void releaseSpace(long bytes) {
        usedBytes.addAndGet(-bytes);
    }

    /** Releases the space and the memory of a value. */
    public void release(long bytes) {
        heap.release(bytes);
        releaseSpace(bytes);
    }
}
