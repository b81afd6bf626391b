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
 * <p>exptime and the last access are seconds of the {@link CacheClock}. All but exptime, last access and state is immutable once
 * the item is published; incr and decr may rewrite the value, under the segment's version. 22 bytes where memcached's header
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

    /** Writes all of an item but its value, and returns where the value belongs. */
    static int write(
            byte[] bytes, int item, ItemUpdate update, int flags, int state, int valueLength, int exptime, int now) {
        LONG.set(bytes, item + CAS_UNIQUE, update.casUnique);
        INT.set(bytes, item + EXPTIME, exptime);
        INT.set(bytes, item + ACCESSED, now);
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

    static int exptime(byte[] bytes, int item) {
        return (int) INT.get(bytes, item + EXPTIME);
    }

    static void exptime(byte[] bytes, int item, int exptime) {
        INT.set(bytes, item + EXPTIME, exptime);
    }

    static int accessed(byte[] bytes, int item) {
        return (int) INT.get(bytes, item + ACCESSED);
    }

    static void accessed(byte[] bytes, int item, int now) {
        INT.set(bytes, item + ACCESSED, now);
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

    static int flags(byte[] bytes, int item) {
        return (bytes[item + STATE] & HAS_FLAGS) == 0 ? 0 : (int) INT.get(bytes, item + FLAGS);
    }

    /** {@link #STALE}, {@link #TOKEN_SENT} and {@link #BINARY_KEY}, as far as they are set. */
    static int state(byte[] bytes, int item) {
        return bytes[item + STATE] & (STALE | TOKEN_SENT | BINARY_KEY);
    }

    static void state(byte[] bytes, int item, int state) {
        bytes[item + STATE] = (byte) (bytes[item + STATE] & (HAS_FLAGS | DEAD) | state);
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
