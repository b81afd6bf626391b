package io.github.embeddedmemcached.internal.wire;

import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Replies that a session has written and its transport has not sent yet. The buffer grows as needed. A session stops executing requests
 * when the buffer {@link #isFull()}, so that a client that does not read its replies uses a bounded amount of memory.
 *
 * <p>Reusable: a drained buffer is empty, and releases memory beyond a limit. A transport has one per connection, or one for all
 * connections of a thread if it is drained before the next connection's turn. Not thread-safe.
 */
public final class ReplyBuffer {
    /** A buffer with this many bytes or more is full by default. */
    public static final int DEFAULT_HIGH_WATER = 64 * 1024;

    /** The maximum capacity of an empty buffer, as a multiple of its high-water mark. */
    private static final int KEPT_CAPACITY_FACTOR = 4;

    private static final int INITIAL_CAPACITY = 1024;

    /*
     * The bytes to send, in order:
     *
     *     bytes[head..largeIndex)   large, from position to limit   bytes[largeIndex..tail)
     *
     * The middle part is a large value by reference; without one it is empty, and largeIndex is undefined.
     *
     * Invariant: 0 <= head <= tail <= bytes.length; with a large value head <= largeIndex <= tail. Empty: head == tail == 0.
     */
    private byte[] bytes = NO_BYTES;
    private int head;
    private int tail;

    private ByteBuffer large = NO_BUFFER;
    private @Nullable ValueLease lease; // of the large value
    private int largeIndex;

    private int highWater;

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] NO_BYTES = {};
    private static final ByteBuffer NO_BUFFER = ByteBuffer.allocate(0);

    /** Creates an empty buffer with the default high-water mark. */
    public ReplyBuffer() {
        this(DEFAULT_HIGH_WATER);
    }

    /**
     * Creates an empty buffer.
     *
     * @param highWater the buffer is full from this many bytes on
     */
    public ReplyBuffer(int highWater) {
        if (highWater < 1) {
            throw new IllegalArgumentException("highWater must be at least 1: " + highWater);
        }
        this.highWater = highWater;
    }

    /**
     * Returns the number of bytes to be sent.
     */
    public int size() {
        return tail - head + large.remaining();
    }

    /**
     * Returns the capacity in bytes, without a large value that the buffer refers to.
     */
    public int capacity() {
        return bytes.length;
    }

    /**
     * Sets the high-water mark, from which on the buffer is full.
     *
     * @param bytes at least 1
     */
    public void highWater(int bytes) {
        highWater = bytes;
    }

    /**
     * Returns whether no bytes are to be sent.
     */
    public boolean isEmpty() {
        return size() == 0;
    }

    /**
     * Returns whether the buffer should be drained before more requests are executed: from the high-water mark on, and while it holds a
     * large value.
     */
    public boolean isFull() {
        return tail - head >= highWater || large.hasRemaining();
    }

    /**
     * Moves as many bytes as fit.
     *
     * @param target the destination; its position is advanced
     * @return how many bytes were moved
     */
    public int drainTo(ByteBuffer target) {
        int count = copyTo(target);
        skip(count);
        return count;
    }

    /**
     * Copies as many of the next bytes as fit, which stay in the buffer until they are {@linkplain #skip skipped}.
     *
     * @param target the destination; its position is advanced
     * @return how many bytes were copied
     */
    public int copyTo(ByteBuffer target) {
        int before = target.position();
        if (!large.hasRemaining()) {
            put(bytes, head, tail, target);
        } else {
            put(bytes, head, largeIndex, target);
            int length = Math.min(large.remaining(), target.remaining());
            target.put(target.position(), large, large.position(), length).position(target.position() + length);
            put(bytes, largeIndex, tail, target);
        }
        return target.position() - before;
    }

    /**
     * Removes bytes that have been sent.
     *
     * @param count how many, up to {@link #size}
     */
    public void skip(int count) {
        if (large.hasRemaining()) {
            int beforeLarge = Math.min(count, largeIndex - head);
            int inLarge = Math.min(count - beforeLarge, large.remaining());
            large.position(large.position() + inLarge);
            head += count - inLarge;
        } else {
            head += count;
        }
        recycle();
    }

    /** Removes all bytes, including the incomplete reply of a failed session. Allocates nothing. */
    public void clear() {
        large = NO_BUFFER;
        head = 0;
        tail = 0;
        recycle();
    }

    /**
     * Moves all bytes to a new buffer of exactly the needed capacity. Afterwards this buffer is empty.
     *
     * @return the new buffer
     */
    public ReplyBuffer moveToSmallest() {
        ReplyBuffer smallest = new ReplyBuffer(highWater);
        if (tail > head) {
            smallest.bytes = Arrays.copyOfRange(bytes, head, tail);
        }
        smallest.tail = tail - head;
        smallest.large = large;
        smallest.largeIndex = largeIndex - head;
        smallest.lease = lease;
        lease = null; // transferred
        clear();
        return smallest;
    }

    /**
     * Returns how many of the next bytes are contiguous.
     *
     * @return bytes; more may follow in another array
     */
    public int runLength() {
        if (!large.hasRemaining()) {
            return tail - head;
        }
        return head < largeIndex ? largeIndex - head : large.remaining();
    }

    /**
     * Writes contiguous bytes without copying them. Worthwhile for long runs only, because this allocates a ByteBuffer.
     *
     * @param channel the destination
     * @param length how many bytes to write, up to {@link #runLength}
     * @return how many bytes the channel accepted
     * @throws IOException if the channel fails
     */
    public int writeRun(WritableByteChannel channel, int length) throws IOException {
        int written;
        if (large.hasRemaining() && head == largeIndex) {
            int limit = large.limit();
            try {
                written = channel.write(large.limit(large.position() + length));
            } finally {
                large.limit(limit);
            }
        } else {
            written = channel.write(ByteBuffer.wrap(bytes, head, length));
            head += written;
        }
        recycle();
        return written;
    }

    /**
     * Returns whether {@link #writeAll} should be used: there is a large value, and the other bytes fit into a buffer. Each call copies a
     * whole value that is in an array, so such a value must not be longer than {@code arrayLengthMax}; and if all bytes fit into the buffer,
     * {@link #copyTo} is faster.
     */
    public boolean isGatherable(int bufferLength, int arrayLengthMax) {
        int length = large.remaining();
        boolean isArrayWritable = length <= arrayLengthMax && size() > bufferLength;
        return length > 0 && (large.isDirect() || isArrayWritable) && tail - head <= bufferLength;
    }

    /**
     * Writes all bytes with one call, a large value in direct memory without copying it.
     *
     * @param channel the destination
     * @param buffer direct, for the other bytes
     * @return how many bytes the channel accepted
     * @throws IOException if the channel fails
     */
    public long writeAll(GatheringByteChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear().put(bytes, head, tail - head).flip();
        ByteBuffer before = buffer.duplicate().limit(largeIndex - head);
        buffer.position(largeIndex - head);
        long written = channel.write(new ByteBuffer[] {before, large.duplicate(), buffer});
        skip((int) written);
        return written;
    }

    private static void put(byte[] source, int from, int to, ByteBuffer target) {
        target.put(source, from, Math.min(to - from, target.remaining()));
    }

    private void recycle() {
        if (!large.hasRemaining()) {
            releaseLease();
            large = NO_BUFFER;
        }
        if (isEmpty()) {
            head = 0;
            tail = 0;
            if (bytes.length > (long) KEPT_CAPACITY_FACTOR * highWater && bytes.length > INITIAL_CAPACITY) {
                bytes = NO_BYTES;
            }
        }
    }

    /**
     * Removes and returns all bytes; for tests and for transports that do not limit the bytes they send.
     *
     * @return the bytes
     */
    public byte[] takeBytes() {
        byte[] all = new byte[size()];
        drainTo(ByteBuffer.wrap(all));
        return all;
    }

    // ---- for codecs

    /** Appends bytes. */
    public void put(byte[] source) {
        ensureWritable(source.length);
        System.arraycopy(source, 0, bytes, tail, source.length);
        tail += source.length;
    }

    /** Appends up to eight bytes, the first of which is the least significant one of a word. */
    public void putWord(long word, int length) {
        ensureWritable(Long.BYTES);
        WORDS.set(bytes, tail, word);
        tail += length;
    }

    /**
     * Appends a value by reference; its lease is released when the value is sent. At most one at a time. Allocates nothing, so that no reply
     * ends before its value.
     */
    public void putLarge(ValueLease value) {
        if (large.hasRemaining()) {
            throw new IllegalStateException("drain the first large value before putting another");
        }
        lease = value;
        largeIndex = tail;
        large = value.ownBuffer();
    }

    private void releaseLease() {
        ValueLease released = lease;
        if (released != null) {
            lease = null;
            released.release();
        }
    }

    /** Ensures space for this many more bytes, which the caller writes into {@link #array()}; returns the offset of the first one. */
    public int ensureWritable(int length) {
        if (length > bytes.length - tail) {
            grow(length);
        }
        return tail;
    }

    private void grow(int length) {
        int used = tail - head;
        int needed = Math.addExact(used, length);
        byte[] target = needed <= bytes.length / 2 ? bytes : new byte[Math.max(needed, doubled(bytes.length))];
        System.arraycopy(bytes, head, target, 0, used);
        bytes = target;
        largeIndex -= head;
        tail = used;
        head = 0;
    }

    private static int doubled(int length) {
        return (int) Math.max(INITIAL_CAPACITY, Math.min(2L * length, Integer.MAX_VALUE - 8));
    }

    /** Removes the bytes appended since the buffer had this size; a large value must not be among them. */
    public void truncate(int size) {
        tail -= size() - size;
    }

    /** Returns the array into which the caller of {@link #ensureWritable} writes. */
    public byte[] array() {
        return bytes;
    }

    /** Returns the end of the bytes in the {@link #array}. */
    public int tail() {
        return tail;
    }

    /** Appends the bytes that the caller has written into the array, up to this index (exclusive). */
    public void tail(int tail) {
        this.tail = tail;
    }
}
