package io.github.embeddedmemcached.bench.engine;

import org.jspecify.annotations.Nullable;

/**
 * A cache of byte arrays in this JVM. It stores and returns copies, so that changes of a value by the caller do not affect it.
 *
 * @param <K> the type of keys
 */
public interface Store<K> extends AutoCloseable {
    /** Returns the key for a name of ASCII characters. */
    K key(String name);

    /** Returns a copy of a value, or null. */
    byte @Nullable [] get(K key);

    /** Stores a copy of a value. */
    void set(K key, byte[] value);

    /** Returns the approximate number of items. */
    long size();

    @Override
    void close();

    /** Creates a cache by name, with a limit in bytes. */
    static Store<?> create(String name, long bytes) {
        return switch (name) {
            case "embedded" -> new EmbeddedStore.ByString(bytes);
            case "embedded-bytes" -> new EmbeddedStore.ByBytes(bytes);
            case "caffeine" -> CaffeineStore.withDefaultEviction(bytes);
            case "ohc" -> new OhcStore(bytes);
            case "none" -> new NoStore();
            default -> throw new IllegalArgumentException("no such cache: " + name);
        };
    }
}
