package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.BulkLoader;
import io.github.embeddedmemcached.cache.CacheLoader;
import io.github.embeddedmemcached.cache.TimedLoader;
import io.github.embeddedmemcached.internal.loading.BulkLoadAction;
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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Converts the keys and values of gets that load. All callers get copies of their own. Thread-safe. */
public final class Loading<K, V> {
    private static final byte[] @Nullable [] NO_VALUES = {};

    private final CacheCore core;
    private final KeyValueCodec<K, V> codec;

    public Loading(CacheCore core, KeyValueCodec<K, V> codec) {
        this.core = core;
        this.codec = codec;
    }

    public @Nullable V get(K key, LoadPolicy policy, CacheLoader<? super K, ? extends V> loader) {
        byte[] bytes = core.key(codec, key);
        return get(bytes, policy, action(key, bytes, loader));
    }

    public @Nullable V getTimed(K key, LoadPolicy policy, TimedLoader<? super K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        byte[] bytes = core.key(codec, key);
        return get(bytes, policy, () -> {
            TimedLoader.Loaded<? extends V> loaded = loader.load(key);
            return loaded == null
                    ? null
                    : new LoadedValue(
                            codec.encodeValue(bytes, loaded.value()), TimeToLive.millis(loaded.timeToLive()), 0);
        });
    }

    private @Nullable V get(byte[] key, LoadPolicy policy, Callable<@Nullable LoadedValue> action) {
        core.open();
        byte[] value = core.loads().get(key, policy, action);
        V decoded = value == null ? null : core.decode(codec, key, value);
        if (value == null || decoded != null) {
            return decoded;
        }
        policy.counters().revokeHit();
        return decoded(key, core.loads().get(key, policy, action)); // the unreadable item was removed
    }

    private @Nullable V decoded(byte[] key, byte @Nullable [] value) {
        return value == null ? null : codec.decodeValue(key, value);
    }

    public CompletableFuture<@Nullable V> getAsync(
            K key, LoadPolicy policy, CacheLoader<? super K, ? extends V> loader, Executor executor) {
        Objects.requireNonNull(executor);
        byte[] bytes = core.key(codec, key);
        Callable<@Nullable LoadedValue> action = action(key, bytes, loader);
        core.open();
        CompletableFuture<@Nullable V> result = new CompletableFuture<>(); // others would wrap exceptions
        core.loads()
                .getAsync(bytes, policy, action, executor)
                .thenCompose(value -> {
                    V decoded = value == null ? null : core.decode(codec, bytes, value);
                    if (value == null || decoded != null) {
                        return CompletableFuture.completedFuture(decoded);
                    }
                    policy.counters().revokeHit();
                    return core.loads()
                            .getAsync(bytes, policy, action, executor)
                            .thenApply(loaded -> decoded(bytes, loaded));
                })
                .whenComplete((value, failure) -> {
                    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                    if (cause == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(cause);
                    }
                });
        return result;
    }

    private Callable<@Nullable LoadedValue> action(K key, byte[] bytes, CacheLoader<? super K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        return () -> {
            V value = loader.load(key);
            return value == null ? null : new LoadedValue(codec.encodeValue(bytes, value));
        };
    }

    public Map<K, V> getAll(Collection<? extends K> keys, LoadPolicy policy, BulkLoader<K, ? extends V> loader) {
        Objects.requireNonNull(loader);
        List<K> all = new ArrayList<>(keys.size());
        List<byte[]> allBytes = new ArrayList<>(keys.size());
        for (K key : keys) {
            all.add(key);
            allBytes.add(core.key(codec, key));
        }
        BulkLoadAction action = missing -> loadAll(missing, all, allBytes, loader);
        core.open();
        byte[] @Nullable [] values = core.loads().getAll(allBytes, policy, action);
        List<@Nullable V> decoded = new ArrayList<>(values.length);
        List<byte[]> unreadable = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            byte[] value = values[i];
            decoded.add(value == null ? null : core.decode(codec, allBytes.get(i), value));
            if (value != null && decoded.get(i) == null) {
                unreadable.add(allBytes.get(i));
                policy.counters().revokeHit();
            }
        }
        byte[] @Nullable [] replacements =
                unreadable.isEmpty() ? NO_VALUES : core.loads().getAll(unreadable, policy, action); // they were removed
        int replaced = 0;
        Map<K, V> found = new LinkedHashMap<>(values.length * 2);
        for (int i = 0; i < values.length; i++) {
            V object = decoded.get(i);
            if (object == null && values[i] != null) {
                object = decoded(allBytes.get(i), replacements[replaced++]);
            }
            if (object != null) {
                found.put(all.get(i), object);
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
