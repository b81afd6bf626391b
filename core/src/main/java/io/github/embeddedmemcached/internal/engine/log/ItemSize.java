package io.github.embeddedmemcached.internal.engine.log;

/** The limits of keys and items, and an item's size as memcached accounts it. */
public final class ItemSize {
    /** The longest key, in bytes. */
    public static final int KEY_LENGTH_MAX = 65_535;

    /** The longest key in memcached's protocols, in bytes: clients neither name nor see items with longer keys. */
    public static final int CLIENT_KEY_LENGTH_MAX = 250;

    /** The smallest limit for the size of an item, in bytes. */
    public static final int LIMIT_MIN = 1 << 10;

    /** The largest limit for the size of an item, in bytes. */
    public static final int LIMIT_MAX = 1 << 30;

    /** memcached's item header, with the CAS unique, the byte after the key and the line end after the value. */
    private static final int OVERHEAD_BYTES = 48 + 8 + 1 + 2;

    private static final int FLAGS_BYTES = 4;

    private ItemSize() {}

    /** Returns the size of an item as memcached accounts it. */
    public static long of(int keyLength, int flags, long valueLength) {
        return OVERHEAD_BYTES + (flags == 0 ? 0 : FLAGS_BYTES) + keyLength + valueLength;
    }
}
