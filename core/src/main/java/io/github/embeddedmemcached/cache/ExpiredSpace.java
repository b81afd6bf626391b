package io.github.embeddedmemcached.cache;

/**
 * Finds memory that is free or expired in any partition of a cache, so that it is used before the cache takes more. A partition calls it with its
 * own lock held; a partition that is locked by another thread is skipped, as waiting for it could deadlock. Thread-safe.
 */
final class ExpiredSpace {
    private volatile Partition[] partitions = {};

    /** Sets the partitions of the cache, once they are built. */
    void partitions(Partition[] all) {
        partitions = all;
    }

    /** Has so much given back to the partitions' accounts, or all that there is. */
    void giveBack(long bytes, long now) {
        long missing = bytes;
        for (Partition partition : partitions) {
            if (missing <= 0) {
                return;
            }
            missing -= partition.giveExpired(missing, now);
        }
    }
}
