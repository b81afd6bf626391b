package io.github.embeddedmemcached.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the commands do that change an item: their conditions, what the item is like afterwards, and what is counted.
 * {@link ItemWriter} puts it there. Guarded by the partition's lock.
 */
final class ItemChanges {
    /** No value that is longer is looked at as a number: memcached doesn't either where an item has more than one chunk. */
    private static final int NUMBER_LENGTH_MAX = 512 << 10;

    private final PartitionSettings settings;
    private final EvictionRecorder evictions;
    private final ItemView place = new ItemView();
    private final ItemWriter writer;
    private long lossySecond = Long.MIN_VALUE;
    private FlushedKeys flushedKeys = FlushedKeys.NONE;
    private final byte[] digits = new byte[DecimalValue.LENGTH_MAX];

    ItemChanges(PartitionSettings settings, EvictionRecorder evictions) {
        this.settings = settings;
        this.evictions = evictions;
        writer = new ItemWriter(settings, place);
    }

    /** The item that the last command found. */
    ItemView found() {
        return place;
    }

    /**
     * Takes note of a flush. Without CAS uniques, by which memcached tells items from before and after apart, those that are stored in
     * the second of a flush are lost too.
     */
    void flushed(long now, FlushedKeys keys) {
        flushedKeys = keys;
        if (!settings.hasCasUniques()) {
            lossySecond = settings.clock().second(now);
        }
    }

    /** Keeps what is stored in the second of the last flush: it was a reset. */
    void forgetFlush() {
        lossySecond = Long.MIN_VALUE;
    }

    /** Does a storage command. */
    StoreResult store(Contents contents, StoreMode mode, ItemUpdate update, long hash, long now) {
        if (!mode.joins() && isTooLarge(update.keyLength, update.flags, update.valueLength)) {
            return refuse(contents, mode, update, hash, StoreResult.TOO_LARGE, now);
        }
        boolean found = findLive(contents, hash, update, now);
        StoreResult refusal = check(mode, update, found);
        StoreResult result = refusal != null ? refusal : write(contents, mode, update, hash, found, now);
        if (mode == StoreMode.ADD && found) {
            noteRefusedAdd(now);
        }
        if (result != StoreResult.TOO_LARGE && result != StoreResult.OUT_OF_MEMORY) {
            count(Counter.CMD_SET, size(update));
        }
        return result;
    }

    /** An add that finds an item keeps it from being evicted, but doesn't count as reading it. */
    private void noteRefusedAdd(long now) {
        int frequency = Slot.frequency(place.slot);
        if (frequency < Slot.FREQUENCY_MAX) {
            Index.note(place, Slot.withFrequency(place.slot, frequency + 1));
        }
        Contents.segmentOf(place).access(place.item, settings.clock().second(now), now);
    }

    private boolean isTooLarge(int keyLength, int flags, long valueLength) {
        return Cache.itemSize(keyLength, flags, valueLength) > settings.itemSizeMaxBytes();
    }

    /** Counts a refusal, and for a set removes the old item. */
    StoreResult refuse(Contents contents, StoreMode mode, ItemUpdate update, long hash, StoreResult why, long now) {
        if (why == StoreResult.TOO_LARGE) {
            count(Counter.STORE_TOO_LARGE);
        } else {
            count(Counter.STORE_NO_MEMORY, size(update));
        }
        if (mode == StoreMode.SET && findLive(contents, hash, update, now)) {
            contents.remove(place);
        }
        return why;
    }

    /** The answer of a command whose conditions are not met, or null if it may go ahead. */
    private @Nullable StoreResult check(StoreMode mode, ItemUpdate update, boolean found) {
        if (mode == StoreMode.ADD) {
            return found ? StoreResult.NOT_STORED : null;
        }
        if (update.comparesCas || mode == StoreMode.CAS) {
            return checkCas(mode, update, found);
        }
        return found || mode == StoreMode.SET || (mode.joins() && update.vivifies) ? null : StoreResult.NOT_STORED;
    }

    private @Nullable StoreResult checkCas(StoreMode mode, ItemUpdate update, boolean found) {
        if (mode.joins()) { // what these compare is not counted
            if (!found) {
                return update.vivifies ? null : StoreResult.NOT_STORED;
            }
            return update.expectedCas == place.casUnique ? null : StoreResult.EXISTS;
        }
        if (!found) {
            count(Counter.CAS_MISSES);
            return StoreResult.NOT_FOUND;
        }
        if (!update.comparesCas
                || !settings.hasCasUniques()
                || (update.expectedCas != place.casUnique && !isStaleStore(update))) {
            count(Counter.CAS_BADVAL, placeSize());
            return StoreResult.EXISTS;
        }
        count(Counter.CAS_HITS, placeSize());
        return null;
    }

