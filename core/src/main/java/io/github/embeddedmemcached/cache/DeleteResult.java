package io.github.embeddedmemcached.cache;

/** What came of a delete, in memcached's words. */
public enum DeleteResult {
    /** The item is gone. */
    DELETED,
    /** There was none. */
    NOT_FOUND,
    /** The item's CAS unique is another one than was asked for: it stays. */
    EXISTS,
    /** The item's value was to be dropped, and there is no room for the empty item: it stays. */
    OUT_OF_MEMORY
}
