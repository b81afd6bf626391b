package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.LimitWarnings;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import io.github.embeddedmemcached.internal.engine.policy.ShadowCaches;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The engine of a cache, as sessions call it: keys and values are ranges of the caller's arrays, and requests and results are in objects
 * that the caller reuses. Operations do not allocate or copy needlessly. Arguments are not checked again: a key has 1 to {@link
 * ItemSize#KEY_LENGTH_MAX} bytes.
 *
 * <p>Thread-safe; {@link ItemUpdate}s and {@link ItemView}s are not.
 */
public final class CacheEngine {
    /** The bits of the hash above these choose the partition; the index uses the bits below. */
    private static final int PARTITION_SHIFT = 33;

    private final Partition[] partitions;
    private final int partitionMask;
    private final InstantSource clockSource;
    private final PartitionSettings shared;
    private final CacheMemory memory;
    private final @Nullable String name;

    public CacheEngine(EngineSettings settings) {
        HeapAccount account = settings.heapAccount();
        LimitWarnings warnings = new LimitWarnings(settings.warningsWithName(), account);
        warnings.onLimit(settings.memoryLimitBytes());
        long limitBytes = Math.min(settings.memoryLimitBytes(), account.itemLimitBytes());
        int requestedSizeBytes = settings.itemSizeMaxBytesOrDefault();
        int maxItemSizeBytes = (int) Math.min(requestedSizeBytes, limitBytes / EngineSettings.ITEM_SHARE);
        if (settings.maxItemSizeBytes() != 0) {
            warnings.onItemSizeMax(requestedSizeBytes, maxItemSizeBytes);
        }
        int count = PartitionSizing.partitions(limitBytes, maxItemSizeBytes);
        memory = new CacheMemory(settings, warnings);
        HeapAccount.Share heap = account.open(memory);
        ShadowCaches shadows = new ShadowCaches(settings.evicts() ? limitBytes : 0, count, heap);
        shared = new PartitionSettings(
                heap,
                new UploadBudget(heap, limitBytes),
                new ExpiredSpace(),
                (limitBytes - shadows.bytes()) / count,
                PartitionSizing.segmentBytes(limitBytes / count),
                PartitionSizing.indexChunkBytes(limitBytes / count),
                maxItemSizeBytes,
                settings.evicts(),
                settings.keyHash(),
                new CacheClock(SystemTime.elapsingAs(settings.clock())),
                settings.hasCasUniques() ? new AtomicLong() : null,
                new Counters(),
                new Removals(settings.name()),
                shadows);
        partitionMask = count - 1;
        partitions = new Partition[count];
        for (int i = 0; i < count; i++) {
            partitions[i] = new Partition(shared);
        }
        shared.expired().partitions(partitions);
        memory.partitions(partitions, shared.uploads(), shadows);
        clockSource = settings.clock();
        name = settings.name();
    }

    /** Returns the name of the cache; null if it has none. */
    public @Nullable String name() {
        return name;
    }

    /** Returns the clock that the cache was created with. */
    public InstantSource clockSource() {
        return clockSource;
    }

    /**
     * Returns the length up to which a value is always stored from an array of the caller. A longer value may be filled in place.
     *
     * @return bytes; {@link #reserve} accepts longer values only
     */
    public int inlineValueLengthMax() {
        return PartitionContents.ordinaryBytesMax(shared.segmentBytes());
    }

    /** Returns access to all items for saving and restoring them. */
    public Snapshots snapshots() {
        return new Snapshots(this, shared, partitions);
    }

    public boolean hasCasUniques() {
        return shared.hasCasUniques();
    }

    /** Returns whether an item with a key and a value of these lengths is too large, so that a store would return TOO_LARGE. */
    public boolean isTooLarge(int keyLength, int flags, long valueLength) {
        return ItemSize.of(keyLength, flags, valueLength) > shared.maxItemSizeBytes();
    }

    /**
     * Gets an item.
     *
     * @param key contains the key
     * @param offset the offset of the key
     * @param length its length
     * @param view set to the item if it is found
     * @return whether the item exists
     */
    public boolean get(byte[] key, int offset, int length, ItemView view) {
        Partition.Read read = get(hash(key, offset, length), key, offset, length, view, now());
        if (read != Partition.Read.HIT) {
            count(read, 1);
            return false;
        }
        countHits(SlabClasses.classOf(view.itemSize()), 1);
        return true;
    }

    /**
     * Reads an item without updating its access time, its access frequency or the statistics.
     *
     * @param key contains the key
     * @param offset the offset of the key
     * @param length its length
     * @param view set to the item if it is found
     * @return whether the item exists
     */
    public boolean peek(byte[] key, int offset, int length, ItemView view) {
        return seek(key, offset, length, view).peek(view);
    }

    /**
     * Gets an item as the meta get command does.
     *
     * @param request the key, and optionally an exptime, vivify, recache, skipAccessUpdate, assignCas
     * @param view set to the item if it is found
     * @return whether the item exists or was created by this call
     */
    public boolean fetch(ItemUpdate request, ItemView view) {
        boolean found = seek(request.keyBytes, request.keyOffset, request.keyLength, view)
                .fetch(request, view);
        reportRemovalsOfOthers();
        return found;
    }

    /**
     * Sets the exptime of an item, and gets it.
     *
     * @param key contains the key
     * @param offset the offset of the key
     * @param length its length
     * @param exptimeSeconds the new exptime
     * @param view set to the item if it is found
     * @return whether the item exists
     */
    public boolean getAndTouch(byte[] key, int offset, int length, long exptimeSeconds, ItemView view) {
        return seek(key, offset, length, view).touch(view, exptimeSeconds);
    }

    /**
     * Sets the exptime of an item.
     *
     * @param key contains the key
     * @param offset the offset of the key
     * @param length its length
     * @param exptimeSeconds the new exptime
     * @return whether the item exists
     */
    public boolean touch(byte[] key, int offset, int length, long exptimeSeconds) {
        long hash = hash(key, offset, length);
        return partition(hash).touch(hash, key, offset, length, exptimeSeconds);
    }

    /**
     * Sets the time to live of an item, and gets it.
     *
     * @param update the key
     * @param millis see {@link ItemUpdate#timeToLive}
     * @param view set to the item if it is found
     * @return whether the item exists
     */
    public boolean touchFor(ItemUpdate update, long millis, ItemView view) {
        return seek(update.keyBytes, update.keyOffset, update.keyLength, view).touchFor(view, millis);
    }

    /**
     * Removes an item and gets it.
     *
     * @param update the key
     * @param view set to a copy of the item if it is found
     * @return whether the item existed
     */
    public boolean take(ItemUpdate update, ItemView view) {
        Partition partition = seek(update.keyBytes, update.keyOffset, update.keyLength, view);
        boolean taken = partition.take(update, view);
        reportRemovalsOfOthers();
        return taken;
    }

    /**
     * Executes a storage command. A value that was {@linkplain #reserve reserved} is released if it is not stored.
     *
     * @param mode the command
     * @param update key, value, client flags, exptime, optionally a CAS unique; receives the item's new CAS unique
     * @return the result
     * @throws IllegalArgumentException if the value was reserved for a key of another partition, or in another cache
     */
    public StoreResult store(StoreMode mode, ItemUpdate update) {
        long hash = hash(update);
        try {
            Partition partition = partition(hash);
            if (update.largeValue != null && !update.largeValue.belongsTo(partition)) {
                throw new IllegalArgumentException("the value was reserved for another key");
            }
            StoreResult result = partition.store(mode, update, hash);
            reportRemovalsOfOthers();
            if (shared.heap().wasRefused()) {
                memory.warnOfRefusal(heapBytes(), evicts());
            }
            return result;
        } finally {
            if (update.largeValue != null) {
                update.largeValue.release(); // does nothing if the value was stored
            }
        }
    }

    /**
     * Reserves memory for a long value that is then filled in place and stored.
     *
     * @param update the key and the client flags
     * @param valueLength more than {@link #inlineValueLengthMax}, and not so long that the item would be too large
     * @return the memory, or null if there is none
     */
    public @Nullable LargeValue reserve(ItemUpdate update, int valueLength) {
        if (valueLength <= inlineValueLengthMax()) {
            throw new IllegalArgumentException("a value of " + valueLength
                    + " bytes must not be reserved: it is at most " + inlineValueLengthMax());
        }
        LargeValue value = partition(hash(update)).reservations().reserve(update, valueLength);
        reportRemovalsOfOthers();
        return value;
    }

    /**
     * Counts a value that was rejected before it was received, and for a set removes the old item as memcached does.
     *
     * @param mode the storage command
     * @param update the key, the client flags and the exptime
     * @param valueLength the length of the value
     * @param reason TOO_LARGE or OUT_OF_MEMORY
     */
    public void reject(StoreMode mode, ItemUpdate update, long valueLength, StoreResult reason) {
        long hash = hash(update);
        partition(hash).reject(mode, update, hash, valueLength, reason);
    }

    /**
     * Removes an item.
     *
     * @param update the key, and optionally a CAS unique
     * @return the result
     */
    public DeleteResult delete(ItemUpdate update) {
        long hash = hash(update);
        DeleteResult result = partition(hash).delete(update, hash);
        reportRemovalsOfOthers();
        return result;
    }

    /**
     * Increments an item's number, which wraps at 2^64.
     *
     * @param update the key, and optionally a CAS unique; receives the new number and CAS unique
     * @param delta the unsigned amount to add
     * @return the result
     */
    public CounterStatus increment(ItemUpdate update, long delta) {
        long hash = hash(update);
        CounterStatus result = partition(hash).delta(update, hash, delta, true);
        reportRemovalsOfOthers();
        return result;
    }

    /**
     * Decrements an item's number, which stops at 0.
     *
     * @param update the key, and optionally a CAS unique; receives the new number and CAS unique
     * @param delta the unsigned amount to subtract
     * @return the result
     */
    public CounterStatus decrement(ItemUpdate update, long delta) {
        long hash = hash(update);
        CounterStatus result = partition(hash).delta(update, hash, delta, false);
        reportRemovalsOfOthers();
        return result;
    }

    /**
     * Counts an event that only the protocol layer detects.
     *
     * @param counter incremented by one
     */
    public void count(Statistic counter) {
        shared.counters().increment(counter);
    }

    /**
     * Counts an event of an item that only the protocol layer detects.
     *
     * @param counter incremented by one
     * @param itemSize the item's size as {@link ItemSize#of} counts it
     */
    public void count(Statistic counter, long itemSize) {
        shared.counters().increment(counter, itemSize);
    }

    /**
     * Counts a call of a loader.
     *
     * @param nanos its duration
     * @param failed whether it threw an exception
     */
    public void countLoad(long nanos, boolean failed) {
        shared.counters().add(Statistic.LOADS, 0, 1);
        shared.counters().add(Statistic.LOAD_NANOS, 0, nanos);
        shared.counters().add(Statistic.LOAD_FAILURES, 0, failed ? 1 : 0);
    }

    /**
     * Returns a counter of the items of one slab class. Reads by {@link #getValue} are counted without a class.
     *
     * @param counter a counter of item events
     * @param slabClass 1 to {@link SlabClasses#count}
     * @return the count since the start or the last reset
     */
    public long counterValue(Statistic counter, int slabClass) {
        return shared.counters().value(counter, slabClass);
    }

    /** Returns a cursor over all live items, before the first one. */
    public ItemCursor cursor() {
        return new ItemCursor(partitions, false);
    }

    /** Returns a cursor over all items, including expired ones whose space has not been reclaimed, before the first one. */
    public ItemCursor cursorWithExpired() {
        return new ItemCursor(partitions, true);
    }

    /**
     * Reclaims the space of an item if it has expired.
     *
     * @param update the key
     * @return whether the item existed
     */
    public boolean reclaim(ItemUpdate update) {
        long hash = hash(update);
        return partition(hash).drop(update, hash, false);
    }

    /**
     * Drops an item as if its space were needed: it counts as an eviction, and is {@linkplain #removals reported} as one.
     *
     * @param update the key
     * @return whether the item existed
     */
    public boolean evict(ItemUpdate update) {
        long hash = hash(update);
        return partition(hash).drop(update, hash, true);
    }

    /**
     * Returns whether an item that was not found has expired and still occupies space. Updates neither the item nor the statistics.
     *
     * @param key contains the key
     * @param offset the offset of the key
     * @param length its length
     * @param view set to the item if it is found
     * @return whether such an item exists
     */
    public boolean peekExpired(byte[] key, int offset, int length, ItemView view) {
        return seek(key, offset, length, view).peekExpired(view);
    }

    /**
     * Returns whether an item that was not found was dropped by a flush, and its key not looked up since. Updates neither the item nor the
     * statistics.
     *
     * @param key contains the key
     * @param offset the offset of the key
     * @param length its length
     * @return whether such an item existed
     */
    public boolean peekFlushed(byte[] key, int offset, int length) {
        long hash = hash(key, offset, length);
        return partition(hash).peekFlushed(hash);
    }

    /** Returns the recipients of removals: the application's, and observers of the servers that share the cache. */
    public Removals removals() {
        return shared.removals();
    }

    /** Drops all items at a later second, see {@link io.github.embeddedmemcached.cache.Cache#flushAll()}. */
    public void flushAll(long exptimeSeconds) {
        shared.counters().increment(Statistic.CMD_FLUSH);
        for (Partition partition : partitions) {
            partition.flushAll(exptimeSeconds);
        }
    }

    /** Drops all items after a number of milliseconds, see {@link io.github.embeddedmemcached.cache.Cache#flushAll(java.time.Duration)}. */
    public void flushAfter(long millis) {
        shared.counters().increment(Statistic.CMD_FLUSH);
        for (Partition partition : partitions) {
            partition.flushAfter(millis);
        }
    }

    /** Returns the CAS unique that was assigned last; 0 if items have none. */
    public long lastCasUnique() {
        AtomicLong casUniques = shared.casUniques();
        return casUniques == null ? 0 : casUniques.get();
    }

    /** Restores the initial state, see {@link io.github.embeddedmemcached.cache.Cache#reset}. */
    public void reset() {
        shared.clock().restart(); // first: items with times of the old epoch are then dropped
        clear();
        resetStatistics();
        memory.reset();
        reportRemovalsOfOthers();
    }

    /** Drops all items. Does not read the clock, which may throw. */
    public void clear() {
        for (Partition partition : partitions) {
            partition.clear();
        }
    }

    public EngineStatistics statistics() {
        EngineStatistics statistics = new EngineStatistics(
                memoryLimitBytes(),
                memory.requestedLimitBytes(),
                shared.counters().values());
        statistics.addUsedBytes(shared.uploads().usedBytes() + shared.shadows().usedBytes());
        for (Partition partition : partitions) {
            partition.addTo(statistics);
        }
        return statistics;
    }

    public void resetStatistics() {
        shared.counters().reset();
    }

    public int maxItemSizeBytes() {
        return shared.maxItemSizeBytes();
    }

    /** Returns the memory that is charged to the cache's share of the heap's account. */
    long heapBytes() {
        return shared.heap().usedBytes();
    }

    /** Returns the share of the memory for new items, which the shadow caches choose. */
    double smallShare() {
        return shared.shadows().smallShare();
    }

    public boolean evicts() {
        return shared.evicts();
    }

    /** Returns the requested memory limit, or what the heap allows if that is less. */
    public long memoryLimitBytes() {
        return memory.limitBytes();
    }

    /**
     * Changes the memory limit, see {@link io.github.embeddedmemcached.cache.Cache#resize}.
     *
     * @param bytes from {@link EngineSettings#MEMORY_LIMIT_MIN} to the machine's memory
     * @return false if the limit is unchanged
     * @throws IllegalArgumentException if the limit is out of range
     */
    public boolean resize(long bytes) {
        boolean done = memory.resize(bytes);
        reportRemovalsOfOthers();
        return done;
    }

    /** Reports removals that one cache made to release memory to another. The caller holds no lock. */
    void reportRemovalsOfOthers() {
        shared.heap().account().reportRemovals();
    }

    public void checkIntegrity() {
        for (Partition partition : partitions) {
            partition.checkIntegrity();
        }
    }

    long now() {
        return shared.clock().now();
    }

    /** Copies the value of a live item that is not a placeholder: by the fast path of {@link Index#copyValue} where possible. */
    public byte @Nullable [] getValue(byte[] key) {
        long hash = hash(key, 0, key.length);
        Partition partition = partition(hash);
        byte[] value = partition.copyValue(hash, key, Index.ANY);
        if (value == null) {
            return getWithView(hash, key);
        }
        boolean isHit = value != Index.NONE;
        count(isHit ? Partition.Read.HIT : partition.missed(hash), 1);
        return isHit ? value : null;
    }

    private byte @Nullable [] getWithView(long hash, byte[] key) {
        ItemView view = new ItemView();
        Partition.Read read = seek(hash, key, 0, key.length, view).get(view, now());
        if (read == Partition.Read.HIT && view.isPlaceholder()) {
            read = Partition.Read.MISS;
        }
        count(read, 1);
        return read == Partition.Read.HIT ? view.value() : null;
    }

    /** Gets an item without counting the read; the caller does that. */
    Partition.Read get(long hash, byte[] key, int offset, int length, ItemView view, long now) {
        return seek(hash, key, offset, length, view).get(view, now);
    }

    void count(Partition.Read read, long times) {
        if (read == Partition.Read.HIT) {
            countHits(0, times);
            return;
        }
        shared.counters().add(Statistic.GET_MISSES, 0, times);
        if (read != Partition.Read.MISS) {
            Statistic reason = read == Partition.Read.EXPIRED ? Statistic.GET_EXPIRED : Statistic.GET_FLUSHED;
            shared.counters().add(reason, 0, times);
        }
    }

    /** Counts gets of items of a slab class; 0 if the class is not known. */
    void countHits(int slabClass, long times) {
        shared.counters().add(Statistic.GET_HITS, slabClass, times);
    }

    long hash(byte[] key, int offset, int length) {
        return shared.keyHash().hash(key, offset, length);
    }

    Index indexOf(long hash) {
        return partition(hash).index();
    }

    private Partition seek(byte[] key, int offset, int length, ItemView view) {
        return seek(hash(key, offset, length), key, offset, length, view);
    }

    private Partition seek(long hash, byte[] key, int offset, int length, ItemView view) {
        Partition partition = partition(hash);
        view.seek(partition, hash, key, offset, length);
        return partition;
    }

    long hash(ItemUpdate update) {
        return hash(update.keyBytes, update.keyOffset, update.keyLength);
    }

    Partition partition(long hash) {
        return partitions[partitionOf(hash)];
    }

    int partitionOf(long hash) {
        return (int) (hash >>> PARTITION_SHIFT) & partitionMask;
    }
}
