package io.github.embeddedmemcached.cache;

/** The storage commands of memcached's protocol, in its own words (protocol.txt, "Storage commands"). */
public enum StoreMode {
    /** Store the value whatever was there. */
    SET,
    /** Store only if the key holds no item. */
    ADD,
    /** Store only if the key holds an item. */
    REPLACE,
    /** Put the bytes behind an existing item's value; its client flags and exptime stay. */
    APPEND,
    /** Put the bytes before an existing item's value; its client flags and exptime stay. */
    PREPEND,
    /** Store only if the item's CAS unique is still the one given. */
    CAS;

    /** Whether the value is put to that of the old item. */
    boolean joins() {
        return this == APPEND || this == PREPEND;
    }
}
