package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.loading.Loads;
import java.util.concurrent.Executor;

/** What a cache and its typed views share. Thread-safe. */
public final class CacheCore {
    private final CacheEngine engine;
    private final Executor executor;
    private final ClearedPrefixes cleared;
    private final Loads loads;
    private volatile boolean closed;
    private volatile boolean dropped;

    public CacheCore(CacheEngine engine, Executor executor) {
        this.engine = engine;
        this.executor = executor;
        cleared = new ClearedPrefixes(this);
        loads = new Loads(engine, executor);
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
        return loads;
    }

    public boolean isClosed() {
        return closed;
    }

    /** Begins to close the cache: new operations are refused. */
    public void refuseOperations() {
        closed = true;
        loads.close();
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
