package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Passes the live items of a partition, with their values, to a receiver while other threads use the cache. Which items are visited is
 * described at {@link ItemCursor}. An {@code ItemCursor} copies the items; here the receiver does, so that they are copied once. Not
 * thread-safe.
 */
public final class ItemScanner {
    /** The lock of a partition is held for this many buckets, of about a dozen items. */
    private static final int BUCKETS_PER_LOCK = 2;

    /** Receives items. */
    public interface Receiver {
        /** Copies the current item of the scanner; called under the lock of the partition. */
        void receive(ItemScanner item);
    }

    private final Partition partition;
    private final Receiver receiver;
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

    ItemScanner(Partition partition, Receiver receiver) {
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
                receiver.receive(this);
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

    /** Returns the array that contains the key, followed by the value. */
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

    /** Returns when the item was stored or read last: Unix time in seconds. */
    public long accessedUnixSecond() {
        return segment().accessed(item) + unixOffset;
    }

    /** Returns when the item expires: Unix time in milliseconds, or {@link CacheClock#NEVER}. */
    public long expiryUnixMillis() {
        return CacheClock.unixMillis(segment().expiry(item), clockSteps);
    }

    /** Returns an estimate of how long the item would be kept: 0 if it is evicted first, to {@link Snapshots#RANK_MAX}. */
    public int rank() {
        return Slot.frequency(slot) + (isMain ? Snapshots.MAIN_RANK : 0);
    }

    /** Returns whether the value is too large to be copied under the lock: it can be leased. */
    public boolean isLarge() {
        return segment().isLarge;
    }

    /** Leases the value of a large item; null if the item is being removed. */
    public @Nullable ValueLease lease() {
        var lease = new ValueLease(segment, bytes, valueOffset, valueLength());
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
