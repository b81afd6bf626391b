package io.github.embeddedmemcached.cache;

import java.util.Map;
import java.util.Set;

/**
 * Loads the values of several keys in one call. Must be thread-safe, see {@link CacheLoader}.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
@FunctionalInterface
public interface BulkLoader<K, V> {
    /**
     * Loads values. Called without locks.
     *
     * @param keys the keys that the cache does not have and no other thread is loading, at least one; not to be modified
     * @return the values by key; a key without a value is not stored, and values of other keys are ignored
     * @throws Exception if the values cannot be loaded
     */
    Map<? extends K, ? extends V> loadAll(Set<K> keys) throws Exception;
}
