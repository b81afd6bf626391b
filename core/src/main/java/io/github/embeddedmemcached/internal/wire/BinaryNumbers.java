package io.github.embeddedmemcached.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Reads and writes the numbers of the binary protocol: most significant byte first, at any offset. */
public final class BinaryNumbers {
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private BinaryNumbers() {}

    public static int uint16(byte[] bytes, int offset) {
        return (short) SHORTS.get(bytes, offset) & 0xFFFF;
    }

    public static int int32(byte[] bytes, int offset) {
        return (int) INTS.get(bytes, offset);
    }

    public static long uint32(byte[] bytes, int offset) {
        return Integer.toUnsignedLong(int32(bytes, offset));
    }

    public static long int64(byte[] bytes, int offset) {
        return (long) LONGS.get(bytes, offset);
    }

    public static void putInt16(byte[] bytes, int offset, int value) {
        SHORTS.set(bytes, offset, (short) value);
    }

    public static void putInt32(byte[] bytes, int offset, int value) {
        INTS.set(bytes, offset, value);
    }

    public static void putInt64(byte[] bytes, int offset, long value) {
        LONGS.set(bytes, offset, value);
    }
}
