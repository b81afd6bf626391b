package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/** Access to all items of a cache for saving and restoring them, while other threads use the cache. Thread-safe. */
public final class Snapshots {
    /** Items of the main log have at least this rank, and their frequency in addition; the others have their frequency. */
    static final int MAIN_RANK = Slot.FREQUENCY_MAX + 1;

    /** The rank of an item that is evicted last. */
    public static final int RANK_MAX = MAIN_RANK + Slot.FREQUENCY_MAX;

    /**
     * CAS uniques that are assigned after a restore are at least this much larger than any saved one: a crashed process may have assigned some
     * after the save, which must not be assigned again.
     */
    private static final long CAS_UNIQUE_DISTANCE = 1L << 32;

    private final CacheEngine engine;
    private final PartitionSettings shared;
    private final Partition[] partitions;

    Snapshots(CacheEngine engine, PartitionSettings shared, Partition[] partitions) {
        this.engine = engine;
        this.shared = shared;
        this.partitions = partitions;
    }

    /** Returns the number of parts of the cache that different threads can scan. */
    public int partitions() {
        return partitions.length;
    }

    /** Returns a scanner of the live items of a part of the cache. */
    public ItemScanner scanner(int partition, ItemScanner.Receiver receiver) {
        return new ItemScanner(partitions[partition], receiver);
    }

    /** Returns the memory that the items use. */
    public long usedBytes() {
        return engine.statistics().usedBytes();
    }

    /** Returns a number that differs if items may have been changed meanwhile, by other causes than eviction and expiry. */
    public long changeCount() {
        long count = 0;
        for (Partition partition : partitions) {
            count += partition.changeCount();
        }
        return count;
    }

    /** Returns the last CAS unique that the cache has assigned; 0 if items have none. */
    public long lastCasUnique() {
        AtomicLong uniques = shared.casUniques();
        return uniques == null ? 0 : uniques.get();
    }

    /**
     * Makes the CAS uniques that are assigned from now on greater than a restored one.
     *
     * @param restored the largest one; negative numbers, which only clients assign, are never restored
     */
    public void continueCasUniques(long restored) {
        AtomicLong uniques = shared.casUniques();
        if (uniques != null && restored > 0) {
            uniques.accumulateAndGet(restored + CAS_UNIQUE_DISTANCE, (a, b) -> Long.compareUnsigned(a, b) > 0 ? a : b);
        }
    }

    /** Counts events of a cache that concern no single item. */
    public void count(Statistic counter, long times) {
        shared.counters().add(counter, 0, times);
    }

    /** Grows the index for a number of items that will be restored: splitting a bucket is faster while it is empty. */
    public void growIndex(long items) {
        for (Partition partition : partitions) {
            while (growIndex(partition, items / partitions.length)) {}
        }
    }

    private static boolean growIndex(Partition partition, long items) {
        long now = partition.beginChange();
        try {
            boolean isGrowing = partition.contents().growIndex(items, now);
            partition.lock().endChange();
            return isGrowing;
        } finally {
            partition.lock().unlock();
        }
    }

    /**
     * Returns a batch by which one thread adds items.
     *
     * @param reader see {@link RestoreBatch#add}
     */
    public RestoreBatch newBatch(IntConsumer reader) {
        return new RestoreBatch(engine, partitions, reader);
    }

    /** What became of an item of a snapshot. */
    public enum Result {
        RESTORED,
        /** The cache has an item with the key. */
        DUPLICATE,
        EXPIRED,
        TOO_LARGE,
        /** The memory limit is reached, and nothing can be evicted. */
        OUT_OF_MEMORY
    }
}
