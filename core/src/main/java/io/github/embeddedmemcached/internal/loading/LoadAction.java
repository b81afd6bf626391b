package io.github.embeddedmemcached.internal.loading;

import org.jspecify.annotations.Nullable;

/** Loads the value of one key. */
@FunctionalInterface
public interface LoadAction {
    /**
     * Loads the value. Called without locks; may use the cache, and load other keys.
     *
     * @return the value, or null if there is none
     * @throws Exception if the value cannot be loaded
     */
    @Nullable LoadedValue load() throws Exception;
}
