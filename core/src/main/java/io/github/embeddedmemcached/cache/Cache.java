package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.Engines;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.snapshot.Persistence;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An in-process cache with the semantics of memcached: items have a key, a value, client flags, an exptime and a CAS unique, and are
 * kept within a memory limit. An application calls it directly; a server or {@code ProtocolSession}s that share it see the same items.
 *
 * <pre>{@code
 * try (Cache cache = Cache.builder().memoryLimitBytes(256L << 20).build()) {
 *     cache.set("greeting", "hello".getBytes(UTF_8), 0, 600); // client flags 0, expires in ten minutes
 *     byte[] value = cache.get("greeting");
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
 * <p>Keys have 1 to {@value #KEY_LENGTH_MAX} bytes; a String is encoded in UTF-8. An exptime has memcached's format (protocol.txt,
 * "Expiration times"): a number of seconds from now if it is at most 30 days (2,592,000), otherwise a Unix time in seconds; with 0 an
 * item never expires, with a negative number it expires at once. Values are copied when they are stored and when they are returned. A
 * null key or value causes a NullPointerException, a key of invalid length an IllegalArgumentException. Outcomes that memcached reports
 * in a reply are results, not exceptions. All methods that read or change items throw IllegalStateException after {@link #close}.
 *
 * <p>Thread-safe: each operation on one item is atomic. Reads normally take no lock. A get of an item that is read often may not update
 * its access time, so the last access that meta commands and an {@link EvictionListener} report may be an earlier one.
 */
public final class Cache implements AutoCloseable {
    /** The longest key, in bytes. */
    public static final int KEY_LENGTH_MAX = ItemSize.KEY_LENGTH_MAX;

    /** The smallest value of {@link CacheBuilder#memoryLimitBytes} and {@link #resize}: 1 MiB. */
    public static final long MEMORY_LIMIT_BYTES_MIN = EngineSettings.MEMORY_LIMIT_MIN;

    static {
        Engines.accessor(cache -> ((Cache) cache).engine);
    }

    private final CacheEngine engine;
    private final Persistence persistence;
    private volatile boolean closed;
    private volatile boolean dropped;

    Cache(CacheEngine engine, Persistence persistence) {
        this.engine = engine;
        this.persistence = persistence;
    }

    /**
     * Returns a builder of caches.
     *
     * @return a new builder with memcached's defaults, such as a memory limit of 64 MiB
     */
    public static CacheBuilder builder() {
        return new CacheBuilder(EngineSettings.defaults());
    }

    // Operations with String keys

    /**
     * Gets a value.
     *
     * @param key the item's key
     * @return a copy of the value, or null if there is no such item
     */
    public byte @Nullable [] get(String key) {
        return get(bytes(key));
    }

    /**
     * Gets an item: its value, client flags and CAS unique.
     *
     * @param key the item's key
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getItem(String key) {
        return getItem(bytes(key));
    }

    /**
     * Gets an item and changes its exptime.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getAndTouch(String key, long exptimeSeconds) {
        return getAndTouch(bytes(key), exptimeSeconds);
    }

    /**
     * Stores a value that never expires, with client flags 0, replacing an existing item.
     *
     * @param key the item's key
     * @param value the value
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult set(String key, byte[] value) {
        return set(key, value, 0, 0);
    }

    /**
     * Stores a value, replacing an existing item.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult set(String key, byte[] value, int flags, long exptimeSeconds) {
        return set(bytes(key), value, flags, exptimeSeconds);
    }

    /**
     * Stores a value only if the key has no item.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult add(String key, byte[] value, int flags, long exptimeSeconds) {
        return add(bytes(key), value, flags, exptimeSeconds);
    }

    /**
     * Stores a value only if the key has an item.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult replace(String key, byte[] value, int flags, long exptimeSeconds) {
        return replace(bytes(key), value, flags, exptimeSeconds);
    }

    /**
     * Adds bytes at the end of an item's value; its client flags and exptime are unchanged.
     *
     * @param key the item's key
     * @param value the bytes to append
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult append(String key, byte[] value) {
        return append(bytes(key), value);
    }

    /**
     * Adds bytes at the start of an item's value; its client flags and exptime are unchanged.
     *
     * @param key the item's key
     * @param value the bytes to prepend
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult prepend(String key, byte[] value) {
        return prepend(bytes(key), value);
    }

    /**
     * Stores a value only if the item has not been changed since it was read (compare-and-set).
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @param casUnique the item's CAS unique as returned by {@link #getItem(String)}
     * @return STORED, EXISTS, NOT_FOUND, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult cas(String key, byte[] value, int flags, long exptimeSeconds, long casUnique) {
        return cas(bytes(key), value, flags, exptimeSeconds, casUnique);
    }

    /**
     * Removes an item.
     *
     * @param key the item's key
     * @return DELETED or NOT_FOUND
     */
    public DeleteResult delete(String key) {
        return delete(bytes(key));
    }

    /**
     * Evicts an item, even if eviction is disabled; for tests of code that handles evictions. It is counted and reported like any
     * eviction.
     *
     * @param key the item's key
     * @return whether the item existed
     */
    public boolean evict(String key) {
        return evict(bytes(key));
    }

    /**
     * Changes the exptime of an item.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return whether the item exists
     */
    public boolean touch(String key, long exptimeSeconds) {
        return touch(bytes(key), exptimeSeconds);
    }

    /**
     * Increments the number in an item's value, which is an unsigned 64-bit decimal number and wraps at 2^64.
     *
     * @param key the item's key
     * @param delta the amount to add, unsigned
     * @return the new number, or the reason why there is none
     */
    public CounterResult increment(String key, long delta) {
        return increment(bytes(key), delta);
    }

    /**
     * Decrements the number in an item's value, which is an unsigned 64-bit decimal number and stops at 0. A value that becomes shorter is
     * padded with spaces, as in memcached.
     *
     * @param key the item's key
     * @param delta the amount to subtract, unsigned
     * @return the new number, or the reason why there is none
     */
    public CounterResult decrement(String key, long delta) {
        return decrement(bytes(key), delta);
    }

    // Operations with keys as bytes

    /**
     * Gets a value.
     *
     * @param key the item's key
     * @return a copy of the value, or null if there is no such item
     */
    public byte @Nullable [] get(byte[] key) {
        checkedLength(key);
        return open().getValue(key);
    }

    /**
     * Gets an item: its value, client flags and CAS unique.
     *
     * @param key the item's key
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getItem(byte[] key) {
        ItemView view = new ItemView();
        return open().get(key, 0, checkedLength(key), view) ? copy(view) : null;
    }

    /**
     * Gets an item and changes its exptime.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getAndTouch(byte[] key, long exptimeSeconds) {
        ItemView view = new ItemView();
        return open().getAndTouch(key, 0, checkedLength(key), exptimeSeconds, view) ? copy(view) : null;
    }

    /**
     * Stores a value, replacing an existing item.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult set(byte[] key, byte[] value, int flags, long exptimeSeconds) {
        return store(StoreMode.SET, key, value, flags, exptimeSeconds);
    }

    /**
     * Stores a value only if the key has no item.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult add(byte[] key, byte[] value, int flags, long exptimeSeconds) {
        return store(StoreMode.ADD, key, value, flags, exptimeSeconds);
    }

    /**
     * Stores a value only if the key has an item.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult replace(byte[] key, byte[] value, int flags, long exptimeSeconds) {
        return store(StoreMode.REPLACE, key, value, flags, exptimeSeconds);
    }

    /**
     * Adds bytes at the end of an item's value; its client flags and exptime are unchanged.
     *
     * @param key the item's key
     * @param value the bytes to append
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult append(byte[] key, byte[] value) {
        return store(StoreMode.APPEND, key, value, 0, 0);
    }

    /**
     * Adds bytes at the start of an item's value; its client flags and exptime are unchanged.
     *
     * @param key the item's key
     * @param value the bytes to prepend
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult prepend(byte[] key, byte[] value) {
        return store(StoreMode.PREPEND, key, value, 0, 0);
    }

    /**
     * Stores a value only if the item has not been changed since it was read (compare-and-set).
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 opaque bits; 0 if not used
     * @param exptimeSeconds the exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @param casUnique the item's CAS unique as returned by {@link #getItem(byte[])}
     * @return STORED, EXISTS, NOT_FOUND, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult cas(byte[] key, byte[] value, int flags, long exptimeSeconds, long casUnique) {
        return dropIfClosed(open().store(
                        StoreMode.CAS, update(key, value, flags, exptimeSeconds).expectCas(casUnique)));
    }

    /**
     * Removes an item.
     *
     * @param key the item's key
     * @return DELETED or NOT_FOUND
     */
    public DeleteResult delete(byte[] key) {
        return open().delete(update(key));
    }

    /**
     * Evicts an item, even if eviction is disabled; for tests of code that handles evictions. It is counted and reported like any
     * eviction.
     *
     * @param key the item's key
     * @return whether the item existed
     */
    public boolean evict(byte[] key) {
        return open().evict(update(key));
    }

    /**
     * Changes the exptime of an item.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime: seconds from now up to 30 days, otherwise a Unix time; 0 for never
     * @return whether the item exists
     */
    public boolean touch(byte[] key, long exptimeSeconds) {
        return open().touch(key, 0, checkedLength(key), exptimeSeconds);
    }

    /**
     * Increments the number in an item's value, see {@link #increment(String, long)}.
     *
     * @param key the item's key
     * @param delta the amount to add, unsigned
     * @return the new number, or the reason why there is none
     */
    public CounterResult increment(byte[] key, long delta) {
        ItemUpdate update = update(key);
        return new CounterResult(dropIfClosed(open().increment(update, delta)), update.number());
    }

    /**
     * Decrements the number in an item's value, see {@link #decrement(String, long)}.
     *
     * @param key the item's key
     * @param delta the amount to subtract, unsigned
     * @return the new number, or the reason why there is none
     */
    public CounterResult decrement(byte[] key, long delta) {
        ItemUpdate update = update(key);
        return new CounterResult(dropIfClosed(open().decrement(update, delta)), update.number());
    }

    // Operations on the whole cache

    /** Drops all items. */
    public void flushAll() {
        flushAll(0);
    }

    /**
     * Drops all items at a later time, including items that are stored until then. Replaces a pending flush.
     *
     * @param exptimeSeconds the time of the flush as an exptime; as in memcached, the flush takes effect one second earlier, so 0, 1
     *     and negative values flush at once
     */
    public void flushAll(long exptimeSeconds) {
        open().flushAll(exptimeSeconds);
    }

    /**
     * Restores the initial state of the cache: no items, no pending flush, all counters 0, and the initial memory limit. Elapsed time
     * is measured anew, so that the clock may have been set back to before the cache was built. CAS uniques are not reset, so one that
     * was read before the reset does not match a new item.
     */
    public void reset() {
        open().reset();
    }

    /**
     * Saves all live items to a file for {@link CacheBuilder#restoreFrom}. Other threads can use the cache meanwhile: an item that they change
     * is saved as it was before or after the change. The file, readable by its owner only, is replaced when it is complete.
     *
     * @param file in a directory that exists
     * @return the number of items, the length of the file, and the duration
     * @throws IOException if the file cannot be written and is unchanged; also counted, and reported to {@link CacheBuilder#onWarning}
     */
    public SaveResult saveTo(Path file) throws IOException {
        open();
        return persistence.saveTo(file);
    }

    /**
     * Drops all items and releases their memory, after saving them if there is a {@link CacheBuilder#persistTo}; a failed save is a warning.
     * Methods that read or change items throw IllegalStateException afterwards; statistics and settings can still be read. An operation in
     * progress on another thread completes as if it had preceded this call. Idempotent.
     */
    @Override
    public void close() {
        closed = true; // first: see dropIfClosed()
        persistence.close();
        dropped = true;
        engine.clear();
    }

    /**
     * Sets the listener that is called for each evicted item. A {@link #reset} does not remove it.
     *
     * @param listener replaces the previous one; null for none
     */
    public void onEviction(@Nullable EvictionListener listener) {
        engine.evictionListener(listener);
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

    /** Returns the number of items, the memory in use and its limit, and the hit ratio. */
    @Override
    public String toString() {
        return "Cache[" + statistics().summary() + "]";
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
        if (closed) {
            throw new IllegalStateException(
                    "the cache has been closed, by close() or together with its server: build a new one");
        }
        return engine;
    }

    /** Drops the items of a change that was concurrent with {@link #close}, so that either close or this call releases their memory. */
    private <T> T dropIfClosed(T result) {
        if (dropped) {
            engine.clear();
        }
        return result;
    }

    private StoreResult store(StoreMode mode, byte[] key, byte[] value, int flags, long exptimeSeconds) {
        return dropIfClosed(open().store(mode, update(key, value, flags, exptimeSeconds)));
    }

    private static @Nullable Item copy(ItemView view) {
        byte[] value = view.value();
        return value == null ? null : new Item(value, view.flags(), view.casUnique());
    }

    private static ItemUpdate update(byte[] key) {
        return new ItemUpdate().key(key, 0, checkedLength(key));
    }

    private static ItemUpdate update(byte[] key, byte[] value, int flags, long exptimeSeconds) {
        return update(key).value(value, 0, value.length).flags(flags).exptime(exptimeSeconds);
    }

    private static int checkedLength(byte[] key) {
        return ItemUpdate.checkedKeyLength(key.length);
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}
