package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;

/** Builders of caches with settings that only tests need. */
@SuppressWarnings("exports") // used by the tests of this module only
public final class Caches {
    private Caches() {}

    /** Returns a builder of caches that hash keys with the given function. */
    public static CacheBuilder builder(KeyHash keyHash) {
        return new CacheBuilder(EngineSettings.defaults().keyHash(keyHash));
    }

    /** Returns a builder of caches that acquire their memory from the given account. */
    public static CacheBuilder builder(HeapAccount account) {
        return new CacheBuilder(EngineSettings.defaults().heapAccount(account));
    }
}
