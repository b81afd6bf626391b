package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.fence.LoadFences;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.lock.PartitionLock;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import org.jspecify.annotations.Nullable;

/**
 * The items of one share of the keys, independent of all other partitions. Everything that writes runs under {@link #lock};
 * {@link ItemChanges} implements the changes. Reading takes no lock, see {@link Index} and {@link Segment}.
 */
final class Partition implements PartitionLock.Owner {
    private final PartitionSettings settings;
    private final PartitionLock lock;
    private final Memory memory;
    private final RemovalRecorder removals; // guarded by lock
    private final ItemChanges changes; // guarded by lock
    private volatile PartitionContents contents;
    private volatile long flushMoment = CacheClock.NEVER;
    private volatile FlushedKeys flushedKeys = FlushedKeys.NONE;
    private final LoadFences fences = new LoadFences(); // guarded by lock
    private final ValueReservations reservations;
    private final PartitionMemory partitionMemory;
    private long lastMoment; // the time of the last operation; guarded by lock
    private long changeCount; // guarded by lock

    Partition(PartitionSettings settings) {
        this.settings = settings;
        removals = new RemovalRecorder(settings.removals(), settings.clock());
        lock = new PartitionLock(settings.removals(), removals, this);
        changes = new ItemChanges(settings, removals);
        memory = new Memory(
                settings.partitionBytes(),
                PartitionSizing.reservedBytes(settings.partitionBytes(), settings.segmentBytes()),
                settings.heap());
        contents = newContents();
        reservations = new ValueReservations(this, lock, memory, settings);
        partitionMemory = new PartitionMemory(this, lock, memory, settings.heap());
    }

    private PartitionContents newContents() {
        return new PartitionContents(memory, settings, removals);
    }

    CacheClock clock() {
        return settings.clock();
    }

    private boolean isFlushDue(long now) {
        return settings.clock().isExpired(flushMoment, now);
    }

    /**
     * Locks for an operation that depends on the time, and does what is due by then: a flush, and a step of reclaiming memory. The caller unlocks.
     *
     * @param isChange whether the operation may change items: only then live ones are evicted
     * @return the current moment
     */
    long begin(boolean isChange) {
        long now = lock.lock(settings.clock());
        try {
            lastMoment = now;
            if (isFlushDue(now)) {
                flushNow(now);
            }
            lock.beginChange();
            contents.reclaimer().work(now, isChange);
            lock.endChange();
            return now;
        } catch (Throwable e) {
            lock.unlock();
            throw e;
        }
    }

    /** As {@link #begin}, for an operation that modifies something until {@link PartitionLock#endChange}. */
    long beginChange() {
        long now = begin(true);
        changeCount++;
        lock.beginChange();
        return now;
    }

    /** Returns a number that increases with each change that a command makes or attempts; reads do not change it. */
    long changeCount() {
        lock.lockForAccount();
        try {
            return changeCount;
        } finally {
            lock.unlock();
        }
    }

    /** Empties the contents after an interrupted change. Until then, readers find an item that is being changed only under the lock. */
    @Override
    public void recover() {
        replaceContents(newContents());
        settings.counters().increment(Statistic.PARTITION_RESETS);
    }

    /** Readers that are in progress continue in the old contents, whose segments are never written to again. */
    private void replaceContents(PartitionContents empty) {
        PartitionContents old = contents;
        contents = empty;
        fences.breakAll();
        old.discard();
    }

    /** Returns the current contents; others after a flush. Guarded by the lock. */
    PartitionContents contents() {
        return contents;
    }

    /** Returns the time of the last operation. Guarded by the lock. */
    long lastMoment() {
        return lastMoment;
    }

    PartitionLock lock() {
        return lock;
    }

    /** Returns the changes of items. Guarded by the lock. */
    ItemChanges changes() {
        return changes;
    }

    /** Returns the fences of the items that are being loaded. Guarded by the lock. */
    LoadFences fences() {
        return fences;
    }

