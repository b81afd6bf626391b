package io.github.embeddedmemcached.cache;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A memcached's items without a memcached: a bounded store of keys and values with client flags, exptime and CAS unique, which
 * an application calls directly and a server through its {@code ProtocolSession}s; both see the same items.
 *
 * <p>The memory limit is a promise: values, keys, index and all that is remembered of dropped items stay within it at every
 * moment. Memory is taken as it is needed. When it is used up, space of dead and expired items is reclaimed first, then
 * items that were not read for a while are dropped, unless eviction is off.
 *
 * <p>All caches of a JVM (whose classes were loaded by the same class loader) share about two thirds of its heap. Where that is used up before a cache
 * reaches its limit, the cache takes memory from the largest one or drops items of its own, unless eviction is off; {@link
 * CacheBuilder#onWarning} reports it. A cache gives its memory back when it is flushed or {@linkplain #close closed}, and when it
 * was dropped without that and is collected.
 *
 * <p>Keys are 1 to {@value #KEY_LENGTH_MAX} bytes; a String stands for its UTF-8 bytes. An exptime is memcached's: 0 is never, a
 * negative one at once, one of up to 30 days counts from now, any larger is a Unix time, all in seconds (protocol.txt,
 * "Expiration times"). Values are copied in and out. A key or value of null throws NullPointerException, a key of another
 * length IllegalArgumentException. What memcached would answer is a result and no exception. A cache that has been {@linkplain
 * #close closed} throws IllegalStateException.
 *
 * <p>Thread-safe: each operation on one item is atomic. Reads take no lock. Where an item is known to be read often, a get takes no note
 * of it: the last access that meta commands and an {@link EvictionListener} are told of may be an earlier one then.
 */
public final class Cache implements AutoCloseable {
    /** The longest key, in bytes. */
    public static final int KEY_LENGTH_MAX = 250;
    /** The smallest memory limit, in bytes. */
    public static final long MEMORY_LIMIT_MIN = 1L << 20;
    /** The smallest value of {@link CacheBuilder#itemSizeMaxBytes}. */
    public static final int ITEM_SIZE_MAX_MIN = 1 << 10;
    /** The largest value of {@link CacheBuilder#itemSizeMaxBytes}: 1 GiB. */
    public static final int ITEM_SIZE_MAX_MAX = 1 << 30;

    /** memcached's own header, with the CAS unique, the byte behind the key and the line end behind the value. */
    private static final int ACCOUNTED_OVERHEAD_BYTES = 48 + 8 + 1 + 2;

    private static final int ACCOUNTED_FLAGS_BYTES = 4;

    private final RawCache raw;
    private volatile boolean closed;

    Cache(CacheBuilder builder) {
        raw = new RawCache(builder);
    }

    /**
     * Returns a builder of caches.
     *
     * @return a new one, with memcached's defaults
     */
    public static CacheBuilder builder() {
        return new CacheBuilder();
    }

    // For applications, by String.

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
    public @Nullable Item gets(String key) {
        return gets(bytes(key));
    }

    /**
     * Gets an item and gives it another exptime.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getAndTouch(String key, long exptimeSeconds) {
        return getAndTouch(bytes(key), exptimeSeconds);
    }

    /**
     * Stores a value that never expires, whatever was there.
     *
     * @param key the item's key
     * @param value the value
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult set(String key, byte[] value) {
        return set(key, value, 0, 0);
    }

    /**
     * Stores a value, whatever was there.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 bits
     * @param exptimeSeconds the exptime
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult set(String key, byte[] value, int flags, long exptimeSeconds) {
        return store(StoreMode.SET, bytes(key), value, flags, exptimeSeconds);
    }

    /**
     * Stores a value if there is no item under its key.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 bits
     * @param exptimeSeconds the exptime
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult add(String key, byte[] value, int flags, long exptimeSeconds) {
        return store(StoreMode.ADD, bytes(key), value, flags, exptimeSeconds);
    }

    /**
     * Stores a value if there is an item under its key.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 bits
     * @param exptimeSeconds the exptime
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult replace(String key, byte[] value, int flags, long exptimeSeconds) {
        return store(StoreMode.REPLACE, bytes(key), value, flags, exptimeSeconds);
    }

    /**
     * Puts bytes behind an item's value; its client flags and exptime stay.
     *
     * @param key the item's key
     * @param value what to append
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult append(String key, byte[] value) {
        return store(StoreMode.APPEND, bytes(key), value, 0, 0);
    }

    /**
     * Puts bytes before an item's value; its client flags and exptime stay.
     *
     * @param key the item's key
     * @param value what to prepend
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult prepend(String key, byte[] value) {
        return store(StoreMode.PREPEND, bytes(key), value, 0, 0);
    }

    /**
     * Stores a value if nobody has changed the item since it was read.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 bits
     * @param exptimeSeconds the exptime
     * @param casUnique the item's CAS unique as {@link #gets(String)} told it
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
     * Drops an item as if its room were needed, eviction on or off: for tests of what comes then. It counts as an eviction.
     *
     * @param key the item's key
     * @return whether there was such an item
     */
    public boolean evict(String key) {
        return evict(bytes(key));
    }

    /**
     * Gives an item another exptime.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime
     * @return whether there is such an item
     */
    public boolean touch(String key, long exptimeSeconds) {
        return touch(bytes(key), exptimeSeconds);
    }

    /**
     * Adds to an item's number, an unsigned one of 64 bits that wraps.
     *
     * @param key the item's key
     * @param delta what to add, unsigned
     * @return the new number, or why there is none
     */
    public DeltaOutcome increment(String key, long delta) {
        return increment(bytes(key), delta);
    }

    /**
     * Takes from an item's number, an unsigned one of 64 bits that stops at 0. A value that gets shorter is padded with blanks, as
     * memcached does.
     *
     * @param key the item's key
     * @param delta what to take away, unsigned
     * @return the new number, or why there is none
     */
    public DeltaOutcome decrement(String key, long delta) {
        return decrement(bytes(key), delta);
    }

    // For applications, by bytes.

    /**
     * Gets a value.
     *
     * @param key the item's key
     * @return a copy of the value, or null if there is no such item
     */
    public byte @Nullable [] get(byte[] key) {
        checked(key);
        return open().getValue(key);
    }

    /**
     * Gets an item: its value, client flags and CAS unique.
     *
     * @param key the item's key
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item gets(byte[] key) {
        ItemView view = new ItemView();
        return open().get(key, 0, checked(key), view) ? copy(view) : null;
    }

    /**
     * Gets an item and gives it another exptime.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getAndTouch(byte[] key, long exptimeSeconds) {
        ItemView view = new ItemView();
        return open().getAndTouch(key, 0, checked(key), exptimeSeconds, view) ? copy(view) : null;
    }

    /**
     * Does any storage command but cas.
     *
     * @param mode which; with {@link StoreMode#CAS} there is nothing to compare with, and the answer is EXISTS or NOT_FOUND
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 bits; append and prepend ignore them
     * @param exptimeSeconds the exptime; append and prepend ignore it
     * @return what came of it
     */
    public StoreResult store(StoreMode mode, byte[] key, byte[] value, int flags, long exptimeSeconds) {
        return stored(open().store(mode, update(key, value, flags, exptimeSeconds)));
    }

    /**
     * Stores a value if nobody has changed the item since it was read.
     *
     * @param key the item's key
     * @param value the value
     * @param flags the client flags, 32 bits
     * @param exptimeSeconds the exptime
     * @param casUnique the item's CAS unique as {@link #gets(byte[])} told it
     * @return STORED, EXISTS, NOT_FOUND, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult cas(byte[] key, byte[] value, int flags, long exptimeSeconds, long casUnique) {
        return stored(open().store(
                        StoreMode.CAS, update(key, value, flags, exptimeSeconds).expectCas(casUnique)));
    }

    /**
     * Removes an item.
     *
     * @param key the item's key
     * @return DELETED or NOT_FOUND
     */
    public DeleteResult delete(byte[] key) {
        return open().delete(new ItemUpdate().key(key, 0, checked(key)));
    }

    /**
     * Drops an item as if its room were needed, eviction on or off: for tests of what comes then. It counts as an eviction.
     *
     * @param key the item's key
     * @return whether there was such an item
     */
    public boolean evict(byte[] key) {
        return open().evict(new ItemUpdate().key(key, 0, checked(key)));
    }

    /**
     * Gives an item another exptime.
     *
     * @param key the item's key
     * @param exptimeSeconds the new exptime
     * @return whether there is such an item
     */
    public boolean touch(byte[] key, long exptimeSeconds) {
        return open().touch(key, 0, checked(key), exptimeSeconds);
    }

    /**
     * Adds to an item's number, an unsigned one of 64 bits that wraps.
     *
     * @param key the item's key
     * @param delta what to add, unsigned
     * @return the new number, or why there is none
     */
    public DeltaOutcome increment(byte[] key, long delta) {
        ItemUpdate update = new ItemUpdate().key(key, 0, checked(key));
        return new DeltaOutcome(stored(open().increment(update, delta)), update.number());
    }

    /**
     * Takes from an item's number, an unsigned one of 64 bits that stops at 0.
     *
     * @param key the item's key
     * @param delta what to take away, unsigned
     * @return the new number, or why there is none
     */
    public DeltaOutcome decrement(byte[] key, long delta) {
        ItemUpdate update = new ItemUpdate().key(key, 0, checked(key));
        return new DeltaOutcome(stored(open().decrement(update, delta)), update.number());
    }

    // All items at once.

    /** Drops all items. */
    public void flushAll() {
        flushAll(0);
    }

    /**
     * Drops, at a later second, all items that are there by then. A flush that is still to come is replaced.
     *
     * @param exptimeSeconds when, as an exptime; memcached begins the second before, and so 0, 1 and less are now
     */
    public void flushAll(long exptimeSeconds) {
        open().flushAll(exptimeSeconds);
    }

    /**
     * Makes the cache what it was when it was built: no items, no flush to come, all counters at 0, the memory limit that was asked
     * for; and its time begins anew, as it has to where the clock was set back to before. CAS uniques go on, so that nobody's
     * old one fits a new item.
     */
    public void reset() {
        open().reset();
    }

    /**
     * Drops all items and gives their memory back. Whatever would read or change items from then on throws IllegalStateException;
     * {@link #statistics} and the settings can still be read. An operation that another thread has begun ends as if it had come
     * before. Idempotent.
     */
    @Override
    public void close() {
        closed = true; // first: see stored()
        raw.clear();
    }

    /**
     * Returns the statistics.
     *
     * @return a snapshot
     */
    public CacheStatistics statistics() {
        return raw.statistics();
    }

    /** Sets all counters of the statistics to 0; what the cache holds stays. */
    public void resetStatistics() {
        open().resetStatistics();
    }

    /**
     * Returns the largest item allowed.
     *
     * @return bytes, as {@link #itemSize} counts them
     */
    public int itemSizeMaxBytes() {
        return raw.itemSizeMaxBytes();
    }

    /**
     * Returns the memory that the cache may take: the limit that was asked for, or what the heap allows where that is less.
     *
     * @return bytes
     */
    public long memoryLimitBytes() {
        return raw.memoryLimitBytes();
    }

    /**
     * Changes the memory that the cache may take, at once: where it holds more, items are dropped.
     *
     * @param bytes from {@link #MEMORY_LIMIT_MIN} to the machine's memory; the heap may allow less
     * @return false if there are too many items and eviction is off, or large values that are being received take more: the limit stays then
     * @throws IllegalArgumentException if it is less or more
     */
    public boolean memoryLimitBytes(long bytes) {
        CacheBuilder.checkMemoryLimit(bytes);
        return open().memoryLimitBytes(bytes);
    }

    /**
     * Returns whether live items are dropped to make room.
     *
     * @return false if sets are refused instead
     */
    public boolean evicts() {
        return raw.evicts();
    }

    /**
     * Returns the same cache as codecs see it: by byte ranges, without a copy or an allocation.
     *
     * @return always the same object
     */
    public RawCache raw() {
        return raw;
    }

    /** Returns how many items the cache holds, what they and all of the cache take, and what it may take. */
    @Override
    public String toString() {
        return "Cache[" + statistics().sums() + "]";
    }

    /**
     * Checks every invariant of the engine that can be checked by looking; for tests. Slow, and the cache is locked meanwhile.
     *
     * @throws IllegalStateException if something is wrong
     */
    public void checkIntegrity() {
        raw.checkIntegrity();
    }

    /**
     * Returns the size of an item as memcached accounts it, to which the largest item size and some statistics refer. It takes
     * less room here.
     *
     * @param keyLength bytes of the key
     * @param flags the client flags, which take no room when they are 0
     * @param valueLength bytes of the value
     * @return bytes
     */
    public static long itemSize(int keyLength, int flags, long valueLength) {
        return ACCOUNTED_OVERHEAD_BYTES + keyLength + (flags == 0 ? 0 : ACCOUNTED_FLAGS_BYTES) + valueLength;
    }

    private RawCache open() {
        if (closed) {
            throw new IllegalStateException("the cache has been closed, alone or with its server: build another one");
        }
        return raw;
    }

    /** Keeps a change that overtakes {@link #close} from leaving memory behind: either close drops the item or this does. */
    private <T> T stored(T result) {
        if (closed) {
            raw.clear();
        }
        return result;
    }

    private static @Nullable Item copy(ItemView view) {
        byte[] value = view.value();
        return value == null ? null : new Item(value, view.flags(), view.casUnique());
    }

    private static ItemUpdate update(byte[] key, byte[] value, int flags, long exptimeSeconds) {
        return new ItemUpdate()
                .key(key, 0, checked(key))
                .value(value, 0, value.length)
                .flags(flags)
                .exptime(exptimeSeconds);
    }

    private static int checked(byte[] key) {
        return ItemUpdate.checkedKeyLength(key.length);
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}
