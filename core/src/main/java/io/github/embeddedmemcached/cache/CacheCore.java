package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.CacheServers;
import io.github.embeddedmemcached.internal.loading.Loads;
import java.util.concurrent.Executor;

/** What a cache and its typed views share. Thread-safe. */
final class CacheCore {
    private final CacheEngine engine;
    private final Executor executor;
    private final ClearedPrefixes cleared;
    private final Loads loads;
    private final CacheServers servers = new CacheServers();
    private volatile boolean closed;
    private volatile boolean dropped;

    CacheCore(CacheEngine engine, Executor executor) {
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
    CacheEngine open() {
        if (closed) {
            throw new IllegalStateException(
                    "the cache has been closed, by close() or together with its server: build a new one");
        }
        return engine;
    }

    /** Returns the engine also if the cache has been closed. */
    CacheEngine engine() {
        return engine;
    }

    /** Returns the executor of background tasks. */
    Executor executor() {
        return executor;
    }

    /** Returns the views that are being cleared. */
    ClearedPrefixes cleared() {
        return cleared;
    }

    /** Returns the loads in progress. */
    Loads loads() {
        return loads;
    }

    /** Returns the servers that serve the cache. */
    CacheServers servers() {
        return servers;
    }

    boolean isClosed() {
        return closed;
    }

    /** Begins to close the cache: new operations are refused. */
    void refuseOperations() {
        closed = true;
        loads.close();
    }

    /** Drops all items of a closed cache. */
    void drop() {
        dropped = true; // first: see dropIfClosed()
        engine.clear();
    }

    /** Drops the items of a change that was concurrent with {@link #drop}, so that either of them releases their memory. */
    <T> T dropIfClosed(T result) {
        if (dropped) {
            engine.clear();
        }
        return result;
    }
}
