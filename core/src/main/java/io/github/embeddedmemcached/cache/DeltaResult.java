package io.github.embeddedmemcached.cache;

/** What came of an increment or decrement. */
public enum DeltaResult {
    /** The item holds the new number. */
    STORED,
    /** The key holds no item. */
    NOT_FOUND,
    /** The item's CAS unique is another one than was asked for: it stays as it was. */
    EXISTS,
    /** The item's value is no unsigned 64-bit decimal number. */
    NON_NUMERIC,
    /** The new number is longer than the old one and there is no room for it. */
    OUT_OF_MEMORY
}
