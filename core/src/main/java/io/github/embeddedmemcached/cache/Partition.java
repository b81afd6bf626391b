package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * The items of one share of the keys, independent of all other partitions. Everything that writes runs under {@link #lock};
 * {@link ItemChanges} implements the changes. Reading takes no lock, see {@link Index} and {@link Segment}.
 */
final class Partition {
    private final PartitionSettings settings;
    private final PartitionLock lock;
    private final Memory memory;
    private final EvictionRecorder evictions; // guarded by lock
    private final ItemChanges changes; // guarded by lock
    private volatile Contents contents;
    private volatile long flushMoment = CacheClock.NEVER;
    private volatile FlushedKeys flushedKeys = FlushedKeys.NONE;
    private long lastMoment; // of the last operation; guarded by lock

    Partition(PartitionSettings settings) {
        this.settings = settings;
        evictions = new EvictionRecorder(settings.evictions());
        lock = new PartitionLock(settings.evictions(), evictions, this::recover);
        changes = new ItemChanges(settings, evictions);
        memory = new Memory(
                settings.partitionBytes(),
                Sizing.reservedBytes(settings.partitionBytes(), settings.segmentBytes()),
                settings.heap());
        contents = newContents();
    }

    private Contents newContents() {
        return new Contents(memory, settings, evictions);
    }

    CacheClock clock() {
        return settings.clock();
    }

    private boolean isFlushDue(long now) {
        return settings.clock().isExpired(flushMoment, now);
    }

    // The lock.

    /**
     * Locks for an operation that depends on the time, and does what is due by then: a flush, and reclaiming segments in which
     * everything has expired, one at a time. The caller unlocks.
     *
     * @return the present moment
     */
    private long begin() {
        long now = lock.lock(settings.clock());
        try {
            lastMoment = now;
            if (isFlushDue(now)) {
                flushNow(now);
            }
            lock.beginChange();
            contents.reclaimer().sweepOncePerSecond(now);
            lock.endChange();
            return now;
        } catch (Throwable e) {
            lock.unlock();
            throw e;
        }
    }

    /** As {@link #begin}, for an operation that modifies something until {@link PartitionLock#endChange}. */
    private long beginChange() {
        long now = begin();
        lock.beginChange();
        return now;
    }

    /**
     * Replaces the contents by empty ones after an interrupted change. Until then, readers go on in the old contents: an item that is
     * being changed is found only under the lock, any other is as it was.
     */
    private void recover() {
        replaceContents(newContents());
        settings.counters().increment(Counter.PARTITION_RESETS);
    }

    /** Readers that are in progress go on in the old contents, whose segments are never written to again. */
    private void replaceContents(Contents empty) {
        Contents old = contents;
        contents = empty;
        old.discard();
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
            return dropExpired(view, now) ? Read.EXPIRED : Read.MISS;
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
    private boolean dropExpired(ItemView view, long now) {
        lock.lock();
        try {
            lock.beginChange();
            boolean dropped = changes.dropExpired(contents, view, now);
            lock.endChange();
            return dropped;
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
            settings.counters().increment(Counter.GET_MISSES);
            if (isThere ? dropExpired(view, now) : flushedKeys.remove(view.hash())) {
                settings.counters().increment(isThere ? Counter.GET_EXPIRED : Counter.GET_FLUSHED);
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
        long now = beginChange();
        try {
            boolean isThere = view.findLockedIn(contents.index);
            boolean found = isThere && !settings.clock().isExpired(view.expiry, now);
            if (found) {
                changes.fetch(contents, request, view, now);
            } else {
                changes.countGone(contents, view, isThere);
                found = request.vivifies && changes.vivify(contents, request, view, now);
            }
            settings.counters().countFetch(request, found, view);
            if (found && !request.leavesNoTrace) {
                view.noteAccess(settings.clock().second(now), now);
            }
            lock.endChange();
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
        long now = settings.clock().now();
        lock.lock();
        try {
            boolean found =
                    view.findLockedIn(contents.index) && !settings.clock().isExpired(view.expiry, now);
            if (found) {
                view.detach();
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Marks an item as read. Writes into the item itself only if the lock is free; otherwise the next access does it. */
    private void noteAccess(ItemView view, long now) {
        long second = settings.clock().second(now);
        if (view.noteFetched(second) && lock.tryLock()) {
            try {
                lock.beginChange();
                view.noteLastAccess(second, now);
                lock.endChange();
            } finally {
                lock.unlock();
            }
        }
    }

    // Storing.

    /** Does a storage command. The caller releases a large value, stored or not. */
    StoreResult store(StoreMode mode, ItemUpdate update, long hash) {
        long now = beginChange();
        try {
            StoreResult result = changes.store(contents, mode, update, hash, now);
            lock.endChange();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** Refuses a value that was not even read: counts, and for a set removes the old item. */
    void refuse(StoreMode mode, ItemUpdate update, long hash, StoreResult why) {
        long now = beginChange();
        try {
            changes.refuse(contents, mode, update, hash, why, now);
            lock.endChange();
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
        long now = beginChange();
        try {
            array = contents.takeFree(size, now);
            if (array == null && contents.takeUploadSpace(size, now)) {
                array = ItemUpdate.NO_BYTES;
                state = LargeValue.State.RECEIVED;
            }
            lock.endChange();
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

    /** Takes the memory of a value back that was not stored; also after an interrupted change, as it may not be offered again. */
    void release(LargeValue value) {
        lock.lockForAccount();
        try {
            value.settle(memory, settings.uploads());
        } finally {
            lock.unlock();
        }
    }

    private void retreat(int bytes, LargeValue.State state) {
        lock.lockForAccount();
        try {
            state.give(bytes, memory, settings.uploads());
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
     * Doesn't wait for the lock. The caller may hold the lock of another cache, so that neither the clock is read nor a listener called:
     * {@link #reportEvictions} does that later.
     *
     * @return whether it gave anything back
     */
    boolean giveUp() {
        if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
            return false;
        }
        try {
            lock.beginChange();
            long given = contents.giveUp(lastMoment);
            lock.endChange();
            return given > 0;
        } finally {
            lock.unlockSilently();
        }
    }

    /**
     * Gives back memory that is free or expired, because this or another partition would take new memory. Doesn't wait for the lock.
     *
     * @return how much it was
     */
    long giveExpired(long bytes, long now) {
        if (lock.isHeldByCurrentThread()) { // it is this partition that would take memory
            return contents.giveFree(bytes, now);
        }
        if (!contents.mayHaveFree(now) || !lock.tryLock()) {
            return 0;
        }
        try {
            lock.beginChange();
            long given = contents.giveFree(bytes, now);
            lock.endChange();
            return given;
        } finally {
            lock.unlockSilently();
        }
    }

    // Changing what is there.

    DeleteResult delete(ItemUpdate update, long hash) {
        long now = beginChange();
        try {
            DeleteResult result = changes.delete(contents, update, hash, now);
            lock.endChange();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** Removes an item if it has expired. */
    boolean reclaim(ItemUpdate update, long hash) {
        long now = beginChange();
        try {
            boolean reclaimed = changes.reclaim(contents, update, hash, now);
            lock.endChange();
            return reclaimed;
        } finally {
            lock.unlock();
        }
    }

    /** Drops a live item as if its room were needed. */
    boolean evict(ItemUpdate update, long hash) {
        long now = beginChange();
        try {
            boolean evicted = changes.evict(contents, update, hash, now);
            lock.endChange();
            return evicted;
        } finally {
            lock.unlock();
        }
    }

    /** Gives an item another exptime. */
    boolean touch(long hash, byte[] key, int offset, int length, long exptimeSeconds) {
        long now = beginChange();
        try {
            ItemView view = changes.found();
            view.seek(this, hash, key, offset, length);
            boolean found = changes.touch(contents, view, exptimeSeconds, now);
            lock.endChange();
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Gives an item another exptime, and opens the view on it. */
    boolean touch(ItemView view, long exptimeSeconds) {
        long now = beginChange();
        try {
            boolean found = changes.touch(contents, view, exptimeSeconds, now);
            lock.endChange();
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Adds to or takes from an item's number. */
    DeltaResult delta(ItemUpdate update, long hash, long delta, boolean increments) {
        long now = beginChange();
        try {
            DeltaResult result = changes.delta(contents, update, hash, delta, increments, now);
            lock.endChange();
            return result;
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
        long now = begin();
        try {
            long expiry = settings.clock().expiry(exptimeSeconds, now);
            flushMoment = exptimeSeconds <= 0
                    ? now
                    : expiry == CacheClock.LONG_AGO ? CacheClock.NEVER : expiry - CacheClock.MILLIS_PER_SECOND;
            if (isFlushDue(now)) {
                flushNow(now);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Does a flush that is due, for a reader, which has no lock. */
    private void flush(long now) {
        lock.lock();
        try {
            if (isFlushDue(now)) {
                flushNow(now);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Drops all items as if they had never been there. Does not read the clock, which may throw. */
    void clear() {
        lock.lock();
        try {
            flushNow(lastMoment, FlushedKeys.NONE);
            changes.forgetFlush();
        } finally {
            lock.unlock();
        }
    }

    /** Drops all items; under the lock. Where the JVM has no memory for that, the flush remains due. */
    private void flushNow(long now) {
        flushNow(now, FlushedKeys.of(contents, flushedKeys, settings.keyHash()));
    }

    private void flushNow(long now, FlushedKeys keys) {
        Contents empty = newContents();
        lock.beginChange();
        flushedKeys = keys;
        changes.flushed(now, keys);
        replaceContents(empty);
        flushMoment = CacheClock.NEVER; // last: while a flush is due, readers wait for the lock
        lock.endChange();
    }

    /** Changes the memory limit, dropping items where there are too many; false if nothing may be dropped, and all stays. */
    boolean limit(long bytes) {
        long before;
        boolean canEmpty;
        long now = beginChange();
        try {
            before = memory.limitBytes();
            canEmpty = contents.fixedBytes() <= bytes && contents.pool.secureSpare();
            memory.limit(bytes);
            lock.endChange();
        } finally {
            lock.unlock();
        }
        while (true) { // a step at a time: each reports its evictions when it has unlocked
            lock.lock();
            try {
                if (memory.usedBytes() - memory.lentBytes() <= bytes) {
                    return true;
                }
                lock.beginChange();
                boolean won = contents.pool.dropFree()
                        || (canEmpty && contents.reclaimer().reclaim(now));
                lock.endChange();
                if (!won) {
                    memory.limit(before);
                    return false;
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Lets a cursor have copies of the live items in a bucket; false if there are no more buckets. */
    boolean copyBucket(int bucket, ItemCursor cursor) {
        long now = begin();
        try {
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
        begin();
        try {
            contents.addTo(sums);
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

    void reportEvictions() {
        lock.reportEvictions();
    }
}
