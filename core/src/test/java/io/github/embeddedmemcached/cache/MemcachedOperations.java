package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.view.Engines;
import org.jspecify.annotations.Nullable;

/** The operations of memcached's commands, with client flags and exptimes as on the wire, for tests of memcached's rules. */
public final class MemcachedOperations {
    private MemcachedOperations() {}

    public static StoreResult set(Cache cache, String key, byte[] value, int flags, long exptime) {
        return store(cache, StoreMode.SET, update(key, value, flags, exptime));
    }

    public static StoreResult add(Cache cache, String key, byte[] value, int flags, long exptime) {
        return store(cache, StoreMode.ADD, update(key, value, flags, exptime));
    }

    public static StoreResult replace(Cache cache, String key, byte[] value, int flags, long exptime) {
        return store(cache, StoreMode.REPLACE, update(key, value, flags, exptime));
    }

    public static StoreResult cas(Cache cache, String key, byte[] value, int flags, long exptime, long casUnique) {
        return store(cache, StoreMode.CAS, update(key, value, flags, exptime).expectCas(casUnique));
    }

    public static boolean touch(Cache cache, String key, long exptime) {
        byte[] bytes = bytes(key);
        return engine(cache).touch(bytes, 0, bytes.length, exptime);
    }

    public static @Nullable Item getAndTouch(Cache cache, String key, long exptime) {
        byte[] bytes = bytes(key);
        ItemView view = new ItemView();
        return engine(cache).getAndTouch(bytes, 0, bytes.length, exptime, view) ? Item.of(view) : null;
    }

    public static void flushAll(Cache cache, long exptime) {
        engine(cache).flushAll(exptime);
    }

    private static CacheEngine engine(Cache cache) {
        return Engines.of(cache);
    }

    private static StoreResult store(Cache cache, StoreMode mode, ItemUpdate update) {
        return engine(cache).store(mode, update);
    }

    private static ItemUpdate update(String key, byte[] value, int flags, long exptime) {
        byte[] bytes = bytes(key);
        return new ItemUpdate()
                .key(bytes, 0, bytes.length)
                .value(value, 0, value.length)
                .flags(flags)
                .exptime(exptime);
    }
}
