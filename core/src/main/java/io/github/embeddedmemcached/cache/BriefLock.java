package io.github.embeddedmemcached.cache;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock that is held for a moment, mostly for less than it takes a thread to fall asleep and be woken up: who finds it taken looks again
 * for about as long before he does. With two threads that only store, it about halves the time of a set.
 */
final class BriefLock {
    /** Alone there is nobody who could give it back meanwhile. */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 100 : 1;

    private final ReentrantLock lock = new ReentrantLock();

    void lock() {
        for (int i = 0; i < LOOKS; i++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        lock.lock();
    }

    boolean tryLock() {
        return lock.tryLock();
    }

    boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }

    void unlock() {
        lock.unlock();
    }
}
