package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The commands that change an item: their conditions, the new state of the item, and what is counted. {@link ItemWriter} writes the item.
 * Guarded by the partition's lock.
 */
final class ItemChanges {
    /** Longer values are not parsed as numbers, as in memcached, which parses no item of more than one chunk. */
    private static final int NUMBER_LENGTH_MAX = 512 << 10;

    private final PartitionSettings settings;
    private final RemovalRecorder removals;
    private final ItemView existing = new ItemView();
    private final ItemWriter writer;
    private long flushSecond = Long.MIN_VALUE;
    private FlushedKeys flushedKeys = FlushedKeys.NONE;
    private final byte[] digits = new byte[DecimalValue.LENGTH_MAX];

    ItemChanges(PartitionSettings settings, RemovalRecorder removals) {
        this.settings = settings;
        this.removals = removals;
        writer = new ItemWriter(settings, existing);
    }

    /** Returns the item that the last command found. */
    ItemView found() {
        return existing;
    }

    /**
     * Records a flush. Without CAS uniques, by which memcached distinguishes items stored before and after a flush, items stored in
     * the second of the flush are lost too.
     */
    void recordFlush(long now, FlushedKeys keys) {
        flushedKeys = keys;
        if (!settings.hasCasUniques()) {
            flushSecond = settings.clock().second(now);
        }
    }

    /** Keeps items that are stored in the second of the last flush: it was a reset. */
    void clearFlush() {
        flushSecond = Long.MIN_VALUE;
    }

    /** Executes a storage command. */
    StoreResult store(PartitionContents contents, StoreMode mode, ItemUpdate update, long hash, long now) {
        if (!mode.concatenates() && isTooLarge(update.keyLength, update.flags, update.valueLength)) {
            return rejectUnread(contents, mode, update, hash, update.valueLength, StoreResult.TOO_LARGE, now);
        }
        boolean found = findLive(contents, hash, update, now);
        StoreResult rejection = check(mode, update, found);
        StoreResult result = rejection != null ? rejection : write(contents, mode, update, hash, found, now);
        if (mode == StoreMode.ADD && found) {
            recordRejectedAdd(now);
        }
        if (result != StoreResult.TOO_LARGE && result != StoreResult.OUT_OF_MEMORY) {
            count(Statistic.CMD_SET, size(update));
        }
        return result;
    }

    /** An add that finds an item protects it from eviction, but does not count as a read. */
    private void recordRejectedAdd(long now) {
        int frequency = Slot.frequency(existing.slot());
        if (frequency < Slot.FREQUENCY_MAX) {
            Index.updateSlot(existing, Slot.withFrequency(existing.slot(), frequency + 1));
        }
        PartitionContents.segmentOf(existing)
                .access(existing.item, settings.clock().second(now), now);
    }

    private boolean isTooLarge(int keyLength, int flags, long valueLength) {
        return ItemSize.of(keyLength, flags, valueLength) > settings.maxItemSizeBytes();
    }

    /** Rejects the value of an update, which may not have been received. */
    StoreResult rejectUnread(
            PartitionContents contents,
            StoreMode mode,
            ItemUpdate update,
            long hash,
            long valueLength,
            StoreResult reason,
            long now) {
        describe(update.flags, 0, update.expiry(settings.clock(), now), 0);
        return reject(contents, mode, update, hash, valueLength, reason, now);
    }

    /** Counts and records the rejection of the described value, and for a set removes the old item; the load of a value keeps it. */
    private StoreResult reject(
            PartitionContents contents,
            StoreMode mode,
            ItemUpdate update,
            long hash,
            long valueLength,
            StoreResult reason,
            long now) {
        if (mode == StoreMode.SET && findLive(contents, hash, update, now)) {
            if (update.fence == null) {
                contents.remove(existing, RemovalCause.DELETED, now);
            } else {
                release(existing);
            }
        }
        if (reason == StoreResult.TOO_LARGE) {
            count(Statistic.STORE_TOO_LARGE);
        } else {
            count(Statistic.STORE_NO_MEMORY, ItemSize.of(update.keyLength, writer.flags, valueLength));
        }
        recordRejection(update, valueLength, now);
        return reason;
    }

