package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.concurrent.atomic.AtomicLong;

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

    /** Iterates over all live items and their values. */
    public ItemCursor cursor() {
        return new ItemCursor(partitions, false, true);
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

    /** Adds an item. A value that was {@linkplain CacheEngine#reserve reserved} is released if it is not stored. */
    public Result restore(RestoredItem item) {
        ItemUpdate update = item.update;
        try {
            long hash = engine.hash(update);
            Result result = engine.partition(hash).restore(item, hash);
            engine.reportRemovalsOfOthers();
            return result;
        } finally {
            if (update.largeValue != null) {
                update.largeValue.release(); // does nothing if the value was stored
            }
        }
    }

    /** The result of {@link #restore}. */
    public enum Result {
        RESTORED,
        /** The cache has an item with the key. */
        DUPLICATE,
        EXPIRED,
        TOO_LARGE,
        /** The memory limit is reached, and nothing can be evicted. */
        OUT_OF_MEMORY
    }

    /** An item to be restored. Created once and reused. Not thread-safe. */
    public static final class RestoredItem {
        /** Key, value, client flags, binary mark, and the CAS unique to assign, 0 for the next one. */
        public final ItemUpdate update = new ItemUpdate();

        /** A Unix time, or {@link CacheClock#NEVER}. */
        public long expiryUnixMillis;

        public long accessedUnixSecond;
        public boolean isStale;
        public boolean wasFetched;

        /** From 0 to {@link #RANK_MAX}. */
        public int rank;
    }
}
