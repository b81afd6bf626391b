package io.github.embeddedmemcached.bench.engine;

import org.jspecify.annotations.Nullable;

/**
 * A cache of byte arrays in this JVM, of whatever make, holding copies: what is put in or got out can be written to without the
 * cache noticing.
 *
 * @param <K> what the cache takes as a key
 */
public interface Store<K> extends AutoCloseable {
    /** The key of a name, of ASCII characters. */
    K key(String name);

    /** A copy of a value, or null. */
    byte @Nullable [] get(K key);

    /** Stores a copy of a value. */
    void set(K key, byte[] value);

    /** How many items there are, about. */
    long size();

    @Override
    void close();

    /** Makes one that takes so many bytes. */
    static Store<?> of(String make, long bytes) {
        return switch (make) {
            case "embedded" -> new EmbeddedStore.ByString(bytes);
            case "embedded-bytes" -> new EmbeddedStore.ByBytes(bytes);
            case "caffeine" -> CaffeineStore.ordinary(bytes);
            case "ohc" -> new OhcStore(bytes);
            case "none" -> new NoStore();
            default -> throw new IllegalArgumentException("no such cache: " + make);
        };
    }
}
