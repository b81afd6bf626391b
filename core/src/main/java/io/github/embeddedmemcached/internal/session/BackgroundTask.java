package io.github.embeddedmemcached.internal.session;

/**
 * The background threads of memcached. This server has none of them. If one is disabled by an option, {@code stats} omits the counters
 * of that thread, as memcached does.
 */
public enum BackgroundTask {
    /** Reclaims the memory of expired items: {@code lru_crawler}. */
    LRU_CRAWLER,
    /** Moves items between the parts of the LRU: {@code lru_maintainer}. */
    LRU_MAINTAINER,
    /** Moves memory between slab classes: {@code slab_reassign}. */
    SLAB_REASSIGN
}
