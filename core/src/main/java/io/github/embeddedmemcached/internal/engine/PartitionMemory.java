package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.lock.PartitionLock;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.Memory;

/** Changes the memory limit of a partition, and releases its memory to other partitions and caches. Thread-safe. */
final class PartitionMemory {
    private final Partition partition;
    private final PartitionLock lock;
    private final Memory memory;
    private final HeapAccount.Share heap;

    PartitionMemory(Partition partition, PartitionLock lock, Memory memory, HeapAccount.Share heap) {
        this.partition = partition;
        this.lock = lock;
        this.memory = memory;
        this.heap = heap;
    }

    /**
     * Releases some memory to the heap's account, for another cache: free memory, or else that of a segment whose items are dropped
     * or moved. Does not wait for the lock. The caller may hold the lock of another cache, so that neither the clock is read nor a
     * listener called: {@link Partition#reportRemovals} does that later.
     *
     * @return whether any was released
     */
    boolean releaseMemory() {
        if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
            return false;
        }
        try {
            lock.beginChange();
            long releasedBytes = partition.contents().releaseMemory(partition.lastMoment());
            lock.endChange();
            return releasedBytes > 0;
        } finally {
            unlock();
        }
    }

    /**
     * Releases memory that is free or expired, because this or another partition would acquire new memory. Does not wait for the lock.
     *
     * @return how many bytes were released
     */
    long reclaimExpired(long bytes, long now) {
        if (lock.isHeldByCurrentThread()) { // this partition would acquire memory
            return partition.contents().releaseFree(bytes, now);
        }
        if (!partition.contents().mayHaveFree(now) || !lock.tryLock()) {
            return 0;
        }
        try {
            lock.beginChange();
            long releasedBytes = partition.contents().releaseFree(bytes, now);
            lock.endChange();
            return releasedBytes;
        } finally {
            unlock();
        }
    }

    /** Unlocks; removals are reported when the caller holds no lock of another partition. */
    private void unlock() {
        if (lock.unlockWithoutReporting()) {
            heap.reportLater();
        }
    }

    /** Changes the memory limit, and evicts items that exceed it. Returns false, with the limit unchanged, if they may not be evicted. */
    boolean resize(long bytes) {
        long before;
        boolean mayEvict;
        long now = partition.begin(false);
        lock.beginChange();
        try {
            before = memory.limitBytes();
            mayEvict = partition.contents().fixedBytes() <= bytes
                    && partition.contents().pool.ensureSpare();
            memory.limitBytes(bytes);
            lock.endChange();
        } finally {
            lock.unlock();
        }
        while (true) { // one step per lock: unlocking reports the removals
            lock.lock();
            try {
                if (memory.usedBytes() - memory.leasedBytes() <= bytes) {
                    return true;
                }
                lock.beginChange();
                boolean freed = partition.contents().pool.dropFree()
                        || (mayEvict && partition.contents().reclaimer().reclaim(now));
                lock.endChange();
                if (!freed) {
                    memory.limitBytes(before);
                    return false;
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
