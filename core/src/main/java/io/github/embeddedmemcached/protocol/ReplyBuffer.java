package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Loan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Answers on their way out: bytes that a session appended and its host has not sent yet. It grows as needed; a session
 * stops answering when it {@link #isFull()}, so that a client which doesn't read costs a bounded amount of memory.
 *
 * <p>Reusable: once drained it is empty again, and gives back what it grew beyond a bound. One per connection, or one for
 * all connections of a thread when it is drained before the next one's turn. Not thread-safe.
 */
public final class ReplyBuffer {
    /** A buffer with this many bytes or more is full, unless its maker says otherwise. */
    public static final int DEFAULT_HIGH_WATER = 64 * 1024;

    /** An empty buffer keeps at most this many times its high-water mark. */
    private static final int KEPT_HIGH_WATERS = 4;

    private static final int INITIAL_CAPACITY = 1024;

    /*
     * The bytes to send, in order:
     *
     *     bytes[head..largeIndex)   large[largeHead..largeTail)   bytes[largeIndex..tail)
     *
     * The middle part is a large value by reference; without one it is empty, and largeIndex means nothing.
     *
     * Invariant: 0 <= head <= tail <= bytes.length; with a large value head <= largeIndex <= tail. Empty: head == tail == 0.
     */
    private byte[] bytes = NO_BYTES;
    private int head;
    private int tail;

    private byte[] large = NO_BYTES;
    private @Nullable Loan loan; // of the large value
    private int largeIndex;
    private int largeHead;
    private int largeTail;

    private int highWater;

    private static final byte[] NO_BYTES = {};

    /** Creates an empty buffer with the default high-water mark. */
    public ReplyBuffer() {
        this(DEFAULT_HIGH_WATER);
    }

    /**
     * Creates an empty buffer.
     *
     * @param highWater from this many bytes on it is full
     */
    public ReplyBuffer(int highWater) {
        if (highWater < 1) {
            throw new IllegalArgumentException("highWater must be at least 1: " + highWater);
        }
        this.highWater = highWater;
    }

    /**
     * Returns how many bytes wait to be sent.
     *
     * @return bytes
     */
    public int size() {
        return tail - head + (largeTail - largeHead);
    }

    /**
     * Returns how much memory the buffer occupies, filled or not, without a large value that it refers to.
     *
     * @return bytes
     */
    public int capacity() {
        return bytes.length;
    }

    /**
     * Sets from how many bytes on the buffer is full.
     *
     * @param bytes at least 1
     */
    public void highWater(int bytes) {
        highWater = bytes;
    }

    /**
     * Tells whether everything has been sent.
     *
     * @return true if nothing waits
     */
    public boolean isEmpty() {
        return size() == 0;
    }

    /**
     * Tells whether the buffer should be drained before more is answered.
     *
     * @return true from the high-water mark on, and while it holds a large value
     */
    public boolean isFull() {
        return tail - head >= highWater || largeTail > largeHead;
    }

    /**
     * Moves as many bytes as fit.
     *
     * @param target where to; its position is advanced
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
     * @param target where to; its position is advanced
     * @return how many bytes were copied
     */
    public int copyTo(ByteBuffer target) {
        int before = target.position();
        if (largeTail == largeHead) {
            put(bytes, head, tail, target);
        } else {
            put(bytes, head, largeIndex, target);
            put(large, largeHead, largeTail, target);
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
        if (largeTail > largeHead) {
            int beforeLarge = Math.min(count, largeIndex - head);
            int inLarge = Math.min(count - beforeLarge, largeTail - largeHead);
            largeHead += inLarge;
            head += count - inLarge;
        } else {
            head += count;
        }
        recycle();
    }

    /** Removes all bytes, also those of a session that failed while it answered. Allocates nothing. */
    public void clear() {
        largeHead = 0;
        largeTail = 0;
        head = 0;
        tail = 0;
        recycle();
    }

    /**
     * Moves all bytes to a buffer that has just enough room for them.
     *
     * @return the other buffer; this one is empty then
     */
    public ReplyBuffer moveToSmallest() {
        ReplyBuffer smallest = new ReplyBuffer(highWater);
        if (tail > head) {
            smallest.bytes = Arrays.copyOfRange(bytes, head, tail);
        }
        smallest.tail = tail - head;
        smallest.large = large;
        smallest.largeIndex = largeIndex - head;
        smallest.largeHead = largeHead;
        smallest.largeTail = largeTail;
        smallest.loan = loan;
        loan = null; // is the other's now
        clear();
        return smallest;
    }

    /**
     * Returns how many of the next bytes lie together.
     *
     * @return bytes; more may follow that lie elsewhere
     */
    public int runLength() {
        if (largeTail == largeHead) {
            return tail - head;
        }
        return head < largeIndex ? largeIndex - head : largeTail - largeHead;
    }

    /**
     * Writes some of the bytes that lie together without copying them: for long runs, as making a ByteBuffer isn't free either.
     *
     * @param channel where to
     * @param length how many to offer to it, up to {@link #runLength}
     * @return how many it took
     * @throws IOException if the channel fails
     */
    public int writeRun(WritableByteChannel channel, int length) throws IOException {
        boolean isLarge = largeTail > largeHead && head == largeIndex;
        int written = channel.write(
                isLarge ? ByteBuffer.wrap(large, largeHead, length) : ByteBuffer.wrap(bytes, head, length));
        if (isLarge) {
            largeHead += written;
        } else {
            head += written;
        }
        recycle();
        return written;
    }

    private static void put(byte[] source, int from, int to, ByteBuffer target) {
        target.put(source, from, Math.min(to - from, target.remaining()));
    }

    private void recycle() {
        if (largeHead == largeTail) {
            giveBackLoan();
            large = NO_BYTES;
            largeHead = 0;
            largeTail = 0;
        }
        if (isEmpty()) {
            head = 0;
            tail = 0;
            if (bytes.length > (long) KEPT_HIGH_WATERS * highWater && bytes.length > INITIAL_CAPACITY) {
                bytes = NO_BYTES;
            }
        }
    }

    /**
     * Takes all bytes out; for tests and for hosts that don't count bytes.
     *
     * @return what was there
     */
    public byte[] takeBytes() {
        byte[] all = new byte[size()];
        drainTo(ByteBuffer.wrap(all));
        return all;
    }

    // ---- for codecs

    /** Appends bytes. */
    void put(byte[] source) {
        ensureRoom(source.length);
        System.arraycopy(source, 0, bytes, tail, source.length);
        tail += source.length;
    }

    /** Appends a value by reference, and gives it back when it is sent. At most one at a time. */
    void putLarge(Loan value) {
        if (largeTail > largeHead) {
            throw new IllegalStateException("drain the first large value before putting another");
        }
        loan = value;
        large = value.array();
        largeIndex = tail;
        largeHead = value.offset();
        largeTail = largeHead + value.length();
    }

    private void giveBackLoan() {
        Loan lent = loan;
        if (lent != null) {
            loan = null;
            lent.giveBack();
        }
    }

    /** Makes room for that many bytes more, to be written by the caller into the {@link #array()}; returns where. */
    int ensureRoom(int length) {
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

    /** Removes what was appended since the buffer had a size; a large value must not be among it. */
    void truncate(int size) {
        tail -= size() - size;
    }

    /** Where the caller of {@link #ensureRoom} writes. */
    byte[] array() {
        return bytes;
    }

    int tail() {
        return tail;
    }

    /** Makes what the caller wrote before an index of the array part of the answers. */
    void tail(int tail) {
        this.tail = tail;
    }
}
