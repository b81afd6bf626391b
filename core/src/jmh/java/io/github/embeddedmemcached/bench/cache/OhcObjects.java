package io.github.embeddedmemcached.bench.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.caffinitas.ohc.CacheLoader;
import org.caffinitas.ohc.CacheSerializer;
import org.caffinitas.ohc.OHCache;
import org.caffinitas.ohc.OHCacheBuilder;
import org.jspecify.annotations.Nullable;

/** OHC, an off-heap hash table. It has no method for several keys. */
final class OhcObjects<V> implements ObjectCache<V> {
    private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(1, task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });
    private final OHCache<String, V> cache;
    private final @Nullable CacheLoader<String, V> loader;

    OhcObjects(ValueType<V> type, long bytes, @Nullable Function<String, V> loader) {
        cache = OHCacheBuilder.<String, V>newBuilder()
                .keySerializer(new KeySerializer())
                .valueSerializer(new ValueSerializer<>(type))
                .capacity(bytes)
                .executorService(executor)
                .build();
        this.loader = loader == null ? null : loader::apply;
    }

    @Override
    public @Nullable V get(String key) {
        if (loader == null) {
            return cache.get(key);
        }
        try {
            return cache.getWithLoader(key, loader);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void set(String key, V value) {
        cache.put(key, value);
    }

    @Override
    public long size() {
        return cache.size();
    }

    /** Returns the memory of the items and of the hash tables. */
    @Override
    public long offHeapBytes() {
        long tables = 0;
        for (int slots : cache.hashTableSizes()) {
            tables += (long) slots * Long.BYTES;
        }
        return cache.memUsed() + tables;
    }

    @Override
    public void close() {
        try {
            cache.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            executor.shutdownNow();
        }
    }

    /** Serializes ASCII text as its length and bytes. */
    private static final class KeySerializer implements CacheSerializer<String> {
        @Override
        public void serialize(String key, ByteBuffer target) {
            byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
            target.putInt(bytes.length).put(bytes);
        }

        @Override
        public String deserialize(ByteBuffer source) {
            byte[] bytes = new byte[source.getInt()];
            source.get(bytes);
            return new String(bytes, StandardCharsets.US_ASCII);
        }

        @Override
        public int serializedSize(String key) {
            return Integer.BYTES + key.length();
        }
    }

    private record ValueSerializer<V>(ValueType<V> type) implements CacheSerializer<V> {
        @Override
        public void serialize(V value, ByteBuffer target) {
            byte[] bytes = type.encode(value);
            target.putInt(bytes.length).put(bytes);
        }

        @Override
        public V deserialize(ByteBuffer source) {
            byte[] bytes = new byte[source.getInt()];
            source.get(bytes);
            return type.decode(bytes);
        }

        @Override
        public int serializedSize(V value) {
            return Integer.BYTES + type.encode(value).length;
        }
    }
}
