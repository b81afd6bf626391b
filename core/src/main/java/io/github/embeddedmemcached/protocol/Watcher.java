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

    /** No line may be longer than what was taken out of the queue at once. */
    private static final int DRAINED_LENGTH_MAX = 16 * 1024;

    /** The {@link WatchKind}s that it is to be told. */
    final int kinds;

    private final Runnable wakeUp;

    /*
     * queue[head..head+used), around the end. Guarded by this, as all below.
     *
     * isAwake: the client's thread was told that there is something, and has not found the queue empty since.
     */
    private final byte[] queue = new byte[QUEUE_LENGTH];
    private int head;
    private int used;
    private long skipped;
    private boolean isAwake;

    Watcher(int kinds, Runnable wakeUp) {
        this.kinds = kinds;
        this.wakeUp = wakeUp;
    }

    /** Queues a line; false: it was skipped. Called by any thread, perhaps while the cache is locked. */
    boolean offer(byte[] line, int length) {
        synchronized (this) {
            if (QUEUE_LENGTH - used < length + SKIPPED_LENGTH_MAX) {
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
        wakeUp.run();
        return true;
    }

    private void append(byte[] line, int length) {
        int tail = (head + used) % QUEUE_LENGTH;
        int first = Math.min(length, QUEUE_LENGTH - tail);
        System.arraycopy(line, 0, queue, tail, first);
        System.arraycopy(line, first, queue, 0, length - first);
        used += length;
    }

    /** Moves lines to the output until that is full; called by the client's thread. */
    synchronized void drainTo(ReplyBuffer output) {
        while (used > 0 && !output.isFull()) {
            int count = Math.min(Math.min(used, QUEUE_LENGTH - head), DRAINED_LENGTH_MAX);
            int start = output.ensureRoom(count);
            System.arraycopy(queue, head, output.array(), start, count);
            output.tail(start + count);
            head = (head + count) % QUEUE_LENGTH;
            used -= count;
        }
        if (used == 0) {
            isAwake = false;
        }
    }
}
