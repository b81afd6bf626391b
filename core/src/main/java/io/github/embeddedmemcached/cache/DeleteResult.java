package io.github.embeddedmemcached.cache;

/** The result of a delete, in memcached's terms. */
public enum DeleteResult {
    /** The item was removed. */
    DELETED,
    /** The key has no item. */
    NOT_FOUND,
    /** The item's CAS unique differs from the expected one; the item is unchanged. Only meta and binary commands expect one. */
    EXISTS,
    /** A meta command that removes only the value found no memory for the empty item; the item is unchanged. */
    OUT_OF_MEMORY
}
