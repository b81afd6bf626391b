package io.github.embeddedmemcached.cache;

/**
 * Memory for the value of a large item that its writer fills in place, so that it is never copied. It takes memory from the moment it is
 * reserved, but no item is evicted for it until it is stored: it has to be stored by {@link RawCache#store} or given back by {@link #release}.
 * Not thread-safe, except for {@link #release}.
 */
public final class LargeValue {
    /** Where the memory of a value is accounted. */
    enum State {
        /** In the space of values that are being received. */
        RECEIVED,
        /** In the partition's memory. */
        CHARGED,
        /** It is an item's, or was given back. */
        SETTLED;

        /** Gives the memory back; under the lock of the partition whose memory it is. */
        void give(int bytes, Memory memory, UploadSpace uploads) {
            if (this == RECEIVED) {
                uploads.end(bytes);
            } else if (this == CHARGED) {
                memory.give(bytes);
            }
        }
    }

    final byte[] bytes;
    private final Partition partition;
    private final int offset;
    private final int length;
    private State state; // guarded by the partition's lock

    LargeValue(Partition partition, byte[] bytes, int offset, int length, State state) {
        this.partition = partition;
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
        this.state = state;
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

    /** Gives the memory back, if the value was not stored. Idempotent. */
    public void release() {
        partition.release(this);
    }

    /** Whether the memory is accounted in a partition. */
    boolean isOf(Partition of) {
        return partition == of;
    }

    /** Whether the value lies where it belongs in an item with such a key and such client flags. */
    boolean isFor(int keyLength, int flags) {
        return offset == ItemLayout.valueOffset(keyLength, flags);
    }

    /** Gives the memory back unless it is an item's or was given back; under the lock. */
    void settle(Memory memory, UploadSpace uploads) {
        State before = state;
        state = State.SETTLED;
        before.give(bytes.length, memory, uploads);
    }

    /** Where the memory is accounted; under the lock. */
    State state() {
        return state;
    }

    void state(State state) {
        this.state = state;
    }
}
