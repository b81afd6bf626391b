package io.github.embeddedmemcached.cache;

/** The status of an increment or decrement. */
public enum CounterStatus {
    /** The item has the new number. */
    STORED,
    /** The key has no item. */
    NOT_FOUND,
    /** The item's CAS unique differs from the expected one; the item is unchanged. Only meta and binary commands expect one. */
    EXISTS,
    /** The item's value is not an unsigned 64-bit decimal number. */
    NON_NUMERIC,
    /** The new number needs more memory than the old one, and none is available. */
    OUT_OF_MEMORY
}
