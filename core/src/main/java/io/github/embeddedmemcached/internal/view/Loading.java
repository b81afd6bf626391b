package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.BulkLoader;
import io.github.embeddedmemcached.cache.CacheLoader;
import io.github.embeddedmemcached.cache.TimedLoader;
import io.github.embeddedmemcached.internal.loading.LoadAction;
import io.github.embeddedmemcached.internal.loading.LoadPolicy;
import io.github.embeddedmemcached.internal.loading.LoadedValue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Converts the keys and values of gets that load. All callers get copies of their own. Thread-safe. */
public final class Loading<K, V> {
    private final CacheCore core;
    private final KeyValueCodec<K, V> codec;

    public Loading(CacheCore core, KeyValueCodec<K, V> codec) {
        this.core = core;
        this.codec = codec;
    }

    public @Nullable V get(K key, LoadPolicy policy, CacheLoader<? super K, ? extends V> loader) {
        byte[] bytes = core.key(codec, key);
        core.open();
        byte[] value = core.loads().get(bytes, policy, action(key, bytes, loader));
        return value == null ? null : codec.decodeValue(bytes, value);
    }

    public @Nullable V getTimed(K key, LoadPolicy policy, TimedLoader<? super K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        byte[] bytes = core.key(codec, key);
        core.open();
        byte[] value = core.loads().get(bytes, policy, () -> {
            TimedLoader.Loaded<? extends V> loaded = loader.load(key);
            return loaded == null
                    ? null
                    : new LoadedValue(
                            codec.encodeValue(bytes, loaded.value()), TimeToLive.millis(loaded.timeToLive()), 0);
        });
        return value == null ? null : codec.decodeValue(bytes, value);
    }

    public CompletableFuture<@Nullable V> getAsync(
            K key, LoadPolicy policy, CacheLoader<? super K, ? extends V> loader, Executor executor) {
        Objects.requireNonNull(executor);
        byte[] bytes = core.key(codec, key);
        core.open();
        return core.loads()
                .getAsync(bytes, policy, action(key, bytes, loader), executor)
                .thenApply(value -> value == null ? null : codec.decodeValue(bytes, value));
    }

    private LoadAction action(K key, byte[] bytes, CacheLoader<? super K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        return () -> {
            V value = loader.load(key);
            return value == null ? null : new LoadedValue(codec.encodeValue(bytes, value));
        };
    }

    public Map<K, V> getAll(Collection<? extends K> keys, LoadPolicy policy, BulkLoader<K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        Map<ByteBuffer, K> byBytes = new LinkedHashMap<>(keys.size() * 2);
        for (K key : keys) {
            byBytes.putIfAbsent(ByteBuffer.wrap(core.key(codec, key)), key);
        }
        List<byte[]> all = new ArrayList<>(byBytes.size());
        byBytes.keySet().forEach(bytes -> all.add(bytes.array()));
        core.open();
        byte[] @Nullable [] values = core.loads().getAll(all, policy, missing -> loadAll(missing, byBytes, loader));
        Map<K, V> found = new LinkedHashMap<>(all.size() * 2);
        for (int i = 0; i < values.length; i++) {
            byte[] bytes = all.get(i);
            byte[] value = values[i];
            if (value != null) {
                found.put(Objects.requireNonNull(byBytes.get(ByteBuffer.wrap(bytes))), codec.decodeValue(bytes, value));
            }
        }
        return found;
    }

    private @Nullable LoadedValue[] loadAll(
            List<byte[]> missing, Map<ByteBuffer, K> byBytes, BulkLoader<K, ? extends V> loader) throws Exception {
        Map<K, byte[]> keys = new LinkedHashMap<>(missing.size() * 2);
        for (byte[] bytes : missing) {
            keys.put(Objects.requireNonNull(byBytes.get(ByteBuffer.wrap(bytes))), bytes);
        }
        Map<K, V> loaded = new HashMap<>(loader.loadAll(Collections.unmodifiableSet(keys.keySet())));
        @Nullable LoadedValue[] values = new LoadedValue[missing.size()];
        int i = 0;
        for (Map.Entry<K, byte[]> entry : keys.entrySet()) {
            V value = loaded.get(entry.getKey());
            values[i++] = value == null ? null : new LoadedValue(codec.encodeValue(entry.getValue(), value));
        }
        return values;
    }
}
