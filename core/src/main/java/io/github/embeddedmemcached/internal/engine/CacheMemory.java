package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.LimitWarnings;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import io.github.embeddedmemcached.internal.engine.policy.ShadowCaches;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The memory limit of a cache, and the release of its memory to other caches. Thread-safe. */
final class CacheMemory implements HeapAccount.Member {
    private final long initialLimitBytes;
    private final long heapLimitBytes;
    private final LimitWarnings warnings;
    private volatile Partition[] partitions = {};
    private @Nullable UploadBudget uploads; // set once, before the first use
    private long sharedBytes; // of the limit, not for the partitions; set once
    private volatile long requestedLimitBytes; // the heap may allow less
    private int nextToRelease; // the partition that releases memory next; not synchronized: any partition is correct

    CacheMemory(EngineSettings settings, LimitWarnings warnings) {
        initialLimitBytes = settings.memoryLimitBytes();
        requestedLimitBytes = initialLimitBytes;
        heapLimitBytes = settings.heapAccount().itemLimitBytes();
        this.warnings = warnings;
    }

    /** Sets the partitions of the cache, once they are created. */
    void partitions(Partition[] all, UploadBudget uploads, ShadowCaches shadows) {
        this.uploads = uploads;
        sharedBytes = shadows.bytes();
        partitions = all;
    }

    /** Returns the requested memory limit, or what the heap allows if that is less. */
    long limitBytes() {
        return Math.min(requestedLimitBytes, heapLimitBytes);
    }

    long requestedLimitBytes() {
        return requestedLimitBytes;
    }

    /** Restores the initial limit. */
    void reset() {
        applyLimit(initialLimitBytes);
    }

    /** Changes the limit, see {@link CacheEngine#resize}. */
    boolean resize(long bytes) {
        EngineSettings.checkMemoryLimit(bytes);
        boolean done = applyLimit(bytes);
        if (done) {
            warnings.onLimit(bytes);
        }
        return done;
    }

    /** Warns, once, that the account of the heap is exhausted. */
    void warnOfRefusal(long usedBytes, boolean evicts) {
        warnings.onRefusal(limitBytes(), usedBytes, evicts);
    }

    private synchronized boolean applyLimit(long bytes) {
        long before = limitBytes();
        long after = Math.min(bytes, heapLimitBytes);
        for (int i = 0; i < partitions.length; i++) {
            if (!partitions[i].memory().resize((after - sharedBytes) / partitions.length)) {
                while (--i >= 0) {
                    partitions[i].memory().resize((before - sharedBytes) / partitions.length);
                }
                return false;
            }
        }
        Objects.requireNonNull(uploads).memoryLimitBytes(after);
        requestedLimitBytes = bytes;
        return true;
    }

    /**
     * Releases some memory to the heap's account, for another cache.
     *
     * @return whether any was released
     */
    @Override
    public boolean releaseMemory() {
        for (int i = 0; i < partitions.length; i++) {
            int next = nextToRelease++ & (partitions.length - 1);
            if (partitions[next].memory().releaseMemory()) {
                return true;
            }
        }
        return false;
    }

    /** Reports the removals of {@link #releaseMemory}. */
    @Override
    public void reportRemovals(Object transferLock) {
        for (Partition partition : partitions) {
            partition.reportRemovals(transferLock);
        }
    }
}
