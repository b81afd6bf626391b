package io.github.embeddedmemcached.cache;

/** The result of a storage command, in memcached's terms. */
public enum StoreResult {
    /** The value was stored. */
    STORED,
    /** The condition of add, replace, append or prepend was not met, or the concatenated value would be too large. */
    NOT_STORED,
    /** The item's CAS unique differs from the expected one: the item was changed. */
    EXISTS,
    /** A cas command found no item with the key. */
    NOT_FOUND,
    /** The item exceeds the maximum item size. After a set, the old item has been removed too. */
    TOO_LARGE,
    /** No memory is available: eviction is disabled or could not free any. After a set, the old item has been removed too. */
    OUT_OF_MEMORY
}
