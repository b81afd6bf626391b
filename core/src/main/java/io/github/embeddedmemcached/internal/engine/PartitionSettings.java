package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import io.github.embeddedmemcached.internal.engine.policy.ShadowCaches;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The settings and the objects that all partitions of a cache share.
 *
 * @param heap the cache's share of the heap's account
 * @param uploads the memory of large values that are being received
 * @param expired reclaims memory that is free or expired in any partition
 * @param partitionBytes the initial memory limit of one partition
 * @param segmentBytes the size of an ordinary segment
 * @param indexChunkBytes by how much the index grows; a power of two, see {@link PartitionSizing#indexChunkBytes}
 * @param maxItemSizeBytes the largest item, as memcached accounts it
 * @param evicts whether live items are dropped when the memory limit is reached
 * @param keyHash the hash of the items' keys
 * @param clock the clock by which items expire
 * @param casUniques the last CAS unique that was assigned; null if items have none
 * @param counters the statistics
 * @param removals the recipients of removals
 * @param shadows choose how items are evicted, by the requests
 */
record PartitionSettings(
        HeapAccount.Share heap,
        UploadBudget uploads,
        ExpiredSpace expired,
        long partitionBytes,
        int segmentBytes,
        int indexChunkBytes,
        int maxItemSizeBytes,
        boolean evicts,
        KeyHash keyHash,
        CacheClock clock,
        @Nullable AtomicLong casUniques,
        Counters counters,
        Removals removals,
        ShadowCaches shadows) {

    boolean hasCasUniques() {
        return casUniques != null;
    }

    /** Returns a new CAS unique, or 0 if items have none. */
    long nextCasUnique() {
        return casUniques == null ? 0 : casUniques.incrementAndGet();
    }
}
