package io.github.embeddedmemcached.example.recipes;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheLoadException;
import io.github.embeddedmemcached.cache.Codec;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.TypedCache;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.support.AbstractValueAdaptingCache;
import org.springframework.cache.support.NullValue;

/**
 * A view of a cache for Spring's {@code @Cacheable}. Several of them, for one cache or for several, are given to Spring's {@code
 * SimpleCacheManager}. Keys that have the same text are equal.
 */
final class SpringCache extends AbstractValueAdaptingCache {
    private final String name;
    private final Duration timeToLive;
    private final TypedCache<Object, Object> items;

    /**
     * Creates a view.
     *
     * @param name the name for Spring, and with a colon the prefix of the keys
     * @param values converts the values, which may also be null
     */
    SpringCache(String name, Cache cache, Codec<?> values, Duration timeToLive) {
        super(true); // a null is stored
        this.name = name;
        this.timeToLive = timeToLive;
        items = cache.typed(Codecs.<Object>utf8(Object::toString, text -> text), orNull(values))
                .prefix(name + ":")
                .timeToLive(timeToLive);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Object getNativeCache() {
        return items;
    }

    @Override
    protected @Nullable Object lookup(Object key) {
        return items.get(key);
    }

    /** For {@code @Cacheable(sync = true)}: concurrent calls with the same key load once. */
    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T get(Object key, Callable<T> loader) {
        try {
            return (T) fromStoreValue(items.get(key, timeToLive, missing -> toStoreValue(loader.call())));
        } catch (CacheLoadException e) {
            throw new ValueRetrievalException(key, loader, e.getCause());
        }
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        items.set(key, toStoreValue(value));
    }

    @Override
    public void evict(Object key) {
        items.delete(key);
    }

    @Override
    public boolean evictIfPresent(Object key) {
        return items.delete(key) == DeleteResult.DELETED;
    }

    @Override
    public void clear() {
        items.clear();
    }

    /** Returns a codec that begins values with a 1, and a null with a 0. */
    @SuppressWarnings("unchecked")
    private static <V> Codec<Object> orNull(Codec<V> codec) {
        return Codecs.of(
                Object.class,
                value -> {
                    if (value == NullValue.INSTANCE) {
                        return new byte[] {0};
                    }
                    byte[] bytes = codec.encode((V) value);
                    byte[] marked = new byte[1 + bytes.length];
                    marked[0] = 1;
                    System.arraycopy(bytes, 0, marked, 1, bytes.length);
                    return marked;
                },
                bytes -> bytes[0] == 0 ? NullValue.INSTANCE : codec.decode(Arrays.copyOfRange(bytes, 1, bytes.length)));
    }
}
