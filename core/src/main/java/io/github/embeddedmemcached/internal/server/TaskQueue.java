package io.github.embeddedmemcached.internal.server;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Tasks submitted to an event loop by other threads, run between two turns. Also blocks the loop while it is suspended. */
final class TaskQueue {
    /** Guarded by this. Linked, because an ArrayDeque that fails to grow loses its elements. */
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    private boolean closing; // guarded by this
    private boolean ended; // guarded by this
    private volatile boolean any; // written under the lock of this

    /** Adds a task; returns false if the loop has ended. */
    synchronized boolean add(Runnable task) {
        if (ended) {
            return false;
        }
        tasks.add(task);
        any = true;
        notifyAll();
        return true;
    }

    /** Returns whether there are no tasks, without taking the lock. */
    boolean isEmpty() {
        return !any;
    }

    /** Removes and returns the oldest task; null if there is none. */
    synchronized @Nullable Runnable next() {
        Runnable task = tasks.poll();
        any = !tasks.isEmpty();
        return task;
    }

    /** Blocks until there is a task, then removes and returns the oldest; null if there is none and the server is being closed. */
    synchronized @Nullable Runnable await() {
        while (tasks.isEmpty() && !closing) {
            try {
                wait();
            } catch (InterruptedException e) {
                continue; // only closing ends the wait
            }
        }
        return next();
    }

    /** Ends {@link #await} once the queue is empty. */
    synchronized void close() {
        closing = true;
        notifyAll();
    }

    /** Rejects further tasks. Tasks that were added before are still run. */
    synchronized void end() {
        ended = true;
    }
}
