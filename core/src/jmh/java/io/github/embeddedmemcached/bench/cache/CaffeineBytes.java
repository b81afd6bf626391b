package io.github.embeddedmemcached.bench.cache;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Caffeine with values that a codec has converted to bytes, so that readers get objects of their own as in caches that store bytes. */
final class CaffeineBytes<V> implements ObjectCache<V> {
    private final ValueType<V> type;
    private final CaffeineObjects<byte[]> cache;

    CaffeineBytes(ValueType<V> type, long items, @Nullable Function<String, V> loader) {
        this.type = type;
        cache = new CaffeineObjects<>(items, loader == null ? null : key -> encode(loader.apply(key)));
    }

    private byte[] encode(V value) {
        byte[] bytes = type.encode(value);
        return bytes == value ? bytes.clone() : bytes; // the codec of bytes does not copy them
    }

    private V decode(byte[] bytes) {
        return type.decode(type.type() == byte[].class ? bytes.clone() : bytes);
    }

    @Override
    public @Nullable V get(String key) {
        byte[] bytes = cache.get(key);
        return bytes == null ? null : decode(bytes);
    }

    @Override
    public Map<String, V> getAll(Set<String> keys) {
        Map<String, V> found = new LinkedHashMap<>(keys.size() * 2);
        cache.getAll(keys).forEach((key, bytes) -> found.put(key, decode(bytes)));
        return found;
    }

    @Override
    public void set(String key, V value) {
        cache.set(key, encode(value));
    }

    @Override
    public long size() {
        return cache.size();
    }

    @Override
    public void close() {
        cache.close();
    }
}
