package io.github.embeddedmemcached.cache;

/**
 * Goes through the items of a cache one by one, at its own pace, while others go on using the cache. It sees every item that is
 * there all the time at least once; what comes or goes meanwhile it may see or not. It leaves no trace on the items.
 *
 * <p>Between two calls of {@link #next} it holds a copy and no lock. Not thread-safe.
 */
public final class ItemCursor {
    private final Partition[] partitions;
    private int partition;
    int bucket;
    int ordinal;

    private final byte[] key = new byte[Cache.KEY_LENGTH_MAX];
    private int keyLength;
    private int flags;
    private long casUnique;
    private int valueLength;
    private boolean isFetched;
    private boolean hasBinaryKey;
    private long exptimeUnixSecond;
    private long accessedUnixSecond;

    ItemCursor(Partition[] partitions) {
        this.partitions = partitions;
    }

    /**
     * Goes to the next item.
     *
     * @return false if there is none
     */
    public boolean next() {
        while (partition < partitions.length) {
            if (partitions[partition].next(this)) {
                return true;
            }
            partition++;
            bucket = 0;
            ordinal = 0;
        }
        return false;
    }

    /**
     * Returns the array that holds the key, from 0 on.
     *
     * @return the cursor's own array, overwritten by {@link #next}
     */
    public byte[] key() {
        return key;
    }

    /**
     * Returns the key's length.
     *
     * @return bytes
     */
    public int keyLength() {
        return keyLength;
    }

    /**
     * Returns the client flags.
     *
     * @return 32 bits
     */
    public int flags() {
        return flags;
    }

    /**
     * Returns the CAS unique.
     *
     * @return an unsigned 64-bit number
     */
    public long casUnique() {
        return casUnique;
    }

    /**
     * Returns the value's length.
     *
     * @return bytes
     */
    public int valueLength() {
        return valueLength;
    }

    /**
     * Returns the item's size.
     *
     * @return bytes as {@link Cache#itemSize} counts them
     */
    public long itemSize() {
        return Cache.itemSize(keyLength, flags, valueLength);
    }

    /**
     * Returns whether the item was ever read.
     *
     * @return whether it was read since it was stored
     */
    public boolean isFetched() {
        return isFetched;
    }

    /**
     * Returns whether the item's key is a binary one, see {@link ItemUpdate#binaryKey}.
     *
     * @return whether it is to be shown in base64
     */
    public boolean hasBinaryKey() {
        return hasBinaryKey;
    }

    /**
     * Returns when the item expires.
     *
     * @return Unix time in seconds, or -1 if it never expires
     */
    public long exptimeUnixSecond() {
        return exptimeUnixSecond;
    }

    /**
     * Returns when the item was stored or read last.
     *
     * @return Unix time in seconds
     */
    public long accessedUnixSecond() {
        return accessedUnixSecond;
    }

    /** Reads the item of a slot, unless it has expired; under the lock. */
    boolean read(long slot, SegmentTable segments, CacheClock clock, int now) {
        Segment segment = segments.get(Slot.segment(slot));
        int item = Slot.offset(slot);
        if (segment == null || CacheClock.isExpired(ItemLayout.exptime(segment.bytes, item), now)) {
            return false;
        }
        byte[] bytes = segment.bytes;
        int expiry = ItemLayout.exptime(bytes, item);
        keyLength = ItemLayout.keyLength(bytes, item);
        System.arraycopy(bytes, ItemLayout.keyOffset(bytes, item), key, 0, keyLength);
        flags = ItemLayout.flags(bytes, item);
        casUnique = ItemLayout.casUnique(bytes, item);
        valueLength = ItemLayout.valueLength(bytes, item);
        isFetched = Slot.isFetched(slot);
        hasBinaryKey = (ItemLayout.state(bytes, item) & ItemLayout.BINARY_KEY) != 0;
        exptimeUnixSecond = expiry == CacheClock.NEVER ? -1 : clock.unixSecond(expiry);
        accessedUnixSecond = clock.unixSecond(ItemLayout.accessed(bytes, item));
        return true;
    }
}
