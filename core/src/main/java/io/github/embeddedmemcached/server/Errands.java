package io.github.embeddedmemcached.server;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What other threads want a loop to do between two of its turns, in their order; and where a loop waits that stands still. */
final class Errands {
    /** Guarded by this. Linked, because an ArrayDeque that fails to grow loses its elements. */
    private final Queue<Runnable> errands = new ConcurrentLinkedQueue<>();

    private boolean closing; // guarded by this
    private boolean ended; // guarded by this
    private volatile boolean any; // written under the lock of this

    /** Adds one; false: the loop has ended. */
    synchronized boolean add(Runnable errand) {
        if (ended) {
            return false;
        }
        errands.add(errand);
        any = true;
        notifyAll();
        return true;
    }

    /** Tells whether the loop has to look here, without a lock. */
    boolean areThere() {
        return any;
    }

    /** Takes the oldest; null: there is none. */
    synchronized @Nullable Runnable next() {
        Runnable errand = errands.poll();
        any = !errands.isEmpty();
        return errand;
    }

    /** Takes the oldest, and waits for it; null: there is none, and the server is being closed. */
    synchronized @Nullable Runnable await() {
        while (errands.isEmpty() && !closing) {
            try {
                wait();
            } catch (InterruptedException e) {
                continue; // nobody's business here
            }
        }
        return next();
    }

    /** Says that there is nothing to wait for any more. */
    synchronized void close() {
        closing = true;
        notifyAll();
    }

    /** Takes no more; what is there is still to be done. */
    synchronized void end() {
        ended = true;
    }
}