    /** Whether a store comes from who has an older version of an invalidated item, and says so. */
    private boolean isStaleStore(ItemUpdate update) {
        return update.invalidates
                && update.expectedCas != 0
                && Long.compareUnsigned(update.expectedCas, place.casUnique) < 0;
    }

    private StoreResult write(
            Contents contents, StoreMode mode, ItemUpdate update, long hash, boolean found, long now) {
        boolean joins = mode.joins() && found;
        long valueLength = update.valueLength + (joins ? (long) place.valueLength : 0);
        if (joins) {
            describe(place.flags, 0, place.expiry, (int) valueLength);
        } else {
            long exptime = mode.joins() ? update.vivifyExptimeSeconds : update.exptimeSeconds;
            int state = update.hasBinaryKey ? ItemLayout.BINARY_KEY : 0;
            describe(update.flags, state, settings.clock().expiry(exptime, now), (int) valueLength);
        }
        if (found
                && update.comparesCas
                && update.expectedCas != place.casUnique) { // a stale store, or it would not be here
            writer.expiry = place.expiry;
            writer.state |= ItemLayout.STALE | place.state & ItemLayout.TOKEN_SENT;
        }
        if (isTooLarge(update.keyLength, writer.flags, valueLength)) {
            return joins ? StoreResult.NOT_STORED : refuse(contents, mode, update, hash, StoreResult.TOO_LARGE, now);
        }
        if (settings.clock().second(now) == lossySecond) {
            writer.expiry = now;
        }
        StoreResult result = writer.write(contents, joins ? mode : StoreMode.SET, update, hash, found, now);
        if (result == StoreResult.STORED) {
            countStored(update);
        }
        return result == StoreResult.OUT_OF_MEMORY ? refuse(contents, mode, update, hash, result, now) : result;
    }

    private void describe(int flags, int state, long expiry, int valueLength) {
        writer.flags = flags;
        writer.state = state;
        writer.expiry = expiry;
        writer.valueLength = valueLength;
    }

    DeleteResult delete(Contents contents, ItemUpdate update, long hash, long now) {
        if (!findLive(contents, hash, update, now)) {
            count(Counter.DELETE_MISSES);
            return DeleteResult.NOT_FOUND;
        }
        if (update.comparesCas && update.expectedCas != place.casUnique) {
            return DeleteResult.EXISTS;
        }
        long size = placeSize();
        if (update.dropsValue) {
            if (!dropValue(contents, update, hash, now)) {
                return DeleteResult.OUT_OF_MEMORY;
            }
        } else if (update.invalidates) {
            invalidate(update, now);
        } else {
            contents.remove(place);
        }
        if (!update.invalidates) {
            count(Counter.DELETE_HITS, size);
        }
        return DeleteResult.DELETED;
    }

    /**
     * Puts an empty item in place of one; if it is invalidated at the same time, it is stale.
     *
     * @return false if there is no room even for that, and nothing was changed
     */
    private boolean dropValue(Contents contents, ItemUpdate update, long hash, long now) {
        long expiry = settings.clock().expiry(update.exptimeSeconds, now);
        describe(update.flags, update.invalidates ? ItemLayout.STALE : 0, expiry, 0);
        if (update.givenCas == 0 && !update.invalidates) {
            update.giveCas(place.casUnique);
        }
        if (writer.write(contents, StoreMode.SET, update, hash, true, now) != StoreResult.STORED) {
            return false;
        }
        countStored(update);
        return true;
    }

    /** Marks an item as stale: the next who reads it is chosen to renew it. */
    private void invalidate(ItemUpdate update, long now) {
        Segment segment = Contents.segmentOf(place);
        if (update.setsExptime) {
            segment.expiry(place.item, settings.clock().expiry(update.exptimeSeconds, now), now);
        }
        update.casUnique = writer.nextCas(update);
        segment.beginChange();
        ItemLayout.casUnique(segment.bytes, place.item, update.casUnique);
        ItemLayout.state(segment.bytes, place.item, place.state & ItemLayout.BINARY_KEY | ItemLayout.STALE);
        segment.endChange();
    }

