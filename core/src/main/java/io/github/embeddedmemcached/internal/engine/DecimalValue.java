package io.github.embeddedmemcached.internal.engine;

/**
 * The number format of incr and decr: an unsigned 64-bit number as C's strtoull reads it, with optional white space and a sign
 * before it, and white space, a NUL or nothing after it. A number with a minus sign is valid only if its two's complement is below
 * 2^63, as that of -0.
 */
final class DecimalValue {
    /** Digits of the largest number, 2^64 - 1. */
    static final int LENGTH_MAX = 20;

    private static final long MAX_BEFORE_LAST_DIGIT = Long.divideUnsigned(-1, 10);
    private static final int MAX_LAST_DIGIT = (int) Long.remainderUnsigned(-1, 10);

    private DecimalValue() {}

    /** Parses a value into {@link ItemUpdate#number}. Returns whether it is a valid number. */
    static boolean parse(byte[] bytes, int offset, int length, ItemUpdate update) {
        int end = offset + length;
        int index = offset;
        while (index < end && isSpace(bytes[index])) {
            index++;
        }
        boolean isNegative = index < end && bytes[index] == '-';
        if (isNegative || (index < end && bytes[index] == '+')) {
            index++;
        }
        int begin = index;
        long number = 0;
        for (; index < end && bytes[index] >= '0' && bytes[index] <= '9'; index++) {
            int digit = bytes[index] - '0';
            int order = Long.compareUnsigned(number, MAX_BEFORE_LAST_DIGIT);
            if (order > 0 || (order == 0 && digit > MAX_LAST_DIGIT)) {
                return false;
            }
            number = number * 10 + digit;
        }
        update.number = isNegative ? -number : number;
        if (update.number < 0 && (isNegative || hasMinus(bytes, index, end))) {
            return false;
        }
        return index > begin && (index == end || bytes[index] == 0 || isSpace(bytes[index]));
    }

    /** Returns whether a minus sign follows. memcached rejects it after a number of 2^63 or more, although it ignores other bytes there. */
    private static boolean hasMinus(byte[] bytes, int from, int end) {
        for (int i = from; i < end && bytes[i] != 0; i++) {
            if (bytes[i] == '-') {
                return true;
            }
        }
        return false;
    }

    /** Returns the incremented or decremented number: incrementing wraps at 2^64, decrementing stops at 0. */
    static long changed(long number, long delta, boolean increments) {
        if (increments) {
            return number + delta;
        }
        return Long.compareUnsigned(number, delta) < 0 ? 0 : number - delta;
    }

    /** Writes the number's digits to the start of an array, and returns how many there are. */
    static int write(long number, byte[] digits) {
        int length = 0;
        long remaining = number;
        do {
            digits[length++] = (byte) ('0' + Long.remainderUnsigned(remaining, 10));
            remaining = Long.divideUnsigned(remaining, 10);
        } while (remaining != 0);
        for (int low = 0, high = length - 1; low < high; low++, high--) {
            byte digit = digits[low];
            digits[low] = digits[high];
            digits[high] = digit;
        }
        return length;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }
}
