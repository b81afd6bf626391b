package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.loading.ViewCounters;
import io.github.embeddedmemcached.internal.management.CacheBeans;
import io.github.embeddedmemcached.internal.snapshot.Persistence;
import io.github.embeddedmemcached.internal.view.CacheCore;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.view.KeyValueCodec;
import io.github.embeddedmemcached.internal.view.RemovalListeners;
import io.github.embeddedmemcached.internal.view.TimeToLive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An in-process cache of byte arrays by string keys, within a memory limit. It has the semantics of memcached: an application calls it
 * directly; a server or {@code ProtocolSession}s that share it see the same items. {@link #typed Typed views} have keys and values of
 * other types.
 *
 * <pre>{@code
 * try (Cache cache = Cache.builder().memoryLimitBytes(256L << 20).build()) {
 *     cache.set("session:7", bytes, Duration.ofMinutes(30));
 *     byte[] value = cache.get("session:7");
 *     Map<String, byte[]> found = cache.getAll(List.of("session:7", "session:8"));
 * }
 * }</pre>
 *
 * <p>Memory: values, keys, index and the metadata of evicted items together stay within the memory limit; {@link
 * CacheStatistics#usedBytes} states what can exceed it for a time. Memory is allocated as needed. When the limit is reached, space held
 * by deleted and expired items is reclaimed first, then items that have not been read recently are evicted, unless eviction is
 * disabled.
 *
 * <p>All caches of a JVM (whose classes were loaded by the same class loader) share about two thirds of its heap. If that share is
 * exhausted before a cache reaches its limit, the cache takes memory from the largest cache or evicts items of its own, unless
 * eviction is disabled; {@link CacheBuilder#onWarning} reports it. A cache releases its memory when it is flushed or
 * {@linkplain #close closed}, or when it is garbage collected.
 *
 * <p>Keys have 1 to {@value #KEY_LENGTH_MAX} bytes in UTF-8; keys of other bytes are those of a view with the codec {@link
 * Codecs#bytes}. memcached's protocols have keys of up to 250 bytes: clients of a server neither see nor change items with longer keys,
 * and key dumps and watchers skip them; statistics and flushes include them. Values are copied when they are stored and when they are returned.
 *
 * <p>Thread-safe: each operation on one item is atomic. Reads normally take no lock. A get of an item that is read often may not update
 * its access time, so the last access that meta commands and {@link RemovalListener}s report may be an earlier one.
 */
public final class Cache extends CacheOperations<String, byte[]> implements AutoCloseable {
    /** The longest key, in bytes. Only items with keys of up to 250 bytes are visible to memcached clients. */
    public static final int KEY_LENGTH_MAX = ItemSize.KEY_LENGTH_MAX;

    /** The smallest value of {@link CacheBuilder#memoryLimitBytes} and {@link #resize}: 1 MiB. */
    public static final long MEMORY_LIMIT_BYTES_MIN = EngineSettings.MEMORY_LIMIT_MIN;

    private static final byte[] NO_PREFIX = {};
    /** Keys of clients may be other bytes than UTF-8, which an iteration must not reject: they are shown with replacements. */
    private static final Codec<String> TEXT_KEYS = new Codecs.Utf8(false);

    private static final KeyValueCodec<String, byte[]> CODEC =
            new KeyValueCodec<>(NO_PREFIX, TEXT_KEYS, Codecs.bytes());

    /** Not a lambda: linking it would slow down the start of a server. */
    private static final class CoreAccessor implements Function<Object, CacheCore> {
        @Override
        public CacheCore apply(Object cache) {
            return ((Cache) cache).core();
        }
    }

    static {
        Engines.accessor(new CoreAccessor());
    }

    private final CacheEngine engine;
    private @Nullable RemovalListeners removalListeners; // created on first use; guarded by the monitor of core()
    private final Persistence persistence;
    private final @Nullable Runnable unregister; // removes the MBean

    Cache(CacheEngine engine, Executor executor, Persistence persistence) {
        super(new CacheCore(engine, executor, persistence.restored() != null), CODEC, 0, ViewCounters.NONE);
        this.engine = engine;
        this.persistence = persistence;
        persistence.beforeSave(core().cleared());
        String name = engine.name();
        unregister = name == null ? null : CacheBeans.register(persistence, name);
    }

    /**
     * Returns the name of the cache, see {@link CacheBuilder#name}.
     *
     * @return the name, or null if it has none
     */
    public @Nullable String name() {
        return engine.name();
    }

    /**
     * Returns a builder of caches.
     *
     * @return a new builder with memcached's defaults, such as a memory limit of 64 MiB
     */
    public static CacheBuilder builder() {
        return new CacheBuilder(EngineSettings.defaults());
    }

    /**
     * Returns a view of this cache with keys and values of other types. All views and clients see the same items.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param keyCodec converts the keys
     * @param valueCodec converts the values
     * @return a new view, without a prefix
     */
    public <K, V> TypedCache<K, V> typed(Codec<K> keyCodec, Codec<V> valueCodec) {
        return new TypedCache<>(
                core(), new KeyValueCodec<>(NO_PREFIX, keyCodec, valueCodec), 0, new ViewCounters(), 0, null);
    }

    /**
     * Returns the keys that begin with a prefix, see {@link #keys()}. Bytes that are not valid UTF-8 are replaced.
     *
     * @param prefix the start of the keys
     * @return a sequential stream, which finds the keys while it is consumed
     */
    public Stream<String> keys(String prefix) {
        return keys(prefix.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Evicts an item, even if eviction is disabled; for tests of code that handles evictions. It is counted and reported like any
     * eviction.
     *
     * @param key the item's key
     * @return whether the item existed
     */
    public boolean evict(String key) {
        return open().evict(update(key));
    }

    // Operations on the whole cache

    /** Drops all items. */
    public void flushAll() {
        open().flushAll(0);
    }

    /**
     * Drops all items at a later time, including items that are stored until then. Replaces a pending flush.
     *
     * @param delay the time until the flush, which happens at most one second later
     * @throws IllegalArgumentException if the delay is zero or negative
     */
    public void flushAll(Duration delay) {
        open().flushAfter(TimeToLive.millis("delay", delay));
    }

    /**
     * Restores the initial state of the cache: no items, no pending flush, all counters 0, and the initial memory limit. Elapsed time
     * is measured anew, so that the clock may have been set back to before the cache was built. CAS uniques are not reset, so one that
     * was read before the reset does not match a new item.
     */
    public void reset() {
        open().reset();
        core().loads().reset();
    }

    /**
     * Saves all live items to a file for {@link CacheBuilder#restoreFrom}. Other threads can use the cache meanwhile: an item that they change
     * is saved as it was before or after the change. The file, readable by its owner only, is replaced when it is complete.
     *
     * @param file in a directory that exists
     * @return the number of items, the length of the file, and the duration
     * @throws IllegalStateException if the cache has been closed
     * @throws IOException if the file cannot be written and is unchanged; also counted, and reported to {@link CacheBuilder#onWarning}
     */
    public SaveResult saveTo(Path file) throws IOException {
        open();
        return persistence.saveTo(file);
    }

    /**
     * Closes the servers of the cache and their connections, then drops all items and releases their memory, after saving them if there is a
     * {@link CacheBuilder#persistTo}; a failed save is a warning. An error during the save, such as a lack of heap memory, is also thrown,
     * after the items were dropped. Methods that read or change items throw IllegalStateException afterwards; statistics and settings can
     * still be read. An operation in progress on another thread completes as if it had preceded this call. If called by a thread of a
     * server, in a removal listener for example, it returns at once, and another thread completes it.
     * Idempotent.
     */
    @Override
    public void close() {
        if (unregister != null) {
            unregister.run();
        }
        core().rejectOperations();
        core().servers().close(() -> {
            try {
                persistence.close();
            } finally {
                core().drop();
            }
        });
    }

    /**
     * Adds a listener that is called for each removed item by the thread whose operation removed it, before the operation returns. A
     * {@link #reset} does not remove it. A listener that is added twice is called twice.
     *
     * @param listener called for later removals
     * @param causes the causes of the removals to report; none for all
     */
    public void addRemovalListener(RemovalListener listener, RemovalCause... causes) {
        removalListeners().add(listener, null, causes);
    }

    /**
     * Adds a listener that is called by an executor, see {@link RemovalListener}, so that it does not delay operations.
     *
     * @param listener called for later removals, by one task at a time
     * @param executor runs the tasks; the cache does not shut it down
     * @param causes the causes of the removals to report; none for all
     */
    public void addRemovalListener(RemovalListener listener, Executor executor, RemovalCause... causes) {
        removalListeners().add(listener, Objects.requireNonNull(executor, "executor"), causes);
    }

    /**
     * Removes a listener, and drops the removals that are queued for it. A call in progress completes. Does nothing if it was not added.
     *
     * @param listener the same object as was added
     */
    public void removeRemovalListener(RemovalListener listener) {
        removalListeners().remove(listener);
    }

    private RemovalListeners removalListeners() {
        synchronized (core()) { // not this: the application may hold that
            RemovalListeners listeners = removalListeners;
            if (listeners == null) {
                listeners = new RemovalListeners(engine, Removal::new);
                removalListeners = listeners;
            }
            return listeners;
        }
    }

    /**
     * Returns the current statistics.
     *
     * @return a snapshot, which does not change afterwards
     */
    public CacheStatistics statistics() {
        return new CacheStatistics(engine.statistics(), persistence.lastSave(), persistence.restored());
    }

    /** Sets all counters of the statistics to 0. The items are not affected. */
    public void resetStatistics() {
        open().resetStatistics();
    }

    /**
     * Returns the maximum size of an item.
     *
     * @return bytes, as {@link #itemSize} counts them
     */
    public int maxItemSizeBytes() {
        return engine.maxItemSizeBytes();
    }

    /**
     * Returns the memory limit in force: the requested limit, or what the heap allows if that is less.
     *
     * @return bytes
     */
    public long memoryLimitBytes() {
        return engine.memoryLimitBytes();
    }

    /**
     * Changes the memory limit at once. If more is in use, items are evicted.
     *
     * @param bytes from {@link #MEMORY_LIMIT_BYTES_MIN} to the machine's memory; the heap may allow less
     * @return true if the limit was changed; false if large values that are being received exceed it, or if items exceed it and eviction
     *     is disabled
     * @throws IllegalArgumentException if the limit is out of range
     */
    public boolean resize(long bytes) {
        return open().resize(bytes);
    }

    /**
     * Returns whether live items are evicted when the memory limit is reached.
     *
     * @return false if new items are rejected instead
     */
    public boolean isEvictionEnabled() {
        return engine.evicts();
    }

    /** Returns the name, if the cache has one, and the figures of {@link CacheStatistics#toString}. */
    @Override
    public String toString() {
        return "Cache[" + (name() == null ? "" : name() + ": ") + statistics().summary() + "]";
    }

    /**
     * Checks the invariants of the internal data structures; for tests. Slow: locks parts of the cache during the check.
     *
     * @throws IllegalStateException if an invariant is violated
     */
    public void checkIntegrity() {
        engine.checkIntegrity();
    }

    /**
     * Returns the size that memcached would account for an item. The maximum item size and some statistics are in terms of this size;
     * in this cache the item occupies less memory.
     *
     * @param keyLength the length of the key in bytes
     * @param flags the client flags, which take no memory if they are 0
     * @param valueLength the length of the value in bytes
     * @return the size in bytes
     */
    public static long itemSize(int keyLength, int flags, long valueLength) {
        return ItemSize.of(keyLength, flags, valueLength);
    }

    private CacheEngine open() {
        return core().open();
    }
}
