package io.github.embeddedmemcached.internal.engine.index;

import io.github.embeddedmemcached.internal.engine.log.SegmentTable;

/** Refers to an item that was found, by the slot of the index that contains its location. Not thread-safe. */
public abstract class ItemLocation {
    /** The array of the index that contains the slot. */
    protected long[] chunk = {};

    /** The index of the slot in the chunk. */
    protected int index;

    /** The value of the slot when the item was found. */
    protected long slot;

    /** Returns the value of the slot when the item was found. */
    public long slot() {
        return slot;
    }

    /** Returns whether this refers to the same slot as another. */
    public boolean isAtSameSlotAs(ItemLocation other) {
        return chunk == other.chunk && index == other.index;
    }

    /** Sets the slot to which this refers. */
    protected void setSlot(long[] chunk, int index, long slot) {
        this.chunk = chunk;
        this.index = index;
        this.slot = slot;
    }

    /** Sets this to a slot and reads its item, if the item has the key. Other threads may change both concurrently. */
    protected abstract Index.Lookup open(
            SegmentTable segments, long[] chunk, int index, long slot, byte[] key, int offset, int length);

    /** As {@link #open}, for a caller that holds the partition's lock. Returns false if the item has another key. */
    protected abstract boolean openLocked(
            SegmentTable segments, long[] chunk, int index, long slot, byte[] key, int offset, int length);
}