    /** Returns the memory of large values that are filled in place. */
    ValueReservations reservations() {
        return reservations;
    }

    /** Returns the changes of the memory limit, and the release of memory. */
    PartitionMemory memory() {
        return partitionMemory;
    }

    /** Returns the index in which items are looked up; another one after a flush. */
    Index index() {
        return contents.index;
    }

    /** Sets a view to the item with its key, expired or not; takes the lock only if the lookup without it fails. */
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

    /** The result of a get, which the caller counts. */
    enum Read {
        HIT,
        MISS,
        EXPIRED,
        FLUSHED
    }

    /** Finds a live item. */
    Read get(ItemView view, long now) {
        flushIfDue(now);
        boolean isPresent = lookUp(view);
        boolean found = isPresent && !settings.clock().isExpired(view.expiry, now);
        settings.shadows().read(view.hash(), found ? view.itemSize() : 0);
        if (!isPresent) {
            return missed(view.hash());
        }
        if (!found) {
            return dropExpired(view, now) ? Read.EXPIRED : Read.MISS;
        }
        view.savePreviousState(now);
        recordAccess(view, now);
        return Read.HIT;
    }

    /** Returns the result of a get that found no item. */
    Read missed(long hash) {
        return flushedKeys.remove(hash) ? Read.FLUSHED : Read.MISS;
    }

    /** Returns whether the item of a key that was not found was flushed and not looked up since; changes nothing. */
    boolean peekFlushed(long hash) {
        return flushedKeys.contains(hash);
    }

    /** Drops an item that was found expired, as memcached does; false if it was removed or replaced concurrently. */
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

    /** The fast path of a get, see {@link Index#copyValue}. */
    byte @Nullable [] copyValue(long hash, byte[] key, long recacheMillis) {
        if (flushMoment != CacheClock.NEVER) {
            return null;
        }
        byte[] value = contents.index.copyValue(hash, key, settings.clock(), recacheMillis);
        if (value != null) {
            settings.shadows().read(hash, value == Index.NONE ? 0 : ItemSize.of(key.length, 0, value.length));
        }
        return value;
    }

    /** Finds a live item without counting the read or updating the item. */
    boolean peek(ItemView view) {
        long now = settings.clock().now();
        flushIfDue(now);
        boolean found = lookUp(view) && !settings.clock().isExpired(view.expiry, now);
        view.savePreviousState(now);
        return found;
    }

    /** Finds an expired item that still occupies space, without updating anything. */
    boolean peekExpired(ItemView view) {
        long now = settings.clock().now();
        return !isFlushDue(now) && lookUp(view) && settings.clock().isExpired(view.expiry, now);
    }

    /** Executes a meta get: optionally creates the item, sets its exptime, or chooses the client to renew it. Locks only for a change. */
    boolean fetch(ItemUpdate request, ItemView view) {
        long now = settings.clock().now();
        flushIfDue(now);
        boolean isPresent = lookUp(view);
        boolean found = isPresent && !settings.clock().isExpired(view.expiry, now);
        if (!request.skipsAccessUpdate) {
            settings.shadows().read(view.hash(), found ? view.itemSize() : 0);
        }
        if (found ? request.setsExptime || view.needsRenewal(request, settings.clock(), now) : request.vivifies) {
            return fetchLocked(request, view);
        }
        if (!found) {
            settings.counters().increment(Statistic.GET_MISSES);
            if (isPresent ? dropExpired(view, now) : flushedKeys.remove(view.hash())) {
                settings.counters().increment(isPresent ? Statistic.GET_EXPIRED : Statistic.GET_FLUSHED);
            }
            return false;
        }
        request.countFetch(settings.counters(), true, view);
        view.savePreviousState(now);
        if (!request.skipsAccessUpdate) {
            recordAccess(view, now);
        }
        return true;
    }

