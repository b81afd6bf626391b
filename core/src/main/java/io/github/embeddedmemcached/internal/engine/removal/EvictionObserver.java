package io.github.embeddedmemcached.internal.engine.removal;

/**
 * Counts evictions for a server that shares the cache. Servers need exact statistics that do not depend on the application's
 * listeners.
 *
 * <p>As a {@link RemovalRecipient} it is only called for items that were evicted while it was {@linkplain #isListening listening}.
 */
public interface EvictionObserver extends RemovalRecipient {
    /**
     * Counts an evicted item. Called while a part of the cache is locked: it must not allocate, wait, or call the cache. Exceptions
     * are ignored.
     *
     * @param eviction valid only during this call
     */
    void countEviction(RemovalRecord eviction);

    /**
     * Returns whether {@link #onRemoval} is called too. Called while a part of the cache is locked, for each evicted item.
     *
     * @return false to only count evictions
     */
    boolean isListening();
}