    /** Records that the described value was not stored. As in memcached, only storage commands are counted. */
    private void recordRejection(ItemUpdate update, long valueLength, long now) {
        removals.recordRejection(
                update.keyBytes, update.keyOffset, update.keyLength, writer.flags, valueLength, writer.expiry, now);
    }

    /** Returns the result of a command whose conditions are not met, or null if it can proceed. */
    private @Nullable StoreResult check(StoreMode mode, ItemUpdate update, boolean found) {
        if (mode == StoreMode.ADD) {
            return found ? StoreResult.NOT_STORED : null;
        }
        if (update.comparesCas || mode == StoreMode.CAS) {
            return checkCas(mode, update, found);
        }
        return found || mode == StoreMode.SET || (mode.concatenates() && update.vivifies)
                ? null
                : StoreResult.NOT_STORED;
    }

    private @Nullable StoreResult checkCas(StoreMode mode, ItemUpdate update, boolean found) {
        if (mode.concatenates()) { // their comparisons are not counted
            if (!found) {
                return update.vivifies ? null : StoreResult.NOT_STORED;
            }
            return update.expectedCas == existing.casUnique ? null : StoreResult.EXISTS;
        }
        if (!found) {
            count(Statistic.CAS_MISSES);
            return StoreResult.NOT_FOUND;
        }
        if (!update.comparesCas
                || !settings.hasCasUniques()
                || (update.expectedCas != existing.casUnique && !isStaleStore(update))) {
            count(Statistic.CAS_BADVAL, existingSize());
            return StoreResult.EXISTS;
        }
        count(Statistic.CAS_HITS, existingSize());
        return null;
    }

    /** Returns whether a store with the invalidate flag comes from a client that has an older version of the item. */
    private boolean isStaleStore(ItemUpdate update) {
        return update.invalidates
                && update.expectedCas != 0
                && Long.compareUnsigned(update.expectedCas, existing.casUnique) < 0;
    }

    private StoreResult write(
            PartitionContents contents, StoreMode mode, ItemUpdate update, long hash, boolean found, long now) {
        boolean concatenates = mode.concatenates() && found;
        long valueLength = update.valueLength + (concatenates ? (long) existing.valueLength : 0);
        if (concatenates) {
            describe(existing.flags, 0, existing.expiry, (int) valueLength);
        } else {
            long expiry = mode.concatenates()
                    ? settings.clock().expiry(update.vivifyExptimeSeconds, now)
                    : update.expiry(settings.clock(), now);
            int state = (update.hasBinaryKey ? ItemLayout.BINARY_KEY : 0)
                    | (update.isNeverRecached ? ItemLayout.NEVER_RECACHED : 0);
            describe(update.flags, state, found && update.keepsExpiry ? existing.expiry : expiry, (int) valueLength);
        }
        if (found
                && update.comparesCas
                && update.expectedCas != existing.casUnique) { // a stale store: others have been rejected
            writer.expiry = existing.expiry;
            writer.state |= ItemLayout.STALE | existing.state & ItemLayout.TOKEN_SENT;
        }
        if (isTooLarge(update.keyLength, writer.flags, valueLength)) {
            if (concatenates) { // as in memcached, not counted
                recordRejection(update, valueLength, now);
                return StoreResult.NOT_STORED;
            }
            return reject(contents, mode, update, hash, valueLength, StoreResult.TOO_LARGE, now);
        }
        if (settings.clock().second(now) == flushSecond) {
            writer.expiry = now;
        }
        StoreResult result = writer.write(contents, concatenates ? mode : StoreMode.SET, update, hash, found, now);
        if (result == StoreResult.STORED) {
            countStored(update);
        }
        return result == StoreResult.OUT_OF_MEMORY
                ? reject(contents, mode, update, hash, valueLength, result, now)
                : result;
    }

