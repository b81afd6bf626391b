package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.view.TimeToLive;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value with its metadata: as returned by a cache, a copy of an item that later changes do not affect; or a new item to store.
 *
 * <pre>{@code
 * cache.setItem("page:7", Item.of(bytes).withFlags(4).withTimeToLive(Duration.ofMinutes(10)));
 * }</pre>
 *
 * <p>Two items are equal if their values have the same bytes, and their client flags and CAS uniques are equal. Immutable, except that
 * the array of the value is not copied: it belongs to the caller.
 */
public final class Item {
    private static final int SHOWN_BYTES_MAX = 32;

    private final byte[] value;
    private final int flags;
    private final long casUnique;
    private final @Nullable Duration timeToLive;
    private final boolean stale;

    private Item(byte[] value, int flags, long casUnique, @Nullable Duration timeToLive, boolean stale) {
        this.value = Objects.requireNonNull(value);
        this.flags = flags;
        this.casUnique = casUnique;
        this.timeToLive = timeToLive;
        this.stale = stale;
    }

    /**
     * Returns an item that never expires, without client flags.
     *
     * @param value the value; the array is not copied
     * @return a new item
     */
    public static Item of(byte[] value) {
        return new Item(value, 0, 0, null, false);
    }

    /** Returns a copy of the item of a view, or null if it no longer exists. */
    static @Nullable Item of(ItemView view) {
        byte[] value = view.value();
        long millis = view.millisToLive();
        return value == null
                ? null
                : new Item(
                        value,
                        view.flags(),
                        view.casUnique(),
                        millis < 0 ? null : Duration.ofMillis(millis),
                        view.isStale());
    }

    /**
     * Returns this item with other client flags.
     *
     * @param newFlags 32 bits, which the cache stores and does not interpret
     * @return a new item
     */
    public Item withFlags(int newFlags) {
        return new Item(value, newFlags, casUnique, timeToLive, stale);
    }

    /**
     * Returns this item with another time to live.
     *
     * @param duration the time to live; 100 years or more never ends
     * @return a new item
     * @throws IllegalArgumentException if the duration is zero or negative
     */
    public Item withTimeToLive(Duration duration) {
        TimeToLive.millis(duration);
        return new Item(value, flags, casUnique, duration, stale);
    }

    /**
     * Returns this item with another CAS unique, for {@link CacheOperations#casItem}.
     *
     * @param newCasUnique an unsigned 64-bit number
     * @return a new item
     */
    public Item withCasUnique(long newCasUnique) {
        return new Item(value, flags, newCasUnique, timeToLive, stale);
    }

    /** Applies the value, client flags and time to live to an update. */
    ItemUpdate applyTo(ItemUpdate update) {
        update.value(value, 0, value.length).flags(flags);
        return timeToLive == null ? update : update.timeToLive(TimeToLive.millis(timeToLive));
    }

    /**
     * Returns the value.
     *
     * @return the array, not a copy
     */
    public byte[] value() {
        return value;
    }

    /**
     * Returns the client flags.
     *
     * @return 32 bits, 0 if not used
     */
    public int flags() {
        return flags;
    }

    /**
     * Returns the CAS unique.
     *
     * @return an unsigned 64-bit number; 0 if the item was not returned by a cache, or the cache has no CAS uniques
     */
    public long casUnique() {
        return casUnique;
    }

    /**
     * Returns the time to live: what remained of it when the item was read.
     *
     * @return the time to live, or null if the item never expires. That of an item that was read is in whole seconds, rounded down, except
     *     for times up to 24 days if the cache's clock is {@linkplain ElapsedTimeSource#isExact exact}, as a frozen {@code TestClock} is.
     */
    public @Nullable Duration timeToLive() {
        return timeToLive;
    }

    /**
     * Returns whether the item was marked as stale by a meta command of a client (protocol.txt, "Meta Delete", flag I).
     *
     * @return whether its value is outdated
     */
    public boolean isStale() {
        return stale;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Item item
                && flags == item.flags
                && casUnique == item.casUnique
                && Arrays.equals(value, item.value);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(value) + flags) + Long.hashCode(casUnique);
    }

    /**
     * Returns the length of the value and up to 32 of its bytes, the client flags, the CAS unique, the time to live, and whether the item is
     * stale. Bytes that are not printable ASCII characters are shown as dots.
     */
    @Override
    public String toString() {
        byte[] shown = Arrays.copyOf(value, Math.min(value.length, SHOWN_BYTES_MAX));
        for (int i = 0; i < shown.length; i++) {
            shown[i] = shown[i] >= ' ' && shown[i] <= '~' ? shown[i] : (byte) '.';
        }
        return "Item[" + value.length + " bytes: \"" + new String(shown, StandardCharsets.US_ASCII)
                + (value.length > SHOWN_BYTES_MAX ? "...\"" : "\"") + ", flags=" + Integer.toUnsignedString(flags)
                + ", casUnique=" + Long.toUnsignedString(casUnique)
                + (timeToLive == null ? "" : ", timeToLive=" + timeToLive) + (stale ? ", stale" : "") + "]";
    }
}
