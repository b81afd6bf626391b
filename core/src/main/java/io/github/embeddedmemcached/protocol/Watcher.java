package io.github.embeddedmemcached.protocol;

/**
 * The log lines that wait for one watching client: a queue of bytes between the threads in which things happen and the one that
 * serves the client. It is bounded: what doesn't fit is skipped, and the client is told how many lines that were.
 */
final class Watcher {
    /** memcached's watcher_logbuf_size. */
    static final int QUEUE_LENGTH = 256 * 1024;

    /** "skipped=", a number, a line end. */
    private static final int SKIPPED_LENGTH_MAX = 32;

    /** The queue begins with this length and doubles when it is full. */
    private static final int QUEUE_LENGTH_MIN = 4 * 1024;

    /** No line may be longer than what was taken out of the queue at once. */
    private static final int DRAINED_LENGTH_MAX = 16 * 1024;

    private static final byte[] NO_BYTES = {};

    /** The {@link WatchKind}s that it is to be told. */
    final int kinds;

    private final Runnable wakeUp;
    private final ConnectionMemory memory;

    /*
     * queue[head..head+used), around the end. Guarded by this, as all below.
     *
     * isAwake: the client's thread was told that there is something, and has not found the queue empty since.
     */
    private byte[] queue = NO_BYTES;
    private int head;
    private int used;
    private long skipped;
    private boolean isAwake;
    private boolean isClosed;

    Watcher(int kinds, Runnable wakeUp, ConnectionMemory memory) {
        this.kinds = kinds;
        this.wakeUp = wakeUp;
        this.memory = memory;
    }

    /** Queues a line; false: it was skipped. Called by any thread. */
    boolean offer(byte[] line, int length) {
        synchronized (this) {
            if (!hasRoom(length + SKIPPED_LENGTH_MAX)) {
                skipped++;
                return false;
            }
            if (skipped > 0) {
                LogLine told = new LogLine(SKIPPED_LENGTH_MAX)
                        .text("skipped=")
                        .number(skipped)
                        .end();
                append(told.bytes(), told.length());
                skipped = 0;
            }
            append(line, length);
            if (isAwake) {
                return true;
            }
            isAwake = true;
        }
        boolean woken = false;
        try {
            wakeUp.run();
            woken = true;
        } finally {
            if (!woken) {
                sleep(); // the next line tries again
            }
        }
        return true;
    }

    private synchronized void sleep() {
        isAwake = false;
    }

    /** Makes the queue longer if it is full; false: it is as long as it may be, or there is no memory. */
    private boolean hasRoom(int length) {
        int needed = used + length;
        if (needed <= queue.length) {
            return true;
        }
        int longer = Math.max(QUEUE_LENGTH_MIN, Integer.highestOneBit(needed - 1) << 1);
        if (longer > QUEUE_LENGTH || isClosed || !memory.takeForWatcher(longer - queue.length)) {
            return false;
        }
        byte[] target;
        try {
            target = new byte[longer];
        } catch (OutOfMemoryError e) {
            memory.giveBackOfWatcher(longer - queue.length);
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

    /** Moves lines to the output until that is full; called by the client's thread. */
    synchronized void drainTo(ReplyBuffer output) {
        while (used > 0 && !output.isFull()) {
            int count = Math.min(Math.min(used, queue.length - head), DRAINED_LENGTH_MAX);
            int start = output.ensureRoom(count);
            System.arraycopy(queue, head, output.array(), start, count);
            output.tail(start + count);
            head = (head + count) % queue.length;
            used -= count;
        }
        if (used == 0) {
            isAwake = false;
        }
    }

    synchronized boolean isClosed() {
        return isClosed;
    }

    /** Gives the memory of the queue back. Lines that are offered later are skipped. */
    synchronized void close() {
        memory.giveBackOfWatcher(queue.length);
        queue = NO_BYTES;
        used = 0;
        isClosed = true;
    }
}
