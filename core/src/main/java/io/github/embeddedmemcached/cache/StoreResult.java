package io.github.embeddedmemcached.cache;

/** What came of a storage command, in memcached's words. */
public enum StoreResult {
    /** The value is in the cache. */
    STORED,
    /** The condition of add, replace, append or prepend was not met, or the appended value would be too large. */
    NOT_STORED,
    /** The item's CAS unique is another one: somebody changed it. */
    EXISTS,
    /** A cas found no item under its key. */
    NOT_FOUND,
    /** The item is over the largest size allowed. A set has also removed the old item. */
    TOO_LARGE,
    /** There is no room and eviction is off or could not make any. A set has also removed the old item. */
    OUT_OF_MEMORY
}
