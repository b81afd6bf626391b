package io.github.embeddedmemcached.internal.loading;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Loads the values of several keys in one call. */
@FunctionalInterface
public interface BulkLoadAction {
    /**
     * Loads the values. Called without locks; may use the cache, and load other keys.
     *
     * @param keys the keys that are to be loaded, at least one, without duplicates; not to be modified
     * @return the value of each key, in the order of the keys; null for a key that has none
     * @throws Exception if the values cannot be loaded
     */
    @Nullable LoadedValue[] loadAll(List<byte[]> keys) throws Exception;
}
