package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.CodecException;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.loading.Loads;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a cache and its typed views share. Thread-safe. */
public final class CacheCore {
    private final CacheEngine engine;
    private final Executor executor;
    private final ClearedPrefixes cleared;
    private volatile @Nullable Loads loads; // created on first use, under the monitor of this
    private final CacheServers servers = new CacheServers();
    private final boolean isRestored;
    private final long lastRestoredCasUnique;
    private volatile boolean closed;
    private volatile boolean dropped;

    /**
     * Creates the core of a cache.
     *
     * @param isRestored whether the items that the cache has now were restored from a file
     */
    public CacheCore(CacheEngine engine, Executor executor, boolean isRestored) {
        this.engine = engine;
        this.executor = executor;
        this.isRestored = isRestored;
        lastRestoredCasUnique = engine.lastCasUnique();
        cleared = new ClearedPrefixes(this);
    }

    /**
     * Returns the engine for an operation.
     *
     * @throws IllegalStateException if the cache has been closed
     */
    public CacheEngine open() {
        if (closed) {
            throw new IllegalStateException(
                    "the cache has been closed, by close() or together with its server: build a new one");
        }
        return engine;
    }

    /** Returns the engine also if the cache has been closed. */
    public CacheEngine engine() {
        return engine;
    }

    /** Returns the bytes of a key, after the removal of its item if that was cleared. */
    public <K> byte[] key(KeyValueCodec<K, ?> codec, K key) {
        byte[] bytes = codec.encodeKey(key);
        cleared.removeIfCleared(bytes);
        return bytes;
    }

    /**
     * Returns the value of an item. If its codec cannot read it, and it was restored from a file, so that it may have been stored by an
     * earlier version of the application, the item is removed and counted.
     *
     * @return null if the item was removed
     * @throws CodecException if the value of another item cannot be decoded
     */
    public <V> @Nullable V decode(KeyValueCodec<?, V> codec, byte[] key, byte[] value) {
        try {
            return codec.decodeValue(key, value);
        } catch (CodecException e) {
            if (!removeRestored(key)) {
                throw e;
            }
            // not in a constant: the first call takes as long as much of the start
            System.getLogger("io.github.embeddedmemcached")
                    .log(System.Logger.Level.DEBUG, "a restored item was removed: " + e.getMessage(), e);
            return null;
        }
    }

    /**
     * Returns the value of an item that an iteration has found. A restored one that the codec cannot read may belong to another view, so it is
     * counted and not removed.
     *
     * @return null if the item is to be skipped
     * @throws CodecException if the value of another item cannot be decoded
     */
    <V> @Nullable V decodeOrSkip(KeyValueCodec<?, V> codec, byte[] key, byte[] value, long casUnique) {
        try {
            return codec.decodeValue(key, value);
        } catch (CodecException e) {
            if (!isRestored(casUnique)) {
                throw e;
            }
            engine.count(Statistic.VALUES_UNREADABLE);
            return null;
        }
    }

    /** Returns whether an item may have been restored; without CAS uniques that is unknown. */
    private boolean isRestored(long casUnique) {
        return isRestored && Long.compareUnsigned(casUnique, lastRestoredCasUnique) <= 0;
    }

    /** Removes the item of a key if it may have been restored. Returns false if it was not. */
    private boolean removeRestored(byte[] key) {
        ItemView view = new ItemView();
        ItemUpdate update = new ItemUpdate().key(key, 0, key.length);
        boolean found = engine.peek(key, 0, key.length, view);
        if (found ? !isRestored(view.casUnique()) : !isRestored) {
            return false;
        }
        if (found
                && engine.delete(engine.hasCasUniques() ? update.expectCas(view.casUnique()) : update)
                        == DeleteResult.DELETED) {
            engine.count(Statistic.VALUES_UNREADABLE);
        }
        return true;
    }

    /** Returns the executor of background tasks. */
    public Executor executor() {
        return executor;
    }

    /** Returns the views that are being cleared. */
    public ClearedPrefixes cleared() {
        return cleared;
    }

    /** Returns the loads in progress. */
    public Loads loads() {
        Loads existing = loads;
        return existing == null ? newLoads() : existing;
    }

    private synchronized Loads newLoads() {
        Loads created = loads;
        if (created == null) {
            created = new Loads(engine, executor, this::dropIfClosed);
            if (closed) {
                created.close();
            }
            loads = created;
        }
        return created;
    }

    /** Returns the servers that serve the cache. */
    public CacheServers servers() {
        return servers;
    }

    public boolean isClosed() {
        return closed;
    }

    /** Begins to close the cache: new operations are rejected. */
    public void rejectOperations() {
        closed = true;
        Loads existing;
        synchronized (this) { // loads that are created later see that the cache is closed
            existing = loads;
        }
        if (existing != null) {
            existing.close();
        }
    }

    /** Drops all items of a closed cache. */
    public void drop() {
        dropped = true; // first: see dropIfClosed()
        engine.clear();
    }

    /** Drops the items of a change that was concurrent with {@link #drop}, so that either of them releases their memory. */
    public <T> T dropIfClosed(T result) {
        if (dropped) {
            engine.clear();
        }
        return result;
    }
}
