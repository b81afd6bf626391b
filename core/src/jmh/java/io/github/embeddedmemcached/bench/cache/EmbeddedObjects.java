package io.github.embeddedmemcached.bench.cache;

import io.github.embeddedmemcached.cache.BulkLoader;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.cache.TypedCache;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A typed view of the cache of this project. */
final class EmbeddedObjects<V> implements ObjectCache<V> {
    private static final Duration TIME_TO_LIVE = Duration.ofDays(1);

    private final Cache cache;
    private final TypedCache<String, V> view;
    private final @Nullable BulkLoader<String, V> bulkLoader;

    EmbeddedObjects(ValueType<V> type, long bytes, @Nullable Function<String, V> loader) {
        cache = Cache.builder().memoryLimitBytes(bytes).build();
        TypedCache<String, V> plain = cache.typed(Codecs.utf8(), type.codec());
        view = loader == null ? plain : plain.loadingWith(loader::apply);
        bulkLoader = loader == null ? null : keys -> loadAll(keys, loader);
    }

    private static <V> Map<String, V> loadAll(Set<String> keys, Function<String, V> loader) {
        Map<String, V> loaded = new HashMap<>();
        keys.forEach(key -> loaded.put(key, loader.apply(key)));
        return loaded;
    }

    @Override
    public @Nullable V get(String key) {
        return view.get(key);
    }

    @Override
    public Map<String, V> getAll(Set<String> keys) {
        return bulkLoader == null ? view.getAll(keys) : view.getAll(keys, TIME_TO_LIVE, bulkLoader);
    }

    @Override
    public void set(String key, V value) {
        view.set(key, value);
    }

    @Override
    public long size() {
        return cache.statistics().items();
    }

    @Override
    public void close() {
        cache.close();
    }
}
