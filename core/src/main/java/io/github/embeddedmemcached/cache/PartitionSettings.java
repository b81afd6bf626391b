package io.github.embeddedmemcached.cache;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all partitions of a cache have in common.
 *
 * @param partitionBytes the memory limit of one partition
 * @param segmentBytes the size of an ordinary segment
 * @param itemSizeMaxBytes the largest item, as memcached accounts it
 * @param evicts whether live items are dropped to make room
 * @param seed of the keys' hash
 * @param clock the time
 * @param casUniques the last CAS unique that was given
 * @param counters the statistics
 * @param evictions who wants to know of evictions
 */
record PartitionSettings(
        long partitionBytes,
        int segmentBytes,
        int itemSizeMaxBytes,
        boolean evicts,
        long seed,
        CacheClock clock,
        AtomicLong casUniques,
        Counters counters,
        EvictionHook evictions) {}
