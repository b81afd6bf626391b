package io.github.embeddedmemcached.internal.wire;

import java.nio.charset.StandardCharsets;

/**
 * Parses and formats the numbers of the text protocol.
 *
 * <p>There are two syntaxes. <em>Strict</em> numbers consist of digits only, with an optional minus if the number is signed: lengths,
 * deltas, CAS uniques and the exptimes of touch and flush_all. <em>Loose</em> numbers have the syntax of C's {@code strtol}, which
 * memcached uses for the client flags and the exptime of storage commands: white space and a sign may precede the digits, white space may
 * end them (a tab, for example, since a space ends the token), and a number that does not fit into 32 bits is truncated to its low
 * 32 bits.
 */
public final class AsciiNumbers {
    /** Returned by the methods that return 32-bit numbers if there is no valid number. */
    public static final long INVALID = Long.MIN_VALUE;

    /** The maximum length of a strict 32-bit number, including leading zeros and sign. */
    private static final int STRICT_32_LENGTH_MAX = 11;

    /** The maximum length of a strict 64-bit number, including leading zeros. */
    private static final int STRICT_64_LENGTH_MAX = 22;

    /** The maximum length of a formatted number in bytes. */
    public static final int LENGTH_MAX = 20;

    private static final long UINT32_MASK = 0xFFFF_FFFFL;

    private AsciiNumbers() {}

    // -?[0-9]+, -2^31 to 2^31-1
    public static long strictInt32(byte[] bytes, int from, int to) {
        boolean negative = from < to && bytes[from] == '-';
        if (to - from > STRICT_32_LENGTH_MAX) {
            return INVALID;
        }
        long magnitude = digits(bytes, negative ? from + 1 : from, to);
        long value = negative ? -magnitude : magnitude;
        return magnitude != INVALID && value == (int) value ? value : INVALID;
    }

    // [0-9]+, 0 to 2^32-1
    public static long strictUint32(byte[] bytes, int from, int to) {
        long value = to - from > STRICT_32_LENGTH_MAX ? INVALID : digits(bytes, from, to);
        return value > UINT32_MASK ? INVALID : value;
    }

    /** Parses digits only; the number must fit into a long. */
    private static long digits(byte[] bytes, int from, int to) {
        if (from >= to) {
            return INVALID;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return INVALID;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    public static long strictInt32(String word) {
        return strictInt32(bytes(word), 0, word.length());
    }

    public static long strictUint32(String word) {
        return strictUint32(bytes(word), 0, word.length());
    }

    private static byte[] bytes(String word) {
        return word.getBytes(StandardCharsets.ISO_8859_1);
    }

    // [0-9]+, 0 to 2^64-1; every long is a valid result, so validity is checked separately
    public static boolean isStrictUint64(byte[] bytes, int from, int to) {
        if (from >= to || to - from > STRICT_64_LENGTH_MAX) {
            return false;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || overflows(value, digit)) {
                return false;
            }
            value = value * 10 + digit;
        }
        return true;
    }

    /** Parses an unsigned number that is valid by {@link #isStrictUint64}. */
    public static long uint64(byte[] bytes, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + (bytes[i] - '0');
        }
        return value;
    }

    /** Returns whether ten times an unsigned value plus a digit exceeds 2^64-1. */
    private static boolean overflows(long value, int digit) {
        // 2^64-1 is 18446744073709551615
        int comparison = Long.compareUnsigned(value, 1_844_674_407_370_955_161L);
        return comparison > 0 || (comparison == 0 && digit > 5);
    }

    // \s*[+-]?[0-9]+(\s.*)?, -2^63 to 2^63-1, truncated to 32 bits
    public static long looseInt32(byte[] bytes, int from, int to) {
        int sign = skipWhiteSpace(bytes, from, to);
        boolean negative = sign < to && bytes[sign] == '-';
        int first = sign < to && (negative || bytes[sign] == '+') ? sign + 1 : sign;
        int end = endOfLooseNumber(bytes, first, to);
        if (end < 0) {
            return INVALID;
        }
        long magnitude = uint64(bytes, first, end);
        boolean fits = magnitude >= 0 || (negative && magnitude == Long.MIN_VALUE);
        return fits ? (int) (negative ? -magnitude : magnitude) : INVALID;
    }

    // \s*[+-]?[0-9]+(\s.*)?, modulo 2^64, truncated to 32 bits; with a minus anywhere, only values below
    // 2^63
    public static long looseUint32(byte[] bytes, int from, int to) {
        int sign = skipWhiteSpace(bytes, from, to);
        boolean negative = sign < to && bytes[sign] == '-';
        int first = sign < to && (negative || bytes[sign] == '+') ? sign + 1 : sign;
        int end = endOfLooseNumber(bytes, first, to);
        if (end < 0) {
            return INVALID;
        }
        long magnitude = uint64(bytes, first, end);
        long value = negative ? -magnitude : magnitude;
        return value < 0 && hasMinus(bytes, from, to) ? INVALID : value & UINT32_MASK;
    }

    /** As {@link #looseUint32}, but a number beyond 32 bits is invalid, not truncated. */
    public static long looseUint32InRange(byte[] bytes, int from, int to) {
        long value = looseUint32(bytes, from, to);
        int first = skipWhiteSpace(bytes, from, to);
        if (value != INVALID && (bytes[first] == '+' || bytes[first] == '-')) {
            first++;
        }
        return value != INVALID && uint64(bytes, first, endOfLooseNumber(bytes, first, to)) == value ? value : INVALID;
    }

    private static boolean hasMinus(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '-') {
                return true;
            }
        }
        return false;
    }

    /** Returns where the digits end; -1 if there are none, if they exceed 2^64-1, or if anything but white space follows. */
    private static int endOfLooseNumber(byte[] bytes, int first, int to) {
        long value = 0;
        int i = first;
        for (; i < to && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            int digit = bytes[i] - '0';
            if (overflows(value, digit)) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return i > first && (i == to || isWhiteSpace(bytes[i])) ? i : -1;
    }

    private static int skipWhiteSpace(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && isWhiteSpace(bytes[i])) {
            i++;
        }
        return i;
    }

    private static boolean isWhiteSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    /** Writes an unsigned 64-bit number; returns the offset after it. */
    public static int putUnsigned(long value, byte[] target, int offset) {
        if (value >= 0) {
            return put(value, target, offset);
        }
        // signed division does not work for values of 2^63 or more: separate the last digit
        long tens = Long.divideUnsigned(value, 10);
        int end = put(tens, target, offset);
        target[end] = (byte) ('0' + (value - tens * 10));
        return end + 1;
    }

    private static int put(long value, byte[] target, int offset) {
        if (value < 10) { // usual for client flags
            target[offset] = (byte) ('0' + value);
            return offset + 1;
        }
        int end = offset + decimalLength(value);
        long rest = value;
        int i = end;
        do {
            long tens = rest / 10;
            target[--i] = (byte) ('0' + (rest - tens * 10));
            rest = tens;
        } while (rest != 0);
        return end;
    }

    private static int decimalLength(long value) {
        int length = 1;
        for (long bound = 10; value >= bound && length < LENGTH_MAX - 1; bound *= 10) {
            length++;
        }
        return length;
    }
}
