package io.github.embeddedmemcached.cache;

/** The reason of a {@link Removal}. */
public enum RemovalCause {
    /** A live item was dropped to free memory, or by {@link Cache#evict(String)}. */
    EVICTED,
    /**
     * An item had expired. It is removed when it is looked up, or in the background of other operations, so it may be reported long after it
     * expired.
     */
    EXPIRED,
    /**
     * An item was deleted, in-process or by a client. Also the old item of a set whose value was rejected: the key has no item
     * afterwards.
     */
    DELETED,
    /**
     * An item was replaced by a new one with the same key. An increment or decrement replaces the item only if the new number has more digits
     * than the old value has bytes; otherwise it changes the item in place, which is not reported. A touch and
     * marking an item as stale are not reported either.
     */
    REPLACED,
    /** An item was dropped by a flush of the whole cache. */
    FLUSHED,
    /**
     * A value could not be stored: it was too large, or there was no memory. The event describes this value, which was never in the
     * cache. If a set is rejected, the old item is removed, as in memcached, and is reported before as {@link #DELETED}; for all other
     * operations the old item remains. {@link StoreResult} lists them.
     */
    REJECTED
}
