package io.github.embeddedmemcached.internal.engine.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A partition's account of memory: its limit, the memory it has acquired, and how much of that is leased. All of it is also charged
 * to the cache's share of the {@link HeapAccount}. Guarded by the partition's lock, except where stated otherwise.
 *
 * <p>When the JVM is out of memory, the partition's {@linkplain #lowerCeiling ceiling is lowered} below the limit. It is raised
 * again in steps, in real time, while the heap has space; the intervals become longer if the heap is exhausted again.
 */
public final class Memory {
    /** 1/CEILING_DROP_SHARE of the memory in use is released when the JVM has none left. */
    private static final int CEILING_DROP_SHARE = 8;

    /** The ceiling is raised by 1/CEILING_STEP_SHARE of the limit at once. */
    private static final int CEILING_STEP_SHARE = 16;

    /** The interval between two steps, which is doubled if the heap was exhausted after the first of them. */
    private static final long RAISE_INTERVAL_NANOS_MIN = 20_000_000;

    private static final long RAISE_INTERVAL_NANOS_MAX = 500_000_000;

    /** Up to 1/KEPT_SHARE of the limit is kept charged after it was released, for the next acquisition. */
    private static final int KEPT_SHARE = 16;

    /** Values are leased while leased values that are no longer in the cache take at most 1/LEASED_SHARE of the limit. */
    private static final int LEASED_SHARE = 2;

    /** A partition may acquire up to this much from the heap's reserve. */
    private final long reservedBytes;

    private final HeapAccount.Share heap;
    private final AtomicLong releasedLeaseBytes = new AtomicLong(); // of released leases, still counted
    private long limitBytes;
    private long ceilingBytes = Long.MAX_VALUE;
    private long usedBytes;
    private long keptBytes; // charged to the heap's account and not in use
    private volatile long leasedBytes; // a part of what is used; written under the lock
    private long ceilingMovedNanos; // when the ceiling was last moved
    private long raiseIntervalNanos = RAISE_INTERVAL_NANOS_MIN; // the time after which it may be raised
    private boolean wasRaisedLast; // it was not lowered since it was last raised

    public Memory(long limitBytes, long reservedBytes, HeapAccount.Share heap) {
        this.limitBytes = limitBytes;
        this.reservedBytes = reservedBytes;
        this.heap = heap;
    }

    public long limitBytes() {
        return limitBytes;
    }

    /** Returns the limit, or the ceiling if that is lower. */
    private long effectiveLimitBytes() {
        return Math.min(limitBytes, ceilingBytes);
    }

    /** Sets the limit; more may be in use at first. */
    public void limitBytes(long bytes) {
        limitBytes = bytes;
    }

    public long usedBytes() {
        settleReleasedLeases();
        return usedBytes;
    }

    /** Returns the bytes of leased values that are no longer in the cache, a part of what is used. */
    public long leasedBytes() {
        settleReleasedLeases();
        return leasedBytes;
    }

    /** Returns whether further values may be leased. Called by any thread. */
    public boolean allowsLeases() {
        return leasedBytes - releasedLeaseBytes.get() <= limitBytes / LEASED_SHARE;
    }

    /** Returns whether {@link #acquire} may succeed according to this partition's account. */
    public boolean hasCapacity(long bytes, long leaveBytes) {
        return usedBytes + bytes + leaveBytes <= effectiveLimitBytes();
    }

    /** Acquires memory if at least {@code leaveBytes} remain free; otherwise acquires none and returns false. */
    public boolean acquire(long bytes, long leaveBytes) {
        settleReleasedLeases();
        long wanted = usedBytes + bytes + leaveBytes;
        return acquire(bytes, wanted, wanted <= reservedBytes);
    }

    /** Acquires memory without which no other memory can be reclaimed: also from the heap's reserve. */
    public boolean acquireReserved(long bytes) {
        settleReleasedLeases();
        return acquire(bytes, usedBytes + bytes, true);
    }

    private boolean acquire(long bytes, long wanted, boolean isReserved) {
        if (wanted > limitBytes || (wanted > ceilingBytes && !raiseCeiling(wanted))) {
            return false;
        }
        if (bytes > keptBytes) {
            if (!heap.acquire(bytes - keptBytes, isReserved)) {
                return false;
            }
            keptBytes = 0;
        } else {
            keptBytes -= bytes;
        }
        usedBytes += bytes;
        return true;
    }

    /** Charges memory unconditionally, for a partition that cannot work without it. */
    public void acquireUnchecked(long bytes) {
        heap.acquireUnchecked(bytes);
        usedBytes += bytes;
    }

    /** Returns whether more is in use than is allowed, since the limit or the ceiling was lowered. */
    public boolean isOverdrawn() {
        return usedBytes > effectiveLimitBytes();
    }

    /** Releases memory. A part of it remains charged to the heap's account, so that other caches do not acquire it at once. */
    public void release(long bytes) {
        usedBytes -= bytes;
        keptBytes += bytes;
        long kept = isOverdrawn() ? 0 : limitBytes / KEPT_SHARE;
        if (keptBytes > kept) {
            heap.release(keptBytes - kept);
            keptBytes = kept;
        }
    }

    /** Releases all memory that is not in use to the heap's account. Returns the number of bytes. */
    public long releaseKept() {
        settleReleasedLeases();
        long bytes = keptBytes;
        keptBytes = 0;
        if (bytes > 0) {
            heap.release(bytes);
        }
        return bytes;
    }

    /** Records that memory in use is leased, and will be {@linkplain #leaseReleased released} with the lease. */
    public void leased(long bytes) {
        leasedBytes += bytes;
    }

    /** Releases memory that was {@linkplain #leased leased}. Called by any thread. */
    public void leaseReleased(long bytes) {
        releasedLeaseBytes.addAndGet(bytes);
    }

    private void settleReleasedLeases() {
        if (releasedLeaseBytes.get() != 0) {
            long bytes = releasedLeaseBytes.getAndSet(0);
            leasedBytes -= bytes;
            release(bytes);
        }
    }

    /** Lowers the ceiling below the memory in use, because the JVM has none left and the host application needs some too. */
    public void lowerCeiling() {
        ceilingBytes = usedBytes - usedBytes / CEILING_DROP_SHARE;
        if (wasRaisedLast) {
            wasRaisedLast = false;
            raiseIntervalNanos = Math.min(2 * raiseIntervalNanos, RAISE_INTERVAL_NANOS_MAX);
        }
        ceilingMovedNanos = heap.account().nanoTime();
    }

    /** Raises the ceiling by a step, if the interval has passed and the heap has space. Returns whether this much may be in use now. */
    private boolean raiseCeiling(long wanted) {
        long now = heap.account().nanoTime();
        long step = Math.max(limitBytes / CEILING_STEP_SHARE, wanted - ceilingBytes);
        if (now - ceilingMovedNanos < raiseIntervalNanos || !heap.account().heapHasSpace(step)) {
            return false;
        }
        ceilingMovedNanos = now;
        if (wasRaisedLast) { // the heap was not exhausted after the previous step
            raiseIntervalNanos = RAISE_INTERVAL_NANOS_MIN;
        }
        wasRaisedLast = true;
        ceilingBytes += step;
        if (ceilingBytes >= limitBytes) {
            ceilingBytes = Long.MAX_VALUE;
        }
        return true;
    }
}
