package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * The items of one share of the keys, independent of all other partitions. All that writes runs under {@link #lock}; what it
 * does, {@link ItemChanges} says. Reading takes no lock, see {@link Index} and {@link Segment}.
 */
final class Partition {
    /** The share of the limit that values which are being received leave free. */
    private static final int FREE_SHARE = 4;

    /** How many segments are emptied at most to give one up. */
    private static final int GIVE_UP_STEPS_MAX = 16;

    private final PartitionSettings settings;
    private final BriefLock lock = new BriefLock();
    private final Memory memory;
    private final ItemChanges changes; // guarded by lock
    private volatile Contents contents;
    private volatile long flushMoment = CacheClock.NEVER;
    private volatile FlushedKeys flushedKeys = FlushedKeys.NONE;

    Partition(PartitionSettings settings) {
        this.settings = settings;
        changes = new ItemChanges(settings);
        memory = new Memory(
                settings.partitionBytes(),
                Sizing.reservedBytes(settings.partitionBytes(), settings.segmentBytes()),
                settings.heap());
        contents = newContents();
    }

    private Contents newContents() {
        return new Contents(memory, settings);
    }

    CacheClock clock() {
        return settings.clock();
    }

    private boolean isFlushDue(long now) {
        return settings.clock().isExpired(flushMoment, now);
    }

    // Reading.

    /** Where items are looked up; another one after a flush. */
    Index index() {
        return contents.index;
    }

    /** Opens a view on the item that it looks for, expired or not; takes the lock only if that fails without. */
    private boolean lookUp(ItemView view) {
        Index.Lookup result = view.findIn(contents.index);
        if (result != Index.Lookup.UNKNOWN) {
            return result == Index.Lookup.FOUND;
        }
        lock.lock();
        try {
            return view.findLockedIn(contents.index);
        } finally {
            lock.unlock();
        }
    }

    /** What a get came to, for who has to count it. */
    enum Read {
        HIT,
        MISS,
        EXPIRED,
        FLUSHED
    }

    /** Finds a live item. */
    Read get(ItemView view, long now) {
        if (isFlushDue(now)) {
            flush(now);
        }
        if (!lookUp(view)) {
            return flushedKeys.remove(view.hash()) ? Read.FLUSHED : Read.MISS;
        }
        if (settings.clock().isExpired(view.expiry, now)) {
            return dropExpired(view) ? Read.EXPIRED : Read.MISS;
        }
        view.noteBefore(now);
        noteAccess(view, now);
        return Read.HIT;
    }

    /** Tells whether the item of a key that was not found was flushed and not looked up since; leaves no trace. */
    boolean peekFlushed(long hash) {
        return flushedKeys.contains(hash);
    }

    /** Drops an item that is found expired, as memcached does; false if it is gone meanwhile, or replaced. */
    private boolean dropExpired(ItemView view) {
        lock.lock();
        try {
            return changes.dropExpired(contents, view);
        } finally {
            lock.unlock();
        }
    }

    /** The short way of a get, see {@link Index#copyValue}. */
    byte @Nullable [] copyValue(long hash, byte[] key) {
        return flushMoment == CacheClock.NEVER ? contents.index.copyValue(hash, key, settings.clock()) : null;
    }

    /** Finds a live item without leaving a trace, or counting. */
    boolean peek(ItemView view) {
        long now = settings.clock().now();
        if (isFlushDue(now)) {
            flush(now);
        }
        boolean found = lookUp(view) && !settings.clock().isExpired(view.expiry, now);
        view.noteBefore(now);
        return found;
    }

    /** Finds an item that has expired and is still there, without leaving a trace. */
    boolean peekExpired(ItemView view) {
        long now = settings.clock().now();
        return !isFlushDue(now) && lookUp(view) && settings.clock().isExpired(view.expiry, now);
    }

    /**
     * Finds a live item as a meta get does: perhaps makes one, gives it another exptime, or chooses the reader to renew it. Takes
     * the lock only if there is something to change.
     */
    boolean fetch(ItemUpdate request, ItemView view) {
        long now = settings.clock().now();
        if (isFlushDue(now)) {
            flush(now);
        }
        boolean isThere = lookUp(view);
        boolean found = isThere && !settings.clock().isExpired(view.expiry, now);
        if (found ? request.setsExptime || view.lacksRenewal(request, settings.clock(), now) : request.vivifies) {
            return fetchChanging(request, view);
        }
        if (!found) {
            count(Counter.GET_MISSES);
            if (isThere ? dropExpired(view) : flushedKeys.remove(view.hash())) {
                count(isThere ? Counter.GET_EXPIRED : Counter.GET_FLUSHED);
            }
            return false;
        }
        settings.counters().countFetch(request, true, view);
        view.noteBefore(now);
        if (!request.leavesNoTrace) {
            noteAccess(view, now);
        }
        return true;
    }

    private boolean fetchChanging(ItemUpdate request, ItemView view) {
        lock.lock();
        try {
            long now = now();
            boolean isThere = view.findLockedIn(contents.index);
            boolean found = isThere && !settings.clock().isExpired(view.expiry, now);
            if (!found) {
                changes.countGone(contents, view, isThere);
            }
            if (found) {
                changes.fetch(contents, request, view, now);
            } else {
                found = request.vivifies && changes.vivify(contents, request, view, now);
            }
            settings.counters().countFetch(request, found, view);
            if (found && !request.leavesNoTrace) {
                noteAccess(view, now);
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Finds a live item again. */
    boolean find(ItemView view) {
        return lookUp(view)
                && !settings.clock().isExpired(view.expiry, settings.clock().now());
    }

    /** Finds a live item again, and lets the view have a copy of it. */
    boolean copy(ItemView view) {
        lock.lock();
        try {
            boolean found = view.findLockedIn(contents.index)
                    && !settings.clock().isExpired(view.expiry, settings.clock().now());
            if (found) {
                view.detach();
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Marks an item as read: in its slot, if there is something new to say; and the last access in the item itself from the second
     * access on, once a second at most, as memcached's segmented LRU does.
     */
    private void noteAccess(ItemView view, long now) {
        long slot = view.slot;
        boolean again = Slot.isFetched(slot);
        if (Slot.isCounting(slot)) {
            int frequency = Math.min(Slot.frequency(slot) + 1, Slot.FREQUENCY_MAX);
            Index.note(view, Slot.withFetched(Slot.withFrequency(slot, frequency)));
        }
        // A segment can be used anew at any moment: bytes are only written under the lock. Who doesn't get it leaves it
        // to the next.
        long second = settings.clock().second(now);
        if (again && view.accessed != second && lock.tryLock()) {
            try {
                Segment segment = view.segment;
                if (segment != null && view.isInPlace()) {
                    segment.access(view.item, second, now);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    // Storing.

    /** Does a storage command. */
    StoreResult store(StoreMode mode, ItemUpdate update, long hash) {
        lock.lock();
        try {
            long now = now();
            return changes.store(contents, mode, update, hash, now);
        } finally {
            if (update.largeValue != null) {
                update.largeValue.release();
            }
            lock.unlock();
        }
    }

    /** Refuses a value that was not even read: counts, and for a set removes the old item. */
    void refuse(StoreMode mode, ItemUpdate update, long hash, StoreResult why) {
        lock.lock();
        try {
            long now = now();
            changes.refuse(contents, mode, update, hash, why, now);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes memory for a value that is to be filled in place, or returns null if there is none. No item is evicted for it, except where the
     * heap itself has none left for all caches: the memory is free, or comes from the space of values that are being received.
     */
    @Nullable LargeValue reserve(ItemUpdate update, int valueLength) {
        int size = (int) ItemLayout.size(update.keyLength, update.flags, valueLength);
        byte[] array;
        LargeValue.State state = LargeValue.State.CHARGED;
        lock.lock();
        try {
            long now = now();
            array = takeFree(size, now);
            if (array == null && contents.takeUploadSpace(size, now)) {
                array = ItemUpdate.NO_BYTES;
                state = LargeValue.State.RECEIVED;
            }
        } finally {
            lock.unlock();
        }
        return array == null ? null : newValue(update, valueLength, size, array, state);
    }

    /** Makes a value, and its array if that is empty; where the JVM has no memory for them, gives back what was taken and returns null. */
    private @Nullable LargeValue newValue(
            ItemUpdate update, int valueLength, int size, byte[] array, LargeValue.State state) {
        LargeValue value = null;
        try {
            byte[] bytes = array.length == 0 ? contents.pool.newBytes(size) : array;
            if (bytes != null) {
                int offset = ItemLayout.valueOffset(update.keyLength, update.flags);
                value = new LargeValue(this, bytes, offset, valueLength, state);
            }
            return value;
        } finally {
            if (value == null) {
                retreat(Math.max(size, array.length), state);
            }
        }
    }

    /** Takes a free array or free memory for a value that is being received, and leaves some for items; null if there is too little. */
    private byte @Nullable [] takeFree(int size, long now) {
        byte[] array = contents.pool.pollFreeArray(size);
        if (array == null && contents.pool.wouldGrow(size)) {
            settings.expired().giveBack(size, now);
        }
        boolean taken = array != null || contents.pool.takeMemory(size, memory.limitBytes() / FREE_SHARE);
        return taken && array == null ? ItemUpdate.NO_BYTES : array;
    }

    /** Takes the memory of a value back that was not stored. */
    void release(LargeValue value) {
        lock.lock();
        try {
            LargeValue.State state = value.state();
            value.state(LargeValue.State.SETTLED);
            giveReserved(value.bytes.length, state);
        } finally {
            lock.unlock();
        }
    }

    private void giveReserved(int bytes, LargeValue.State state) {
        switch (state) {
            case RECEIVED -> settings.uploads().end(bytes);
            case CHARGED -> memory.give(bytes);
            case SETTLED -> {}
        }
    }

    private void retreat(int bytes, LargeValue.State state) {
        lock.lock();
        try {
            giveReserved(bytes, state);
            memory.retreat();
        } finally {
            lock.unlock();
        }
    }

    /** Whether values may be lent, see {@link Memory#lends}. */
    boolean lends() {
        return memory.lends();
    }

    /**
     * Gives some memory back to the heap's account, for another cache: what is free, or else a segment whose items are dropped or moved.
     * Doesn't wait for the lock.
     *
     * @return whether it gave anything back
     */
    boolean giveUp() {
        if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
            return false;
        }
        try {
            long given = memory.giveKept();
            long now = settings.clock().now();
            for (int i = 0; i < GIVE_UP_STEPS_MAX && given == 0; i++) {
                if (!contents.pool.dropFree() && !contents.reclaimer().reclaim(now)) {
                    break;
                }
                given = memory.giveKept();
            }
            return given > 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives back memory that is free or expired, because this or another partition would take new memory. Doesn't wait for the lock.
     *
     * @return how much it was
     */
    long giveExpired(long bytes, long now) {
        if (!contents.mayHaveFree(now) || !lock.tryLock()) { // the lock is reentrant
            return 0;
        }
        try {
            return contents.giveFree(bytes, now);
        } finally {
            lock.unlock();
        }
    }

    // Changing what is there.

    DeleteResult delete(ItemUpdate update, long hash) {
        lock.lock();
        try {
            long now = now();
            return changes.delete(contents, update, hash, now);
        } finally {
            lock.unlock();
        }
    }

    /** Removes an item if it has expired. */
    boolean reclaim(ItemUpdate update, long hash) {
        lock.lock();
        try {
            long now = now();
            return changes.reclaim(contents, update, hash, now);
        } finally {
            lock.unlock();
        }
    }

    /** Drops a live item as if its room were needed. */
    boolean evict(ItemUpdate update, long hash) {
        lock.lock();
        try {
            long now = now();
            return changes.evict(contents, update, hash, now);
        } finally {
            lock.unlock();
        }
    }

    /** Gives an item another exptime. */
    boolean touch(long hash, byte[] key, int offset, int length, long exptimeSeconds) {
        lock.lock();
        try {
            ItemView view = changes.found();
            view.seek(this, hash, key, offset, length);
            return touch(view, exptimeSeconds);
        } finally {
            lock.unlock();
        }
    }

    /** Gives an item another exptime, and opens the view on it. */
    boolean touch(ItemView view, long exptimeSeconds) {
        lock.lock();
        try {
            long now = now();
            boolean isThere = view.findLockedIn(contents.index);
            boolean found = isThere && !settings.clock().isExpired(view.expiry, now);
            count(Counter.CMD_TOUCH);
            if (!found) {
                count(Counter.TOUCH_MISSES);
                changes.countGone(contents, view, isThere);
            } else {
                count(Counter.TOUCH_HITS, view);
                noteAccess(view, now);
                Contents.segmentOf(view).expiry(view.item, settings.clock().expiry(exptimeSeconds, now), now);
                view.findLockedIn(contents.index);
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Adds to or takes from an item's number. */
    DeltaResult delta(ItemUpdate update, long hash, long delta, boolean increments) {
        lock.lock();
        try {
            long now = now();
            return changes.delta(contents, update, hash, delta, increments, now);
        } finally {
            lock.unlock();
        }
    }

    // All items at once.

    /**
     * Drops all items, now or at a later moment, a second before the exptime, as memcached does. An exptime from before the cache was built drops
     * nothing, but replaces a flush that is still to come: in memcached it is the second 0, which stands for no flush.
     */
    void flushAll(long exptimeSeconds) {
        lock.lock();
        try {
            long now = settings.clock().now();
            long expiry = settings.clock().expiry(exptimeSeconds, now);
            flushMoment = exptimeSeconds <= 0
                    ? now
                    : expiry == CacheClock.LONG_AGO ? CacheClock.NEVER : expiry - CacheClock.MILLIS_PER_SECOND;
            now();
        } finally {
            lock.unlock();
        }
    }

    /** Readers that are under way go on in the old contents, whose segments nobody will write to again. */
    private void flush(long now) {
        lock.lock();
        try {
            if (isFlushDue(now)) {
                Contents flushed = contents;
                FlushedKeys keys = FlushedKeys.of(flushed, flushedKeys, settings.keyHash());
                contents = newContents(); // both first: they may fail
                flushMoment = CacheClock.NEVER;
                flushedKeys = keys;
                changes.flushed(now, keys);
                flushed.discard();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Drops all items as if they had never been there. */
    void clear() {
        lock.lock();
        try {
            flushAll(0);
            flushedKeys = FlushedKeys.NONE;
            changes.flushed(settings.clock().now(), FlushedKeys.NONE);
        } finally {
            lock.unlock();
        }
    }

    /** Changes the memory limit, dropping items where there are too many; false if nothing may be dropped, and all stays. */
    boolean limit(long bytes) {
        lock.lock();
        try {
            long now = now();
            long before = memory.limitBytes();
            boolean canEmpty = contents.pool.secureSpare();
            memory.limit(bytes);
            while (memory.usedBytes() - memory.lentBytes() > bytes) {
                if (!contents.pool.dropFree()
                        && !(canEmpty && contents.reclaimer().reclaim(now))) {
                    memory.limit(before);
                    return false;
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Lets a cursor have copies of the live items in a bucket; false if there are no more buckets. */
    boolean copyBucket(int bucket, ItemCursor cursor) {
        lock.lock();
        try {
            long now = now();
            if (bucket >= contents.index.buckets()) {
                return false;
            }
            contents.index.forEach(bucket, (of, slot) -> cursor.copy(slot, contents.segments, settings.clock(), now));
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Adds what this partition holds to the sums. */
    void addTo(CacheStatistics.Sums sums) {
        lock.lock();
        try {
            now();
            sums.items += contents.index.items();
            sums.itemBytes += contents.itemBytes();
            sums.usedBytes += memory.usedBytes();
            sums.indexBytes += contents.index.bytes();
        } finally {
            lock.unlock();
        }
    }

    void checkIntegrity() {
        lock.lock();
        try {
            new IntegrityCheck(contents, memory, settings.keyHash()).run();
        } finally {
            lock.unlock();
        }
    }

    // Under the lock.

    /** The time, after what is due by then: a flush, and taking back what has expired, one segment at a time. */
    private long now() {
        long now = settings.clock().now();
        if (isFlushDue(now)) {
            flush(now);
        }
        contents.reclaimer().sweepOncePerSecond(now);
        return now;
    }

    private void count(Counter counter) {
        settings.counters().increment(counter);
    }

    private void count(Counter counter, ItemView item) {
        settings.counters().increment(counter, item.itemSize());
    }
}
