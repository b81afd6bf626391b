package io.github.embeddedmemcached.internal.engine.memory;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory that all caches of a JVM together acquire from its heap; precisely, all caches whose classes were loaded by the same class
 * loader. Each cache has a {@link Share}, which is charged when memory is acquired and not when the cache is built.
 *
 * <p>The caches get {@value #HEAP_SHARE_QUARTERS} quarters of the maximum heap size. The last {@code 1/RESERVE_SHARE} of that is
 * reserved for values that are being received, and for caches that use very little: a cache can always be started and used,
 * however much memory the others use.
 *
 * <p>A share that is refused memory acquires it from the largest share: a segment of that cache is emptied by the thread that needs memory.
 * One thread does this at a time, and it never waits for locks of the other cache. Caches that are in use converge to equal
 * shares, and a cache that is full and no longer used does not keep the others from working.
 *
 * <p>A cache that became unreachable without having been closed releases its share: the shares refer to their caches weakly, and the
 * reference queue is polled before memory is refused. Rejected: a thread or a {@link java.lang.ref.Cleaner}, which would outlive the caches
 * and keep a class loader alive.
 */
public class HeapAccount {
    /** The account of all caches, except those of tests that set another. */
    public static final HeapAccount SHARED = new HeapAccount(
            heapLimitBytes(Runtime.getRuntime().maxMemory()),
            new DirectMemory(Runtime.getRuntime().maxMemory()));

    static final int HEAP_SHARE_QUARTERS = 3;

    /** 1/RESERVE_SHARE of the account is not available to items of caches of ordinary size. */
    private static final int RESERVE_SHARE = 8;

    /** Memory is acquired only from a share that is larger by 1/SLACK_SHARE, so that two shares of equal size do not alternate. */
    private static final int SLACK_SHARE = 8;

    /** 1/FREE_HEAP_SHARE of the heap must be free before the ceiling is raised after an OutOfMemoryError. */
    private static final int FREE_HEAP_SHARE = 16;

    /**
     * The largest part of -Xmx that {@link Runtime#maxMemory} excludes: the serial and the parallel collector keep a survivor space
     * empty, of up to a third of a third of the heap.
     */
    private static final int SURVIVOR_SHARE = 9;

    /** A cache that acquires memory from the account. */
    public interface Member {
        /**
         * Releases some memory, for another cache, whose lock the caller may hold. Does not wait for a lock.
         *
         * @return whether any was released
         */
        boolean releaseMemory();

        /**
         * Reports the removals of {@link #releaseMemory}. Called without a lock.
         *
         * @param transferLock a monitor that the callers of {@link #releaseMemory} hold
         */
        void reportRemovals(Object transferLock);
    }

    private final long limitBytes;
    private final @Nullable LongSupplier nanoTime; // null: System.nanoTime
    private final DirectMemory directMemory;
    private final ReferenceQueue<Member> unreachable = new ReferenceQueue<>();

    // Guarded by this.
    private final List<Share> shares = new ArrayList<>();
    private long usedBytes;

    private volatile boolean hasUnreportedRemovals; // of any share; written under the monitor of this

    /**
     * Held by the thread that makes another cache release memory, or takes the removals of that. This thread waits for no lock of a
     * partition, so other threads may wait for it.
     */
    private final Object transferLock = new Object();

    /** Creates an account without direct memory. */
    public HeapAccount(long limitBytes) {
        this(limitBytes, new DirectMemory(0));
    }

    public HeapAccount(long limitBytes, DirectMemory directMemory) {
        this.limitBytes = limitBytes;
        this.directMemory = directMemory;
        nanoTime = null;
    }

    /** Creates an account with another clock, which counts nanoseconds as {@link System#nanoTime} does. */
    public HeapAccount(long limitBytes, LongSupplier nanoTime) {
        this.limitBytes = limitBytes;
        this.nanoTime = nanoTime;
        directMemory = new DirectMemory(0);
    }

    /** Returns the direct memory that the caches use in addition to the heap. It is charged to this account nevertheless. */
    public DirectMemory directMemory() {
        return directMemory;
    }

    public static long heapLimitBytes(long heapBytes) {
        return heapBytes / 4 * HEAP_SHARE_QUARTERS;
    }

    /** Returns the size of the heap of which this account is a part. */
    public long heapBytes() {
        return limitBytes / HEAP_SHARE_QUARTERS * 4;
    }

    /** Returns a value of -Xmx with which a cache may have this memory limit. */
    public long heapBytesFor(long itemBytes) {
        long heapBytes = itemBytes / (RESERVE_SHARE - 1) * RESERVE_SHARE / HEAP_SHARE_QUARTERS * 4;
        return heapBytes + heapBytes / (SURVIVOR_SHARE - 1);
    }

    /** Returns the memory that the items of one cache may use if there is no other cache. */
    public long itemLimitBytes() {
        return limitBytes - limitBytes / RESERVE_SHARE;
    }

    public synchronized long usedBytes() {
        return usedBytes;
    }

    /** Creates the share of a cache. */
    public synchronized Share open(Member cache) {
        removeUnreachable();
        Share share = new Share(cache);
        shares.add(share);
        return share;
    }

    /**
     * Allocates an array, or returns null if the JVM has no memory for it: the consequence must be one rejected item, not a failure
     * of the host application. Tests override it.
     */
    public byte @Nullable [] newBytes(int length) {
        return HeapArrays.bytes(length);
    }

    /** Returns whether the JVM's heap has space for this many bytes and a reserve. Garbage that was not collected yet counts as used. */
    boolean heapHasSpace(long bytes) {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        return free > bytes + runtime.maxMemory() / FREE_HEAP_SHARE;
    }

    long nanoTime() {
        return nanoTime == null ? System.nanoTime() : nanoTime.getAsLong();
    }

    private synchronized boolean charge(Share share, long bytes, long limit) {
        if (usedBytes + bytes > limit) {
            return false;
        }
        if (!share.isRemoved) { // a cursor or a view may still use the partitions of a removed cache
            usedBytes += bytes;
            share.usedBytes += bytes;
        }
        return true;
    }

    /** Removes the shares of unreachable caches. */
    private boolean removeUnreachable() {
        boolean any = false;
        for (Reference<? extends Member> each = unreachable.poll(); each != null; each = unreachable.poll()) {
            if (each instanceof Share share) {
                shares.remove(share);
                usedBytes -= share.usedBytes;
                share.usedBytes = 0;
                share.isRemoved = true;
                any = true;
            }
        }
        return any;
    }

    /** Makes the cache with the largest share release some memory for another. Returns false if none can be released. */
    private boolean acquireFromOther(Share requester, long bytes, long limit) {
        if (Thread.holdsLock(transferLock)) {
            return false; // the other cache needs memory to release memory
        }
        synchronized (transferLock) {
            Share victim;
            synchronized (this) {
                if (removeUnreachable()
                        || usedBytes + bytes <= limit) { // another thread has released enough for this one too
                    return true;
                }
                victim = largerThan(requester, bytes);
            }
            Member largest = victim == null ? null : victim.get();
            if (victim == null || largest == null) {
                return false;
            }
            try {
                return largest.releaseMemory();
            } catch (Throwable e) {
                return false; // the other cache has recovered; the error must not interrupt a change of this one
            } finally {
                victim.reportLater();
            }
        }
    }

    /** Reports removals that were made without reporting them, to release memory. The caller holds no lock of any cache. */
    public void reportRemovals() {
        while (hasUnreportedRemovals) {
            Share share = pollUnreported();
            Member cache = share == null ? null : share.get();
            if (cache != null) {
                cache.reportRemovals(transferLock);
            }
        }
    }

    private synchronized @Nullable Share pollUnreported() {
        for (Share share : shares) {
            if (share.hasUnreportedRemovals) {
                share.hasUnreportedRemovals = false;
                return share;
            }
        }
        hasUnreportedRemovals = false;
        return null;
    }

    private @Nullable Share largerThan(Share requester, long bytes) {
        Share largest = requester;
        for (Share share : shares) {
            if (share.usedBytes > largest.usedBytes) {
                largest = share;
            }
        }
        long slack = 2 * bytes + largest.usedBytes / SLACK_SHARE;
        return largest.usedBytes > requester.usedBytes + slack ? largest : null;
    }

    /** The memory that one cache has acquired from the account. Thread-safe. */
    public final class Share extends WeakReference<Member> {
        /**
         * The number of times that other caches release memory for one request. Each time it is about a segment, and the reserve may
         * exceed the limit for items by many segments; the bound ends a race with threads that acquire the released memory.
         */
        private static final int ATTEMPTS_MAX = 1_000;

        private long usedBytes; // guarded by the account
        private boolean isRemoved; // guarded by the account
        private boolean hasUnreportedRemovals; // guarded by the account
        private volatile boolean wasRefused;

        private Share(Member cache) {
            super(cache, unreachable);
        }

        /** Makes the next {@link HeapAccount#reportRemovals} report those of this cache. */
        public void reportLater() {
            synchronized (HeapAccount.this) {
                hasUnreportedRemovals = true;
                HeapAccount.this.hasUnreportedRemovals = true;
            }
        }

        public HeapAccount account() {
            return HeapAccount.this;
        }

        /**
         * Acquires memory.
         *
         * @param isReserved whether it may be acquired from the reserve
         * @return false if there is none left, and no other cache has much more than this one
         */
        public boolean acquire(long bytes, boolean isReserved) {
            long limit = isReserved ? limitBytes : itemLimitBytes();
            boolean acquired = charge(this, bytes, limit);
            for (int i = 0; i < ATTEMPTS_MAX && !acquired && acquireFromOther(this, bytes, limit); i++) {
                acquired = charge(this, bytes, limit);
            }
            if (!acquired) {
                wasRefused = true;
            }
            return acquired;
        }

        /** Charges memory unconditionally, for a cache that cannot work without it. */
        void acquireUnchecked(long bytes) {
            charge(this, bytes, Long.MAX_VALUE);
        }

        public void release(long bytes) {
            synchronized (HeapAccount.this) {
                if (!isRemoved) {
                    HeapAccount.this.usedBytes -= bytes;
                    usedBytes -= bytes;
                }
            }
        }

        public long usedBytes() {
            synchronized (HeapAccount.this) {
                return usedBytes;
            }
        }

        /** Returns whether memory was refused to this cache since it was built. */
        public boolean wasRefused() {
            return wasRefused;
        }
    }
}
