package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentPool;
import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

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

    /** Has space for the item; without the value, if that is in direct memory. */
    final byte[] bytes;

    private DirectMemory.@Nullable Piece
            direct; // guarded by the partition's lock; null if it belongs to an item, or was released
    private final ByteBuffer buffer;
    private final int capacity;
    private final Partition partition;
    private final int offset;
    private final int length;
    private State state; // guarded by the partition's lock

    LargeValue(
            Partition partition,
            byte[] bytes,
            DirectMemory.@Nullable Piece direct,
            int offset,
            int length,
            State state) {
        this.partition = partition;
        this.bytes = bytes;
        this.direct = direct;
        this.offset = offset;
        this.length = length;
        this.state = state;
        buffer = direct == null ? ByteBuffer.wrap(bytes, offset, length) : direct.buffer;
        capacity = direct == null ? bytes.length : bytes.length + direct.bytes();
    }

    /**
     * Returns the buffer to fill.
     *
     * @return a new buffer for the value, from its position to its limit; it must not be used after the value was stored or released
     */
    public ByteBuffer buffer() {
        return buffer.duplicate();
    }

    /**
     * Returns the value's length.
     *
     * @return bytes
     */
    public int length() {
        return length;
    }

    /** Returns the memory that is charged for the value. */
    int capacity() {
        return capacity;
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
        before.release(capacity, memory, uploads);
        DirectMemory.Piece owned = direct;
        if (owned != null) {
            direct = null;
            owned.release();
        }
    }

    /** Creates the segment of the item, to which the memory then belongs, or returns null; under the lock. */
    @Nullable Segment wrap(SegmentPool pool) {
        Segment segment = pool.wrap(bytes, direct);
        if (segment != null) {
            direct = null;
        }
        return segment;
    }

    /** Returns the account to which the memory is charged; under the lock. */
    State state() {
        return state;
    }

    void state(State state) {
        this.state = state;
    }
}
