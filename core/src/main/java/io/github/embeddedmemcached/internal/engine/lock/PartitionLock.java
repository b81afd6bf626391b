package io.github.embeddedmemcached.internal.engine.lock;

import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.engine.removal.RemovalEvents;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;

/**
 * The lock of a partition. An error in the middle of a change leaves the partition consistent and unlocked:
 *
 * <ul>
 *   <li>No code of the application runs under the lock: the clock is read before it is taken, and removal listeners are called after it
 *       is released.
 *   <li>{@link StackProbe} checks the stack before the lock is taken.
 *   <li>If the JVM has no memory for an array, a change fails before anything is modified, see {@link HeapArrays}.
 *   <li>{@link #beginChange} and {@link #endChange} mark the first and the last modification. If an unexpected error
 *       interrupts the change between them, {@link #unlock} empties the partition. If the JVM has no memory for that, the
 *       next operation that takes the lock tries again.
 * </ul>
 *
 * <p>Not reentrant.
 */
public final class PartitionLock {
    /** The partition. */
    @FunctionalInterface
    public interface Owner {
        /**
         * Empties the partition after an interrupted change. Called under the lock.
         *
         * @throws OutOfMemoryError if there is no memory for new contents; then nothing was changed
         */
        void recover();
    }

    private final SpinLock lock = new SpinLock();
    private final Removals recipients;
    private final RemovalRecorder removals;
    private final Owner owner;
    private boolean isChanging; // guarded by lock

    /**
     * Creates an unlocked lock.
     *
     * @param owner the partition
     */
    public PartitionLock(Removals recipients, RemovalRecorder removals, Owner owner) {
        this.recipients = recipients;
        this.removals = removals;
        this.owner = owner;
    }

    /**
     * Locks, and recovers the partition if a change was interrupted.
     *
     * @throws StackOverflowError if too little stack remains for any change
     * @throws OutOfMemoryError if a change was interrupted, and there is no memory to recover from it
     */
    public void lock() {
        lockForAccount();
        if (isChanging) {
            recoverOrUnlock();
        }
    }

    /** Locks without recovering the partition, for an operation that changes only its account of memory. */
    public void lockForAccount() {
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

    /** Reads the clock and locks. Returns a moment that is valid under the lock, even if the clock is restarted concurrently. */
    public long lock(CacheClock clock) {
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

    /** Locks if the lock is free, the partition is consistent, and enough stack remains. */
    public boolean tryLock() {
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
     * Unlocks, after emptying the partition if a change was interrupted, and reports removals. Throws nothing, unless the recovery throws
     * something other than an OutOfMemoryError.
     */
    public void unlock() {
        RemovalEvents events;
        try {
            if (isChanging) {
                recover();
            }
            events = removals.take();
        } finally {
            lock.unlock();
        }
        if (events != null) {
            recipients.deliver(events);
        }
    }

    /**
     * Reports removals that {@link #unlockWithoutReporting} did not report. Does not wait for the lock: the thread that holds it reports
     * them.
     *
     * @param transferLock a monitor to hold while the lock is held, so that another cache does not find it locked when it needs memory
     */
    public void reportRemovals(Object transferLock) {
        RemovalEvents events;
        synchronized (transferLock) {
            if (!tryLock()) {
                return;
            }
            try {
                events = removals.take();
            } finally {
                lock.unlock();
            }
        }
        if (events != null) {
            recipients.deliver(events);
        }
    }

    /**
     * Unlocks as {@link #unlock} does, but leaves removals to be reported by the next unlock, or by {@link #reportRemovals}.
     *
     * @return whether there are any
     */
    public boolean unlockWithoutReporting() {
        try {
            if (isChanging) {
                recover();
            }
            return removals.hasEvents();
        } finally {
            lock.unlock();
        }
    }

    public boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }

    /** Marks the beginning of a change: an error before {@link #endChange} empties the partition. */
    public void beginChange() {
        isChanging = true;
    }

    public void endChange() {
        isChanging = false;
    }

    private boolean recover() {
        try {
            owner.recover();
        } catch (OutOfMemoryError e) {
            return false;
        }
        isChanging = false;
        return true;
    }
}
