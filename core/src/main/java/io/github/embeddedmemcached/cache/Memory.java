package io.github.embeddedmemcached.cache;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A partition's account of memory: what it may take, what it has taken, and what of that is lent. All of it is charged to the cache's share of the
 * {@link HeapAccount} too. Guarded by the partition's lock, except for what says otherwise.
 *
 * <p>When the JVM is out of memory, a partition {@linkplain #retreat retreats}: its ceiling is below the limit from then on. It is raised
 * again in steps, in real time, while the heap has room; the steps become rarer if the heap runs full again.
 */
final class Memory {
    /** The share of the memory in use that is given up when the JVM has none left. */
    private static final int RETREAT_SHARE = 8;

    /** The share of the limit by which the ceiling is raised at once. */
    private static final int REGROW_SHARE = 16;

    /** The time between two steps, which is doubled where the first of them was too much. */
    private static final long REGROW_NANOS_MIN = 20_000_000;

    private static final long REGROW_NANOS_MAX = 500_000_000;

    /** What was given back and is kept, for the next that needs some: up to this share of the limit. */
    private static final int KEPT_SHARE = 16;

    /** Values are lent while at most this share of the limit is taken by those that are lent and no longer in the cache. */
    private static final int LENT_SHARE = 2;

    /** Up to this much a partition takes from the heap's reserve. */
    private final long reservedBytes;

    private final HeapAccount.Share heap;
    private final AtomicLong returnedBytes = new AtomicLong(); // given back by borrowers, still counted
    private long limitBytes;
    private long ceilingBytes = Long.MAX_VALUE;
    private long usedBytes;
    private long keptBytes; // charged to the heap's account and not in use
    private volatile long lentBytes; // a part of what is used; written under the lock
    private long movedNanos; // when the ceiling was moved last
    private long regrowNanos = REGROW_NANOS_MIN; // the time until it may be raised
    private boolean regrewJustNow; // it was not lowered since it was raised

    Memory(long limitBytes, long reservedBytes, HeapAccount.Share heap) {
        this.limitBytes = limitBytes;
        this.reservedBytes = reservedBytes;
        this.heap = heap;
    }

    long limitBytes() {
        return limitBytes;
    }

    /** The limit, or the ceiling where that is lower. */
    private long attainableBytes() {
        return Math.min(limitBytes, ceilingBytes);
    }

    /** Sets another limit, of which more may be in use at first. */
    void limit(long bytes) {
        limitBytes = bytes;
    }

    long usedBytes() {
        settleReturned();
        return usedBytes;
    }

    /** Bytes of lent values that are no longer in the cache, a part of what is used. */
    long lentBytes() {
        settleReturned();
        return lentBytes;
    }

    /** Whether further values may be lent. By any thread. */
    boolean lends() {
        return lentBytes - returnedBytes.get() <= limitBytes / LENT_SHARE;
    }

    /** Whether {@link #take} may succeed, by this partition's account alone. */
    boolean hasRoom(long bytes, long leaveBytes) {
        return usedBytes + bytes + leaveBytes <= attainableBytes();
    }

    /** Takes some memory if that leaves at least so much free; otherwise takes nothing and returns false. */
    boolean take(long bytes, long leaveBytes) {
        settleReturned();
        long wanted = usedBytes + bytes + leaveBytes;
        return take(bytes, wanted, wanted <= reservedBytes);
    }

    /** Takes memory without which none can be reclaimed: from the heap's reserve too. */
    boolean takeReserved(long bytes) {
        settleReturned();
        return take(bytes, usedBytes + bytes, true);
    }

    private boolean take(long bytes, long wanted, boolean isReserved) {
        if (wanted > limitBytes || (wanted > ceilingBytes && !regrow(wanted))) {
            return false;
        }
        if (bytes > keptBytes) {
            if (!heap.take(bytes - keptBytes, isReserved)) {
                return false;
            }
            keptBytes = 0;
        } else {
            keptBytes -= bytes;
        }
        usedBytes += bytes;
        return true;
    }

    /** Takes memory that the partition can't be without. */
    void takeAnyway(long bytes) {
        heap.takeAnyway(bytes);
        usedBytes += bytes;
    }

    /** Whether more is in use than is allowed, since that was lowered. */
    boolean isOverdrawn() {
        return usedBytes > attainableBytes();
    }

    /** Gives memory back. A part of it stays charged to the heap's account, so that it isn't lost to another cache at once. */
    void give(long bytes) {
        usedBytes -= bytes;
        keptBytes += bytes;
        long kept = isOverdrawn() ? 0 : limitBytes / KEPT_SHARE;
        if (keptBytes > kept) {
            heap.give(keptBytes - kept);
            keptBytes = kept;
        }
    }

    /** Gives the heap's account all that is not in use. Returns how much that was. */
    long giveKept() {
        settleReturned();
        long bytes = keptBytes;
        keptBytes = 0;
        if (bytes > 0) {
            heap.give(bytes);
        }
        return bytes;
    }

    /** Notes that memory in use is lent, and will be {@linkplain #returned returned}. */
    void lent(long bytes) {
        lentBytes += bytes;
    }

    /** Gives memory back that was {@linkplain #lent lent}. By any thread. */
    void returned(long bytes) {
        returnedBytes.addAndGet(bytes);
    }

    private void settleReturned() {
        if (returnedBytes.get() != 0) {
            long bytes = returnedBytes.getAndSet(0);
            lentBytes -= bytes;
            give(bytes);
        }
    }

    /** Lowers the ceiling to below what is in use, because the JVM has no memory left: the host needs some too. */
    void retreat() {
        ceilingBytes = usedBytes - usedBytes / RETREAT_SHARE;
        if (regrewJustNow) {
            regrewJustNow = false;
            regrowNanos = Math.min(2 * regrowNanos, REGROW_NANOS_MAX);
        }
        movedNanos = heap.account().nanoTime();
    }

    /** Raises the ceiling by a step, if it is time for that and the heap has room. Returns whether so much may be in use now. */
    private boolean regrow(long wanted) {
        long now = heap.account().nanoTime();
        long step = Math.max(limitBytes / REGROW_SHARE, wanted - ceilingBytes);
        if (now - movedNanos < regrowNanos || !heap.account().heapHasRoom(step)) {
            return false;
        }
        movedNanos = now;
        if (regrewJustNow) { // the step before was not too much
            regrowNanos = REGROW_NANOS_MIN;
        }
        regrewJustNow = true;
        ceilingBytes += step;
        if (ceilingBytes >= limitBytes) {
            ceilingBytes = Long.MAX_VALUE;
        }
        return true;
    }
}
