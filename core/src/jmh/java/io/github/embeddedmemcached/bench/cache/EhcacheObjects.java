package io.github.embeddedmemcached.bench.cache;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.ResourcePools;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.EntryUnit;
import org.ehcache.config.units.MemoryUnit;
import org.ehcache.core.internal.statistics.DefaultStatisticsService;
import org.ehcache.core.statistics.TierStatistics;
import org.ehcache.spi.loaderwriter.CacheLoaderWriter;
import org.ehcache.spi.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Ehcache with one tier: on the heap it stores references, off the heap bytes. */
final class EhcacheObjects<V> implements ObjectCache<V> {
    private static final String NAME = "cache";

    private final DefaultStatisticsService statistics = new DefaultStatisticsService();
    private final CacheManager manager;
    private final Cache<String, V> cache;
    private final boolean isOnHeap;

    private EhcacheObjects(
            ValueType<V> type, ResourcePools pools, boolean isOnHeap, @Nullable Function<String, V> loader) {
        this.isOnHeap = isOnHeap;
        CacheConfigurationBuilder<String, V> configuration =
                CacheConfigurationBuilder.newCacheConfigurationBuilder(String.class, type.type(), pools);
        if (!isOnHeap) {
            configuration = configuration.withValueSerializer(new ValueSerializer<>(type));
        }
        if (loader != null) {
            configuration = configuration.withLoaderWriter(new Loader<>(loader));
        }
        manager = CacheManagerBuilder.newCacheManagerBuilder()
                .using(statistics)
                .withCache(NAME, configuration)
                .build(true);
        cache = manager.getCache(NAME, String.class, type.type());
    }

    static <V> EhcacheObjects<V> onHeap(ValueType<V> type, long items, @Nullable Function<String, V> loader) {
        return new EhcacheObjects<>(
                type,
                ResourcePoolsBuilder.newResourcePoolsBuilder()
                        .heap(items, EntryUnit.ENTRIES)
                        .build(),
                true,
                loader);
    }

    static <V> EhcacheObjects<V> offHeap(ValueType<V> type, long bytes, @Nullable Function<String, V> loader) {
        return new EhcacheObjects<>(
                type,
                ResourcePoolsBuilder.newResourcePoolsBuilder()
                        .offheap(bytes, MemoryUnit.B)
                        .build(),
                false,
                loader);
    }

    @Override
    public @Nullable V get(String key) {
        return cache.get(key);
    }

    @Override
    public Map<String, V> getAll(Set<String> keys) {
        return cache.getAll(keys);
    }

    @Override
    public void set(String key, V value) {
        cache.put(key, value);
    }

    @Override
    public long size() {
        return tier().getMappings();
    }

    @Override
    public long offHeapBytes() {
        return isOnHeap ? 0 : tier().getOccupiedByteSize();
    }

    private TierStatistics tier() {
        return statistics.getCacheStatistics(NAME).getTierStatistics().get(isOnHeap ? "OnHeap" : "OffHeap");
    }

    @Override
    public void close() {
        manager.close();
    }

    private record ValueSerializer<V>(ValueType<V> type) implements Serializer<V> {
        @Override
        public ByteBuffer serialize(V value) {
            return ByteBuffer.wrap(type.encode(value));
        }

        @Override
        public V read(ByteBuffer source) {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            return type.decode(bytes);
        }

        @Override
        public boolean equals(V value, ByteBuffer source) {
            return serialize(value).equals(source);
        }
    }

    private record Loader<V>(Function<String, V> loader) implements CacheLoaderWriter<String, V> {
        @Override
        public V load(String key) {
            return loader.apply(key);
        }

        @Override
        public void write(String key, V value) {}

        @Override
        public void delete(String key) {}
    }
}
