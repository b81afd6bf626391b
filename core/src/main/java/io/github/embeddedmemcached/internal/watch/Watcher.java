package io.github.embeddedmemcached.internal.watch;

import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import io.github.embeddedmemcached.internal.wire.LogLine;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;

/**
 * The queue of log lines for one watching client. Any thread adds lines, and the thread of the client's session removes them. The queue is
 * bounded: lines that do not fit are skipped, and their number is reported to the client.
 */
public final class Watcher {
    /** memcached's watcher_logbuf_size. */
    static final int QUEUE_LENGTH = 256 * 1024;

    /** The length of "skipped=", a number and a line end. */
    private static final int SKIPPED_LENGTH_MAX = 32;

    /** The initial length of the queue, which is doubled when it is full. */
    private static final int QUEUE_LENGTH_MIN = 4 * 1024;

    /** The number of bytes that are moved to the output at once. */
    private static final int DRAINED_LENGTH_MAX = 16 * 1024;

    private static final byte[] NO_BYTES = {};

    /** The bits of the {@link WatchKind}s that the client watches. */
    final int kinds;

    private final Runnable wakeUp;
    private final ConnectionMemory memory;

    /*
     * The fields below are guarded by this. The queue is a ring buffer with its content at [head..head+used).
     *
     * isWakeUpPending: wakeUp has been called, and the client's thread has not emptied the queue since.
     */
    private byte[] queue = NO_BYTES;
    private int head;
    private int used;
    private long skipped;
    private boolean isWakeUpPending;
    private boolean isClosed;

    Watcher(int kinds, Runnable wakeUp, ConnectionMemory memory) {
        this.kinds = kinds;
        this.wakeUp = wakeUp;
        this.memory = memory;
    }

    /** Adds a line to the queue. Returns false if it was skipped. Called by any thread. */
    public boolean offer(byte[] line, int length) {
        synchronized (this) {
            if (!ensureCapacity(length + SKIPPED_LENGTH_MAX)) {
                skipped++;
                return false;
            }
            if (skipped > 0) {
                LogLine skippedLine = new LogLine(SKIPPED_LENGTH_MAX)
                        .text("skipped=")
                        .number(skipped)
                        .end();
                append(skippedLine.bytes(), skippedLine.length());
                skipped = 0;
            }
            append(line, length);
            if (isWakeUpPending) {
                return true;
            }
            isWakeUpPending = true;
        }
        boolean woken = false;
        try {
            wakeUp.run();
            woken = true;
        } finally {
            if (!woken) {
                clearWakeUp(); // the next line calls wakeUp again
            }
        }
        return true;
    }

    private synchronized void clearWakeUp() {
        isWakeUpPending = false;
    }

    /** Extends the queue if necessary. Returns false if it has its maximum length or if there is no memory. */
    private boolean ensureCapacity(int length) {
        int needed = used + length;
        if (needed <= queue.length) {
            return true;
        }
        int longer = Math.max(QUEUE_LENGTH_MIN, Integer.highestOneBit(needed - 1) << 1);
        if (longer > QUEUE_LENGTH || isClosed || !memory.reserveForWatcher(longer - queue.length)) {
            return false;
        }
        byte[] target;
        try {
            target = new byte[longer];
        } catch (OutOfMemoryError e) {
            memory.releaseForWatcher(longer - queue.length);
            return false;
        }
        int first = Math.min(used, queue.length - head);
        System.arraycopy(queue, head, target, 0, first);
        System.arraycopy(queue, 0, target, first, used - first);
        queue = target;
        head = 0;
        return true;
    }

    private void append(byte[] line, int length) {
        int tail = (head + used) % queue.length;
        int first = Math.min(length, queue.length - tail);
        System.arraycopy(line, 0, queue, tail, first);
        System.arraycopy(line, first, queue, 0, length - first);
        used += length;
    }

    /** Moves lines to the output until it is full. Called by the client's thread. */
    public synchronized void drainTo(ReplyBuffer output) {
        while (used > 0 && !output.isFull()) {
            int count = Math.min(Math.min(used, queue.length - head), DRAINED_LENGTH_MAX);
            int start = output.ensureWritable(count);
            System.arraycopy(queue, head, output.array(), start, count);
            output.tail(start + count);
            head = (head + count) % queue.length;
            used -= count;
        }
        if (used == 0) {
            isWakeUpPending = false;
        }
    }

    synchronized boolean isClosed() {
        return isClosed;
    }

    /** Releases the memory of the queue. Lines that are added later are skipped. */
    synchronized void close() {
        memory.releaseForWatcher(queue.length);
        queue = NO_BYTES;
        used = 0;
        isClosed = true;
    }
}
