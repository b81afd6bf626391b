package io.github.embeddedmemcached.internal.snapshot;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Executes a task by the calling thread and by further daemon threads, which end before it returns. Used once. */
final class Workers {
    private volatile @Nullable Throwable failure;

    /** The work of a thread, which ends soon if {@link #hasFailed}. */
    interface Task {
        void run() throws IOException;
    }

    /** Returns whether the task of a thread has failed. */
    boolean hasFailed() {
        return failure != null;
    }

    /**
     * Executes tasks at the same time, and waits for them, also if the caller is interrupted. If the JVM cannot create more threads, those that
     * exist have to do all the work.
     *
     * @param own of the calling thread
     * @param other of each further thread
     * @param others the number of further threads
     * @throws IOException as all exceptions and errors, if a task threw it
     */
    void run(Task own, Task other, int others) throws IOException {
        List<Thread> threads = new ArrayList<>();
        try {
            for (int i = 0; i < others; i++) {
                Thread thread = new Thread(null, () -> attempt(other), "embedded-memcached-snapshot", 0, false);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        } catch (OutOfMemoryError e) {
            // no further thread
        }
        attempt(own);
        threads.forEach(Workers::join);
        rethrow(failure);
    }

    private void attempt(Task task) {
        try {
            task.run();
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (failure instanceof IOException exception) {
            throw exception;
        }
    }

    private static void join(Thread thread) {
        boolean wasInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
