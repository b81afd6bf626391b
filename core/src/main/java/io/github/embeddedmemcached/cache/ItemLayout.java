package io.github.embeddedmemcached.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How an item lies in a segment. Items begin at multiples of four bytes; numbers are in the machine's byte order.
 *
 * <pre>
 *  0            8        12        16            20           21       22
 *  +------------+--------+---------+-------------+------------+--------+---------------+-----+-------+-----+
 *  | CAS unique | exptime| accessed| value length| key length | state  | client flags  | key | value | pad |
 *  |          8 |      4 |       4 |           4 |          1 |      1 | 4, if not all | 1.. |   0.. | 0..3|
 *  |            |        |         |             |            |        |  are zero     | 250 |       |     |
 *  +------------+--------+---------+-------------+------------+--------+---------------+-----+-------+-----+
 * </pre>
 *
 * <p>exptime and the last access are relative to a base that the item's {@link Segment} keeps, a moment of the {@link CacheClock} on a whole second, so
 * that they fit four bytes wherever that clock is. exptime is an unsigned number of milliseconds, which is enough for every relative exptime, or of
 * seconds if the state has {@link #IN_SECONDS}; 0 is never, 1 is a moment that has passed long ago. The last access is a signed number of seconds.
 *
 * <p>All but exptime, last access and state is immutable once the item is published; incr and decr may rewrite the value, under the segment's version. 22 bytes where memcached's header
 * takes 56, and four-byte alignment instead of eight: together they are what keeps more items in the same memory.
 */
final class ItemLayout {
    static final int ALIGNMENT = 4;

    /** The state bit of an item that has client flags. */
    static final int HAS_FLAGS = 1;
    /** The state bit of an item that nothing points to any more; its bytes wait to be reclaimed. */
    static final int DEAD = 2;

    /** The state bit of an item that was marked as out of date, see {@link ItemUpdate#invalidate}. */
    static final int STALE = 4;
    /** The state bit of an item for whose renewal somebody was already chosen. */
    static final int TOKEN_SENT = 8;
    /** The state bit of an item whose key came in base64, and is shown so. */
    static final int BINARY_KEY = 16;
    /** The state bit of an item whose exptime is too far in the future to be counted in milliseconds. */
    private static final int IN_SECONDS = 32;

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

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private ItemLayout() {}

    /** Bytes that an item takes in its segment; more than an int holds where the lengths are absurd. */
    static long size(int keyLength, int flags, long valueLength) {
        return align(headerBytes(flags) + keyLength + valueLength);
    }

    /** Where the value begins in an item that begins at 0. */
    static int valueOffset(int keyLength, int flags) {
        return headerBytes(flags) + keyLength;
    }

    /** Writes all of an item but its times and its value, and returns where the value belongs. */
    static int write(byte[] bytes, int item, ItemUpdate update, int flags, int state, int valueLength) {
        LONG.set(bytes, item + CAS_UNIQUE, update.casUnique);
        INT.set(bytes, item + VALUE_LENGTH, valueLength);
        bytes[item + KEY_LENGTH] = (byte) update.keyLength;
        bytes[item + STATE] = (byte) (flags == 0 ? state : state | HAS_FLAGS);
        if (flags != 0) {
            INT.set(bytes, item + FLAGS, flags);
        }
        int key = item + headerBytes(flags);
        System.arraycopy(update.keyBytes, update.keyOffset, bytes, key, update.keyLength);
        return key + update.keyLength;
    }

    static int size(byte[] bytes, int item) {
        return (int) align((long) valueOffset(bytes, item) - item + valueLength(bytes, item));
    }

    /** The item's size as memcached accounts it. */
    static long accountedSize(byte[] bytes, int item) {
        return Cache.itemSize(keyLength(bytes, item), flags(bytes, item), valueLength(bytes, item));
    }

    static long casUnique(byte[] bytes, int item) {
        return (long) LONG.get(bytes, item + CAS_UNIQUE);
    }

    static void casUnique(byte[] bytes, int item, long casUnique) {
        LONG.set(bytes, item + CAS_UNIQUE, casUnique);
    }

    /** The moment at which the item expires. */
    static long expiry(byte[] bytes, int item, long baseMillis) {
        int raw = (int) INT.get(bytes, item + EXPTIME);
        return raw == RAW_NEVER ? CacheClock.NEVER : decoded(raw, (bytes[item + STATE] & IN_SECONDS) != 0, baseMillis);
    }

    /** Sets the moment at which the item expires, which {@link #storable} has made one that fits. */
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
     * The moment as it can be stored: one before the base has passed long ago, and one that is too far away for milliseconds is on a whole second, the
     * next one, and at most 136 years away.
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

    /** The {@linkplain CacheClock#second second} of the last access. */
    static long accessed(byte[] bytes, int item, long baseMillis) {
        return baseMillis / CacheClock.MILLIS_PER_SECOND + (int) INT.get(bytes, item + ACCESSED);
    }

    /** Sets the second of the last access; one that is more than 68 years from the base counts as 68 years from it. */
    static void accessed(byte[] bytes, int item, long second, long baseMillis) {
        long distance = second - baseMillis / CacheClock.MILLIS_PER_SECOND;
        INT.set(bytes, item + ACCESSED, (int) Math.max(Integer.MIN_VALUE, Math.min(distance, Integer.MAX_VALUE)));
    }

    static int valueLength(byte[] bytes, int item) {
        return (int) INT.get(bytes, item + VALUE_LENGTH);
    }

    static int keyLength(byte[] bytes, int item) {
        return bytes[item + KEY_LENGTH] & 0xFF;
    }

    static int keyOffset(byte[] bytes, int item) {
        return item + ((bytes[item + STATE] & HAS_FLAGS) == 0 ? HEADER_BYTES : HEADER_BYTES + FLAGS_BYTES);
    }

    static int valueOffset(byte[] bytes, int item) {
        return keyOffset(bytes, item) + keyLength(bytes, item);
    }

    /** The client flags; 0 too where the item's bytes are being overwritten, so that they would lie outside of the array. */
    static int flags(byte[] bytes, int item) {
        return (bytes[item + STATE] & HAS_FLAGS) == 0 || item + FLAGS + FLAGS_BYTES > bytes.length
                ? 0
                : (int) INT.get(bytes, item + FLAGS);
    }

    /** {@link #STALE}, {@link #TOKEN_SENT} and {@link #BINARY_KEY}, as far as they are set. */
    static int state(byte[] bytes, int item) {
        return bytes[item + STATE] & (STALE | TOKEN_SENT | BINARY_KEY);
    }

    static void state(byte[] bytes, int item, int state) {
        bytes[item + STATE] = (byte) (bytes[item + STATE] & (HAS_FLAGS | DEAD | IN_SECONDS) | state);
    }

    static boolean isDead(byte[] bytes, int item) {
        return (bytes[item + STATE] & DEAD) != 0;
    }

    static void markDead(byte[] bytes, int item) {
        bytes[item + STATE] |= DEAD;
    }

    /** Whether the item has this key; false too where the item's bytes are being overwritten and make no sense. */
    static boolean hasKey(byte[] bytes, int item, byte[] key, int offset, int length) {
        if (keyLength(bytes, item) != length) {
            return false;
        }
        int begin = keyOffset(bytes, item);
        int end = begin + length;
        return end <= bytes.length && Arrays.equals(bytes, begin, end, key, offset, offset + length);
    }

    private static int headerBytes(int flags) {
        return flags == 0 ? HEADER_BYTES : HEADER_BYTES + FLAGS_BYTES;
    }

    private static long align(long size) {
        return (size + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
