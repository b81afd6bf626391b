package io.github.embeddedmemcached.internal.engine.log;

import org.jspecify.annotations.Nullable;

/**
 * A reference to the value of a large item: the bytes are not changed until the lease is released, even if the item is removed. They
 * must only be read. They count towards the cache's memory limit until then. Not thread-safe.
 */
public final class ValueLease {
    private @Nullable Segment segment; // null if the array is not a segment's, or the lease was released
    private final byte[] array;
    private final int offset;
    private final int length;

    public ValueLease(@Nullable Segment segment, byte[] array, int offset, int length) {
        this.segment = segment;
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    /**
     * Returns a lease of bytes that are not a segment's and need not be released.
     *
     * @param array contains the bytes; must not be written to any more
     * @param offset the offset of the first one
     * @param length the number of bytes
     * @return a lease
     */
    public static ValueLease of(byte[] array, int offset, int length) {
        return new ValueLease(null, array, offset, length);
    }

    /**
     * Returns the array that contains the value.
     *
     * @return the array, from {@link #offset} on
     */
    public byte[] array() {
        return array;
    }

    /**
     * Returns the offset of the value.
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

    /** Releases the lease. Idempotent. */
    public void release() {
        Segment owner = segment;
        if (owner != null) {
            segment = null;
            owner.releaseLease();
        }
    }
}
