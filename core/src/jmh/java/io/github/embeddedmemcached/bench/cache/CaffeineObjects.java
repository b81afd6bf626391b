package io.github.embeddedmemcached.bench.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Caffeine, which stores references: the caller and all readers share the same object. */
final class CaffeineObjects<V> implements ObjectCache<V> {
    private final Cache<String, V> cache;
    private final @Nullable Function<String, V> loader;

    CaffeineObjects(long items, @Nullable Function<String, V> loader) {
        cache = Caffeine.newBuilder().maximumSize(items).build();
        this.loader = loader;
    }

    @Override
    public @Nullable V get(String key) {
        return loader == null ? cache.getIfPresent(key) : cache.get(key, loader);
    }

    @Override
    public Map<String, V> getAll(Set<String> keys) {
        Function<String, V> single = loader;
        return single == null
                ? cache.getAllPresent(keys)
                : cache.getAll(keys, missing -> {
                    Map<String, V> loaded = new LinkedHashMap<>();
                    missing.forEach(key -> loaded.put(key, single.apply(key)));
                    return loaded;
                });
    }

    @Override
    public void set(String key, V value) {
        cache.put(key, value);
    }

    @Override
    public long size() {
        cache.cleanUp();
        return cache.estimatedSize();
    }

    @Override
    public void close() {
        cache.invalidateAll();
    }
}
