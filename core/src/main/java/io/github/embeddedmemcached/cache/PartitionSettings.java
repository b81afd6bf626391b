package io.github.embeddedmemcached.cache;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What all partitions of a cache have in common.
 *
 * @param heap the cache's share of the heap's account
 * @param uploads the memory of large values that are being received
 * @param expired the memory that is free or expired in any partition
 * @param partitionBytes the memory limit of one partition at first
 * @param segmentBytes the size of an ordinary segment
 * @param itemSizeMaxBytes the largest item, as memcached accounts it
 * @param evicts whether live items are dropped to make room
 * @param keyHash the hash of the items' keys
 * @param clock the time
 * @param casUniques the last CAS unique that was given; null if items have none
 * @param counters the statistics
 * @param evictions the recipients of evictions
 */
record PartitionSettings(
        HeapAccount.Share heap,
        UploadSpace uploads,
        ExpiredSpace expired,
        long partitionBytes,
        int segmentBytes,
        int itemSizeMaxBytes,
        boolean evicts,
        KeyHash keyHash,
        CacheClock clock,
        @Nullable AtomicLong casUniques,
        Counters counters,
        Evictions evictions) {

    boolean hasCasUniques() {
        return casUniques != null;
    }

    /** A new CAS unique, or 0 if there are none. */
    long nextCasUnique() {
        return casUniques == null ? 0 : casUniques.incrementAndGet();
    }
}
