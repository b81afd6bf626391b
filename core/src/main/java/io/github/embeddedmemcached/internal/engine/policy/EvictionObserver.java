package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.cache.EvictionListener;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;

/**
 * Counts evictions for a server that shares the cache. Servers need exact statistics that do not depend on the application's
 * listener, so any number of observers can exist in addition to it.
 *
 * <p>As an {@link EvictionListener} it is called like the application's, but only for items that were evicted while it was
 * {@linkplain #isListening listening}.
 */
public interface EvictionObserver extends EvictionListener {
    /**
     * Counts an evicted item. Called while a part of the cache is locked: it must not allocate, wait, or call the cache. Exceptions
     * are ignored.
     *
     * @param secondsToLive its remaining time to live, or -1 if it would never have expired
     * @param secondsSinceAccess the time since it was last stored or read
     * @param itemSize its size as {@link ItemSize#of} counts it
     */
    void countEviction(long secondsToLive, long secondsSinceAccess, long itemSize);

    /**
     * Returns whether {@link #onEviction} is called too. Called while a part of the cache is locked, for each evicted item.
     *
     * @return false to only count evictions
     */
    boolean isListening();
}
