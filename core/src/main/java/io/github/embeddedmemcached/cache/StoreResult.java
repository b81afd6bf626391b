package io.github.embeddedmemcached.cache;

/**
 * The result of a storage command, in memcached's terms. A rejected value (TOO_LARGE, OUT_OF_MEMORY, or a concatenated value that would be too
 * large) is reported to each {@link RemovalListener} of {@link RemovalCause#REJECTED}. Only a rejected set changes the old item.
 */
public enum StoreResult {
    /** The value was stored. */
    STORED,
    /** The condition of add, replace, append or prepend was not met, or the concatenated value would be too large. The old item remains. */
    NOT_STORED,
    /** The item's CAS unique differs from the expected one: the item was changed. The item remains. */
    EXISTS,
    /** A cas command found no item with the key. */
    NOT_FOUND,
    /** The item exceeds the maximum item size. A set has removed the old item; after add, replace or cas it remains. */
    TOO_LARGE,
    /** No memory is available: eviction is disabled or could not free any. A set has removed the old item; after any other operation it remains. */
    OUT_OF_MEMORY
}
