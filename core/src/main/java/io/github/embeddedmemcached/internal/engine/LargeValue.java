package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;

/**
 * Memory for the value of a large item that the caller fills in place, so that it is never copied. The memory is accounted from the
 * moment it is reserved, but no item is evicted for it before it is stored. It must be stored by {@link CacheEngine#store} or
 * released by {@link #release}. Not thread-safe, except for {@link #release}.
 */
public final class LargeValue {
    /** The account to which the memory of a value is charged. */
    enum State {
        /** The space of values that are being received. */
        RECEIVED,
        /** The partition's memory. */
        CHARGED,
        /** Neither: the memory belongs to an item, or was released. */
        SETTLED;

        /** Releases the memory; under the lock of the partition to which it belongs. */
        void release(int bytes, Memory memory, UploadBudget uploads) {
            if (this == RECEIVED) {
                uploads.release(bytes);
            } else if (this == CHARGED) {
                memory.release(bytes);
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
     * Returns the offset of the value.
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

    /** Releases the memory, if the value was not stored. Idempotent. */
    public void release() {
        partition.reservations().release(this);
    }

    /** Returns whether the memory is accounted in a partition. */
    boolean belongsTo(Partition other) {
        return partition == other;
    }

    /** Returns whether the offset of the value is that in an item with a key of this length and these client flags. */
    boolean isFor(int keyLength, int flags) {
        return offset == ItemLayout.valueOffset(keyLength, flags);
    }

    /** Releases the memory unless it belongs to an item or was released; under the lock. */
    void releaseMemory(Memory memory, UploadBudget uploads) {
        State before = state;
        state = State.SETTLED;
        before.release(bytes.length, memory, uploads);
    }

    /** Returns the account to which the memory is charged; under the lock. */
    State state() {
        return state;
    }

    void state(State state) {
        this.state = state;
    }
}
