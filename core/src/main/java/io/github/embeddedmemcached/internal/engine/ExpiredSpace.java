package io.github.embeddedmemcached.internal.engine;

/**
 * Reclaims free and expired memory of all partitions of a cache before one of them acquires new memory. The caller holds the lock
 * of its own partition; a partition that is locked by another thread is skipped, as waiting for it could deadlock. Thread-safe.
 */
final class ExpiredSpace {
    private volatile Partition[] partitions = {};

    /** Sets the partitions of the cache, once they are created. */
    void partitions(Partition[] all) {
        partitions = all;
    }

    /** Releases this many bytes to the partitions' accounts, or all that are free or expired. */
    void reclaim(long bytes, long now) {
        long missing = bytes;
        for (Partition partition : partitions) {
            if (missing <= 0) {
                return;
            }
            missing -= partition.memory().reclaimExpired(missing, now);
        }
    }
}
