package io.github.embeddedmemcached.cache;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A copy of an item: later changes to the cache do not affect it. Two items are equal if their values have the same bytes, and their client
 * flags and CAS uniques are equal.
 *
 * @param value the value; the array belongs to the caller and is not copied again
 * @param flags the client flags, 32 bits
 * @param casUnique the CAS unique, an unsigned 64-bit number, for {@link Cache#cas(String, byte[], int, long, long)}
 */
public record Item(byte[] value, int flags, long casUnique) {
    private static final int SHOWN_BYTES_MAX = 32;

    @Override
    public boolean equals(Object other) {
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
     * Returns the length of the value and up to 32 of its bytes, the client flags and the CAS unique. Bytes that are not printable
     * ASCII characters are shown as dots.
     */
    @Override
    public String toString() {
        byte[] shown = Arrays.copyOf(value, Math.min(value.length, SHOWN_BYTES_MAX));
        for (int i = 0; i < shown.length; i++) {
            shown[i] = shown[i] >= ' ' && shown[i] <= '~' ? shown[i] : (byte) '.';
        }
        return "Item[" + value.length + " bytes: \"" + new String(shown, StandardCharsets.US_ASCII)
                + (value.length > SHOWN_BYTES_MAX ? "...\"" : "\"") + ", flags=" + Integer.toUnsignedString(flags)
                + ", casUnique=" + Long.toUnsignedString(casUnique) + "]";
    }
}
