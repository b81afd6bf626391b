package io.github.embeddedmemcached.cache;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory that all caches of a JVM take from its heap together; to be exact, all caches whose classes were loaded by the same class
 * loader. Each cache has a {@link Share} in it, which is charged when memory is taken and not when the cache is built.
 *
 * <p>The caches get {@value #HEAP_SHARE_QUARTERS} quarters of the largest heap. The last {@code 1/RESERVE_SHARE} of that is reserved for values that
 * are being received, and for caches that hold very little: a cache can always be started and used, however much the others hold.
 *
 * <p>A share that is refused memory takes it from the largest share: a segment of that cache is emptied by the thread that needs memory.
 * One thread does this at a time, and locks of the other cache are only tried, never waited for. Caches that are in use end up with equal
 * shares, and a cache that is full and no longer used does not keep the others from working.
 *
 * <p>A cache that became unreachable without having been closed gives its share back: the shares refer to their caches weakly, and what
 * the collector found is looked at before memory is refused. There is no thread for it (that is why it is no {@link java.lang.ref.Cleaner}),
 * as it would outlive the caches and keep a class loader alive.
 */
class HeapAccount {
    /** The account of all caches, unless a test gives them another. */
    static final HeapAccount SHARED =
            new HeapAccount(heapLimitBytes(Runtime.getRuntime().maxMemory()));

    static final int HEAP_SHARE_QUARTERS = 3;

    /** The share of the account that items of caches of ordinary size leave free. */
    private static final int RESERVE_SHARE = 8;

    /** A share takes from another only if that is larger by this part of it, so that two of equal size don't take turns. */
    private static final int SLACK_SHARE = 8;

    /** The part of the heap that has to be free before memory is taken back after an OutOfMemoryError. */
    private static final int FREE_HEAP_SHARE = 16;

    /**
     * The largest part of -Xmx that {@link Runtime#maxMemory} leaves out: the serial and the parallel collector keep a survivor space empty, of up to a
     * third of a third of the heap.
     */
    private static final int SURVIVOR_SHARE = 9;

    private final long limitBytes;
    private final LongSupplier nanoTime;
    private final ReferenceQueue<RawCache> dropped = new ReferenceQueue<>();

    // Guarded by this.
    private final List<Share> shares = new ArrayList<>();
    private long usedBytes;

    private volatile boolean hasUnreportedEvictions; // of any share; written under the monitor of this

    /** Held by the thread that makes a cache give memory up. That thread waits for no lock of a partition, so others may wait for it. */
    private final Object taking = new Object();

    HeapAccount(long limitBytes) {
        this(limitBytes, System::nanoTime);
    }

    /** An account with another clock, which counts nanoseconds as {@link System#nanoTime} does. */
    HeapAccount(long limitBytes, LongSupplier nanoTime) {
        this.limitBytes = limitBytes;
        this.nanoTime = nanoTime;
    }

    static long heapLimitBytes(long heapBytes) {
        return heapBytes / 4 * HEAP_SHARE_QUARTERS;
    }

    /** The heap of which this account is a share. */
    long heapBytes() {
        return limitBytes / HEAP_SHARE_QUARTERS * 4;
    }

    /** A value for -Xmx with which a cache is allowed so much. */
    long heapBytesFor(long itemBytes) {
        long heapBytes = itemBytes / (RESERVE_SHARE - 1) * RESERVE_SHARE / HEAP_SHARE_QUARTERS * 4;
        return heapBytes + heapBytes / (SURVIVOR_SHARE - 1);
    }

    /** What the items of one cache may take if there is no other. */
    long itemLimitBytes() {
        return limitBytes - limitBytes / RESERVE_SHARE;
    }

    synchronized long usedBytes() {
        return usedBytes;
    }

    /** Opens the share of a cache. */
    synchronized Share open(RawCache cache) {
        settleDropped();
        Share share = new Share(cache);
        shares.add(share);
        return share;
    }

    /**
     * Makes an array, or returns null if the JVM has no memory for it: that has to cost one item, and not the host's life. Tests
     * override it.
     */
    byte @Nullable [] newBytes(int length) {
        return HeapArrays.bytes(length);
    }

    /** Returns whether the JVM's heap has room for so many bytes and a reserve. Garbage that was not collected yet counts as used. */
    boolean heapHasRoom(long bytes) {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        return free > bytes + runtime.maxMemory() / FREE_HEAP_SHARE;
    }

    long nanoTime() {
        return nanoTime.getAsLong();
    }

    private synchronized boolean charge(Share share, long bytes, long limit) {
        if (usedBytes + bytes > limit) {
            return false;
        }
        if (!share.isDropped) { // a cursor or a view may still use the partitions of a cache that is gone
            usedBytes += bytes;
            share.usedBytes += bytes;
        }
        return true;
    }

    /** Takes the shares of unreachable caches off the account. */
    private boolean settleDropped() {
        boolean any = false;
        for (Reference<? extends RawCache> each = dropped.poll(); each != null; each = dropped.poll()) {
            if (each instanceof Share share) {
                shares.remove(share);
                usedBytes -= share.usedBytes;
                share.usedBytes = 0;
                share.isDropped = true;
                any = true;
            }
        }
        return any;
    }

    /** Makes the cache with the largest share give some memory up in favor of another. Returns false if there is nothing to be had. */
    private boolean takeFromOther(Share needy, long bytes, long limit) {
        if (Thread.holdsLock(taking)) {
            return false; // the other cache needs memory to give memory up
        }
        synchronized (taking) {
            Share victim;
            synchronized (this) {
                if (settleDropped()
                        || usedBytes + bytes <= limit) { // what another thread took was enough for this one too
                    return true;
                }
                victim = largerThan(needy, bytes);
            }
            RawCache largest = victim == null ? null : victim.get();
            if (victim == null || largest == null) {
                return false;
            }
            try {
                return largest.giveUp();
            } catch (Throwable e) {
                return false; // the other cache has recovered from it; it must not interrupt a change of this one
            } finally {
                synchronized (this) {
                    victim.hasUnreportedEvictions = true;
                    hasUnreportedEvictions = true;
                }
            }
        }
    }

    /** Reports what caches evicted for others. The caller holds no lock of any cache. */
    void reportEvictions() {
        while (hasUnreportedEvictions) {
            Share share = pollUnreported();
            RawCache cache = share == null ? null : share.get();
            if (cache != null) {
                cache.reportEvictions();
            }
        }
    }

    private synchronized @Nullable Share pollUnreported() {
        for (Share share : shares) {
            if (share.hasUnreportedEvictions) {
                share.hasUnreportedEvictions = false;
                return share;
            }
        }
        hasUnreportedEvictions = false;
        return null;
    }

    private @Nullable Share largerThan(Share needy, long bytes) {
        Share largest = needy;
        for (Share share : shares) {
            if (share.usedBytes > largest.usedBytes) {
                largest = share;
            }
        }
        long slack = 2 * bytes + largest.usedBytes / SLACK_SHARE;
        return largest.usedBytes > needy.usedBytes + slack ? largest : null;
    }

    /** What one cache has taken from the account. Thread-safe. */
    final class Share extends WeakReference<RawCache> {
        /**
         * How often other caches are made to give memory up for one request. Each time it is about a segment, and the reserve may
         * hold many segments more than the limit for items; the bound ends a race with threads that take what is given up.
         */
        private static final int ATTEMPTS_MAX = 1_000;

        private long usedBytes; // guarded by the account
        private boolean isDropped; // guarded by the account
        private boolean hasUnreportedEvictions; // guarded by the account
        private volatile boolean wasRefused;

        private Share(RawCache cache) {
            super(cache, dropped);
        }

        HeapAccount account() {
            return HeapAccount.this;
        }

        /**
         * Takes memory.
         *
         * @param isReserved whether it may be taken from the reserve
         * @return false if there is none left, and no other cache has much more than this one
         */
        boolean take(long bytes, boolean isReserved) {
            long limit = isReserved ? limitBytes : itemLimitBytes();
            boolean taken = charge(this, bytes, limit);
            for (int i = 0; i < ATTEMPTS_MAX && !taken && takeFromOther(this, bytes, limit); i++) {
                taken = charge(this, bytes, limit);
            }
            if (!taken) {
                wasRefused = true;
            }
            return taken;
        }

        /** Takes memory that a cache can't be without. */
        void takeAnyway(long bytes) {
            charge(this, bytes, Long.MAX_VALUE);
        }

        void give(long bytes) {
            synchronized (HeapAccount.this) {
                if (!isDropped) {
                    HeapAccount.this.usedBytes -= bytes;
                    usedBytes -= bytes;
                }
            }
        }

        long usedBytes() {
            synchronized (HeapAccount.this) {
                return usedBytes;
            }
        }

        /** Whether memory was refused to this cache since it was built. */
        boolean wasRefused() {
            return wasRefused;
        }
    }
}
