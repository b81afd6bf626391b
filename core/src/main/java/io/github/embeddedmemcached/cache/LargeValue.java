package io.github.embeddedmemcached.cache;

/**
 * Room for the value of a large item that its writer fills in place, so that it is never copied. It counts towards the memory
 * limit from the moment it is reserved: it has to be stored by {@link RawCache#store} or given back by {@link #release}.
 * Not thread-safe, but for {@link #release}.
 */
public final class LargeValue {
    final byte[] bytes;
    private final Partition partition;
    private final int offset;
    private final int length;
    private boolean isSettled; // guarded by the partition's lock

    LargeValue(Partition partition, byte[] bytes, int offset, int length) {
        this.partition = partition;
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    /**
     * Returns the array to fill.
     *
     * @return the array, from {@link #offset} on
     */
    public byte[] array() {
        return bytes;
    }

    /**
     * Returns where the value begins.
     *
     * @return an offset into {@link #array}
     */
    public int offset() {
        return offset;
    }

    /**
     * Returns the value's length.
     *
     * @return bytes
     */
    public int length() {
        return length;
    }

    /** Gives the room back, if the value was not stored. */
    public void release() {
        partition.release(this);
    }

    /** Whether the value lies where it belongs in an item with such a key and such client flags. */
    boolean isFor(int keyLength, int flags) {
        return offset == ItemLayout.valueOffset(keyLength, flags);
    }

    /** Marks the value as stored or given back, and returns whether it was neither before; under the lock. */
    boolean settle() {
        boolean first = !isSettled;
        isSettled = true;
        return first;
    }
}
