package io.github.embeddedmemcached.cache;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A view of a {@link Cache} with typed keys and values. Views are cheap: they have no items of their own, and do not need to be closed.
 *
 * <pre>{@code
 * TypedCache<Path, BufferedImage> thumbnails = cache.typed(Codecs.utf8(Path::toString, Path::of), png)
 *         .prefix("thumb:").timeToLive(Duration.ofDays(30));
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
    TypedCache(CacheCore core, KeyValueCodec<K, V> codec, long defaultMillisToLive) {
        super(core, codec, defaultMillisToLive);
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
                core(), codec().withPrefix(prefix.getBytes(StandardCharsets.UTF_8)), defaultMillisToLive());
    }

    /**
     * Returns this view with a default time to live, which applies to all methods that store a value without one.
     *
     * @param timeToLive the time after which new items expire
     * @return a new view
     * @throws IllegalArgumentException if the time is zero or negative
     */
    public TypedCache<K, V> timeToLive(Duration timeToLive) {
        return new TypedCache<>(core(), codec(), TimeToLive.millis(timeToLive));
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
}
