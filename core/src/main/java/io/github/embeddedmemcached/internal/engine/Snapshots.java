package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

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

    /**
     * Returns a scanner of the live items of a part of the cache.
     *
     * @param receiver copies the current item of the scanner; called under the lock of the partition
     */
    public Scanner scanner(int partition, Consumer<Scanner> receiver) {
        return new Scanner(partitions[partition], receiver);
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

    /**
     * Passes the live items of a partition, with their values, to a receiver while other threads use the cache. Which items are visited is
     * described at {@link ItemCursor}. An {@code ItemCursor} copies the items; here the receiver does, so that they are copied once. Not
     * thread-safe.
     */
    public static final class Scanner {
        /** The lock of a partition is held for this many buckets, of about a dozen items. */
        private static final int BUCKETS_PER_LOCK = 2;

        private final Partition partition;
        private final Consumer<Scanner> receiver;
        private int bucket;
        private long clockSteps; // read before the lock is taken
        private long unixOffset; // from a second of the cache's clock to Unix time
        private long[] slots = new long[64];
        private @Nullable Segment[] segments = new Segment[64];
        private int count;

        // The current item.
        private long slot;
        private @Nullable Segment segment;
        private byte[] bytes = {};
        private int item;
        private int valueOffset;
        private boolean isMain;

        @SuppressWarnings("unused") // so that the reads of prefetching are not eliminated
        private int prefetched;

        Scanner(Partition partition, Consumer<Scanner> receiver) {
            this.partition = partition;
            this.receiver = receiver;
        }

        /**
         * Passes the next items to the receiver, which may be none.
         *
         * @return false if there are no more items
         */
        public boolean scan() {
            CacheClock clock = partition.clock();
            clockSteps = clock.wallClockSteps();
            unixOffset = clock.unixSecondOf(0, clockSteps);
            int begin = bucket;
            bucket += BUCKETS_PER_LOCK;
            count = 0;
            return partition.scan(begin, bucket, this);
        }

        /** Adds an item to those that {@link #read} passes on. */
        void add(long added) {
            if (count == slots.length) {
                segments = Arrays.copyOf(segments, count * 2);
                slots = Arrays.copyOf(slots, count * 2);
            }
            slots[count++] = added;
        }

        /** Passes the added items to the receiver; under the lock. */
        void read(PartitionContents contents, CacheClock clock, long now) {
            for (int i = 0; i < count; i++) {
                segments[i] = contents.segments.get(Slot.segment(slots[i]));
            }
            prefetched = prefetch(slots, segments, count)
                    + contents.index.prefetchNextLine(bucket)
                    + contents.index.prefetchNextLine(bucket + 1);
            for (int i = 0; i < count; i++) {
                slot = slots[i];
                segment = segments[i];
                item = Slot.offset(slot);
                if (segment != null && !clock.isExpired(segment.expiry(item), now)) {
                    bytes = segment.bytes;
                    valueOffset = ItemLayout.valueOffset(bytes, item);
                    isMain = segment.log == contents.main;
                    receiver.accept(this);
                }
            }
        }

        /** Reads the beginnings of items. The loop is as short as possible: the more items the processor sees at once, the more latencies overlap. */
        private static int prefetch(long[] slots, @Nullable Segment[] segments, int count) {
            int ignored = 0;
            for (int i = 0; i < count; i++) {
                Segment segment = segments[i];
                if (segment != null) {
                    ignored += segment.prefetch(Slot.offset(slots[i]));
                }
            }
            return ignored;
        }

        /** Returns the array that contains the key, followed by the value unless the item {@link #isLarge}. */
        public byte[] bytes() {
            return bytes;
        }

        public int keyOffset() {
            return valueOffset - keyLength();
        }

        public int keyLength() {
            return ItemLayout.keyLength(bytes, item);
        }

        public int valueLength() {
            return ItemLayout.valueLength(bytes, item);
        }

        public int flags() {
            return ItemLayout.flags(bytes, item);
        }

        public long casUnique() {
            return ItemLayout.casUnique(bytes, item);
        }

        /** Returns whether the item was read since it was stored. */
        public boolean isFetched() {
            return Slot.isFetched(slot);
        }

        /** Returns whether the item's key is binary, see {@link ItemUpdate#binaryKey}. */
        public boolean hasBinaryKey() {
            return (ItemLayout.state(bytes, item) & ItemLayout.BINARY_KEY) != 0;
        }

        /** Returns whether the item is stale, see {@link ItemUpdate#invalidate}. */
        public boolean isStale() {
            return (ItemLayout.state(bytes, item) & ItemLayout.STALE) != 0;
        }

        /** Returns whether the item is a placeholder, see {@link ItemView#isPlaceholder}. */
        public boolean isPlaceholder() {
            return ItemLayout.isPlaceholder(ItemLayout.state(bytes, item), valueLength());
        }

        /** Returns when the item was stored or read last: Unix time in seconds. */
        public long accessedUnixSecond() {
            return segment().accessed(item) + unixOffset;
        }

        /** Returns when the item expires: Unix time in milliseconds, or {@link CacheClock#NEVER}. */
        public long expiryUnixMillis() {
            return CacheClock.unixMillis(segment().expiry(item), clockSteps);
        }

        /** Returns an estimate of how long the item would be kept: 0 if it is evicted first, to {@link #RANK_MAX}. */
        public int rank() {
            return Slot.frequency(slot) + (isMain ? MAIN_RANK : 0);
        }

        /** Returns whether the value is too large to be copied under the lock: it can be leased. */
        public boolean isLarge() {
            return segment().isLarge;
        }

        /** Leases the value of a large item; null if the item is being removed. */
        public @Nullable ValueLease lease() {
            var lease = new ValueLease(segment(), valueOffset, valueLength());
            return segment().lease(segment().version()) ? lease : null;
        }

        private Segment segment() {
            Segment current = segment;
            if (current == null) {
                throw new IllegalStateException("there is no current item");
            }
            return current;
        }
    }
}
