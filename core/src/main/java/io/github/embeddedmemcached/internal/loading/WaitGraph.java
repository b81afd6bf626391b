package io.github.embeddedmemcached.internal.loading;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The threads that wait for loads of other threads. A wait that would never end, because the load waits for a load of the same thread, is
 * rejected. The lock is held for a few steps only, never while a thread waits. Thread-safe.
 */
final class WaitGraph {
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Thread, Load> waits = new HashMap<>();

    /**
     * Records that the current thread will wait for a load. Each call that returns is followed by one of {@link #end}.
     *
     * @throws IllegalStateException if the load waits for the current thread
     */
    void begin(Load wanted) {
        Thread current = Thread.currentThread();
        lock.lock();
        try {
            List<Load> path = new ArrayList<>();
            for (Load load = wanted; load != null && !load.isDone(); ) {
                path.add(load);
                Thread runner = load.task().runner();
                if (runner == current) {
                    throw new IllegalStateException(describe(path));
                }
                load = runner == null ? null : waits.get(runner);
            }
            waits.put(current, wanted);
        } finally {
            lock.unlock();
        }
    }

    /** Records that the current thread has stopped waiting. */
    void end() {
        lock.lock();
        try {
            waits.remove(Thread.currentThread());
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many threads wait. */
    int size() {
        lock.lock();
        try {
            return waits.size();
        } finally {
            lock.unlock();
        }
    }

    /** Describes a cycle. The last load is run by the current thread. */
    private static String describe(List<Load> path) {
        Load last = path.get(path.size() - 1);
        if (path.size() == 1) {
            return "a loader must not request the key that it loads: " + last.name();
        }
        StringBuilder text =
                new StringBuilder("loaders must not wait for each other: the load of ").append(last.name());
        String verb = " needs ";
        for (Load load : path) {
            text.append(verb).append(load.name());
            verb = ", whose load needs ";
        }
        return text.toString();
    }
}
