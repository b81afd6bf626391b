package io.github.embeddedmemcached.cache;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Loads the value of a key that a cache does not have, and chooses its time to live. Must be thread-safe, see {@link CacheLoader}.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
@FunctionalInterface
public interface TimedLoader<K, V> {
    /**
     * Loads a value, see {@link CacheLoader#load}.
     *
     * @param key the key
     * @return the value with its time to live; null if there is none, which is returned to the callers and not stored
     * @throws Exception if the value cannot be loaded
     */
    @Nullable Loaded<V> load(K key) throws Exception;

    /**
     * A value with its time to live.
     *
     * @param <V> the type of the value
     * @param value the value
     * @param timeToLive the time after which it expires, positive; 100 years or more never ends
     */
    record Loaded<V>(V value, Duration timeToLive) {}
}
