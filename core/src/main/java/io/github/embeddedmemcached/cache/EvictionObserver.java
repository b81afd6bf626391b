package io.github.embeddedmemcached.cache;

/**
 * Counts evictions for a server that shares the cache. A server needs exact statistics whatever listener the application sets, so that
 * any number of observers exist beside the {@linkplain RawCache#evictionListener application's listener}.
 *
 * <p>As an {@link EvictionListener} it is called like the application's, but only for items that were evicted while it was
 * {@linkplain #isListening listening}.
 */
public interface EvictionObserver extends EvictionListener {
    /**
     * Counts an item. Called while a part of the cache is locked: it must not allocate, wait, or call the cache. What it throws is
     * ignored.
     *
     * @param secondsToLive how long it would have lived, or -1 if it would never have expired
     * @param secondsSinceAccess how long ago it was stored or read
     * @param itemSize its size as {@link Cache#itemSize} counts it
     */
    void countEviction(long secondsToLive, long secondsSinceAccess, long itemSize);

    /**
     * Returns whether {@link #onEviction} is to be called too. Called while a part of the cache is locked, for each evicted item.
     *
     * @return false if counting is enough
     */
    boolean isListening();
}
