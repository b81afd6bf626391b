package io.github.embeddedmemcached.cache;

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
final class Loading<K, V> {
    private final CacheOperations<K, V> view;
    private final CacheCore core;
    private final KeyValueCodec<K, V> codec;

    Loading(CacheOperations<K, V> view) {
        this.view = view;
        core = view.core();
        codec = view.codec();
    }

    @Nullable V get(K key, LoadPolicy policy, CacheLoader<? super K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        byte[] bytes = view.key(key);
        byte[] fresh = fresh(bytes, policy);
        return decode(bytes, fresh != null ? fresh : core.loads().get(bytes, policy, action(key, bytes, loader)));
    }

    @Nullable V getTimed(K key, LoadPolicy policy, TimedLoader<? super K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        byte[] bytes = view.key(key);
        byte[] fresh = fresh(bytes, policy);
        return decode(bytes, fresh != null ? fresh : core.loads().get(bytes, policy, timedAction(key, bytes, loader)));
    }

    /** Gets a value that needs no load, without objects for a load. */
    private byte @Nullable [] fresh(byte[] key, LoadPolicy policy) {
        core.open();
        return core.loads().fresh(key, policy);
    }

    private @Nullable V decode(byte[] key, byte @Nullable [] value) {
        return value == null ? null : codec.decodeValue(key, value);
    }

    private LoadAction timedAction(K key, byte[] bytes, TimedLoader<? super K, ? extends V> loader) {
        return () -> {
            TimedLoader.Loaded<? extends V> loaded = loader.load(key);
            return loaded == null
                    ? null
                    : new LoadedValue(
                            codec.encodeValue(bytes, loaded.value()), TimeToLive.millis(loaded.timeToLive()), 0);
        };
    }

    CompletableFuture<@Nullable V> getAsync(
            K key, LoadPolicy policy, CacheLoader<? super K, ? extends V> loader, Executor executor) {
        Objects.requireNonNull(executor);
        byte[] bytes = view.key(key);
        core.open();
        return core.loads()
                .getAsync(bytes, policy, action(key, bytes, loader), executor)
                .thenApply(value -> decode(bytes, value));
    }

    private LoadAction action(K key, byte[] bytes, CacheLoader<? super K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        return () -> {
            V value = loader.load(key);
            return value == null ? null : new LoadedValue(codec.encodeValue(bytes, value));
        };
    }

    Map<K, V> getAll(Collection<? extends K> keys, LoadPolicy policy, BulkLoader<K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        List<K> all = new ArrayList<>(keys.size());
        List<byte[]> allBytes = new ArrayList<>(keys.size());
        for (K key : keys) {
            all.add(key);
            allBytes.add(view.key(key));
        }
        core.open();
        byte[] @Nullable [] values =
                core.loads().getAll(allBytes, policy, missing -> loadAll(missing, all, allBytes, loader));
        Map<K, V> found = new LinkedHashMap<>(values.length * 2);
        for (int i = 0; i < values.length; i++) {
            byte[] value = values[i];
            if (value != null) {
                found.put(all.get(i), codec.decodeValue(allBytes.get(i), value));
            }
        }
        return found;
    }

    private @Nullable LoadedValue[] loadAll(
            List<byte[]> missing, List<K> all, List<byte[]> allBytes, BulkLoader<K, ? extends V> loader)
            throws Exception {
        Map<ByteBuffer, K> byBytes = new HashMap<>(all.size() * 2);
        for (int i = 0; i < all.size(); i++) {
            byBytes.putIfAbsent(ByteBuffer.wrap(allBytes.get(i)), all.get(i));
        }
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
