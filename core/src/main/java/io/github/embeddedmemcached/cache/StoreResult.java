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
    /** The item exceeds the largest size allowed. A set has also removed the old item. */
    TOO_LARGE,
    /** There is no memory, and eviction is disabled or could not free any. A set has also removed the old item. */
    OUT_OF_MEMORY
}
