package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.Arrays;

/**
 * Iterates over the items of a cache while other threads use it. Every item that exists during the whole iteration is visited at
 * least once; an item that is stored or removed during the iteration may or may not be visited. Access times and statistics are not updated.
 *
 * <p>The headers and keys of one bucket of the index are copied at a time, and no lock is held between two calls of {@link #next}.
 * The index moves items while it grows, but only to a bucket after all others. Not thread-safe.
 */
public final class ItemCursor {
    private final Partition[] partitions;
    private final boolean includesExpired;
    private int partition;
    private int bucket;
    private long clockSteps; // read before the bucket is copied under the lock

    // The items of the bucket: their slots, and a copy of their headers and keys.
    private long[] slots = new long[16];
    private int[] starts = new int[16];
    private long[] expiries = new long[16];
    private long[] accessedUnixSeconds = new long[16];
    private boolean[] expired = new boolean[16];
    private byte[] copies = new byte[1024];
    private int count;
    private int end;

    private int current = -1; // index of the current item

    ItemCursor(Partition[] partitions, boolean includesExpired) {
        this.partitions = partitions;
        this.includesExpired = includesExpired;
    }

    /**
     * Moves to the next item.
     *
     * @return false if there is none
     */
    public boolean next() {
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
                count = 0;
            }
        }
    }

    /** Copies an item, unless it has expired and expired items are excluded; under the lock. */
    void copy(long slot, PartitionContents contents, CacheClock clock, long now) {
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
        int length = valueOffset - item;
        if (count == slots.length) {
            long[] moreSlots = Arrays.copyOf(slots, count * 2);
            starts = Arrays.copyOf(starts, count * 2);
            expiries = Arrays.copyOf(expiries, count * 2);
            accessedUnixSeconds = Arrays.copyOf(accessedUnixSeconds, count * 2);
            expired = Arrays.copyOf(expired, count * 2);
            slots = moreSlots; // last: its length is the capacity of all arrays
        }
        if (end + length > copies.length) {
            copies = Arrays.copyOf(copies, (end + length) * 2);
        }
        System.arraycopy(segment.bytes, item, copies, end, length);
        slots[count] = slot;
        starts[count] = end;
        expiries[count] = clock.unixExpiry(expiry);
        accessedUnixSeconds[count] = clock.unixSecondOf(segment.accessed(item), clockSteps);
        expired[count] = isExpired;
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

    /** Returns whether the item is a placeholder, see {@link ItemView#isPlaceholder}. */
    public boolean isPlaceholder() {
        return ItemLayout.isPlaceholder(ItemLayout.state(copies, starts[current]), valueLength());
    }
}
