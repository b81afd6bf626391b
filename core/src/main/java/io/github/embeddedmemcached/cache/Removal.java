package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.removal.RemovalRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An item that was removed from a cache, without its value, or a value that was {@linkplain RemovalCause#REJECTED rejected}. Immutable. */
public final class Removal {
    private final RemovalCause cause;
    private final byte[] key;
    private final int flags;
    private final long valueLength;
    private final long itemSize;
    private final boolean wasFetched;
    private final @Nullable Duration timeToLive;
    private final Duration timeSinceAccess;

    Removal(RemovalRecord record) {
        cause = record.cause();
        key = Arrays.copyOfRange(record.bytes(), record.keyOffset(), record.keyOffset() + record.keyLength());
        flags = record.flags();
        valueLength = record.valueLength();
        itemSize = record.itemSize();
        wasFetched = record.wasFetched();
        timeToLive = record.millisToLive() == RemovalRecord.FOREVER ? null : Duration.ofMillis(record.millisToLive());
        timeSinceAccess = Duration.ofSeconds(record.secondsSinceAccess());
    }

    /**
     * Returns the reason of the removal.
     *
     * @return the cause
     */
    public RemovalCause cause() {
        return cause;
    }

    /**
     * Returns the key.
     *
     * @return a copy
     */
    public byte[] key() {
        return key.clone();
    }

    /**
     * Returns the key as text.
     *
     * @return the key decoded from UTF-8; bytes that are not UTF-8 become U+FFFD
     */
    public String keyText() {
        return new String(key, StandardCharsets.UTF_8);
    }

    /**
     * Returns the client flags.
     *
     * @return 32 bits; 0 if not used
     */
    public int flags() {
        return flags;
    }

    /**
     * Returns the length of the value.
     *
     * @return bytes; for a rejected append or prepend, the length of the concatenated value if that was too large
     */
    public long valueLength() {
        return valueLength;
    }

    /**
     * Returns the size of the item.
     *
     * @return bytes, as {@link Cache#itemSize} counts them
     */
    public long itemSize() {
        return itemSize;
    }

    /**
     * Returns whether the item was ever read.
     *
     * @return true if a read found the item
     */
    public boolean wasFetched() {
        return wasFetched;
    }

    /**
     * Returns the remaining time to live at the removal.
     *
     * @return zero if the item has expired, or null if it would never have expired
     */
    public @Nullable Duration timeToLive() {
        return timeToLive;
    }

    /**
     * Returns the time since the item was last stored or read; see {@link Cache} for reads that do not update it.
     *
     * @return a number of whole seconds
     */
    public Duration timeSinceAccess() {
        return timeSinceAccess;
    }

    /** Returns the cause, the key and all other properties. */
    @Override
    public String toString() {
        return "Removal[" + cause + " " + keyText() + ", valueLength=" + valueLength + ", itemSize=" + itemSize
                + ", flags=" + Integer.toUnsignedString(flags) + ", wasFetched=" + wasFetched + ", timeToLive="
                + (timeToLive == null ? "unlimited" : timeToLive) + ", timeSinceAccess=" + timeSinceAccess + "]";
    }
}
