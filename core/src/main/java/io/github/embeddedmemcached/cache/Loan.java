package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * The value of a large item by reference: the bytes stay as they are until they are given back, whatever becomes of the
 * item. They must only be read. They count towards the cache's memory limit until they are given back, also where the item is gone by
 * then. Not thread-safe.
 */
public final class Loan {
    private @Nullable Segment lender; // null: the array is no segment's, or it was given back
    private final byte[] array;
    private final int offset;
    private final int length;

    Loan(@Nullable Segment lender, byte[] array, int offset, int length) {
        this.lender = lender;
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    /**
     * Returns a loan of bytes that nobody wants back.
     *
     * @param array holds them; not written to any more
     * @param offset where they begin
     * @param length how many they are
     * @return a loan
     */
    public static Loan of(byte[] array, int offset, int length) {
        return new Loan(null, array, offset, length);
    }

    /**
     * Returns the array that holds the value.
     *
     * @return the array, from {@link #offset} on
     */
    public byte[] array() {
        return array;
    }

    /**
     * Returns where the value begins.
     *
     * @return an offset into {@link #array}
     */
    public int offset() {
        return offset;
    }

    /**
     * Returns the value's length.
     *
     * @return bytes
     */
    public int length() {
        return length;
    }

    /** Ends the loan. Idempotent. */
    public void giveBack() {
        Segment owner = lender;
        if (owner != null) {
            lender = null;
            owner.giveBack();
        }
    }
}
