package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.loading.LoadPolicy;
import io.github.embeddedmemcached.internal.loading.ViewCounters;
import io.github.embeddedmemcached.internal.view.CacheCore;
import io.github.embeddedmemcached.internal.view.KeyValueCodec;
import io.github.embeddedmemcached.internal.view.Loading;
import io.github.embeddedmemcached.internal.view.TimeToLive;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A view of a {@link Cache} with typed keys and values. Views are cheap: they have no items of their own, and do not need to be closed.
 *
 * <pre>{@code
 * TypedCache<Path, BufferedImage> thumbnails = cache.typed(Codecs.utf8(Path::toString, Path::of), png)
 *         .prefix("thumb:").timeToLive(Duration.ofDays(30)).refreshAfter(Duration.ofDays(1)).loadingWith(Images::scale);
 * BufferedImage image = thumbnails.get(path);
 * }</pre>
 *
 * <p>Each key is stored with the view's {@linkplain #prefix prefix}; iteration visits only items that have it. Immutable and thread-safe if its
 * codecs are: the methods that change a setting return a new view.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class TypedCache<K, V> extends CacheOperations<K, V> {
    private final long refreshAfterMillis; // 0 if items are not refreshed
    private final @Nullable CacheLoader<? super K, ? extends V> loader;

    TypedCache(
            CacheCore core,
            KeyValueCodec<K, V> codec,
            long defaultMillisToLive,
            ViewCounters counters,
            long refreshAfterMillis,
            @Nullable CacheLoader<? super K, ? extends V> loader) {
        super(core, codec, defaultMillisToLive, counters);
        this.refreshAfterMillis = refreshAfterMillis;
        this.loader = loader;
    }

    /**
     * Returns this view with a prefix in place of the current one. Views of different types need different prefixes, and none should be
     * the start of another.
     *
     * @param prefix the start of the keys in the cache, for example {@code "thumb:"}; memcached clients use it too
     * @return a new view
     */
    public TypedCache<K, V> prefix(String prefix) {
        return new TypedCache<>(
                core(),
                codec().withPrefix(prefix.getBytes(StandardCharsets.UTF_8)),
                defaultMillisToLive(),
                new ViewCounters(),
                refreshAfterMillis,
                loader);
    }

    /**
     * Returns this view with a default time to live, which applies to all methods that store a value without one; an {@link Item} has its own.
     *
     * @param timeToLive the time after which new items expire
     * @return a new view
     * @throws IllegalArgumentException if the time is zero or negative
     */
    public TypedCache<K, V> timeToLive(Duration timeToLive) {
        return new TypedCache<>(core(), codec(), TimeToLive.millis(timeToLive), counters(), refreshAfterMillis, loader);
    }

    /**
     * Returns this view with a loader, which {@link #get(Object)} calls for a key that has no item.
     *
     * @param valueLoader loads the value of a key
     * @return a new view
     */
    public TypedCache<K, V> loadingWith(CacheLoader<? super K, ? extends V> valueLoader) {
        return new TypedCache<>(
                core(),
                codec(),
                defaultMillisToLive(),
                counters(),
                refreshAfterMillis,
                Objects.requireNonNull(valueLoader));
    }

    /**
     * Returns this view with refreshes by its loader: after a part of its time to live, an item is still returned while the cache's executor
     * loads its new value. If that fails, the old value is returned until it expires, and a later get tries again: after a second at first, after
     * a minute at most. An item is due if its remaining time is less than the view's time to live minus this time, as for the recache
     * flag of meta commands (protocol.txt, "Meta Get", flag R): one in-process caller or client is chosen. A refresh that has not ended after 30
     * seconds is started again by a later get. Without a loader, nothing is refreshed.
     *
     * @param age the time after which items are refreshed, less than the time to live, which must be set
     * @return a new view
     * @throws IllegalArgumentException if the time is zero or negative
     */
    public TypedCache<K, V> refreshAfter(Duration age) {
        return new TypedCache<>(
                core(),
                codec(),
                defaultMillisToLive(),
                counters(),
                TimeToLive.millis("time after which items are refreshed", age),
                loader);
    }

    /**
     * Gets a value. If the view has a loader, a missing value is loaded, and one that is due is refreshed, see {@link #refreshAfter}.
     *
     * @param key the item's key
     * @return a copy of the value, or null if there is no such item and none was loaded
     * @throws CacheLoadException if the loader throws an exception
     * @throws IllegalArgumentException if items are to be refreshed after a time that is not less than their time to live
     */
    @Override
    public @Nullable V get(K key) {
        CacheLoader<? super K, ? extends V> valueLoader = loader;
        if (valueLoader == null) {
            return super.get(key);
        }
        return new Loading<>(core(), codec()).get(key, refreshPolicy(), valueLoader);
    }

    private LoadPolicy refreshPolicy() {
        LoadPolicy policy = policy(defaultMillisToLive());
        return refreshAfterMillis == 0 ? policy : policy.refreshAfter(refreshAfterMillis);
    }

    /**
     * Gets a value without waiting, see {@link #get(Object)}.
     *
     * @param key the item's key
     * @param executor calls the loader
     * @return completed with a copy of the value, or with null if there is no such item and none was loaded
     * @throws IllegalStateException if the cache is closed, or if this thread is loading the same key
     */
    public CompletableFuture<@Nullable V> getAsync(K key, Executor executor) {
        CacheLoader<? super K, ? extends V> valueLoader = loader;
        return valueLoader == null
                ? CompletableFuture.completedFuture(super.get(key))
                : new Loading<>(core(), codec()).getAsync(key, refreshPolicy(), valueLoader, executor);
    }

    /**
     * Gets the values of several keys. If the view has a loader, it then loads the missing ones, one after the other; values that are due are
     * returned and not refreshed.
     *
     * @param keys the items' keys
     * @return copies of the values that exist or were loaded, by key, in the order of the keys; a new map that can be modified
     * @throws CacheLoadException if the loader throws an exception
     */
    @Override
    public Map<K, V> getAll(Collection<? extends K> keys) {
        Map<K, V> present = super.getAll(keys);
        if (loader == null || present.size() == keys.size()) {
            return present;
        }
        Map<K, V> all = new LinkedHashMap<>(keys.size() * 2);
        for (K key : keys) {
            V found = present.get(key);
            V value = found == null ? get(key) : found;
            if (value != null) {
                all.put(key, value);
            }
        }
        return all;
    }

    /**
     * Returns how the gets of this view have ended: {@link #get}, {@link #getAsync}, {@link #getAll} and {@link #getItem}. A view that was created by {@link
     * #timeToLive}, {@link #refreshAfter} or {@link #loadingWith} shares the counters of its origin; one with another prefix has
     * its own. Other views, even with the same prefix, and clients are not counted. {@link Cache#reset} and {@link Cache#resetStatistics} do not
     * change these counters.
     *
     * @return a snapshot, which does not change afterwards
     */
    public ViewStatistics statistics() {
        ViewCounters counters = counters();
        return new ViewStatistics(
                counters.hits(),
                counters.misses(),
                counters.loads(),
                counters.loadFailures(),
                Duration.ofNanos(counters.loadNanos()));
    }

    /**
     * Removes all items whose keys begin with the view's prefix. They are invisible at once to all views and to the cache; memcached clients may
     * see them until they are removed, by a scan that the cache's executor runs. If the cache has no CAS uniques, they are
     * removed before this method returns. Items to which a client has assigned a CAS unique (meta flag E) are removed only if it is
     * lower than that of the item that was stored last.
     */
    public void clear() {
        core().cleared().clear(codec().prefix());
    }

    /** Returns the prefix, the types and the statistics. */
    @Override
    public String toString() {
        return "TypedCache[" + codec() + ", " + statistics() + "]";
    }
}
