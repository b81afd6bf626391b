package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;

/**
 * Numbers as the text protocol writes and reads them.
 *
 * <p>There are two ways to read one. The <em>strict</em> way takes digits and nothing else, before them a minus where the
 * number is signed: lengths, deltas, CAS uniques and the exptimes of touch and flush_all. The <em>loose</em> way is that of C's
 * {@code strtol}, which memcached kept for the client flags and the exptime of storage commands: white space and a sign may
 * precede the digits, white space may end them (a tab, say, since a space ends the token), and what doesn't fit into 32 bits
 * loses its upper ones.
 */
final class AsciiNumbers {
    /** What the methods that return 32-bit numbers answer when there is none. */
    static final long INVALID = Long.MIN_VALUE;

    /** More digits than this are refused, leading zeros and sign included. */
    private static final int STRICT_32_LENGTH_MAX = 11;

    /** More digits than this are refused, leading zeros included. */
    private static final int STRICT_64_LENGTH_MAX = 22;

    /** The most bytes that a number is written with. */
    static final int LENGTH_MAX = 20;

    private static final long UINT32_MASK = 0xFFFF_FFFFL;

    private AsciiNumbers() {}

    // -?[0-9]+, -2^31 to 2^31-1
    static long strictInt32(byte[] bytes, int from, int to) {
        boolean negative = from < to && bytes[from] == '-';
        if (to - from > STRICT_32_LENGTH_MAX) {
            return INVALID;
        }
        long magnitude = digits(bytes, negative ? from + 1 : from, to);
        long value = negative ? -magnitude : magnitude;
        return magnitude != INVALID && value == (int) value ? value : INVALID;
    }

    // [0-9]+, 0 to 2^32-1
    static long strictUint32(byte[] bytes, int from, int to) {
        long value = to - from > STRICT_32_LENGTH_MAX ? INVALID : digits(bytes, from, to);
        return value > UINT32_MASK ? INVALID : value;
    }

    /** Digits only, few enough to fit into a long. */
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

    static long strictInt32(String word) {
        return strictInt32(bytes(word), 0, word.length());
    }

    static long strictUint32(String word) {
        return strictUint32(bytes(word), 0, word.length());
    }

    private static byte[] bytes(String word) {
        return word.getBytes(StandardCharsets.ISO_8859_1);
    }

    // [0-9]+, 0 to 2^64-1; every long is a valid answer, so validity is asked for apart
    static boolean isStrictUint64(byte[] bytes, int from, int to) {
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

    /** The unsigned number that {@link #isStrictUint64} found valid. */
    static long uint64(byte[] bytes, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + (bytes[i] - '0');
        }
        return value;
    }

    /** Tells whether ten times an unsigned value plus a digit is over 2^64-1. */
    private static boolean overflows(long value, int digit) {
        // 2^64-1 is 18446744073709551615
        int comparison = Long.compareUnsigned(value, 1_844_674_407_370_955_161L);
        return comparison > 0 || (comparison == 0 && digit > 5);
    }

    // \s*[+-]?[0-9]+(\s.*)?, -2^63 to 2^63-1, cut to 32 bits
    static long looseInt32(byte[] bytes, int from, int to) {
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

    // \s*[+-]?[0-9]+(\s.*)?, modulo 2^64, cut to 32 bits; with a minus, before or behind it, only what is below 2^63
    // then
    static long looseUint32(byte[] bytes, int from, int to) {
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

    /** As {@link #looseUint32}, but a number beyond 32 bits is invalid, not cut. */
    static long looseUint32InRange(byte[] bytes, int from, int to) {
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

    /** Where the digits end; -1 if there are none, if they are over 2^64-1, or if something else than white space follows. */
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

    /** Writes an unsigned 64-bit number; returns where it ends. */
    static int putUnsigned(long value, byte[] target, int offset) {
        if (value >= 0) {
            return put(value, target, offset);
        }
        // too long for Java's own division by one digit: split off the last one
        long tens = Long.divideUnsigned(value, 10);
        int end = put(tens, target, offset);
        target[end] = (byte) ('0' + (value - tens * 10));
        return end + 1;
    }

    private static int put(long value, byte[] target, int offset) {
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