    /** Adds an item of a snapshot, unless the key has an item: the snapshot may contain two versions of it. */
    Snapshots.Result restore(PartitionContents contents, RestoreBatch item, long hash, long expiry, long now) {
        ItemUpdate update = item.update;
        if (settings.clock().isExpired(expiry, now)) {
            return Snapshots.Result.EXPIRED;
        }
        if (isTooLarge(update.keyLength, update.flags, update.valueLength)) {
            return Snapshots.Result.TOO_LARGE;
        }
        if (contents.index.findLocked(hash, update.keyBytes, update.keyOffset, update.keyLength, existing)) {
            return Snapshots.Result.DUPLICATE;
        }
        int state = (update.hasBinaryKey ? ItemLayout.BINARY_KEY : 0) | (item.isStale ? ItemLayout.STALE : 0);
        describe(update.flags, state, expiry, update.valueLength);
        writer.restored = item;
        StoreResult result;
        try {
            result = writer.write(contents, StoreMode.SET, update, hash, false, now);
        } finally {
            writer.restored = null;
        }
        if (result != StoreResult.STORED) {
            return Snapshots.Result.OUT_OF_MEMORY;
        }
        countStored(update);
        return Snapshots.Result.RESTORED;
    }

    private void describe(int flags, int state, long expiry, int valueLength) {
        writer.flags = flags;
        writer.state = state;
        writer.expiry = expiry;
        writer.valueLength = valueLength;
        writer.isSameItem = false;
    }

    DeleteResult delete(PartitionContents contents, ItemUpdate update, long hash, long now) {
        if (!findLive(contents, hash, update, now)) {
            count(Statistic.DELETE_MISSES);
            return DeleteResult.NOT_FOUND;
        }
        if (update.comparesCas && update.expectedCas != existing.casUnique) {
            return DeleteResult.EXISTS;
        }
        long size = existingSize();
        if (update.dropsValue) {
            if (!dropValue(contents, update, hash, now)) {
                return DeleteResult.OUT_OF_MEMORY;
            }
        } else if (update.invalidates) {
            invalidate(update, now);
        } else {
            contents.remove(existing, RemovalCause.DELETED, now);
        }
        if (!update.invalidates) {
            count(Statistic.DELETE_HITS, size);
        }
        return DeleteResult.DELETED;
    }

    /**
     * Replaces an item by an empty one, which is stale if it is invalidated at the same time.
     *
     * @return false if there is no memory for the empty item, and nothing was changed
     */
    private boolean dropValue(PartitionContents contents, ItemUpdate update, long hash, long now) {
        long expiry = update.expiry(settings.clock(), now);
        describe(update.flags, update.invalidates ? ItemLayout.STALE : 0, expiry, 0);
        if (update.assignedCas == 0 && !update.invalidates) {
            update.assignCas(existing.casUnique);
        }
        if (writer.write(contents, StoreMode.SET, update, hash, true, now) != StoreResult.STORED) {
            recordRejection(update, 0, now);
            return false;
        }
        countStored(update);
        return true;
    }

    /** Marks an item as stale: the next client that reads it is chosen to renew it. */
    private void invalidate(ItemUpdate update, long now) {
        Segment segment = PartitionContents.segmentOf(existing);
        if (update.setsExptime) {
            segment.expiry(existing.item, update.expiry(settings.clock(), now), now);
        }
        update.casUnique = writer.nextCas(update);
        segment.beginChange();
        ItemLayout.casUnique(segment.bytes, existing.item, update.casUnique);
        ItemLayout.state(segment.bytes, existing.item, existing.state & ItemLayout.BINARY_KEY | ItemLayout.STALE);
        segment.endChange();
    }

