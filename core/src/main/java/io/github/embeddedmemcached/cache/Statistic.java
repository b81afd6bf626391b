package io.github.embeddedmemcached.cache;

/** The counters of a cache, named as in memcached, in upper case (protocol.txt, "General-purpose statistics"). */
public enum Statistic {
    /** Keys requested by get, gets and mg that were found; a get with touch counts as a touch. */
    GET_HITS,
    /** Keys requested by get, gets and mg that were not found. */
    GET_MISSES,
    /** Lookups by any command that found an expired item, which is then dropped. */
    GET_EXPIRED,
    /** Lookups by any command that found an item dropped by a flush, counted once for each item. */
    GET_FLUSHED,
    /** Storage commands that were executed, including those whose condition was not met. */
    CMD_SET,
    /** Flushes of the cache, including those that are disabled. */
    CMD_FLUSH,
    /** Touches and gets with touch. */
    CMD_TOUCH,
    /** Meta commands that read the metadata of an item: only me, as in memcached. */
    CMD_META,
    /** Touches that found their item. */
    TOUCH_HITS,
    /** Touches that did not find their item. */
    TOUCH_MISSES,
    /** Deletes that found their item. */
    DELETE_HITS,
    /** Deletes that did not find their item. */
    DELETE_MISSES,
    /** Increments that found their item. */
    INCR_HITS,
    /** Increments that did not find their item. */
    INCR_MISSES,
    /** Decrements that found their item. */
    DECR_HITS,
    /** Decrements that did not find their item. */
    DECR_MISSES,
    /** Storage commands with a matching CAS unique. */
    CAS_HITS,
    /** Storage commands with a CAS unique that found no item. */
    CAS_MISSES,
    /** Storage commands with a CAS unique that differs from that of the item. */
    CAS_BADVAL,
    /** Values rejected because they exceed the maximum item size; without those of append and prepend that are too large only when concatenated. */
    STORE_TOO_LARGE,
    /** Values rejected because no memory was available; without those of increments and decrements. */
    STORE_NO_MEMORY,
    /** Items stored. */
    TOTAL_ITEMS,
    /** Live items evicted to free memory. */
    EVICTIONS,
    /** Evicted items that had never been read. */
    EVICTED_UNFETCHED,
    /** Expired items whose space was reclaimed before they were looked up again. */
    RECLAIMED,
    /** Reclaimed items that had never been read. */
    EXPIRED_UNFETCHED,
    /**
     * Times that a part of the cache was emptied because an error, for example a StackOverflowError, interrupted a change of it. Not a
     * statistic of memcached.
     */
    PARTITION_RESETS,
    /** Removals that a {@link RemovalListener} with an executor did not receive. Not a statistic of memcached. */
    REMOVALS_DROPPED,
    /** Calls of loaders, including those that failed. Not a statistic of memcached, like the two that follow. */
    LOADS,
    /** Calls of loaders that threw an exception. */
    LOAD_FAILURES,
    /** The total duration of all calls of loaders, in nanoseconds. */
    LOAD_NANOS,
    /** Times that the cache was saved to a file. Not a statistic of memcached. */
    SAVES,
    /** Times that saving the cache to a file failed. Not a statistic of memcached. */
    SAVES_FAILED,
    /** Items that were restored from a file. Not a statistic of memcached. */
    ITEMS_RESTORED,
    /** Blocks of a file that could not be restored, because it was damaged or truncated. Not a statistic of memcached. */
    BLOCKS_LOST,
    /**
     * Restored values that the codec of a view could not read: a get has removed the item, an iteration has skipped it. Not a statistic of
     * memcached.
     */
    VALUES_UNREADABLE,
    /** Items refreshed by loaders, see {@link #STALE_HITS}. Not a statistic of memcached. */
    REFRESHES,
    /** Refreshes that failed: their loader threw an exception, or its value could not be stored. Not a statistic of memcached. */
    REFRESH_FAILURES,
    /** Gets with a loader that returned an item that was due for a refresh. Not a statistic of memcached. */
    STALE_HITS
}
