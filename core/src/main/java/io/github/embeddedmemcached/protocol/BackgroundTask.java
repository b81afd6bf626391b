package io.github.embeddedmemcached.protocol;

/**
 * memcached's threads that work in the background. There are none here; but where one is said to be switched off, {@code stats}
 * leaves out what only it would count, as memcached does.
 */
public enum BackgroundTask {
    /** Takes back the room of expired items: {@code lru_crawler}. */
    LRU_CRAWLER,
    /** Moves items between the parts of the LRU: {@code lru_maintainer}. */
    LRU_MAINTAINER,
    /** Moves memory between slab classes: {@code slab_reassign}. */
    SLAB_REASSIGN
}
