package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.lock.PartitionLock;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import org.jspecify.annotations.Nullable;

/** Acquires and releases the memory of a partition's {@link LargeValue}s. Thread-safe: each call takes the partition's lock. */
final class ValueReservations {
    private final Partition partition;
    private final PartitionLock lock;
    private final Memory memory;
    private final UploadBudget uploads;
    private final DirectMemory directMemory;

    ValueReservations(Partition partition, PartitionLock lock, Memory memory, PartitionSettings settings) {
        this.partition = partition;
        this.lock = lock;
        this.memory = memory;
        uploads = settings.uploads();
        directMemory = settings.heap().account().directMemory();
    }

    /**
     * Acquires memory for a value that is filled in place, or returns null if there is none. No item is evicted for it, unless the
     * heap is exhausted for all caches: the memory is free, or comes from the space of values that are being received.
     */
    @Nullable LargeValue reserve(ItemUpdate update, int valueLength) {
        DirectMemory.Piece direct = directMemory.acquire(valueLength);
        LargeValue value = null;
        try {
            value = reserve(update, valueLength, direct);
            return value;
        } finally {
            if (value == null && direct != null) {
                direct.release();
            }
        }
    }

    private @Nullable LargeValue reserve(ItemUpdate update, int valueLength, DirectMemory.@Nullable Piece direct) {
        int arrayLength = (int) ItemLayout.size(update.keyLength, update.flags, direct == null ? valueLength : 0);
        int size = direct == null ? arrayLength : arrayLength + direct.bytes();
        byte[] array;
        LargeValue.State state = LargeValue.State.CHARGED;
        long now = partition.begin(false);
        lock.beginChange();
        try {
            array = partition.contents().acquireFree(size, direct != null, now);
            if (array == null && partition.contents().acquireUploadSpace(size, now)) {
                array = ItemUpdate.NO_BYTES;
                state = LargeValue.State.RECEIVED;
            }
            lock.endChange();
        } finally {
            lock.unlock();
        }
        if (array == null) {
            return null;
        }
        LargeValue value = null;
        try {
            byte[] bytes = array.length == 0 ? partition.contents().pool.newBytes(arrayLength) : array;
            if (bytes != null) {
                int offset = ItemLayout.valueOffset(update.keyLength, update.flags);
                value = new LargeValue(partition, bytes, direct, offset, valueLength, state);
            }
            return value;
        } finally {
            if (value == null) {
                releaseAfterFailure(Math.max(size, array.length), state);
            }
        }
    }

    /** Releases the memory of a value that was not stored; also after an interrupted change, as it may not be released again. */
    void release(LargeValue value) {
        lock.lockForAccount();
        try {
            value.releaseMemory(memory, uploads);
        } finally {
            lock.unlock();
        }
    }

    /** Releases memory that was acquired for a value whose allocation failed, and lowers the ceiling of the partition. */
    private void releaseAfterFailure(int bytes, LargeValue.State state) {
        lock.lockForAccount();
        try {
            state.release(bytes, memory, uploads);
            memory.lowerCeiling();
        } finally {
            lock.unlock();
        }
    }
}
