package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * Writes items: finds the room, puts the bytes there, and points the index to them. What kind of item it is to be, stands in the
 * fields; who writes sets all of them first. Guarded by the partition's lock.
 */
final class ItemWriter {
    private final PartitionSettings settings;

    /** The item that is there already, where the partition found one. */
    private final ItemView old;

    int flags;
    int state;
    long expiry;
    int valueLength;

    ItemWriter(PartitionSettings settings, ItemView old) {
        this.settings = settings;
        this.old = old;
    }

    /**
     * Writes an item in place of the old one, or as a new one.
     *
     * @param mode append and prepend put the update's value to the old one's, all others use it as it is
     * @return STORED, OUT_OF_MEMORY, or NOT_STORED if the old item was evicted to make room for what was to be joined to it
     */
    StoreResult write(Contents contents, StoreMode mode, ItemUpdate update, long hash, boolean hasOld, long now) {
        int size = (int) ItemLayout.size(update.keyLength, flags, valueLength);
        long moves = contents.moves();
        Segment segment = room(contents, mode, update, hash, hasOld, size, now);
        if (segment == null) {
            return StoreResult.OUT_OF_MEMORY;
        }
        boolean replaces = hasOld;
        if (hasOld && contents.moves() != moves) {
            replaces = contents.index.findLocked(hash, update.keyBytes, update.keyOffset, update.keyLength, old);
            if (!replaces && mode.joins()) {
                if (segment.isLarge) {
                    contents.pool.release(segment);
                }
                return StoreResult.NOT_STORED;
            }
        }
        update.casUnique = nextCas(update);
        update.storedLength = valueLength;
        int item = segment.append(size, expiry, now);
        int value = ItemLayout.write(segment.bytes, item, update, flags, state, valueLength);
        segment.writeTimes(item, expiry, settings.clock().second(now));
        writeValue(mode, update, segment, value);
        publish(contents, hash, replaces, segment, item);
        return StoreResult.STORED;
    }

    /** The CAS unique for an item that is changed: the next one, unless the client gave one. */
    long nextCas(ItemUpdate update) {
        return update.givenCas != 0 && settings.hasCasUniques() ? update.givenCas : settings.nextCasUnique();
    }

    /** Finds room for an item: in an open segment, or in one of its own. */
    private @Nullable Segment room(
            Contents contents, StoreMode mode, ItemUpdate update, long hash, boolean hasOld, int size, long now) {
        if (!contents.isLarge(size)) {
            return contents.room(contents.logFor(hash, hasOld ? old.segment : null, false), size, now);
        }
        LargeValue filled = update.largeValue;
        if (filled != null && !mode.joins() && filled.isFor(update.keyLength, flags)) {
            return adopt(contents, filled, now);
        }
        byte[] array = contents.takeLarge(size, now);
        if (array == null) {
            return null;
        }
        int taken = array.length == 0 ? size : array.length;
        Segment segment = null;
        try {
            byte[] bytes = array.length == 0 ? contents.pool.newBytes(size) : array;
            segment = bytes == null ? null : contents.pool.adopt(bytes);
        } finally {
            if (segment == null) {
                contents.pool.giveMemory(taken);
                contents.pool.retreat();
            }
        }
        return segment;
    }

    /** Makes a segment of a value that was filled in place, whose memory is taken only now; null if there is none. */
    private @Nullable Segment adopt(Contents contents, LargeValue filled, long now) {
        if (filled.state() == LargeValue.State.RECEIVED) {
            settings.uploads().end(filled.bytes.length);
            filled.state(LargeValue.State.SETTLED);
            if (!contents.takeReceived(filled.bytes.length, now)) {
                return null;
            }
            filled.state(LargeValue.State.CHARGED);
        } else if (filled.state() == LargeValue.State.SETTLED || !contents.prepareReceived(now)) {
            return null;
        }
        // Settled first: after an unforeseen error the account may be too high, but never too low.
        filled.state(LargeValue.State.SETTLED);
        Segment adopted = contents.pool.adopt(filled.bytes);
        if (adopted == null) {
            filled.state(LargeValue.State.CHARGED);
        }
        return adopted;
    }

    private void writeValue(StoreMode mode, ItemUpdate update, Segment segment, int value) {
        int at = value;
        if (mode == StoreMode.APPEND) {
            old.copyValue(segment.bytes, at);
            at += old.valueLength;
        }
        if (update.valueBytes != segment.bytes) { // otherwise it was filled in place
            System.arraycopy(update.valueBytes, update.valueOffset, segment.bytes, at, update.valueLength);
        }
        if (mode == StoreMode.PREPEND) {
            old.copyValue(segment.bytes, at + update.valueLength);
        }
    }

    private void publish(Contents contents, long hash, boolean replaces, Segment segment, int item) {
        if (segment.isLarge) {
            contents.logFor(hash, replaces ? old.segment : null, true).addNewest(segment);
        }
        if (replaces) {
            contents.replace(old, segment, item);
        } else {
            contents.add(hash, segment, item);
        }
    }
}
