package io.github.embeddedmemcached.internal.engine.log;

import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The layout of an item in a segment. Items begin at multiples of four bytes; numbers are in the machine's byte order.
 *
 * <pre>
 *  0            8        12        16            20           21       22
 *  +------------+--------+---------+-------------+------------+--------+---------------+------------------+-----+-------+-----+
 *  | CAS unique | exptime| accessed| value length| key length | state  | client flags  | key length       | key | value | pad |
 *  |          8 |      4 |       4 |           4 |          1 |      1 | 4, if not all | 4, if the byte   | 1.. |   0.. | 0..3|
 *  |            |        |         |             |            |        |  are zero     | at 20 is 0       |     |       |     |
 *  +------------+--------+---------+-------------+------------+--------+---------------+------------------+-----+-------+-----+
 * </pre>
 *
 * <p>A key of up to 255 bytes has its length in one byte. The length of a longer key follows the client flags, and the byte is 0, so that
 * the usual keys cost neither space nor time for it.
 *
 * <p>exptime and the last access are relative to the base of the item's {@link Segment}, a moment of the {@link CacheClock} on a
 * whole second, so that they fit into four bytes at any time. exptime is an unsigned number of milliseconds, which suffices for
 * every relative exptime, or of seconds if the state has {@link #IN_SECONDS}; 0 is never, 1 is a moment that passed long ago. The last
 * access is a signed number of seconds.
 *
 * <p>An item of an ordinary segment may be overwritten by one with the same key and size, and incr and decr may rewrite the value, under the
 * segment's version. The header has 22 bytes where memcached's has 56, and items are aligned to four bytes instead of eight, so that more
 * items fit into the same memory.
 */
public final class ItemLayout {
    public static final int ALIGNMENT = 4;

    /** The state bit of an item that has client flags. */
    public static final int HAS_FLAGS = 1;
    /** The state bit of an item to which no slot refers any more, but whose bytes are not reclaimed yet. */
    static final int DELETED = 2;

    /** The state bit of an item that was marked as stale. */
    public static final int STALE = 4;
    /** The state bit of an item that a client was already chosen to renew. */
    public static final int TOKEN_SENT = 8;
    /** The state bit of an item whose key was received in base64, and is shown in base64. */
    public static final int BINARY_KEY = 16;
    /** The state bit of an item whose exptime is too far in the future to be counted in milliseconds. */
    private static final int IN_SECONDS = 32;
    /** The state bit of an item that is not renewed when its remaining time to live becomes short. */
    public static final int NEVER_RECACHED = 128;

    private static final int RAW_NEVER = 0;
    private static final int RAW_LONG_AGO = 1;
    private static final long RAW_MAX = 0xFFFF_FFFFL;

    private static final int CAS_UNIQUE = 0;
    private static final int EXPTIME = 8;
    private static final int ACCESSED = 12;
    private static final int VALUE_LENGTH = 16;
    private static final int KEY_LENGTH = 20;
    private static final int STATE = 21;
    private static final int FLAGS = 22;
    private static final int FLAGS_BYTES = 4;
    private static final int HEADER_BYTES = 22;

    /** The key length of an item whose key is longer than the byte can express. */
    private static final int IS_LONG = 0;

    private static final int SHORT_KEY_LENGTH_MAX = 255;
    private static final int LONG_KEY_LENGTH_BYTES = 4;

    private static final int COPIED_IN_WORDS_MAX = 256;
    private static final int COMPARED_LENGTH_MAX = 64;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private ItemLayout() {}

    /** Returns the size of an item in its segment, in bytes; lengths beyond all limits do not overflow. */
    public static long size(int keyLength, int flags, long valueLength) {
        return align(valueOffset(keyLength, flags) + valueLength);
    }

    /** Returns the offset of the value in an item that begins at 0. */
    public static int valueOffset(int keyLength, int flags) {
        return headerBytes(flags) + (keyLength > SHORT_KEY_LENGTH_MAX ? LONG_KEY_LENGTH_BYTES : 0) + keyLength;
    }

    /** Writes an item except its times and its value, and returns the offset of the value. */
    public static int write(
            byte[] bytes,
            int item,
            long casUnique,
            byte[] key,
            int keyOffset,
            int keyLength,
            int flags,
            int state,
            int valueLength) {
        LONG.set(bytes, item + CAS_UNIQUE, casUnique);
        INT.set(bytes, item + VALUE_LENGTH, valueLength);
        bytes[item + KEY_LENGTH] = (byte) (keyLength > SHORT_KEY_LENGTH_MAX ? IS_LONG : keyLength);
        bytes[item + STATE] = (byte) (flags == 0 ? state : state | HAS_FLAGS);
        if (flags != 0) {
            INT.set(bytes, item + FLAGS, flags);
        }
        int begin = item + headerBytes(flags);
        if (keyLength > SHORT_KEY_LENGTH_MAX) {
            INT.set(bytes, begin, keyLength);
            begin += LONG_KEY_LENGTH_BYTES;
        }
        copy(key, keyOffset, bytes, begin, keyLength);
        return begin + keyLength;
    }

    public static int size(byte[] bytes, int item) {
        return (int) align((long) valueOffset(bytes, item) - item + valueLength(bytes, item));
    }

    /** Returns the item's size as memcached accounts it. */
    public static long accountedSize(byte[] bytes, int item) {
        return ItemSize.of(keyLength(bytes, item), flags(bytes, item), valueLength(bytes, item));
    }

    public static long casUnique(byte[] bytes, int item) {
        return (long) LONG.get(bytes, item + CAS_UNIQUE);
    }

    public static void casUnique(byte[] bytes, int item, long casUnique) {
        LONG.set(bytes, item + CAS_UNIQUE, casUnique);
    }

    /** Returns the moment at which the item expires. */
    static long expiry(byte[] bytes, int item, long baseMillis) {
        int raw = (int) INT.get(bytes, item + EXPTIME);
        return raw == RAW_NEVER ? CacheClock.NEVER : decoded(raw, (bytes[item + STATE] & IN_SECONDS) != 0, baseMillis);
    }

    /** Sets the moment at which the item expires, which {@link #storable} has converted to one that fits. */
    static void expiry(byte[] bytes, int item, long expiry, long baseMillis) {
        long distance = expiry - baseMillis;
        boolean inSeconds = expiry != CacheClock.NEVER && distance > RAW_MAX;
        bytes[item + STATE] = (byte) (bytes[item + STATE] & ~IN_SECONDS | (inSeconds ? IN_SECONDS : 0));
        int raw = expiry == CacheClock.NEVER
                ? RAW_NEVER
                : expiry == CacheClock.LONG_AGO
                        ? RAW_LONG_AGO
                        : (int) (inSeconds ? distance / CacheClock.MILLIS_PER_SECOND : distance);
        INT.set(bytes, item + EXPTIME, raw);
    }

    /**
     * Returns the moment as it can be stored: one before the base becomes one that passed long ago, and one that is too far away for
     * milliseconds becomes the next whole second, at most 136 years away.
     */
    static long storable(long expiry, long baseMillis) {
        if (expiry == CacheClock.NEVER) {
            return expiry;
        }
        if (expiry <= baseMillis + RAW_LONG_AGO) {
            return CacheClock.LONG_AGO;
        }
        long distance = expiry - baseMillis;
        if (distance <= RAW_MAX) {
            return expiry;
        }
        long seconds = Math.min((distance - 1) / CacheClock.MILLIS_PER_SECOND + 1, RAW_MAX);
        return baseMillis + seconds * CacheClock.MILLIS_PER_SECOND;
    }

    private static long decoded(int raw, boolean inSeconds, long baseMillis) {
        if (raw == RAW_LONG_AGO) {
            return CacheClock.LONG_AGO;
        }
        return baseMillis + (raw & RAW_MAX) * (inSeconds ? CacheClock.MILLIS_PER_SECOND : 1);
    }

    /** Returns the {@linkplain CacheClock#second second} of the last access. */
    static long accessed(byte[] bytes, int item, long baseMillis) {
        return baseMillis / CacheClock.MILLIS_PER_SECOND + (int) INT.get(bytes, item + ACCESSED);
    }

    /** Sets the second of the last access; one that is more than 68 years from the base becomes 68 years from it. */
    static void accessed(byte[] bytes, int item, long second, long baseMillis) {
        long distance = second - baseMillis / CacheClock.MILLIS_PER_SECOND;
        INT.set(bytes, item + ACCESSED, (int) Math.max(Integer.MIN_VALUE, Math.min(distance, Integer.MAX_VALUE)));
    }

    static int anyInt(byte[] bytes, int offset) {
        return (int) INT.get(bytes, offset);
    }

    public static int valueLength(byte[] bytes, int item) {
        return (int) INT.get(bytes, item + VALUE_LENGTH);
    }

    public static int keyLength(byte[] bytes, int item) {
        int length = shortKeyLength(bytes, item);
        return length == IS_LONG ? longKeyLength(bytes, headerEnd(bytes, item)) : length;
    }

    public static int keyOffset(byte[] bytes, int item) {
        int end = headerEnd(bytes, item);
        return shortKeyLength(bytes, item) == IS_LONG ? end + LONG_KEY_LENGTH_BYTES : end;
    }

    /** Returns the offset of the value; any number if the item's bytes are being overwritten. */
    public static int valueOffset(byte[] bytes, int item) {
        int end = headerEnd(bytes, item);
        int length = shortKeyLength(bytes, item);
        return length == IS_LONG ? end + LONG_KEY_LENGTH_BYTES + longKeyLength(bytes, end) : end + length;
    }

    private static int shortKeyLength(byte[] bytes, int item) {
        return bytes[item + KEY_LENGTH] & 0xFF;
    }

    /** Returns the offset after the client flags: that of the key, or of its length if it is long. */
    private static int headerEnd(byte[] bytes, int item) {
        return item + ((bytes[item + STATE] & HAS_FLAGS) == 0 ? HEADER_BYTES : HEADER_BYTES + FLAGS_BYTES);
    }

    /** Returns the length of a long key; 0 if the item's bytes are being overwritten and the length would be outside of the array. */
    private static int longKeyLength(byte[] bytes, int offset) {
        return offset + LONG_KEY_LENGTH_BYTES > bytes.length ? 0 : (int) INT.get(bytes, offset);
    }

    /** Returns the client flags; 0 also if the item's bytes are being overwritten and the flags would be outside of the array. */
    public static int flags(byte[] bytes, int item) {
        return (bytes[item + STATE] & HAS_FLAGS) == 0 || item + FLAGS + FLAGS_BYTES > bytes.length
                ? 0
                : (int) INT.get(bytes, item + FLAGS);
    }

    /** Returns whether an item is one that a client created in order to fill it (protocol.txt, "Meta Get", flag N), and that has no value yet. */
    public static boolean isPlaceholder(int state, long valueLength) {
        return valueLength == 0 && (state & (TOKEN_SENT | STALE)) == TOKEN_SENT;
    }

    /** Returns the bits {@link #STALE}, {@link #TOKEN_SENT}, {@link #BINARY_KEY} and {@link #NEVER_RECACHED}. */
    public static int state(byte[] bytes, int item) {
        return bytes[item + STATE] & (STALE | TOKEN_SENT | BINARY_KEY | NEVER_RECACHED);
    }

    public static void state(byte[] bytes, int item, int state) {
        bytes[item + STATE] = (byte) (bytes[item + STATE] & (HAS_FLAGS | DELETED | IN_SECONDS) | state);
    }

    public static boolean isDeleted(byte[] bytes, int item) {
        return (bytes[item + STATE] & DELETED) != 0;
    }

    public static void markDeleted(byte[] bytes, int item) {
        bytes[item + STATE] |= DELETED;
    }

    /** Returns whether the item has this key; false also if the item's bytes are being overwritten and are inconsistent. */
    public static boolean hasKey(byte[] bytes, int item, byte[] key, int offset, int length) {
        int shortLength = shortKeyLength(bytes, item);
        if (shortLength != length) {
            return shortLength == IS_LONG && hasLongKey(bytes, item, key, offset, length);
        }
        return isKey(bytes, headerEnd(bytes, item), key, offset, length);
    }

    private static boolean hasLongKey(byte[] bytes, int item, byte[] key, int offset, int length) {
        int end = headerEnd(bytes, item);
        return longKeyLength(bytes, end) == length && isKey(bytes, end + LONG_KEY_LENGTH_BYTES, key, offset, length);
    }

    /** Compares eight bytes at a time, which for short arrays is faster than {@link Arrays#equals}. */
    private static boolean isKey(byte[] bytes, int begin, byte[] key, int offset, int length) {
        if (begin + length > bytes.length) {
            return false;
        }
        if (length > COMPARED_LENGTH_MAX || length < Long.BYTES) {
            return Arrays.equals(bytes, begin, begin + length, key, offset, offset + length);
        }
        int last = length - Long.BYTES;
        for (int i = 0; i < last; i += Long.BYTES) {
            if ((long) LONG.get(bytes, begin + i) != (long) LONG.get(key, offset + i)) {
                return false;
            }
        }
        return (long) LONG.get(bytes, begin + last) == (long) LONG.get(key, offset + last);
    }

    /**
     * Copies bytes from one array to another, as System.arraycopy does, in words if they are few: on processors with AVX-512 the JDK
     * copies the last bytes by masked instructions, which take longer than the rest of a short copy.
     */
    public static void copy(byte[] source, int from, byte[] target, int to, int length) {
        if (length < Long.BYTES || length > COPIED_IN_WORDS_MAX) {
            System.arraycopy(source, from, target, to, length);
            return;
        }
        int last = length - Long.BYTES;
        for (int i = 0; i < last; i += Long.BYTES) {
            LONG.set(target, to + i, (long) LONG.get(source, from + i));
        }
        LONG.set(target, to + last, (long) LONG.get(source, from + last)); // may overlap the previous word
    }

    private static int headerBytes(int flags) {
        return flags == 0 ? HEADER_BYTES : HEADER_BYTES + FLAGS_BYTES;
    }

    private static long align(long size) {
        return (size + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
