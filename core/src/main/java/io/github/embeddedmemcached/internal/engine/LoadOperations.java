package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.fence.LoadFence;
import io.github.embeddedmemcached.internal.engine.index.Index;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a {@link CacheEngine} by which an application loads and refreshes items. A load begins by {@link #begin}, which adds a
 * {@link LoadFence}, and ends by exactly one of the methods {@link #store}, {@link #delete} and {@link #abandon}, which remove it. While items
 * are being loaded, nothing is stored in their place: other clients of the cache find no item, or the old one. Thread-safe.
 */
public final class LoadOperations {
    private final CacheEngine engine;

    /** Creates the operations of an engine. */
    public LoadOperations(CacheEngine engine) {
        this.engine = engine;
    }

    /** Returns the current moment of the cache's clock, in milliseconds. */
    public long now() {
        return engine.now();
    }

    /** Counts an event. */
    public void count(Statistic counter) {
        engine.count(counter);
    }

    /** Counts a call of a loader, see {@link CacheEngine#countLoad}. */
    public void countLoad(long nanos, boolean failed) {
        engine.countLoad(nanos, failed);
    }

    /** Returns the name of the cache; null if it has none. */
    public @Nullable String cacheName() {
        return engine.name();
    }

    /**
     * Fast path of a get: copies the value of an item that is not due to be renewed.
     *
     * @param key the key
     * @param recacheMillis see {@link ItemUpdate#recacheMillis}
     * @return the value; null if there is no such item, or if the fast path does not apply: use {@link #get} then
     */
    public byte @Nullable [] freshValue(byte[] key, long recacheMillis) {
        long hash = engine.hash(key, 0, key.length);
        byte[] value = engine.partition(hash).copyValue(hash, key, recacheMillis);
        if (value == null || value == Index.NONE) {
            return null; // the load counts a miss
        }
        engine.countHits(0, 1);
        return value;
    }

    /** Gets an item, see {@link CacheEngine#get}. */
    public boolean get(byte[] key, ItemView view) {
        return engine.get(key, 0, key.length, view);
    }

    /** Gets an item without updating it or the statistics. */
    public boolean peek(byte[] key, ItemView view) {
        return engine.peek(key, 0, key.length, view);
    }

    /**
     * Begins a load if there is no live item, or if the caller is chosen to renew the item. Not counted as a get.
     *
     * @param request the key, and optionally {@link ItemUpdate#recacheMillis}
     * @param fence the fence of the load, which is added; if there is an item and {@link ItemView#hasWon} is false, it is broken
     * @param view set to the item if it is found
     * @return whether there is a live item that is not a placeholder
     */
    public boolean begin(ItemUpdate request, LoadFence fence, ItemView view) {
        Partition partition = seek(request.keyBytes, request.keyLength, view);
        long now = partition.begin(false);
        try {
            partition.fences().prepareToAdd();
            partition.lock().beginChange();
            PartitionContents contents = partition.contents();
            boolean found = view.findLockedIn(contents.index)
                    && !partition.clock().isExpired(view.expiry, now)
                    && !view.isPlaceholder();
            view.savePreviousState(now);
            if (found) {
                partition.changes().fetch(contents, request, view, now);
            }
            if (!found || view.won) {
                partition.fences().add(fence, view.hash());
            } else {
                fence.breakFence(); // the load has ended
            }
            partition.lock().endChange();
            return found;
        } finally {
            partition.lock().unlock();
        }
    }

    /**
     * Stores the loaded value, unless the item was changed since the load began. If the value is rejected, the old item is kept, and another
     * client may renew it.
     *
     * @param update the key, the value, the client flags and the time to live
     * @param fence the fence of the load
     * @return STORED, NOT_STORED if the item was changed, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult store(ItemUpdate update, LoadFence fence) {
        return engine.store(StoreMode.SET, update.fence(fence));
    }

    /** Removes the item that was to be renewed and no longer exists at its source, unless it was changed since the load began. */
    public DeleteResult delete(ItemUpdate update, LoadFence fence) {
        return engine.delete(update.fence(fence));
    }

    /** Ends a load that stores nothing. Unless the item was changed, another client may renew it. Does not read the clock. */
    public void abandon(byte[] key, LoadFence fence) {
        ItemView view = new ItemView();
        Partition partition = seek(key, key.length, view);
        partition.lock().lock();
        try {
            partition.lock().beginChange();
            if (partition.fences().remove(fence)) {
                partition.changes().release(partition.contents(), view);
            }
            partition.lock().endChange();
        } finally {
            partition.lock().unlock();
        }
    }

    /** Breaks the fence of a key that is being loaded, as a change of its item does. */
    public void invalidate(byte[] key) {
        ItemView view = new ItemView();
        Partition partition = seek(key, key.length, view);
        partition.lock().lock();
        try {
            partition.fences().breakFences(view.hash());
        } finally {
            partition.lock().unlock();
        }
    }

    private Partition seek(byte[] key, int length, ItemView view) {
        long hash = engine.hash(key, 0, length);
        Partition partition = engine.partition(hash);
        view.seek(partition, hash, key, 0, length);
        return partition;
    }
}