    /** Adds to or takes from an item's number. */
    DeltaResult delta(Contents contents, ItemUpdate update, long hash, long delta, boolean increments, long now) {
        if (!findLive(contents, hash, update, now)) {
            if (update.vivifies) {
                return vivifyNumber(contents, update, hash, now);
            }
            count(increments ? Counter.INCR_MISSES : Counter.DECR_MISSES);
            return DeltaResult.NOT_FOUND;
        }
        Segment segment = Contents.segmentOf(place);
        if (place.valueLength == 0 || place.valueLength > NUMBER_LENGTH_MAX) {
            return DeltaResult.NON_NUMERIC; // whatever its CAS unique
        }
        if (update.comparesCas && update.expectedCas != place.casUnique) {
            return DeltaResult.EXISTS;
        }
        if (!DecimalValue.parse(segment.bytes, place.valueOffset(), place.valueLength, update)) {
            return DeltaResult.NON_NUMERIC;
        }
        count(increments ? Counter.INCR_HITS : Counter.DECR_HITS, placeSize());
        long expiry = update.setsExptime ? settings.clock().expiry(update.exptimeSeconds, now) : place.expiry;
        update.secondsToLive = settings.clock().secondsToLive(expiry, now);
        update.secondsToLiveBefore = settings.clock().secondsToLive(place.expiry, now);
        update.number = DecimalValue.changed(update.number, delta, increments);
        int length = DecimalValue.write(update.number, digits);
        if (length > place.valueLength) {
            // A new item, which is neither stale nor being renewed. As in memcached, it doesn't get the other exptime.
            describe(place.flags, 0, place.expiry, length);
            update.value(digits, 0, length);
            return writeNumber(contents, update, hash, true, now);
        }
        if (segment.isLarge) { // answers may refer to it: a value that was read is never changed
            byte[] padded = HeapArrays.bytes(place.valueLength);
            if (padded == null) {
                return DeltaResult.OUT_OF_MEMORY;
            }
            pad(padded, 0, length);
            describe(place.flags, place.state, expiry, padded.length);
            update.value(padded, 0, padded.length);
            boolean fetched = Slot.isFetched(place.slot);
            if (writer.write(contents, StoreMode.SET, update, hash, true, now) != StoreResult.STORED) {
                return DeltaResult.OUT_OF_MEMORY;
            }
            if (fetched
                    && contents.index.findLocked(
                            hash, update.keyBytes, update.keyOffset, update.keyLength, place)) { // expired or not
                Index.note(
                        place,
                        Slot.withFetched(place.slot)); // for clients it is the same item, and not counted as a new one
            }
            return DeltaResult.STORED;
        }
        if (expiry != place.expiry) {
            segment.expiry(place.item, expiry, now);
        }
        rewrite(update, segment, length, now);
        return DeltaResult.STORED;
    }

    /** Writes the new number over the old one; the value keeps its length, padded with blanks. */
    private void rewrite(ItemUpdate update, Segment segment, int length, long now) {
        byte[] bytes = segment.bytes;
        int value = place.valueOffset();
        update.casUnique = writer.nextCas(update);
        segment.beginChange();
        pad(bytes, value, length);
        ItemLayout.casUnique(bytes, place.item, update.casUnique);
        segment.endChange();
        segment.access(place.item, settings.clock().second(now), now);
    }

    /** Writes the digits to where a value as long as the old one begins, and blanks behind them. */
    private void pad(byte[] bytes, int value, int length) {
        System.arraycopy(digits, 0, bytes, value, length);
        Arrays.fill(bytes, value + length, value + place.valueLength, (byte) ' ');
    }

    private DeltaResult vivifyNumber(Contents contents, ItemUpdate update, long hash, long now) {
        update.number = update.initialNumber;
        long expiry = settings.clock().expiry(update.vivifyExptimeSeconds, now);
        update.secondsToLive = settings.clock().secondsToLive(expiry, now);
        update.secondsToLiveBefore = settings.clock().secondsToLive(CacheClock.NEVER, now);
        noteMade(update, now);
        describe(update.flags, 0, expiry, DecimalValue.write(update.number, digits));
        update.value(digits, 0, writer.valueLength);
        return writeNumber(contents, update, hash, false, now);
    }

    /** Writes the update's value, digits, as a new item: there was none, or its value is too short for the number. */
    private DeltaResult writeNumber(Contents contents, ItemUpdate update, long hash, boolean found, long now) {
        StoreResult result = writer.write(contents, StoreMode.SET, update, hash, found, now);
        if (result != StoreResult.STORED) {
            return DeltaResult.OUT_OF_MEMORY;
        }
        countStored(update);
        return DeltaResult.STORED;
    }

    /** Changes a live item as a meta get asks for: gives it another exptime, or chooses the reader to renew it. */
    void fetch(Contents contents, ItemUpdate request, ItemView view, long now) {
        view.noteBefore(now);
        Segment segment = Contents.segmentOf(view);
        boolean wins = !request.isForNobody && view.lacksRenewal(request, settings.clock(), now);
        if (request.setsExptime) {
            segment.expiry(view.item, settings.clock().expiry(request.exptimeSeconds, now), now);
        }
        if (wins) {
            segment.beginChange();
            ItemLayout.state(segment.bytes, view.item, view.state | ItemLayout.TOKEN_SENT);
            segment.endChange();
        }
        view.findLockedIn(contents.index);
        view.won = wins;
    }

