package io.github.embeddedmemcached.cache;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Allocates the arrays that the engine needs in the middle of an operation. All of them may be refused: where the JVM has no memory
 * left, an operation fails or does without, and the structure stays as it was.
 */
final class HeapArrays {
    /** For tests: decides by its length in bytes whether an array is refused. */
    static volatile @Nullable IntPredicate refusal;

    private HeapArrays() {}

    /** Returns a new array, or null if the JVM has no memory for it. */
    static byte @Nullable [] bytes(int length) {
        try {
            return isRefused(length) ? null : new byte[length];
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    /** Throws an OutOfMemoryError if a test refuses an allocation of so many bytes. */
    static void check(int bytes) {
        if (isRefused(bytes)) {
            throw new OutOfMemoryError("refused by a test");
        }
    }

    private static boolean isRefused(int bytes) {
        IntPredicate test = refusal;
        return test != null && test.test(bytes);
    }
}
