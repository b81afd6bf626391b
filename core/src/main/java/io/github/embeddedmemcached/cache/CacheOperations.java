package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.LookupBatch;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.loading.LoadPolicy;
import io.github.embeddedmemcached.internal.loading.ViewCounters;
import io.github.embeddedmemcached.internal.view.CacheCore;
import io.github.embeddedmemcached.internal.view.Computation;
import io.github.embeddedmemcached.internal.view.Iteration;
import io.github.embeddedmemcached.internal.view.KeyBatches;
import io.github.embeddedmemcached.internal.view.KeyValueCodec;
import io.github.embeddedmemcached.internal.view.Loading;
import io.github.embeddedmemcached.internal.view.TimeToLive;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The operations on items by key, which {@link Cache} has for strings and bytes, and {@link TypedCache} for other types.
 *
 * <p>A time to live is a positive {@link Duration}: the item does not expire earlier, and at most one second later; exactly then if the
 * clock is {@linkplain ElapsedTimeSource#isExact exact} and the time is less than 49 days. It is counted in milliseconds, rounded up; 100 years or more never
 * ends. A method without a time to live stores items that never expire, unless a view has a {@linkplain TypedCache#timeToLive default}.
 *
 * <p>A null key or value causes a NullPointerException, a key whose bytes have an invalid length or a time to live that is zero or
 * negative an IllegalArgumentException, a codec that fails a {@link CodecException}. Outcomes that memcached reports in a reply are results, not
 * exceptions. All methods throw IllegalStateException after the cache was closed.
 *
 * <p>An empty item that a memcached client has created in order to fill it (meta command mg with the flag N) is absent for operations that return
 * keys or values, so that a loader is called; for other operations, such as {@link #add} and {@link #touch}, it exists.
 *
 * <p>Iteration ({@link #forEach}, {@link #keys}, {@link #removeIf}) is weakly consistent: it visits every item that exists during the whole
 * iteration, possibly twice; an item that is stored or removed meanwhile may or may not be visited. Reads during an iteration do
 * not count as reads of the items.
 *
 * <p>There is no {@code asMap()}: a {@code Map} must contain what was put, whereas a cache may reject a value or evict it at once.
 *
 * <p>Thread-safe: each operation on one item is atomic. Operations on several keys are not atomic as a whole.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public abstract sealed class CacheOperations<K, V> permits Cache, TypedCache {
    private static final byte[] NO_BYTES = {};

    private final CacheCore core;
    private final KeyValueCodec<K, V> codec;
    private final long defaultMillisToLive; // 0 if there is none
    private final ViewCounters counters;

    CacheOperations(CacheCore core, KeyValueCodec<K, V> codec, long defaultMillisToLive, ViewCounters counters) {
        this.core = core;
        this.counters = counters;
        this.codec = codec;
        this.defaultMillisToLive = defaultMillisToLive;
    }

    // Reading items

    /**
     * Gets a value.
     *
     * @param key the item's key
     * @return a copy of the value, or null if there is no such item
     */
    public @Nullable V get(K key) {
        byte[] bytes = key(key);
        byte[] value = core.open().getValue(bytes);
        V decoded = value == null ? null : core.decode(codec, bytes, value);
        counters.countGet(decoded != null);
        return decoded;
    }

    /**
     * Gets an item: its value as bytes, client flags, CAS unique, and remaining time to live.
     *
     * @param key the item's key
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getItem(K key) {
        byte[] bytes = key(key);
        ItemView view = new ItemView();
        Item item = core.open().get(bytes, 0, bytes.length, view) ? item(view) : null;
        counters.countGet(item != null);
        return item;
    }

    /**
     * Gets the values of several keys, faster than one at a time.
     *
     * @param keys the items' keys
     * @return copies of the values that exist, by key, in the order of the keys; a new map that can be modified
     */
    public Map<K, V> getAll(Collection<? extends K> keys) {
        LookupBatch batch = new LookupBatch(core.open());
        ItemView view = new ItemView();
        Map<K, V> found = new LinkedHashMap<>(keys.size() * 2);
        try {
            KeyBatches.<K>forEach(batch, keys, this::key, (key, bytes) -> {
                byte[] value = batch.get(bytes, 0, bytes.length, view) ? view.storedValue() : null;
                V decoded = value == null ? null : core.decode(codec, bytes, value);
                counters.countGet(decoded != null);
                if (decoded != null) {
                    found.put(key, decoded);
                }
            });
        } finally {
            batch.flushCounts();
        }
        return found;
    }

    /**
     * Gets an item and sets its time to live.
     *
     * @param key the item's key
     * @param timeToLive the new time to live
     * @return a copy of the item, or null if there is none
     */
    public @Nullable Item getAndTouch(K key, Duration timeToLive) {
        ItemView view = new ItemView();
        return core.open().touchFor(update(key), TimeToLive.millis(timeToLive), view) ? item(view) : null;
    }

    /**
     * Removes an item and returns its value. If the value cannot be decoded, the item is not removed, unless the cache has no CAS uniques.
     *
     * @param key the item's key
     * @return the value, or null if there was no item
     */
    public @Nullable V getAndDelete(K key) {
        return new Computation<>(core, codec, key(key), 0, false).take();
    }

    // Loading items

    /**
     * Gets a value, and loads and stores it if there is none. Of several threads that request a missing key, one loads it and the others wait; an
     * item that is {@linkplain Item#isStale stale} is loaded by one thread, and the others get its old value. A set, a delete or a flush
     * during the load takes precedence: the loaded value is returned and not stored.
     *
     * @param key the item's key
     * @param timeToLive the time after which a loaded value expires
     * @param loader loads the value of the key
     * @return a copy of the value, or null if the loader returned null
     * @throws CacheLoadException if the loader throws an exception, which is the cause, if the loaded value cannot be encoded, or if the
     *     thread is interrupted while it waits; its interrupt status is set. An Error of the loader is thrown as it is.
     * @throws IllegalStateException if the threads that wait for loads, this one included, would wait for each other
     */
    public @Nullable V get(K key, Duration timeToLive, CacheLoader<? super K, ? extends V> loader) {
        return new Loading<>(core, codec).get(key, policy(TimeToLive.millis(timeToLive)), loader);
    }

    /**
     * Gets a value, and loads and stores it if there is none, see {@link #get(Object, Duration, CacheLoader)}.
     *
     * @param key the item's key
     * @param loader loads the value of the key and chooses its time to live
     * @return a copy of the value, or null if the loader returned null
     */
    public @Nullable V get(K key, TimedLoader<? super K, ? extends V> loader) {
        return new Loading<>(core, codec).getTimed(key, policy(0), loader);
    }

    /**
     * Gets a value without waiting, see {@link #get(Object, Duration, CacheLoader)}.
     *
     * @param key the item's key
     * @param timeToLive the time after which a loaded value expires
     * @param loader loads the value of the key
     * @param executor calls the loader
     * @return completed with a copy of the value, or with the {@link CacheLoadException} or the {@link CodecException} of the value
     * @throws IllegalStateException if the cache is closed, or if this thread is loading the same key
     * @throws CodecException if the key cannot be encoded
     */
    public CompletableFuture<@Nullable V> getAsync(
            K key, Duration timeToLive, CacheLoader<? super K, ? extends V> loader, Executor executor) {
        return new Loading<>(core, codec).getAsync(key, policy(TimeToLive.millis(timeToLive)), loader, executor);
    }

    /**
     * Gets several values, and loads those that are missing in one call, see {@link #get(Object, Duration, CacheLoader)}.
     *
     * @param keys the items' keys
     * @param timeToLive the time after which loaded values expire
     * @param loader loads the values of several keys
     * @return copies of the values that exist or were loaded, by key, in the order of the keys; a new map that can be modified
     */
    public Map<K, V> getAll(Collection<? extends K> keys, Duration timeToLive, BulkLoader<K, ? extends V> loader) {
        return new Loading<>(core, codec).getAll(keys, policy(TimeToLive.millis(timeToLive)), loader);
    }

    // Storing items

    /**
     * Stores a value, replacing an existing item.
     *
     * @param key the item's key
     * @param value the value
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY; if it is not STORED, the old item has been removed
     */
    public StoreResult set(K key, V value) {
        return store(StoreMode.SET, update(key, value));
    }

    /**
     * Stores a value, replacing an existing item.
     *
     * @param key the item's key
     * @param value the value
     * @param timeToLive the time after which the item expires
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY; if it is not STORED, the old item has been removed
     */
    public StoreResult set(K key, V value, Duration timeToLive) {
        return store(StoreMode.SET, update(key, value).timeToLive(TimeToLive.millis(timeToLive)));
    }

    /**
     * Stores an item: its value, client flags and time to live. An existing item is replaced.
     *
     * @param key the item's key
     * @param item the item; without a time to live it never expires
     * @return STORED, TOO_LARGE or OUT_OF_MEMORY; if it is not STORED, the old item has been removed
     */
    public StoreResult setItem(K key, Item item) {
        return store(StoreMode.SET, item.applyTo(update(key)));
    }

    /**
     * Stores several values, replacing existing items.
     *
     * @param values the values by key
     * @return the results other than STORED, by key: empty if all were stored
     */
    public Map<K, StoreResult> setAll(Map<? extends K, ? extends V> values) {
        return setAll(values, defaultMillisToLive);
    }

    /**
     * Stores several values, replacing existing items.
     *
     * @param values the values by key
     * @param timeToLive the time after which the items expire
     * @return the results other than STORED, by key: empty if all were stored
     */
    public Map<K, StoreResult> setAll(Map<? extends K, ? extends V> values, Duration timeToLive) {
        return setAll(values, TimeToLive.millis(timeToLive));
    }

    private Map<K, StoreResult> setAll(Map<? extends K, ? extends V> values, long millisToLive) {
        Map<K, StoreResult> rejected = new LinkedHashMap<>();
        LookupBatch batch = new LookupBatch(core.open());
        KeyBatches.<Map.Entry<? extends K, ? extends V>>forEach(
                batch, values.entrySet(), entry -> key(entry.getKey()), (entry, bytes) -> {
                    ItemUpdate update = update(bytes, entry.getValue());
                    StoreResult result =
                            store(StoreMode.SET, millisToLive == 0 ? update : update.timeToLive(millisToLive));
                    if (result != StoreResult.STORED) {
                        rejected.put(entry.getKey(), result);
                    }
                });
        return rejected;
    }

    /**
     * Stores a value only if the key has no item.
     *
     * @param key the item's key
     * @param value the value
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult add(K key, V value) {
        return store(StoreMode.ADD, update(key, value));
    }

    /**
     * Stores a value only if the key has no item.
     *
     * @param key the item's key
     * @param value the value
     * @param timeToLive the time after which the item expires
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult add(K key, V value, Duration timeToLive) {
        return store(StoreMode.ADD, update(key, value).timeToLive(TimeToLive.millis(timeToLive)));
    }

    /**
     * Stores an item only if the key has none.
     *
     * @param key the item's key
     * @param item the item; without a time to live it never expires
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult addItem(K key, Item item) {
        return store(StoreMode.ADD, item.applyTo(update(key)));
    }

    /**
     * Stores a value only if the key has an item.
     *
     * @param key the item's key
     * @param value the value
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult replace(K key, V value) {
        return store(StoreMode.REPLACE, update(key, value));
    }

    /**
     * Stores a value only if the key has an item.
     *
     * @param key the item's key
     * @param value the value
     * @param timeToLive the time after which the item expires
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult replace(K key, V value, Duration timeToLive) {
        return store(StoreMode.REPLACE, update(key, value).timeToLive(TimeToLive.millis(timeToLive)));
    }

    /**
     * Stores an item only if the key has one.
     *
     * @param key the item's key
     * @param item the item; without a time to live it never expires
     * @return STORED, NOT_STORED, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult replaceItem(K key, Item item) {
        return store(StoreMode.REPLACE, item.applyTo(update(key)));
    }

    /**
     * Stores a value only if the item has not been changed since it was read (compare-and-set).
     *
     * @param key the item's key
     * @param value the value
     * @param casUnique the item's CAS unique as returned by {@link #getItem}
     * @return STORED, EXISTS, NOT_FOUND, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult cas(K key, V value, long casUnique) {
        return store(StoreMode.CAS, update(key, value).expectCas(casUnique));
    }

    /**
     * Stores a value only if the item has not been changed since it was read (compare-and-set).
     *
     * @param key the item's key
     * @param value the value
     * @param timeToLive the time after which the item expires
     * @param casUnique the item's CAS unique as returned by {@link #getItem}
     * @return STORED, EXISTS, NOT_FOUND, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult cas(K key, V value, Duration timeToLive, long casUnique) {
        return store(
                StoreMode.CAS,
                update(key, value).timeToLive(TimeToLive.millis(timeToLive)).expectCas(casUnique));
    }

    /**
     * Stores an item only if the existing one has not been changed since it was read (compare-and-set).
     *
     * @param key the item's key
     * @param item the new item, with the CAS unique of the existing one; without a time to live it never expires
     * @return STORED, EXISTS, NOT_FOUND, TOO_LARGE or OUT_OF_MEMORY
     */
    public StoreResult casItem(K key, Item item) {
        return store(StoreMode.CAS, item.applyTo(update(key)).expectCas(item.casUnique()));
    }

    /**
     * Adds bytes at the end of an item's value; its client flags and time to live are unchanged.
     *
     * @param key the item's key
     * @param value the value whose bytes are appended
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult append(K key, V value) {
        return store(StoreMode.APPEND, update(key, value));
    }

    /**
     * Adds bytes at the start of an item's value; its client flags and time to live are unchanged.
     *
     * @param key the item's key
     * @param value the value whose bytes are prepended
     * @return STORED, NOT_STORED or OUT_OF_MEMORY
     */
    public StoreResult prepend(K key, V value) {
        return store(StoreMode.PREPEND, update(key, value));
    }

    // Changing items

    /**
     * Removes an item.
     *
     * @param key the item's key
     * @return DELETED or NOT_FOUND
     */
    public DeleteResult delete(K key) {
        return core.open().delete(update(key));
    }

    /**
     * Removes several items.
     *
     * @param keys the items' keys
     * @return how many items were removed
     */
    public long deleteAll(Collection<? extends K> keys) {
        LookupBatch batch = new LookupBatch(core.open());
        long[] deleted = {0};
        KeyBatches.<K>forEach(batch, keys, this::key, (key, bytes) -> {
            if (core.open().delete(update(bytes)) == DeleteResult.DELETED) {
                deleted[0]++;
            }
        });
        return deleted[0];
    }

    /**
     * Sets the time to live of an item.
     *
     * @param key the item's key
     * @param timeToLive the new time to live
     * @return whether the item exists
     */
    public boolean touch(K key, Duration timeToLive) {
        return core.open().touchFor(update(key), TimeToLive.millis(timeToLive), new ItemView());
    }

    /**
     * Increments the number in an item's value, which is an unsigned 64-bit decimal number and wraps at 2^64. The time to live is unchanged.
     *
     * @param key the item's key
     * @param delta the amount to add, unsigned
     * @return the new number, or the reason why there is none
     */
    public CounterResult increment(K key, long delta) {
        ItemUpdate update = update(key);
        return new CounterResult(core.dropIfClosed(core.open().increment(update, delta)), update.number());
    }

    /**
     * Decrements the number in an item's value, which is an unsigned 64-bit decimal number and stops at 0. A value that becomes shorter is
     * padded with spaces, as in memcached. The time to live is unchanged.
     *
     * @param key the item's key
     * @param delta the amount to subtract, unsigned
     * @return the new number, or the reason why there is none
     */
    public CounterResult decrement(K key, long delta) {
        ItemUpdate update = update(key);
        return new CounterResult(core.dropIfClosed(core.open().decrement(update, delta)), update.number());
    }

    /**
     * Changes a value atomically: the function is called again if the item was changed by another thread meanwhile. An existing item
     * keeps its client flags and its time to live.
     *
     * @param key the item's key
     * @param function returns the new value for the key and the old value, which is null if there is no item; null to remove the
     *     item. Called without a lock, possibly several times; its exceptions reach the caller, and the item is unchanged.
     * @return the new value, or null. If it was too large or no memory was available, it was not stored and the old item removed.
     * @throws UnsupportedOperationException if the cache has no CAS uniques
     */
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        return compute(key, 0, function);
    }

    /**
     * Changes a value atomically as {@link #compute(Object, BiFunction)} does, and sets the time to live.
     *
     * @param key the item's key
     * @param timeToLive the time after which the item expires
     * @param function returns the new value, or null to remove the item
     * @return the new value, or null
     * @throws UnsupportedOperationException if the cache has no CAS uniques
     */
    public @Nullable V compute(
            K key, Duration timeToLive, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        return compute(key, TimeToLive.millis(timeToLive), function);
    }

    private @Nullable V compute(
            K key, long millisToLive, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function);
        byte[] bytes = key(key);
        return new Computation<>(
                        core, codec, bytes, millisToLive == 0 ? defaultMillisToLive : millisToLive, millisToLive == 0)
                .run(old -> function.apply(key, old));
    }

    // Iteration

    /**
     * Passes all items to a consumer, see the description of this class.
     *
     * @param consumer receives keys and copies of values; its exceptions end the iteration and reach the caller
     */
    public void forEach(BiConsumer<? super K, ? super V> consumer) {
        new Iteration<>(core, codec, NO_BYTES).forEach(consumer);
    }

    /**
     * Returns the keys of all items, see the description of this class.
     *
     * @return a sequential stream, which finds the keys while it is consumed
     */
    public Stream<K> keys() {
        return keys(NO_BYTES);
    }

    /** Returns the keys that begin with the codec's prefix and these bytes. */
    final Stream<K> keys(byte[] start) {
        return new Iteration<>(core, codec, start).keys();
    }

    /**
     * Removes the items that match a condition, see the description of this class. An item that is changed while it is tested is not
     * removed, unless the cache has no CAS uniques.
     *
     * @param condition receives keys and copies of values; its exceptions end the iteration and reach the caller
     * @return how many items were removed
     */
    public long removeIf(BiPredicate<? super K, ? super V> condition) {
        return new Iteration<>(core, codec, NO_BYTES).removeIf(condition);
    }

    // For subclasses

    private static @Nullable Item item(ItemView view) {
        return view.isPlaceholder() ? null : Item.of(view);
    }

    final LoadPolicy policy(long millisToLive) {
        return LoadPolicy.of(millisToLive).countedBy(counters);
    }

    final ViewCounters counters() {
        return counters;
    }

    final CacheCore core() {
        return core;
    }

    final KeyValueCodec<K, V> codec() {
        return codec;
    }

    final long defaultMillisToLive() {
        return defaultMillisToLive;
    }

    final byte[] key(K key) {
        return core.key(codec, key);
    }

    final ItemUpdate update(K key) {
        return update(key(key));
    }

    static ItemUpdate update(byte[] key) {
        return new ItemUpdate().key(key, 0, key.length);
    }

    private ItemUpdate update(K key, V value) {
        return update(key(key), value);
    }

    private ItemUpdate update(byte[] key, V value) {
        byte[] bytes = codec.encodeValue(key, value);
        ItemUpdate update = update(key).value(bytes, 0, bytes.length);
        return defaultMillisToLive == 0 ? update : update.timeToLive(defaultMillisToLive);
    }

    private StoreResult store(StoreMode mode, ItemUpdate update) {
        return core.dropIfClosed(core.open().store(mode, update));
    }
}
