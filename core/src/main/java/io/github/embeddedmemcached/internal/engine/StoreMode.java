package io.github.embeddedmemcached.internal.engine;

/** The storage commands of the memcached protocol (protocol.txt, "Storage commands"). */
public enum StoreMode {
    /** Store the value unconditionally. */
    SET,
    /** Store only if the key has no item. */
    ADD,
    /** Store only if the key has an item. */
    REPLACE,
    /** Add the bytes after an existing item's value; its client flags and exptime are unchanged. */
    APPEND,
    /** Add the bytes before an existing item's value; its client flags and exptime are unchanged. */
    PREPEND,
    /** Store only if the item's CAS unique is the given one. */
    CAS;

    /** Returns whether the value is concatenated with the old item's value. */
    boolean concatenates() {
        return this == APPEND || this == PREPEND;
    }
}
