package io.github.embeddedmemcached.cache;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Cache} as codecs see it: keys and values are byte ranges of the caller's, what is asked for and what came of it stands in
 * objects that the caller uses again and again. Nothing here allocates or copies more than it must, and nobody checks the
 * arguments twice: a key is 1 to {@link Cache#KEY_LENGTH_MAX} bytes.
 *
 * <p>Thread-safe, as the cache is; the {@link ItemUpdate}s and {@link ItemView}s are not.
 */
public final class RawCache {
    /** The hash's bits that choose the partition; the index uses those below. */
    private static final int PARTITION_SHIFT = 33;

    private final Partition[] partitions;
    private final int partitionMask;
    private final PartitionSettings shared;
    private final long memoryLimitBytesAtFirst;
    private final long heapLimitBytes;
    private final LimitWarnings warnings;
    private volatile long memoryLimitBytes; // as asked for
    private int nextToGiveUp; // the partition that gives memory up next; any will do

    RawCache(CacheBuilder builder) {
        memoryLimitBytesAtFirst = builder.memoryLimitBytes;
        memoryLimitBytes = memoryLimitBytesAtFirst;
        HeapAccount account = builder.heapAccount;
        heapLimitBytes = account.itemLimitBytes();
        warnings = new LimitWarnings(builder.warnings, account);
        warnings.onLimit(memoryLimitBytes);
        long limitBytes = memoryLimitBytes();
        int itemSizeMaxBytes = (int) Math.min(builder.itemSizeMaxBytes(), limitBytes / CacheBuilder.ITEM_SHARE);
        if (builder.hasItemSizeMax()) {
            warnings.onItemSizeMax(builder.itemSizeMaxBytes(), itemSizeMaxBytes);
        }
        int count = Sizing.partitions(limitBytes, itemSizeMaxBytes);
        long partitionBytes = limitBytes / count;
        HeapAccount.Share heap = account.open(this);
        shared = new PartitionSettings(
                heap,
                new UploadSpace(heap, limitBytes),
                new ExpiredSpace(),
                partitionBytes,
                Sizing.segmentBytes(partitionBytes),
                itemSizeMaxBytes,
                builder.eviction,
                builder.keyHash(),
                new CacheClock(ElapsedTimeSource.of(builder.clock)),
                builder.casUnique ? new AtomicLong() : null,
                new Counters(),
                new Evictions());
        partitionMask = count - 1;
        partitions = new Partition[count];
        for (int i = 0; i < count; i++) {
            partitions[i] = new Partition(shared);
        }
        shared.expired().partitions(partitions);
    }

    /**
     * Returns up to which length a value is always stored from an array of the caller's. A longer one may be filled in place.
     *
     * @return bytes; {@link #reserve} takes longer values only
     */
    public int inlineValueLengthMax() {
        return shared.segmentBytes() / Contents.LARGE_SHARE;
    }

    /**
     * Returns whether items have CAS uniques, see {@link CacheBuilder#casUnique}.
     *
     * @return false if all of them are 0
     */
    public boolean hasCasUniques() {
        return shared.hasCasUniques();
    }

    /**
     * Returns whether an item is larger than the largest one allowed.
     *
     * @param keyLength bytes of the key
     * @param flags the client flags
     * @param valueLength bytes of the value
     * @return whether a store would answer TOO_LARGE
     */
    public boolean isTooLarge(int keyLength, int flags, long valueLength) {
        return Cache.itemSize(keyLength, flags, valueLength) > shared.itemSizeMaxBytes();
    }

    /**
     * Gets an item.
     *
     * @param key holds the key
     * @param offset where it begins
     * @param length its length
     * @param view is opened on the item
     * @return whether there is one
     */
    public boolean get(byte[] key, int offset, int length, ItemView view) {
        Partition.Read read = get(key, offset, length, view, now());
        if (read == Partition.Read.HIT) {
            countHits(SlabClasses.classOf(view.itemSize()), 1);
        } else {
            count(read, 1);
        }
        return read == Partition.Read.HIT;
    }

    /**
     * Looks at an item: the read leaves no trace, not even in the statistics.
     *
     * @param key holds the key
     * @param offset where it begins
     * @param length its length
     * @param view is opened on the item
     * @return whether there is one
     */
    public boolean peek(byte[] key, int offset, int length, ItemView view) {
        return seek(key, offset, length, view).peek(view);
    }

    /**
     * Gets an item as a meta get does.
     *
     * @param request the key, and perhaps an exptime, vivify, recache, leaveNoTrace, giveCas
     * @param view is opened on the item
     * @return whether there is one, perhaps made just now
     */
    public boolean fetch(ItemUpdate request, ItemView view) {
        boolean found = seek(request.keyBytes, request.keyOffset, request.keyLength, view)
                .fetch(request, view);
        reportEvictionsOfOthers();
        return found;
    }

    /**
     * Gives an item another exptime, and gets it.
     *
     * @param key holds the key
     * @param offset where it begins
     * @param length its length
     * @param exptimeSeconds the new exptime
     * @param view is opened on the item
     * @return whether there is one
     */
    public boolean getAndTouch(byte[] key, int offset, int length, long exptimeSeconds, ItemView view) {
        return seek(key, offset, length, view).touch(view, exptimeSeconds);
    }

    /**
     * Gives an item another exptime.
     *
     * @param key holds the key
     * @param offset where it begins
     * @param length its length
     * @param exptimeSeconds the new exptime
     * @return whether there is one
     */
    public boolean touch(byte[] key, int offset, int length, long exptimeSeconds) {
        long hash = hash(key, offset, length);
        return partition(hash).touch(hash, key, offset, length, exptimeSeconds);
    }

    /**
     * Does a storage command. A value that was {@linkplain #reserve reserved} is given back if it is not stored.
     *
     * @param mode which command
     * @param update key, value, client flags, exptime, perhaps a CAS unique; takes the item's new CAS unique
     * @return what came of it
     * @throws IllegalArgumentException if the value was reserved for another key that is kept elsewhere, or in another cache
     */
    public StoreResult store(StoreMode mode, ItemUpdate update) {
        long hash = hash(update);
        try {
            Partition partition = partition(hash);
            if (update.largeValue != null && !update.largeValue.isOf(partition)) {
                throw new IllegalArgumentException("the value was reserved for another key");
            }
            StoreResult result = partition.store(mode, update, hash);
            reportEvictionsOfOthers();
            if (shared.heap().wasRefused()) {
                warnings.onRefusal(this);
            }
            return result;
        } finally {
            if (update.largeValue != null) {
                update.largeValue.release(); // does nothing if the value was stored
            }
        }
    }

    /**
     * Takes room for a long value that is then filled in place and stored.
     *
     * @param update the key and the client flags
     * @param valueLength over {@link #inlineValueLengthMax}, and not so long that the item would be too large
     * @return the room, or null if there is none
     */
    public @Nullable LargeValue reserve(ItemUpdate update, int valueLength) {
        if (valueLength <= inlineValueLengthMax()) {
            throw new IllegalArgumentException("a value of " + valueLength + " bytes is stored as it is");
        }
        LargeValue value = partition(hash(update)).reserve(update, valueLength);
        reportEvictionsOfOthers();
        return value;
    }

    /**
     * Takes note of a value that could not even be taken in: it counts, and a set removes the old item as memcached does.
     *
     * @param mode the storage command
     * @param update the key
     * @param why TOO_LARGE or OUT_OF_MEMORY
     */
    public void refuse(StoreMode mode, ItemUpdate update, StoreResult why) {
        long hash = hash(update);
        partition(hash).refuse(mode, update, hash, why);
    }

    /**
     * Removes an item.
     *
     * @param update the key, and perhaps a CAS unique
     * @return what came of it
     */
    public DeleteResult delete(ItemUpdate update) {
        long hash = hash(update);
        DeleteResult result = partition(hash).delete(update, hash);
        reportEvictionsOfOthers();
        return result;
    }

    /**
     * Adds to an item's number.
     *
     * @param update the key, and perhaps a CAS unique; takes the new number and CAS unique
     * @param delta what to add, unsigned
     * @return what came of it
     */
    public DeltaResult increment(ItemUpdate update, long delta) {
        long hash = hash(update);
        DeltaResult result = partition(hash).delta(update, hash, delta, true);
        reportEvictionsOfOthers();
        return result;
    }

    /**
     * Takes from an item's number.
     *
     * @param update the key, and perhaps a CAS unique; takes the new number and CAS unique
     * @param delta what to take away, unsigned
     * @return what came of it
     */
    public DeltaResult decrement(ItemUpdate update, long delta) {
        long hash = hash(update);
        DeltaResult result = partition(hash).delta(update, hash, delta, false);
        reportEvictionsOfOthers();
        return result;
    }

    /**
     * Counts what only a codec sees.
     *
     * @param counter what happened, once
     */
    public void count(Counter counter) {
        shared.counters().increment(counter);
    }

    /**
     * Counts what only a codec sees, for an item.
     *
     * @param counter what happened, once
     * @param itemSize the item's size as {@link Cache#itemSize} counts it
     */
    public void count(Counter counter, long itemSize) {
        shared.counters().increment(counter, itemSize);
    }

    /**
     * Returns what was counted for the items of a slab class. Reads by {@link Cache#get(byte[])} are counted without it.
     *
     * @param counter one that counts what happens to items
     * @param slabClass 1 to {@link SlabClasses#count}
     * @return the count since the start or the last reset
     */
    public long counted(Counter counter, int slabClass) {
        return shared.counters().value(counter, slabClass);
    }

    /**
     * Goes through all items.
     *
     * @return a cursor before the first one
     */
    public ItemCursor cursor() {
        return new ItemCursor(partitions, false);
    }

    /**
     * Goes through all items, also those that have expired and whose room has not been taken back yet.
     *
     * @return a cursor before the first one
     */
    public ItemCursor cursorWithExpired() {
        return new ItemCursor(partitions, true);
    }

    /**
     * Takes back the room of an item if it has expired.
     *
     * @param update the key
     * @return whether there was such an item
     */
    public boolean reclaim(ItemUpdate update) {
        long hash = hash(update);
        return partition(hash).reclaim(update, hash);
    }

    /**
     * Drops an item as if its room were needed: it counts as an eviction, and the {@linkplain #evictionListener listener} is told.
     *
     * @param update the key
     * @return whether there was such an item
     */
    public boolean evict(ItemUpdate update) {
        long hash = hash(update);
        return partition(hash).evict(update, hash);
    }

    /**
     * Tells why an item was not found: whether it is still there, but has expired. Leaves no trace.
     *
     * @param key holds the key
     * @param offset where it begins
     * @param length its length
     * @param view may be opened on the item
     * @return whether there is such an item
     */
    public boolean peekExpired(byte[] key, int offset, int length, ItemView view) {
        return seek(key, offset, length, view).peekExpired(view);
    }

    /**
     * Tells why an item was not found: whether a flush dropped it, and it was not looked up since. Leaves no trace.
     *
     * @param key contains the key
     * @param offset where it begins
     * @param length its length
     * @return whether there was such an item
     */
    public boolean peekFlushed(byte[] key, int offset, int length) {
        long hash = hash(key, offset, length);
        return partition(hash).peekFlushed(hash);
    }

    /** Counts a flush that was asked for and is not allowed. */
    public void refuseFlush() {
        shared.counters().increment(Counter.CMD_FLUSH);
    }

    /**
     * Sets the application's eviction listener. It stays while servers that share the cache start, stop and are reset.
     *
     * @param listener replaces the one before; null for none
     */
    public void evictionListener(@Nullable EvictionListener listener) {
        shared.evictions().listener(listener);
    }

    /**
     * Adds the observer of a server, which counts evictions whatever {@linkplain #evictionListener listener} there is.
     *
     * @param observer called until it is {@linkplain #removeEvictionObserver removed}
     */
    public void addEvictionObserver(EvictionObserver observer) {
        shared.evictions().add(observer);
    }

    /**
     * Removes the observer of a server. Does nothing if it was not added.
     *
     * @param observer not called any more
     */
    public void removeEvictionObserver(EvictionObserver observer) {
        shared.evictions().remove(observer);
    }

    // For the cache.

    void flushAll(long exptimeSeconds) {
        shared.counters().increment(Counter.CMD_FLUSH);
        for (Partition partition : partitions) {
            partition.flushAll(exptimeSeconds);
        }
    }

    void reset() {
        shared.clock().restart(); // first: what is stored by the time before goes with the items
        clear();
        resetStatistics();
        limit(memoryLimitBytesAtFirst);
        reportEvictionsOfOthers();
    }

    /** Drops all items, also where the clock throws. */
    void clear() {
        for (Partition partition : partitions) {
            partition.clear();
        }
    }

    CacheStatistics statistics() {
        CacheStatistics.Sums sums = new CacheStatistics.Sums();
        sums.usedBytes = shared.uploads().usedBytes();
        for (Partition partition : partitions) {
            partition.addTo(sums);
        }
        return new CacheStatistics(
                sums, memoryLimitBytes(), memoryLimitBytes, shared.counters().values());
    }

    void resetStatistics() {
        shared.counters().reset();
    }

    int itemSizeMaxBytes() {
        return shared.itemSizeMaxBytes();
    }

    /** What the cache has taken from the heap's account. */
    long heapBytes() {
        return shared.heap().usedBytes();
    }

    boolean evicts() {
        return shared.evicts();
    }

    /** The limit, or what the heap allows where that is less. */
    long memoryLimitBytes() {
        return Math.min(memoryLimitBytes, heapLimitBytes);
    }

    long requestedMemoryLimitBytes() {
        return memoryLimitBytes;
    }

    boolean memoryLimitBytes(long bytes) {
        boolean done = limit(bytes);
        reportEvictionsOfOthers();
        if (done) {
            warnings.onLimit(bytes);
        }
        return done;
    }

    private synchronized boolean limit(long bytes) {
        long before = memoryLimitBytes();
        long after = Math.min(bytes, heapLimitBytes);
        for (int i = 0; i < partitions.length; i++) {
            if (!partitions[i].limit(after / partitions.length)) {
                while (--i >= 0) {
                    partitions[i].limit(before / partitions.length);
                }
                return false;
            }
        }
        shared.uploads().memoryLimitBytes(after);
        memoryLimitBytes = bytes;
        return true;
    }

    /**
     * Gives some memory back to the heap's account, for another cache.
     *
     * @return whether it gave anything up
     */
    boolean giveUp() {
        for (int i = 0; i < partitions.length; i++) {
            int next = nextToGiveUp++ & partitionMask;
            if (partitions[next].giveUp()) {
                return true;
            }
        }
        return false;
    }

    /** Reports what other caches evicted for this one, or for any other. The caller holds no lock. */
    private void reportEvictionsOfOthers() {
        shared.heap().account().reportEvictions();
    }

    /** Reports what {@link #giveUp} evicted. */
    void reportEvictions() {
        for (Partition partition : partitions) {
            partition.reportEvictions();
        }
    }

    void checkIntegrity() {
        for (Partition partition : partitions) {
            partition.checkIntegrity();
        }
    }

    long now() {
        return shared.clock().now();
    }

    /** A copy of a live item's value, by the short way of {@link Index#copyValue} where that will do. */
    byte @Nullable [] getValue(byte[] key) {
        long hash = hash(key, 0, key.length);
        byte[] value = partition(hash).copyValue(hash, key);
        if (value == null) {
            return getTheLongWay(hash, key);
        }
        count(Partition.Read.HIT, 1);
        return value;
    }

    private byte @Nullable [] getTheLongWay(long hash, byte[] key) {
        ItemView view = new ItemView();
        Partition.Read read = seek(hash, key, 0, key.length, view).get(view, now());
        count(read, 1);
        return read == Partition.Read.HIT ? view.value() : null;
    }

    /** As the other, and leaves counting to the caller. */
    Partition.Read get(byte[] key, int offset, int length, ItemView view, long now) {
        return seek(key, offset, length, view).get(view, now);
    }

    void count(Partition.Read read, long times) {
        Counters counters = shared.counters();
        switch (read) {
            case HIT -> countHits(0, times);
            case MISS -> counters.add(Counter.GET_MISSES, 0, times);
            case EXPIRED -> {
                counters.add(Counter.GET_MISSES, 0, times);
                counters.add(Counter.GET_EXPIRED, 0, times);
            }
            case FLUSHED -> {
                counters.add(Counter.GET_MISSES, 0, times);
                counters.add(Counter.GET_FLUSHED, 0, times);
            }
        }
    }

    /** Counts gets of items of a slab class; 0: any. */
    void countHits(int slabClass, long times) {
        shared.counters().add(Counter.GET_HITS, slabClass, times);
    }

    long hash(byte[] key, int offset, int length) {
        return shared.keyHash().of(key, offset, length);
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

    private long hash(ItemUpdate update) {
        return hash(update.keyBytes, update.keyOffset, update.keyLength);
    }

    private Partition partition(long hash) {
        return partitions[(int) (hash >>> PARTITION_SHIFT) & partitionMask];
    }
}
