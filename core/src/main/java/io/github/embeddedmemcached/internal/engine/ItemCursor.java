package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over the items of a cache while other threads use it. Every item that exists during the whole iteration is visited at
 * least once; an item that is stored or removed during the iteration may or may not be visited. Access times and statistics are not updated.
 *
 * <p>The headers and keys of one bucket of the index are copied at a time, and no lock is held between two calls of {@link #next}.
 * The index moves items while it grows, but only to a bucket after all others. A cursor that includes values copies those of ordinary
 * items too, and leases those of large ones until the cursor moves on or is closed. Not thread-safe.
 */
public final class ItemCursor implements AutoCloseable {
    private final Partition[] partitions;
    private final boolean includesExpired;
    private final boolean includesValues;
    private int partition;
    private int bucket;
    private long clockSteps; // read before the bucket is copied under the lock

    // The items of the bucket: their slots, and a copy of their headers and keys.
    private long[] slots = new long[16];
    private int[] starts = new int[16];
    private long[] expiries = new long[16];
    private long[] accessedUnixSeconds = new long[16];
    private boolean[] expired = new boolean[16];
    private byte[] ranks = new byte[16];
    private @Nullable ValueLease[] leases = new ValueLease[16];
    private byte[] copies = new byte[1024];
    private int count;
    private int end;

    private int current = -1; // index of the current item

    @SuppressWarnings("unused") // so that the reads of prefetch are not eliminated
    private int prefetched;

    ItemCursor(Partition[] partitions, boolean includesExpired, boolean includesValues) {
        this.partitions = partitions;
        this.includesExpired = includesExpired;
        this.includesValues = includesValues;
    }

    /**
     * Moves to the next item.
     *
     * @return false if there is none
     */
    public boolean next() {
        if (current >= 0) {
            releaseLease(current);
        }
        current++;
        while (current >= count) {
            if (partition == partitions.length) {
                return false;
            }
            current = 0;
            if (copyBucket()) {
                bucket++;
            } else {
                partition++;
                bucket = 0;
            }
        }
        return true;
    }

    /** Copies the items of the next bucket; false if there is none. If that fails, no item is copied, so that the call can be repeated. */
    private boolean copyBucket() {
        count = 0;
        end = 0;
        boolean isComplete = false;
        try {
            clockSteps = partitions[partition].clock().wallClockSteps();
            boolean exists = partitions[partition].copyBucket(bucket, this);
            isComplete = true;
            return exists;
        } finally {
            if (!isComplete) {
                close();
            }
        }
    }

    /** Releases the values of the items that were not visited. The cursor has no current item afterwards. */
    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            releaseLease(i);
        }
        count = 0;
    }

    private void releaseLease(int index) {
        ValueLease lease = index < count ? leases[index] : null;
        if (lease != null) {
            leases[index] = null;
            lease.release();
        }
    }

    boolean includesValues() {
        return includesValues;
    }

    /** Adds an item to those that {@link #copy} copies. */
    void add(long slot) {
        if (count == slots.length) {
            long[] moreSlots = Arrays.copyOf(slots, count * 2);
            starts = Arrays.copyOf(starts, count * 2);
            expiries = Arrays.copyOf(expiries, count * 2);
            accessedUnixSeconds = Arrays.copyOf(accessedUnixSeconds, count * 2);
            expired = Arrays.copyOf(expired, count * 2);
            ranks = Arrays.copyOf(ranks, count * 2);
            leases = Arrays.copyOf(leases, count * 2);
            slots = moreSlots; // last: its length is the capacity of all arrays
        }
        slots[count++] = slot;
    }

    /**
     * Copies the added items, except expired ones if they are excluded; under the lock. The beginnings of all items are read first, so that
     * they are read concurrently.
     */
    void copy(PartitionContents contents, CacheClock clock, long now) {
        int added = count;
        count = 0;
        if (includesValues) {
            int ignored = 0;
            for (int i = 0; i < added; i++) {
                ignored += contents.index.prefetchTarget(slots[i]);
            }
            prefetched = ignored;
        }
        for (int i = 0; i < added; i++) {
            copy(slots[i], contents, clock, now);
        }
    }

    private void copy(long slot, PartitionContents contents, CacheClock clock, long now) {
        Segment segment = contents.segments.get(Slot.segment(slot));
        if (segment == null) {
            return;
        }
        int item = Slot.offset(slot);
        long expiry = segment.expiry(item);
        boolean isExpired = clock.isExpired(expiry, now);
        if (!includesExpired && isExpired) {
            return;
        }
        int valueOffset = ItemLayout.valueOffset(segment.bytes, item);
        int valueLength = ItemLayout.valueLength(segment.bytes, item);
        int length = valueOffset - item + (includesValues && !segment.isLarge ? valueLength : 0);
        if (end + length > copies.length) {
            copies = Arrays.copyOf(copies, (end + length) * 2);
        }
        if (includesValues && segment.isLarge) {
            ValueLease lease = new ValueLease(segment, segment.bytes, valueOffset, valueLength);
            if (!segment.lease(segment.version())) {
                return; // the segment was closed: the item is being removed
            }
            leases[count] = lease;
        }
        System.arraycopy(segment.bytes, item, copies, end, length);
        slots[count] = slot;
        starts[count] = end;
        expiries[count] = includesValues ? CacheClock.unixMillis(expiry, clockSteps) : clock.unixExpiry(expiry);
        accessedUnixSeconds[count] = clock.unixSecondOf(segment.accessed(item), clockSteps);
        expired[count] = isExpired;
        ranks[count] = (byte) (Slot.frequency(slot) + (segment.log == contents.main ? Snapshots.MAIN_RANK : 0));
        count++;
        end += length;
    }

    /**
     * Returns the array that contains the key.
     *
     * @return the cursor's own array, overwritten by {@link #next}
     */
    public byte[] key() {
        return copies;
    }

    /**
     * Returns the offset of the key in {@link #key}.
     *
     * @return an offset
     */
    public int keyOffset() {
        return ItemLayout.keyOffset(copies, starts[current]);
    }

    /**
     * Returns the key's length.
     *
     * @return bytes
     */
    public int keyLength() {
        return ItemLayout.keyLength(copies, starts[current]);
    }

    /**
     * Returns the client flags.
     *
     * @return 32 bits
     */
    public int flags() {
        return ItemLayout.flags(copies, starts[current]);
    }

    /**
     * Returns the CAS unique.
     *
     * @return an unsigned 64-bit number
     */
    public long casUnique() {
        return ItemLayout.casUnique(copies, starts[current]);
    }

    /**
     * Returns the value's length.
     *
     * @return bytes
     */
    public int valueLength() {
        return ItemLayout.valueLength(copies, starts[current]);
    }

    /**
     * Returns the item's size.
     *
     * @return bytes as {@link ItemSize#of} counts them
     */
    public long itemSize() {
        return ItemLayout.accountedSize(copies, starts[current]);
    }

    /**
     * Returns whether the item was ever read.
     *
     * @return whether it was read since it was stored
     */
    public boolean isFetched() {
        return Slot.isFetched(slots[current]);
    }

    /**
     * Returns whether the item's key is binary, see {@link ItemUpdate#binaryKey}.
     *
     * @return whether it is shown in base64
     */
    public boolean hasBinaryKey() {
        return (ItemLayout.state(copies, starts[current]) & ItemLayout.BINARY_KEY) != 0;
    }

    /**
     * Returns whether the item has expired, see {@link CacheEngine#cursorWithExpired}.
     *
     * @return whether it is no longer live, but still occupies space
     */
    public boolean isExpired() {
        return expired[current];
    }

    /**
     * Returns when the item expires.
     *
     * @return Unix time in seconds, or -1 if it never expires
     */
    public long exptimeUnixSecond() {
        return expiries[current];
    }

    /**
     * Returns when the item was stored or read last.
     *
     * @return Unix time in seconds
     */
    public long accessedUnixSecond() {
        return accessedUnixSeconds[current];
    }

    // For a cursor that includes values.

    /** Returns when the item expires: Unix time in milliseconds, or {@link CacheClock#NEVER}. */
    public long expiryUnixMillis() {
        return expiries[current];
    }

    /** Returns whether the item is stale, see {@link ItemUpdate#invalidate}. */
    public boolean isStale() {
        return (ItemLayout.state(copies, starts[current]) & ItemLayout.STALE) != 0;
    }

    /** Returns whether the item is a placeholder, see {@link ItemView#isPlaceholder}. */
    public boolean isPlaceholder() {
        return ItemLayout.isPlaceholder(ItemLayout.state(copies, starts[current]), valueLength());
    }

    /** Returns an estimate of how long the item would be kept: 0 if it is evicted first, to {@link Snapshots#RANK_MAX}. */
    public int rank() {
        return ranks[current];
    }

    /** Returns the array that contains the value until the cursor moves on. */
    public byte[] value() {
        ValueLease lease = leases[current];
        return lease == null ? copies : lease.array();
    }

    /** Returns the offset of the value in {@link #value}. */
    public int valueOffset() {
        ValueLease lease = leases[current];
        return lease == null ? ItemLayout.valueOffset(copies, starts[current]) : lease.offset();
    }
}