    private boolean fetchLocked(ItemUpdate request, ItemView view) {
        long now = beginChange();
        try {
            boolean isPresent = view.findLockedIn(contents.index);
            boolean found = isPresent && !settings.clock().isExpired(view.expiry, now);
            if (found) {
                changes.fetch(contents, request, view, now);
            } else {
                changes.countMiss(contents, view, isPresent, now);
                found = request.vivifies && changes.vivify(contents, request, view, now);
            }
            request.countFetch(settings.counters(), found, view);
            if (found && !request.skipsAccessUpdate) {
                view.recordAccess(settings.clock().second(now), now);
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

    /** Finds a live item again, and makes the view contain a copy of it. */
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

    /** Records a read of an item. Writes to the item itself only if the lock is free; otherwise the next access does it. */
    private void recordAccess(ItemView view, long now) {
        long second = settings.clock().second(now);
        if (view.recordFetch(second) && lock.tryLock()) {
            try {
                lock.beginChange();
                view.recordLastAccess(second, now);
                lock.endChange();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Executes a storage command. The caller releases a large value, whether it was stored or not. */
    StoreResult store(StoreMode mode, ItemUpdate update, long hash) {
        long now = beginChange();
        try {
            StoreResult result = StoreResult.NOT_STORED;
            if (fences.remove(update.fence)) {
                result = changes.store(contents, mode, update, hash, now);
                boolean rejected = result == StoreResult.TOO_LARGE || result == StoreResult.OUT_OF_MEMORY;
                if (result == StoreResult.STORED
                        || (rejected && mode == StoreMode.SET)) { // which may remove the old item
                    fences.breakFences(hash);
                }
            }
            lock.endChange();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** Counts a value that was rejected before it was read, and for a set removes the old item. */
    void reject(StoreMode mode, ItemUpdate update, long hash, long valueLength, StoreResult reason) {
        long now = beginChange();
        try {
            changes.rejectUnread(contents, mode, update, hash, valueLength, reason, now);
            if (mode == StoreMode.SET) {
                fences.breakFences(hash);
            }
            lock.endChange();
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether values may be leased, see {@link Memory#allowsLeases}. */
    boolean allowsLeases() {
        return memory.allowsLeases();
    }

    DeleteResult delete(ItemUpdate update, long hash) {
        long now = beginChange();
        try {
            DeleteResult result =
                    fences.remove(update.fence) ? changes.delete(contents, update, hash, now) : DeleteResult.NOT_FOUND;
            if (result != DeleteResult.EXISTS && update.fence == null) {
                fences.breakFences(hash);
            }
            lock.endChange();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** Drops a live item as if its space were needed, or removes one that has expired. */
    boolean drop(ItemUpdate update, long hash, boolean isLive) {
        long now = beginChange();
        try {
            boolean dropped =
                    isLive ? changes.evict(contents, update, hash, now) : changes.reclaim(contents, update, hash, now);
            lock.endChange();
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** Sets the exptime of an item. */
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

    /** Sets the exptime of an item, and sets the view to it. */
    boolean touch(ItemView view, long exptimeSeconds) {
        long now = beginChange();
        try {
            boolean found = changes.touch(contents, view, exptimeSeconds, now);
            settings.shadows().read(view.hash(), found ? view.itemSize() : 0);
            lock.endChange();
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Sets the time to live of an item in milliseconds, and sets the view to it. */
    boolean touchFor(ItemView view, long millis) {
        long now = beginChange();
        try {
            boolean found = changes.touchUntil(contents, view, settings.clock().expiryAfter(millis, now), now);
            settings.shadows().read(view.hash(), found ? view.itemSize() : 0);
            lock.endChange();
            return found;
        } finally {
            lock.unlock();
        }
    }

    /** Removes an item, and makes the view contain a copy of it. */
    boolean take(ItemUpdate update, ItemView view) {
        long now = begin(false);
        try {
            if (view.findLockedIn(contents.index) && !settings.clock().isExpired(view.expiry, now)) {
                view.savePreviousState(now);
                view.detach(); // before the change: the allocation may fail
            }
            lock.beginChange();
            DeleteResult result = changes.delete(contents, update, view.hash(), now);
            fences.breakFences(view.hash());
            lock.endChange();
            return result == DeleteResult.DELETED;
        } finally {
            lock.unlock();
        }
    }

    /** Increments or decrements an item's number. */
    CounterStatus delta(ItemUpdate update, long hash, long delta, boolean increments) {
        long now = beginChange();
        try {
            CounterStatus result = changes.delta(contents, update, hash, delta, increments, now);
            if (result == CounterStatus.STORED) {
                fences.breakFences(hash);
            }
            lock.endChange();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Drops all items, now or at a later moment, a second before the exptime, as memcached does. An exptime from before the cache
     * was built drops nothing, but replaces a flush that is pending: in memcached it is the second 0, which means no flush.
     */
    void flushAll(long exptimeSeconds) {
        long now = begin(false);
        try {
            long expiry = settings.clock().expiry(exptimeSeconds, now);
            long moment = expiry == CacheClock.LONG_AGO ? CacheClock.NEVER : expiry - CacheClock.MILLIS_PER_SECOND;
            flushAt(exptimeSeconds <= 0 ? now : moment, now);
        } finally {
            lock.unlock();
        }
    }

    /** Drops all items after a number of milliseconds. */
    void flushAfter(long millis) {
        long now = begin(false);
        try {
            flushAt(settings.clock().expiryAfter(millis, now), now);
        } finally {
            lock.unlock();
        }
    }

    private void flushAt(long moment, long now) {
        flushMoment = moment;
        if (isFlushDue(now)) {
            flushNow(now);
        }
    }

    /** Executes a flush that is due, for a reader, which has no lock. */
    private void flushIfDue(long now) {
        if (!isFlushDue(now)) {
            return;
        }
        lock.lock();
        try {
            if (isFlushDue(now)) {
                flushNow(now);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Drops all items without a record of their keys, and without reporting them. Does not read the clock, which may throw. */
    void clear() {
        lock.lock();
        try {
            drop(lastMoment, FlushedKeys.NONE, newContents());
            changes.clearFlush();
        } finally {
            lock.unlock();
        }
    }

    /** Drops all items; under the lock. If the JVM has no memory for the new contents, the flush remains due. */
    private void flushNow(long now) {
        FlushedKeys keys = FlushedKeys.of(contents, flushedKeys, settings.keyHash());
        PartitionContents empty = newContents();
        removals.recordFlush(contents.index, contents.segments, flushMoment, now);
        drop(now, keys, empty);
    }

    private void drop(long now, FlushedKeys keys, PartitionContents empty) {
        lock.beginChange();
        changeCount++;
        flushedKeys = keys;
        changes.recordFlush(now, keys);
        replaceContents(empty);
        flushMoment = CacheClock.NEVER; // last: while a flush is due, readers wait for the lock
        lock.endChange();
        settings.heap().account().directMemory().trim();
    }

    /** Copies the live items of a bucket to a cursor; false if there are no more buckets. */
    boolean copyBucket(int bucket, ItemCursor cursor) {
        long now = begin(false);
        try {
            if (bucket >= contents.index.buckets()) {
                return false;
            }
            PartitionContents copied = contents;
            copied.index.forEach(bucket, (ignored, slot) -> cursor.copy(slot, copied, settings.clock(), now));
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Passes the live items of some buckets to a scanner; false if there are no more buckets. */
    boolean scan(int bucket, int end, Snapshots.Scanner scanner) {
        long now = begin(false);
        try {
            for (int i = bucket; i < Math.min(end, contents.index.buckets()); i++) {
                contents.index.forEach(i, (ignored, slot) -> scanner.add(slot));
            }
            scanner.read(contents, settings.clock(), now);
            return end < contents.index.buckets();
        } finally {
            lock.unlock();
        }
    }

    /** Adds the contents of this partition to the statistics. */
    void addTo(EngineStatistics sums) {
        begin(false);
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

    void reportRemovals(Object transferLock) {
        lock.reportRemovals(transferLock);
    }
}