    /** Increments or decrements an item's number. */
    CounterStatus delta(
            PartitionContents contents, ItemUpdate update, long hash, long delta, boolean increments, long now) {
        if (!findLive(contents, hash, update, now)) {
            if (update.vivifies) {
                return vivifyNumber(contents, update, hash, now);
            }
            count(increments ? Statistic.INCR_MISSES : Statistic.DECR_MISSES);
            return CounterStatus.NOT_FOUND;
        }
        Segment segment = PartitionContents.segmentOf(existing);
        if (existing.valueLength == 0 || existing.valueLength > NUMBER_LENGTH_MAX) {
            return CounterStatus.NON_NUMERIC; // also if the CAS unique differs
        }
        if (update.comparesCas && update.expectedCas != existing.casUnique) {
            return CounterStatus.EXISTS;
        }
        byte[] bytes = segment.bytes;
        int value = existing.valueOffset();
        if (segment.isDirect()) {
            bytes = HeapArrays.bytes(existing.valueLength);
            value = 0;
            if (bytes == null) {
                recordRejection(update, existing.valueLength, now);
                return CounterStatus.OUT_OF_MEMORY;
            }
            existing.copyValue(bytes, 0);
        }
        if (!DecimalValue.parse(bytes, value, existing.valueLength, update)) {
            return CounterStatus.NON_NUMERIC;
        }
        count(increments ? Statistic.INCR_HITS : Statistic.DECR_HITS, existingSize());
        long expiry = update.setsExptime ? update.expiry(settings.clock(), now) : existing.expiry;
        update.secondsToLive = settings.clock().secondsToLive(expiry, now);
        update.secondsToLiveBefore = settings.clock().secondsToLive(existing.expiry, now);
        update.number = DecimalValue.changed(update.number, delta, increments);
        int length = DecimalValue.write(update.number, digits);
        if (length > existing.valueLength) {
            // A new item, neither stale nor being renewed. As in memcached, it keeps its exptime.
            describe(existing.flags, 0, existing.expiry, length);
            update.value(digits, 0, length);
            return writeNumber(contents, update, hash, true, now);
        }
        if (segment.isLarge) { // replies may refer to the value, so it is never changed after it was read
            describe(existing.flags, existing.state, expiry, existing.valueLength);
            byte[] padded = HeapArrays.bytes(existing.valueLength);
            if (padded == null) {
                recordRejection(update, writer.valueLength, now);
                return CounterStatus.OUT_OF_MEMORY;
            }
            pad(padded, 0, length);
            writer.isSameItem = true;
            update.value(padded, 0, padded.length);
            boolean fetched = Slot.isFetched(existing.slot());
            if (writer.write(contents, StoreMode.SET, update, hash, true, now) != StoreResult.STORED) {
                recordRejection(update, writer.valueLength, now);
                return CounterStatus.OUT_OF_MEMORY;
            }
            if (fetched
                    && contents.index.findLocked(
                            hash,
                            update.keyBytes,
                            update.keyOffset,
                            update.keyLength,
                            existing)) { // also if it has expired
                Index.updateSlot(
                        existing, Slot.withFetched(existing.slot())); // the same item to clients: not counted as stored
            }
            return CounterStatus.STORED;
        }
        if (expiry != existing.expiry) {
            segment.expiry(existing.item, expiry, now);
        }
        rewrite(update, segment, length, now);
        return CounterStatus.STORED;
    }

    /** Overwrites the old number with the new one; the value keeps its length, padded with blanks. */
    private void rewrite(ItemUpdate update, Segment segment, int length, long now) {
        byte[] bytes = segment.bytes;
        int value = existing.valueOffset();
        update.casUnique = writer.nextCas(update);
        segment.beginChange();
        pad(bytes, value, length);
        ItemLayout.casUnique(bytes, existing.item, update.casUnique);
        segment.endChange();
        segment.access(existing.item, settings.clock().second(now), now);
    }

    /** Writes the digits, followed by blanks up to the length of the old value. */
    private void pad(byte[] bytes, int value, int length) {
        System.arraycopy(digits, 0, bytes, value, length);
        Arrays.fill(bytes, value + length, value + existing.valueLength, (byte) ' ');
    }

