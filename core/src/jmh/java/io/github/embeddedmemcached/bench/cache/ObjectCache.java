package io.github.embeddedmemcached.bench.cache;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A cache of objects in this JVM, as applications use it. If it was created with a loader, {@link #get} and {@link #getAll} load missing values.
 *
 * @param <V> the type of the values
 */
public interface ObjectCache<V> extends AutoCloseable {
    /** The names of all caches. */
    List<String> NAMES = List.of("embedded", "caffeine", "caffeine-bytes", "ehcache-heap", "ehcache-offheap", "ohc");

    /** Returns a value, or null if there is none and no loader. */
    @Nullable V get(String key);

    /** Returns the values that exist or were loaded, by one call if the cache has a method for several keys. */
    default Map<String, V> getAll(Set<String> keys) {
        Map<String, V> found = new LinkedHashMap<>(keys.size() * 2);
        for (String key : keys) {
            V value = get(key);
            if (value != null) {
                found.put(key, value);
            }
        }
        return found;
    }

    /** Stores a value. */
    void set(String key, V value);

    /** Returns the number of items. */
    long size();

    /** Returns the memory outside the heap, in bytes. */
    default long offHeapBytes() {
        return 0;
    }

    @Override
    void close();

    /**
     * Creates a cache.
     *
     * @param name one of {@link #NAMES}
     * @param type the type of the values
     * @param bytes the limit of the caches that store bytes
     * @param items the limit of the caches that store objects
     * @param loader loads the value of a key; null for none
     */
    static <V> ObjectCache<V> create(
            String name, ValueType<V> type, long bytes, long items, @Nullable Function<String, V> loader) {
        return switch (name) {
            case "embedded" -> new EmbeddedObjects<>(type, bytes, loader);
            case "caffeine" -> new CaffeineObjects<>(items, loader);
            case "caffeine-bytes" -> new CaffeineBytes<>(type, items, loader);
            case "ehcache-heap" -> EhcacheObjects.onHeap(type, items, loader);
            case "ehcache-offheap" -> EhcacheObjects.offHeap(type, bytes, loader);
            case "ohc" -> new OhcObjects<>(type, bytes, loader);
            default -> throw new IllegalArgumentException("no such cache: " + name);
        };
    }
}
