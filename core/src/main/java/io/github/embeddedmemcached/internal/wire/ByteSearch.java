package io.github.embeddedmemcached.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds the end of a line or of a token, eight bytes at a time. */
public final class ByteSearch {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long NEWLINES = ONES * '\n';
    private static final long SPACES = ONES * ' ';

    private ByteSearch() {}

    /** Returns the index of the first newline in bytes[from..to), or -1. */
    public static int indexOfNewline(byte[] bytes, int from, int to) {
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            // a byte that is a newline becomes 0, and the lowest 0 of a word is the first to borrow from its high bit
            long word = (long) LONGS.get(bytes, i) ^ NEWLINES;
            long zeros = (word - ONES) & ~word & HIGH_BITS;
            if (zeros != 0) {
                return i + (Long.numberOfTrailingZeros(zeros) >>> 3);
            }
        }
        for (; i < to; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** Returns the index of the first space or newline in bytes[from..to), or {@code to}. */
    public static int endOfToken(byte[] bytes, int from, int to) {
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            long word = (long) LONGS.get(bytes, i);
            long newlines = word ^ NEWLINES;
            long spaces = word ^ SPACES;
            long zeros = ((newlines - ONES) & ~newlines | (spaces - ONES) & ~spaces) & HIGH_BITS;
            if (zeros != 0) {
                return i + (Long.numberOfTrailingZeros(zeros) >>> 3);
            }
        }
        while (i < to && bytes[i] != ' ' && bytes[i] != '\n') {
            i++;
        }
        return i;
    }
}
