package io.github.embeddedmemcached.cache;

/** What the engine counts, under memcached's own names for it in lower case (protocol.txt, "General-purpose statistics"). */
public enum Counter {
    /** Keys asked for by get and gets, and found. */
    GET_HITS,
    /** Keys asked for by get and gets, and not found. */
    GET_MISSES,
    /** Times that any command looked up an item that had expired and was still there; it is dropped then. */
    GET_EXPIRED,
    /** Times that any command looked up an item that a flush had dropped, once for each item. */
    GET_FLUSHED,
    /** Storage commands that got as far as the cache, also those it then refused. */
    CMD_SET,
    /** Times the cache was flushed. */
    CMD_FLUSH,
    /** Touches and gets with touch. */
    CMD_TOUCH,
    /** Times a meta command looked into an item: me, alone among them, as memcached has it. */
    CMD_META,
    /** Touches that found their item. */
    TOUCH_HITS,
    /** Touches that did not. */
    TOUCH_MISSES,
    /** Deletes that found their item. */
    DELETE_HITS,
    /** Deletes that did not. */
    DELETE_MISSES,
    /** Increments that found their item. */
    INCR_HITS,
    /** Increments that did not. */
    INCR_MISSES,
    /** Decrements that found their item. */
    DECR_HITS,
    /** Decrements that did not. */
    DECR_MISSES,
    /** Storage commands with a matching CAS unique. */
    CAS_HITS,
    /** Storage commands with a CAS unique that found no item. */
    CAS_MISSES,
    /** Storage commands with a CAS unique that found another one. */
    CAS_BADVAL,
    /** Values refused because they are over the largest item size. */
    STORE_TOO_LARGE,
    /** Values refused because there was no room. */
    STORE_NO_MEMORY,
    /** Items stored since the start. */
    TOTAL_ITEMS,
    /** Live items dropped to make room. */
    EVICTIONS,
    /** Evicted items that had never been read. */
    EVICTED_UNFETCHED,
    /** Expired items whose space was reclaimed before they were looked up again. */
    RECLAIMED,
    /** Reclaimed items that had never been read. */
    EXPIRED_UNFETCHED,
    /**
     * Times that a part of the cache was emptied because an error, for example a StackOverflowError, interrupted a change of it.
     * Not one of memcached's.
     */
    PARTITION_RESETS;

    private static final Counter[] ALL = values();

    static int count() {
        return ALL.length;
    }
}
