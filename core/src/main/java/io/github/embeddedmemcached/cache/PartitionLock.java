package io.github.embeddedmemcached.cache;

/**
 * The lock of a partition. An error in the middle of a change leaves the partition consistent and unlocked:
 *
 * <ul>
 *   <li>Code of the application runs outside: the clock is read before the lock is taken, and eviction listeners are called after it
 *       is released.
 *   <li>{@link StackProbe} checks the stack before the lock is taken.
 *   <li>Where the JVM has no memory for an array, a change fails before anything is modified, see {@link HeapArrays}.
 *   <li>{@link #beginChange} and {@link #endChange} mark the first and the last modification. If an error that is not foreseen
 *       interrupts the change between them, {@link #unlock} has the partition emptied. Where the JVM has no memory for that, the
 *       next operation that takes the lock tries again.
 * </ul>
 *
 * <p>Not reentrant.
 */
final class PartitionLock {
    private final BriefLock lock = new BriefLock();
    private final Evictions recipients;
    private final EvictionRecorder evictions;
    private final Recovery recovery;
    private boolean isChanging; // guarded by lock

    PartitionLock(Evictions recipients, EvictionRecorder evictions, Recovery recovery) {
        this.recipients = recipients;
        this.evictions = evictions;
        this.recovery = recovery;
    }

    /**
     * Locks, for a partition that is consistent.
     *
     * @throws StackOverflowError if too little stack remains for any change
     * @throws OutOfMemoryError if a change was interrupted, and there is no memory to recover from it
     */
    void lock() {
        lockForAccount();
        if (isChanging) {
            recoverOrUnlock();
        }
    }

    /** Locks, also where the partition is not consistent, for an operation that changes nothing but its account of memory. */
    void lockForAccount() {
        StackProbe.check();
        lock.lock();
    }

    private void recoverOrUnlock() {
        boolean hasRecovered = false;
        try {
            hasRecovered = recover();
        } finally {
            if (!hasRecovered) {
                lock.unlock();
            }
        }
        if (!hasRecovered) {
            throw new OutOfMemoryError("no memory to replace the contents of a partition after an interrupted change");
        }
    }

    /** Reads the clock and locks. Returns a moment of the time that counts under the lock, also where the clock is restarted meanwhile. */
    long lock(CacheClock clock) {
        while (true) {
            int restarts = clock.restarts();
            long now = clock.now();
            lock();
            if (restarts == clock.restarts()) {
                return now;
            }
            unlock();
        }
    }

    /** Locks if that is possible at once, the partition is consistent, and enough stack remains. */
    boolean tryLock() {
        try {
            StackProbe.check();
        } catch (StackOverflowError e) {
            return false;
        }
        if (lock.tryLock()) {
            if (!isChanging) {
                return true;
            }
            lock.unlock();
        }
        return false;
    }

    /**
     * Unlocks, after emptying the partition if a change was interrupted, and reports evictions. Throws nothing, unless the recovery throws
     * something other than an OutOfMemoryError.
     */
    void unlock() {
        EvictionEvents events;
        try {
            if (isChanging) {
                recover();
            }
            events = evictions.take();
        } finally {
            lock.unlock();
        }
        if (events != null) {
            recipients.deliver(events);
        }
    }

    /** Reports evictions that {@link #unlockSilently} left. Doesn't wait for the lock: who holds it reports them. */
    void reportEvictions() {
        if (tryLock()) {
            unlock();
        }
    }

    /** Unlocks as {@link #unlock} does, but leaves evictions to be reported by the next, or by {@link #reportEvictions}. */
    void unlockSilently() {
        try {
            if (isChanging) {
                recover();
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }

    void beginChange() {
        isChanging = true;
    }

    void endChange() {
        isChanging = false;
    }

    private boolean recover() {
        try {
            recovery.run();
        } catch (OutOfMemoryError e) {
            return false;
        }
        isChanging = false;
        return true;
    }

    /** Empties the partition. */
    interface Recovery {
        /**
         * Runs under the lock.
         *
         * @throws OutOfMemoryError if that is not possible now, and nothing was done
         */
        void run();
    }
}
