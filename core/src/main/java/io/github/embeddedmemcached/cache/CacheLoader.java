package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * Loads the value of a key that a cache does not have. Must be thread-safe: values of different keys are loaded at the same time.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
@FunctionalInterface
public interface CacheLoader<K, V> {
    /**
     * Loads a value. Called without locks. May use the cache and load other keys; a request for the same key is rejected.
     *
     * @param key the key
     * @return the value; null if there is none, which is returned to the callers and not stored
     * @throws Exception if the value cannot be loaded; the cause of the {@link CacheLoadException} that all callers get
     */
    @Nullable V load(K key) throws Exception;
}
