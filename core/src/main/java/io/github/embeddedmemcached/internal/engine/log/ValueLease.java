package io.github.embeddedmemcached.internal.engine.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A reference to the value of a large item: the bytes are not changed until the lease is released, even if the item is removed. They
 * must only be read. They count towards the cache's memory limit until then. Not thread-safe.
 */
public final class ValueLease {
    private @Nullable Segment segment; // null if the bytes are not a segment's, or the lease was released
    private final ByteBuffer buffer;

    private ValueLease(@Nullable Segment segment, ByteBuffer buffer) {
        this.segment = segment;
        this.buffer = buffer;
    }

    /** Creates the reference for a {@linkplain Segment#lease lease} that the caller acquires afterwards. */
    public ValueLease(Segment segment, int offset, int length) {
        this(segment, segment.valueBuffer(offset, length));
    }

    /**
     * Returns a lease of bytes that are not a segment's and need not be released.
     *
     * @param bytes must not be written to any more
     * @return a lease
     */
    public static ValueLease of(ByteBuffer bytes) {
        return new ValueLease(null, bytes);
    }

    /**
     * Returns the bytes of the value.
     *
     * @return a new buffer from its position to its limit, direct or with an array; it must not be used after {@link #release}
     */
    public ByteBuffer buffer() {
        return buffer.duplicate();
    }

    /**
     * Returns the bytes of the value for a single caller, which changes the position. Allocates nothing.
     *
     * @return always the same buffer, which must not be used after {@link #release}
     */
    public ByteBuffer ownBuffer() {
        return buffer;
    }

    /**
     * Returns the value's length.
     *
     * @return bytes
     */
    public int length() {
        return buffer.remaining();
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