    private CounterStatus vivifyNumber(PartitionContents contents, ItemUpdate update, long hash, long now) {
        update.number = update.initialNumber;
        long expiry = settings.clock().expiry(update.vivifyExptimeSeconds, now);
        update.secondsToLive = settings.clock().secondsToLive(expiry, now);
        update.secondsToLiveBefore = settings.clock().secondsToLive(CacheClock.NEVER, now);
        recordCreation(update, now);
        describe(update.flags, 0, expiry, DecimalValue.write(update.number, digits));
        update.value(digits, 0, writer.valueLength);
        return writeNumber(contents, update, hash, false, now);
    }

    /** Writes the digits in the update as a new item: there was none, or its value is too short for the number. */
    private CounterStatus writeNumber(
            PartitionContents contents, ItemUpdate update, long hash, boolean found, long now) {
        StoreResult result = writer.write(contents, StoreMode.SET, update, hash, found, now);
        if (result != StoreResult.STORED) {
            recordRejection(update, writer.valueLength, now);
            return CounterStatus.OUT_OF_MEMORY;
        }
        countStored(update);
        return CounterStatus.STORED;
    }

    /** Changes a live item as a meta get requests: sets its exptime, or chooses the client to renew it. */
    void fetch(PartitionContents contents, ItemUpdate request, ItemView view, long now) {
        view.savePreviousState(now);
        Segment segment = PartitionContents.segmentOf(view);
        boolean wins = !request.isReplyDiscarded && view.needsRenewal(request, settings.clock(), now);
        if (request.setsExptime) {
            segment.expiry(view.item, request.expiry(settings.clock(), now), now);
        }
        if (wins) {
            segment.beginChange();
            ItemLayout.state(segment.bytes, view.item, view.state | ItemLayout.TOKEN_SENT);
            segment.endChange();
        }
        view.findLockedIn(contents.index);
        view.won = wins;
    }

    /** Lets another client renew an item that is not a placeholder: the one that was chosen has failed. */
    void release(PartitionContents contents, ItemView view) {
        if (view.findLockedIn(contents.index)) {
            release(view);
        }
    }

    private static void release(ItemView found) {
        if (found.valueLength > 0) {
            Segment segment = PartitionContents.segmentOf(found);
            segment.beginChange();
            ItemLayout.state(segment.bytes, found.item, found.state & ~ItemLayout.TOKEN_SENT);
            segment.endChange();
        }
    }

    /** Sets the exptime of an item, and sets the view to it. */
    boolean touch(PartitionContents contents, ItemView view, long exptimeSeconds, long now) {
        return touchUntil(contents, view, settings.clock().expiry(exptimeSeconds, now), now);
    }

    /** Sets the moment at which an item expires, and sets the view to it. */
    boolean touchUntil(PartitionContents contents, ItemView view, long expiry, long now) {
        boolean isPresent = view.findLockedIn(contents.index);
        boolean found = isPresent && !settings.clock().isExpired(view.expiry, now);
        count(Statistic.CMD_TOUCH);
        if (!found) {
            count(Statistic.TOUCH_MISSES);
            countMiss(contents, view, isPresent, now);
            return false;
        }
        count(Statistic.TOUCH_HITS, view.itemSize());
        view.recordAccess(settings.clock().second(now), now);
        PartitionContents.segmentOf(view).expiry(view.item, expiry, now);
        view.findLockedIn(contents.index);
        view.savePreviousState(now);
        return true;
    }

    /** Drops the item of a view if it still exists and has expired. */
    boolean dropExpired(PartitionContents contents, ItemView view, long now) {
        boolean expired = view.findLockedIn(contents.index) && settings.clock().isExpired(view.expiry, now);
        if (expired) {
            contents.remove(view, RemovalCause.EXPIRED, now);
        }
        return expired;
    }

