package io.github.embeddedmemcached.internal.engine.memory;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Allocates the arrays that the engine needs in the middle of an operation. Each allocation may fail: if the JVM has no memory
 * left, the operation fails or continues without the array, and the structure remains consistent.
 */
public final class HeapArrays {
    /** For tests: decides by the length in bytes whether an array is refused. */
    public static volatile @Nullable IntPredicate refusal;

    private HeapArrays() {}

    /** Returns a new array, or null if the JVM has no memory for it. */
    public static byte @Nullable [] bytes(int length) {
        try {
            return isRefused(length) ? null : new byte[length];
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    /** Throws an OutOfMemoryError if a test refuses an allocation of this many bytes. */
    public static void check(int bytes) {
        if (isRefused(bytes)) {
            throw new OutOfMemoryError("refused by a test");
        }
    }

    private static boolean isRefused(int bytes) {
        IntPredicate test = refusal;
        return test != null && test.test(bytes);
    }
}
