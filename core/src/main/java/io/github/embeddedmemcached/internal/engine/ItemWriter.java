package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Log;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import org.jspecify.annotations.Nullable;

/**
 * Writes items: finds space, writes the bytes, and updates the index. The fields describe the item to write; the caller sets all of
 * them first. Guarded by the partition's lock.
 */
final class ItemWriter {
    private final PartitionSettings settings;

    /** The existing item with the same key, if the partition found one. */
    private final ItemView old;

    int flags;
    int state;
    long expiry;
    int valueLength;
    /** Whether the new item is the old one to the listeners, so that no removal is recorded. */
    boolean isSameItem;

    /** Restores an item of a snapshot; null if the item is new. */
    @Nullable RestoreBatch restored;

    ItemWriter(PartitionSettings settings, ItemView old) {
        this.settings = settings;
        this.old = old;
    }

    /**
     * Replaces the old item, or writes a new one.
     *
     * @param mode append and prepend concatenate the update's value and the old one; all other modes write the update's value
     * @return STORED, OUT_OF_MEMORY, or NOT_STORED if the old item was evicted to free memory for the concatenation
     */
    StoreResult write(
            PartitionContents contents, StoreMode mode, ItemUpdate update, long hash, boolean hasOld, long now) {
        int size = (int) ItemLayout.size(update.keyLength, flags, valueLength);
        if (hasOld && !mode.concatenates() && canOverwrite(PartitionContents.segmentOf(old), size)) {
            overwrite(contents, update, PartitionContents.segmentOf(old), size, now);
            return StoreResult.STORED;
        }
        long movesBefore = contents.moves();
        Segment segment = findSpace(contents, mode, update, hash, hasOld, size, now);
        if (segment == null) {
            return StoreResult.OUT_OF_MEMORY;
        }
        boolean replaces = hasOld;
        if (hasOld && contents.moves() != movesBefore) {
            replaces = contents.index.findLocked(hash, update.keyBytes, update.keyOffset, update.keyLength, old);
            if (!replaces && mode.concatenates()) {
                if (segment.isLarge) {
                    contents.pool.release(segment);
                }
                return StoreResult.NOT_STORED;
            }
        }
        update.casUnique = nextCas(update);
        update.storedLength = valueLength;
        int item = segment.append(size, expiry, now);
        writeItem(mode, update, segment, item, now);
        if (replaces && !isSameItem) {
            contents.record(old, RemovalCause.REPLACED, now);
        }
        publish(contents, hash, replaces, segment, item);
        return StoreResult.STORED;
    }

    /** Returns whether the old item can be overwritten in place: no lease refers to it, and it is not about to be moved or dropped. */
    private boolean canOverwrite(Segment segment, int size) {
        return !segment.isLarge && !segment.isBeingEmptied && ItemLayout.size(segment.bytes, old.item) == size;
    }

    /**
     * Overwrites the old item, which occupies as many bytes: then nothing has to be freed or compacted. It keeps its age, so the change
     * counts as a use in place of that.
     */
    private void overwrite(PartitionContents contents, ItemUpdate update, Segment segment, int size, long now) {
        update.casUnique = nextCas(update);
        update.storedLength = valueLength;
        if (!isSameItem) {
            contents.record(old, RemovalCause.REPLACED, now);
        }
        long sizeBefore = ItemLayout.accountedSize(segment.bytes, old.item);
        segment.beginOverwrite(old.item, size, expiry, now);
        writeItem(StoreMode.SET, update, segment, old.item, now);
        contents.overwritten(old, sizeBefore);
        segment.endChange();
    }

    private void writeItem(StoreMode mode, ItemUpdate update, Segment segment, int item, long now) {
        int value = ItemLayout.write(
                segment.bytes,
                item,
                update.casUnique,
                update.keyBytes,
                update.keyOffset,
                update.keyLength,
                flags,
                state,
                valueLength);
        segment.writeTimes(item, expiry, restored == null ? settings.clock().second(now) : restored.accessedSecond());
        writeValue(mode, update, segment, value);
    }

    /** Returns the CAS unique for a changed item: the next one, unless the client assigned one. */
    long nextCas(ItemUpdate update) {
        return update.assignedCas != 0 && settings.hasCasUniques() ? update.assignedCas : settings.nextCasUnique();
    }

    /** Finds space for an item: in an open segment, or in a segment of its own. */
    private @Nullable Segment findSpace(
            PartitionContents contents,
            StoreMode mode,
            ItemUpdate update,
            long hash,
            boolean hasOld,
            int size,
            long now) {
        if (!contents.isLarge(size)) {
            return contents.findSpace(logFor(contents, hash, hasOld ? old.segment : null), size, now);
        }
        LargeValue filled = update.largeValue;
        if (filled != null && !mode.concatenates() && filled.isFor(update.keyLength, flags)) {
            return wrapReceived(contents, filled, now);
        }
        byte[] array = contents.acquireLarge(size, now);
        if (array == null) {
            return null;
        }
        int acquired = array.length == 0 ? size : array.length;
        Segment segment = null;
        try {
            byte[] bytes = array.length == 0 ? contents.pool.newBytes(size) : array;
            segment = bytes == null ? null : contents.pool.wrap(bytes, null);
        } finally {
            if (segment == null) {
                contents.pool.releaseMemory(acquired);
                contents.pool.lowerCeiling();
            }
        }
        return segment;
    }

    private Log logFor(PartitionContents contents, long hash, @Nullable Segment replaced) {
        return restored != null && restored.rank >= Snapshots.MAIN_RANK
                ? contents.main
                : contents.logFor(hash, replaced);
    }

    /** Creates a segment from a value that was filled in place, whose memory is charged only now; null if there is none. */
    private @Nullable Segment wrapReceived(PartitionContents contents, LargeValue filled, long now) {
        if (filled.state() == LargeValue.State.RECEIVED) {
            settings.uploads().release(filled.capacity());
            filled.state(LargeValue.State.SETTLED);
            if (!contents.acquireReceived(filled.capacity(), now)) {
                return null;
            }
            filled.state(LargeValue.State.CHARGED);
        } else if (filled.state() == LargeValue.State.SETTLED || !contents.prepareReceived(now)) {
            return null;
        }
        // Settled first: after an unexpected error the account may be too high, but never too low.
        filled.state(LargeValue.State.SETTLED);
        Segment wrapped = filled.wrap(contents.pool);
        if (wrapped == null) {
            filled.state(LargeValue.State.CHARGED);
        }
        return wrapped;
    }

    private void writeValue(StoreMode mode, ItemUpdate update, Segment segment, int value) {
        int offset = value;
        if (mode == StoreMode.APPEND) {
            old.copyValue(segment.bytes, offset);
            offset += old.valueLength;
        }
        LargeValue filled = update.largeValue;
        if (filled != null && filled.bytes != segment.bytes) { // otherwise it was filled in place
            filled.buffer().get(segment.bytes, offset, filled.length());
        } else if (filled == null) {
            ItemLayout.copy(update.valueBytes, update.valueOffset, segment.bytes, offset, update.valueLength);
        }
        if (mode == StoreMode.PREPEND) {
            old.copyValue(segment.bytes, offset + update.valueLength);
        }
    }

    private void publish(PartitionContents contents, long hash, boolean replaces, Segment segment, int item) {
        if (segment.isLarge) {
            logFor(contents, hash, replaces ? old.segment : null).addNewest(segment);
        }
        if (replaces) {
            contents.replace(old, segment, item);
        } else {
            contents.add(hash, segment, item, restored == null ? 0 : restored.accessBits());
        }
    }
}
