package io.github.embeddedmemcached.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A 64-bit hash of a key, seeded: who doesn't know the seed can't choose keys that collide. Takes eight bytes a step and mixes
 * them by a widening multiplication, the idea of wyhash.
 */
final class KeyHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ODD_1 = 0x9E3779B97F4A7C15L; // 2^64 / golden ratio
    private static final long ODD_2 = 0xD1B54A32D192ED03L; // the same for two dimensions

    private KeyHash() {}

    /**
     * A seed that nobody outside of this JVM can know. The rejected way: SecureRandom is stronger than a table of a cache needs, and makes
     * up a sixth of the time in which a server starts in a fresh JVM.
     */
    static long newSeed() {
        return mix(ThreadLocalRandom.current().nextLong() ^ ODD_1, System.nanoTime() ^ ODD_2);
    }

    static long of(byte[] bytes, int offset, int length, long seed) {
        long hash = seed ^ mix(length ^ ODD_1, ODD_2);
        int at = offset;
        int left = length;
        for (; left > Long.BYTES; at += Long.BYTES, left -= Long.BYTES) {
            hash = mix(hash ^ (long) LONG.get(bytes, at), ODD_1);
        }
        return mix(mix(hash ^ last(bytes, at, left), ODD_2), seed ^ ODD_1);
    }

    /** The last one to eight bytes as one number; which bytes overlap depends on the length alone, which is hashed too. */
    private static long last(byte[] bytes, int at, int left) {
        if (left == Long.BYTES) {
            return (long) LONG.get(bytes, at);
        }
        if (left >= Integer.BYTES) {
            long low = (int) INT.get(bytes, at) & 0xFFFFFFFFL;
            long high = (int) INT.get(bytes, at + left - Integer.BYTES);
            return high << 32 | low;
        }
        if (left == 0) {
            return 0;
        }
        return (bytes[at] & 0xFFL) | (bytes[at + (left >> 1)] & 0xFFL) << 8 | (bytes[at + left - 1] & 0xFFL) << 16;
    }

    private static long mix(long a, long b) {
        return Math.multiplyHigh(a, b) ^ a * b;
    }
}
