package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import java.nio.charset.StandardCharsets;

/** Caches with settings that only tests need, and what tests of caches share. */
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

    /** Returns the bytes of a key or value in UTF-8. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Checks the invariants of a cache at the end of a test, and closes it. */
    public static void checkAndClose(Cache cache) {
        cache.checkIntegrity();
        cache.close();
    }
}