    /** Counts a lookup that found no live item, and drops the item if it has expired. */
    void countMiss(PartitionContents contents, ItemView view, boolean isPresent, long now) {
        if (isPresent) {
            count(Statistic.GET_EXPIRED);
            contents.remove(view, RemovalCause.EXPIRED, now);
        } else if (flushedKeys.remove(view.hash())) {
            count(Statistic.GET_FLUSHED);
        }
    }

    /** Creates an empty item, which the requesting client is chosen to fill. */
    boolean vivify(PartitionContents contents, ItemUpdate request, ItemView view, long now) {
        long hash = view.hash();
        boolean expired =
                contents.index.findLocked(hash, request.keyBytes, request.keyOffset, request.keyLength, existing);
        int state = request.isReplyDiscarded ? 0 : ItemLayout.TOKEN_SENT;
        describe(0, state, settings.clock().expiry(request.vivifyExptimeSeconds, now), 0);
        if (writer.write(contents, StoreMode.SET, request, hash, expired, now) != StoreResult.STORED) {
            recordRejection(request, 0, now);
            return false;
        }
        countStored(request);
        view.findLockedIn(contents.index);
        view.recordCreation(now);
        recordCreation(request, now);
        return true;
    }

    private void recordCreation(ItemUpdate update, long now) {
        update.createdItem = true;
        CacheClock clock = settings.clock();
        update.secondsToLiveByVivify = clock.secondsToLive(clock.expiry(update.ownVivifyExptimeSeconds, now), now);
        update.secondsToLiveByExptime = clock.secondsToLive(update.expiry(clock, now), now);
    }

    /** Sets {@link #existing} to a live item; an expired one is removed. */
    private boolean findLive(PartitionContents contents, long hash, ItemUpdate update, long now) {
        if (!contents.index.findLocked(hash, update.keyBytes, update.keyOffset, update.keyLength, existing)) {
            if (flushedKeys.remove(hash)) {
                count(Statistic.GET_FLUSHED);
            }
            return false;
        }
        if (!settings.clock().isExpired(existing.expiry, now)) {
            return true;
        }
        count(Statistic.GET_EXPIRED);
        contents.remove(existing, RemovalCause.EXPIRED, now);
        return false;
    }

    /** Removes an item if it has expired. */
    boolean reclaim(PartitionContents contents, ItemUpdate update, long hash, long now) {
        boolean expired = contents.index.findLocked(hash, update.keyBytes, update.keyOffset, update.keyLength, existing)
                && settings.clock().isExpired(existing.expiry, now);
        if (expired) {
            if (!Slot.isFetched(existing.slot())) {
                count(Statistic.EXPIRED_UNFETCHED, existingSize());
            }
            contents.remove(existing, RemovalCause.EXPIRED, now);
        }
        return expired;
    }

    /** Drops a live item as if its space were needed. */
    boolean evict(PartitionContents contents, ItemUpdate update, long hash, long now) {
        if (!findLive(contents, hash, update, now)) {
            return false;
        }
        boolean fetched = Slot.isFetched(existing.slot());
        contents.remove(existing, RemovalCause.EVICTED, now);
        count(Statistic.EVICTIONS, existingSize());
        if (!fetched) {
            count(Statistic.EVICTED_UNFETCHED, existingSize());
        }
        return true;
    }

    /** Returns the size of the item in a storage command. */
    private static long size(ItemUpdate update) {
        return ItemSize.of(update.keyLength, update.flags, update.valueLength);
    }

    private void countStored(ItemUpdate update) {
        count(Statistic.TOTAL_ITEMS, ItemSize.of(update.keyLength, writer.flags, writer.valueLength));
    }

    private long existingSize() {
        return ItemLayout.accountedSize(PartitionContents.segmentOf(existing).bytes, existing.item);
    }

    private void count(Statistic counter) {
        settings.counters().increment(counter);
    }

    private void count(Statistic counter, long itemSize) {
        settings.counters().increment(counter, itemSize);
    }
}