    /** Gives an item another exptime, and opens the view on it. */
    boolean touch(Contents contents, ItemView view, long exptimeSeconds, long now) {
        boolean isThere = view.findLockedIn(contents.index);
        boolean found = isThere && !settings.clock().isExpired(view.expiry, now);
        count(Counter.CMD_TOUCH);
        if (!found) {
            count(Counter.TOUCH_MISSES);
            countGone(contents, view, isThere);
            return false;
        }
        count(Counter.TOUCH_HITS, view.itemSize());
        view.noteAccess(settings.clock().second(now), now);
        Contents.segmentOf(view).expiry(view.item, settings.clock().expiry(exptimeSeconds, now), now);
        view.findLockedIn(contents.index);
        return true;
    }

    /** Drops the item that a view was opened on if it is still there and has expired. */
    boolean dropExpired(Contents contents, ItemView view, long now) {
        boolean expired = view.findLockedIn(contents.index) && settings.clock().isExpired(view.expiry, now);
        if (expired) {
            contents.remove(view);
        }
        return expired;
    }

    /** Counts a look-up that found no live item; one that has expired is dropped. */
    void countGone(Contents contents, ItemView view, boolean isThere) {
        if (isThere) {
            count(Counter.GET_EXPIRED);
            contents.remove(view);
        } else if (flushedKeys.remove(view.hash())) {
            count(Counter.GET_FLUSHED);
        }
    }

    /** Makes an empty item, which its reader has won. */
    boolean vivify(Contents contents, ItemUpdate request, ItemView view, long now) {
        long hash = view.hash();
        boolean expired =
                contents.index.findLocked(hash, request.keyBytes, request.keyOffset, request.keyLength, place);
        int state = request.isForNobody ? 0 : ItemLayout.TOKEN_SENT;
        describe(0, state, settings.clock().expiry(request.vivifyExptimeSeconds, now), 0);
        if (writer.write(contents, StoreMode.SET, request, hash, expired, now) != StoreResult.STORED) {
            return false;
        }
        countStored(request);
        view.findLockedIn(contents.index);
        view.noteMade(now);
        noteMade(request, now);
        return true;
    }

    private void noteMade(ItemUpdate update, long now) {
        update.madeItem = true;
        CacheClock clock = settings.clock();
        update.secondsToLiveMade = clock.secondsToLive(clock.expiry(update.ownVivifyExptimeSeconds, now), now);
        update.secondsToLiveSet = clock.secondsToLive(clock.expiry(update.exptimeSeconds, now), now);
    }

    /** Finds a live item into {@link #place}; one that has expired is removed. */
    private boolean findLive(Contents contents, long hash, ItemUpdate update, long now) {
        if (!contents.index.findLocked(hash, update.keyBytes, update.keyOffset, update.keyLength, place)) {
            if (flushedKeys.remove(hash)) {
                count(Counter.GET_FLUSHED);
            }
            return false;
        }
        if (!settings.clock().isExpired(place.expiry, now)) {
            return true;
        }
        count(Counter.GET_EXPIRED);
        contents.remove(place);
        return false;
    }

    /** Removes an item if it has expired. */
    boolean reclaim(Contents contents, ItemUpdate update, long hash, long now) {
        boolean expired = contents.index.findLocked(hash, update.keyBytes, update.keyOffset, update.keyLength, place)
                && settings.clock().isExpired(place.expiry, now);
        if (expired) {
            if (!Slot.isFetched(place.slot)) {
                count(Counter.EXPIRED_UNFETCHED, placeSize());
            }
            contents.remove(place);
        }
        return expired;
    }

    /** Drops a live item as if its room were needed. No ghost: it wasn't the cache that thought so little of it. */
    boolean evict(Contents contents, ItemUpdate update, long hash, long now) {
        if (!findLive(contents, hash, update, now)) {
            return false;
        }
        boolean fetched = Slot.isFetched(place.slot);
        evictions.record(Contents.segmentOf(place), place.item, fetched, settings.clock(), now);
        contents.remove(place);
        count(Counter.EVICTIONS, placeSize());
        if (!fetched) {
            count(Counter.EVICTED_UNFETCHED, placeSize());
        }
        return true;
    }

    /** The size of the item that a storage command brings. */
    private static long size(ItemUpdate update) {
        return Cache.itemSize(update.keyLength, update.flags, update.valueLength);
    }

    private void countStored(ItemUpdate update) {
        count(Counter.TOTAL_ITEMS, Cache.itemSize(update.keyLength, writer.flags, writer.valueLength));
    }

    private long placeSize() {
        return ItemLayout.accountedSize(Contents.segmentOf(place).bytes, place.item);
    }

    private void count(Counter counter) {
        settings.counters().increment(counter);
    }

    private void count(Counter counter, long itemSize) {
        settings.counters().increment(counter, itemSize);
    }
}
