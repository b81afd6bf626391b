package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Log;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.policy.GhostTable;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import org.jspecify.annotations.Nullable;

/**
 * Frees memory when the limit is reached: first by compacting deleted and expired items, then by evicting live ones.
 *
 * <p>Compacting: while enough bytes are deleted or expired, the segment with the most of them is emptied, and its live items are copied
 * to another segment at the same position of the same log (the cleaner of RAMCloud's log, FAST '14). A cache whose live items fit into its
 * limit therefore evicts none.
 *
 * <p>Evicting is S3-FIFO (SOSP '23) on segments. New items are stored in the small log, a twentieth of the memory, or, if they
 * are large, in another log of the same size. The oldest segment of these is emptied by moving the items read since to the main log,
 * and dropping the rest; a ghost records each dropped key. The oldest main segment is emptied by appending the items read since to
 * the same log again with their frequency reduced by one, and dropping the rest. Rejected: S3-FIFO item by item, as moving an item
 * costs a copy here, and removing a single item frees no memory.
 *
 * <p>Items are compared by reads per byte, as in GreedyDual-Size (USITS '97): an item that is larger than most has to be
 * read more often to be kept; one that is smaller is moved to the main log as if it had been read, and is kept for one or two rounds there.
 * Rejected: a priority for each item, as a slot has only two bits for the frequency.
 *
 * <p>Guarded by the partition's lock.
 */
final class Reclaimer {
    /** The small log may hold 1/SMALL_SHARE of the memory limit. */
    private static final int SMALL_SHARE = 20;
    /** The log of new large items may hold 1/LARGE_SHARE of the memory limit. */
    private static final int LARGE_SHARE = 20;
    /** An item larger than this multiple of the mean size counts as read one time less than it was; larger than the square of it, two times less. */
    private static final int SIZE_STEP = 2;

    private static final int ITEMS_PER_GHOST = 2;
    /** The ghost table is resized when its size differs from the desired one by more than this share. */
    private static final int GHOSTS_TOLERANCE_SHARE = 4;
    /** Compacting precedes evicting while at least 1/RECLAIMABLE_SHARE of the memory limit is deleted or expired. */
    private static final int RECLAIMABLE_SHARE = 16;
    /** After this many emptied segments that freed no memory, items need a higher frequency to be kept: that bounds the time of one operation. */
    private static final int UNPRODUCTIVE_STEPS_MAX = 8;

    /** The largest number of leased segments that are skipped in one step. */
    private static final int LEASED_SKIPPED_MAX = 16;
    /** Up to this many times the size of the ghosts may be evicted for them; evicted values may be leased, and other caches may acquire the freed memory. */
    private static final int GHOSTS_COST_MAX = 4;

    /** The largest number of segments that a step of a sweep checks. */
    private static final int SWEEP_CHECKS_MAX = 256;

    private final PartitionContents contents;
    private final Memory memory;
    private final PartitionSettings settings;
    private final RemovalRecorder removals;
    private final Counters counters;
    private final ItemView location = new ItemView();
    private GhostTable ghosts = new GhostTable(0);
    private int unproductiveSteps;
    private long meanSize; // of all items, when the emptying of a segment begins
    private long steps;
    private long sweptSecond = Long.MIN_VALUE;
    private int sweptSegment = 1; // the next one to be checked by a sweep

    Reclaimer(PartitionContents contents, Memory memory, PartitionSettings settings, RemovalRecorder removals) {
        this.contents = contents;
        this.memory = memory;
        this.settings = settings;
        this.removals = removals;
        counters = settings.counters();
    }

    GhostTable ghosts() {
        return ghosts;
    }

    /** Returns how many segments were emptied. */
    long steps() {
        return steps;
    }

    /** Empties one segment. Returns false if no memory can be freed. */
    boolean reclaim(long now) {
        steps++;
        if (!contents.pool.ensureSpare()) {
            return settings.evicts() && dropOldest(now);
        }
        return compact(now) || (settings.evicts() && evict(now));
    }

    /** Drops all items of a segment, because the JVM has no memory to copy some of them. */
    private boolean dropOldest(long now) {
        Segment victim = logToEvictFrom().oldest();
        if (victim == null) {
            return false;
        }
        empty(victim, Purpose.DROP, now);
        return true;
    }

    /** Executes a step of a sweep, unless a sweep was completed in this second. Returns whether there may be more to reclaim. */
    boolean sweepOncePerSecond(long now) {
        if (!maySweep(now)) {
            return false;
        }
        if (!sweep(now)) {
            sweptSecond = settings.clock().second(now);
        }
        return maySweep(now);
    }

    /** Returns whether no sweep was completed in this second. Without the lock, the result is a hint. */
    boolean maySweep(long now) {
        return sweptSecond != settings.clock().second(now);
    }

    /**
     * Searches for a segment whose items have all expired, and releases it. Each call continues where the last one ended and checks
     * a bounded number of segments. Returns false at the end of a round.
     */
    private boolean sweep(long now) {
        int end = contents.segments.end();
        for (int checks = 0; checks < SWEEP_CHECKS_MAX; checks++) {
            if (sweptSegment >= end) {
                sweptSegment = 1;
                return false;
            }
            Segment segment = contents.segments.get(sweptSegment++);
            if (segment != null
                    && segment.log != null
                    && !segment.log.isOpen(segment)
                    && segment.reclaimableBytes(now) == segment.tail) {
                steps++;
                empty(segment, Purpose.COMPACT, now);
                return true;
            }
        }
        return true;
    }

    /** Empties the segment with the most reclaimable bytes, if all segments together have enough of them. */
    private boolean compact(long now) {
        Segment best = null;
        int bestBytes = 0;
        long totalBytes = 0;
        for (int id = 1; id < contents.segments.end(); id++) {
            Segment segment = contents.segments.get(id);
            if (segment != null && segment.log != null && !segment.log.isOpen(segment)) {
                int reclaimable = segment.reclaimableBytes(now);
                totalBytes += reclaimable;
                if (reclaimable > bestBytes) {
                    bestBytes = reclaimable;
                    best = segment;
                }
            }
        }
        if (best == null || totalBytes < compactionThresholdBytes()) {
            return false;
        }
        empty(best, Purpose.COMPACT, now);
        return true;
    }

    private long compactionThresholdBytes() {
        long segmentBytes = contents.pool.segmentBytes();
        return settings.evicts() ? Math.max(2 * segmentBytes, memory.limitBytes() / RECLAIMABLE_SHARE) : segmentBytes;
    }

    private boolean evict(long now) {
        if (!evictOldest(now)) {
            return false;
        }
        fitGhosts(now);
        return true;
    }

    private boolean evictOldest(long now) {
        Log log = logToEvictFrom();
        Segment victim = oldestWithoutLease(log);
        if (victim == null) {
            return false;
        }
        long moved = empty(victim, log == contents.main ? Purpose.EVICT_MAIN : Purpose.EVICT_NEW, now);
        unproductiveSteps =
                moved > victim.capacity() - victim.capacity() / UNPRODUCTIVE_STEPS_MAX ? unproductiveSteps + 1 : 0;
        return true;
    }

    /** Returns the oldest segment of a log. Leased segments are skipped and become the newest, as dropping them frees no memory yet. */
    private static @Nullable Segment oldestWithoutLease(Log log) {
        Segment oldest = log.oldest();
        for (int i = 0; i < LEASED_SKIPPED_MAX && oldest != null && oldest.isLeased(); i++) {
            log.remove(oldest);
            log.addNewest(oldest);
            oldest = log.oldest();
        }
        return oldest;
    }

    private Log logToEvictFrom() {
        if (contents.large.bytes() > memory.limitBytes() / LARGE_SHARE) {
            return contents.large;
        }
        if (contents.small.bytes() > memory.limitBytes() / SMALL_SHARE || contents.main.oldest() == null) {
            return contents.small.oldest() == null ? contents.large : contents.small;
        }
        return contents.main;
    }

    /** Removes a segment from its log and empties it. Returns the bytes of the items that were kept. */
    private long empty(Segment victim, Purpose purpose, long now) {
        Log log = logOf(victim);
        Segment newer = victim.newer;
        byte[] bytes = victim.bytes;
        log.remove(victim);
        meanSize = contents.itemBytes() / Math.max(1, contents.index.items());
        long moved = 0;
        int size;
        for (int item = 0; item < victim.tail; item += size) {
            size = ItemLayout.size(bytes, item);
            if (ItemLayout.isDeleted(bytes, item)) {
                continue;
            }
            long hash = locate(victim, item);
            boolean expired = settings.clock().isExpired(victim.expiry(item), now);
            Log target = expired ? null : targetLog(log, purpose, size);
            if (target == null) {
                drop(victim, item, hash, purpose, now);
                continue;
            }
            moved += size;
            int frequency = frequencyAfter(purpose, size);
            if (victim.isLarge) {
                target.addNewest(victim);
                contents.index.replace(location, Slot.withFrequency(location.slot(), frequency));
                return moved;
            }
            Segment segment = purpose == Purpose.COMPACT
                    ? segmentForCompacted(target, newer, size)
                    : segmentForMoved(target, size);
            move(victim, item, size, segment, frequency, now);
        }
        contents.pool.release(victim);
        return moved;
    }

    /** Sets {@link #location} to the slot of a live item, and returns the hash of its key. */
    private long locate(Segment victim, int item) {
        byte[] bytes = victim.bytes;
        long hash =
                settings.keyHash().hash(bytes, ItemLayout.keyOffset(bytes, item), ItemLayout.keyLength(bytes, item));
        if (!contents.index.locate(hash, victim, item, location)) {
            throw new IllegalStateException("a live item is not in the index");
        }
        return hash;
    }

    /** Returns the log in which the item of {@link #location} is kept, or null if it is dropped. */
    private @Nullable Log targetLog(Log log, Purpose purpose, int size) {
        if (purpose == Purpose.COMPACT) {
            return log;
        }
        if (purpose == Purpose.DROP) {
            return null;
        }
        int frequency = Slot.frequency(location.slot());
        if (purpose == Purpose.EVICT_NEW) {
            return frequency + frequencyBonus(size) > 0 ? contents.main : null;
        }
        int threshold = Math.min(unproductiveSteps / UNPRODUCTIVE_STEPS_MAX, Slot.FREQUENCY_MAX);
        return frequency + Math.min(0, frequencyBonus(size)) > threshold ? log : null;
    }

    /** Returns the frequency of the item of {@link #location} after it was kept. */
    private int frequencyAfter(Purpose purpose, int size) {
        if (purpose == Purpose.EVICT_NEW) {
            return Math.max(0, frequencyBonus(size));
        }
        int frequency = Slot.frequency(location.slot());
        return purpose == Purpose.EVICT_MAIN ? frequency - 1 : frequency;
    }

    /** Returns the number of reads to add for an item of a size: negative for a large item, 0 for one of about the mean size. */
    private int frequencyBonus(long size) {
        if (size > SIZE_STEP * meanSize) {
            return size > SIZE_STEP * SIZE_STEP * meanSize ? -2 : -1;
        }
        if (size * SIZE_STEP <= meanSize) {
            return size * SIZE_STEP * SIZE_STEP <= meanSize ? 2 : 1;
        }
        return 0;
    }

    private void drop(Segment victim, int item, long hash, Purpose purpose, long now) {
        boolean fetched = Slot.isFetched(location.slot());
        boolean expired = settings.clock().isExpired(victim.expiry(item), now);
        removals.record(expired ? RemovalCause.EXPIRED : RemovalCause.EVICTED, victim, item, fetched, now);
        contents.index.remove(location);
        contents.subtractSize(victim, item);
        long size = ItemLayout.accountedSize(victim.bytes, item);
        if (expired) {
            counters.increment(Statistic.RECLAIMED, size);
            if (!fetched) {
                counters.increment(Statistic.EXPIRED_UNFETCHED, size);
            }
            return;
        }
        counters.increment(Statistic.EVICTIONS, size);
        if (!fetched) {
            counters.increment(Statistic.EVICTED_UNFETCHED, size);
        }
        if (purpose == Purpose.EVICT_NEW) {
            ghosts.add(hash);
        }
    }

    private Segment segmentForCompacted(Log log, @Nullable Segment newer, int size) {
        Segment compacted = log.compacted();
        if (compacted == null || !compacted.hasSpace(size)) {
            compacted = contents.pool.acquireSpare();
            log.openCompacted(compacted, newer);
        }
        return compacted;
    }

    private Segment segmentForMoved(Log log, int size) {
        Segment open = log.open();
        if (open == null || !open.hasSpace(size)) {
            open = contents.pool.acquireSpare();
            log.open(open);
        }
        return open;
    }

    private void move(Segment from, int item, int size, Segment to, int frequency, long now) {
        long expiry = from.expiry(item);
        int moved = to.append(size, expiry, now);
        System.arraycopy(from.bytes, item, to.bytes, moved, size);
        to.writeTimes(moved, expiry, from.accessed(item));
        contents.index.replace(location, Slot.moved(Slot.withFrequency(location.slot(), frequency), to.id, moved));
    }

    /**
     * Keeps about one ghost for two items, once something is evicted at all: more of them displace items, and move more items to the main
     * log than it can keep until they are read again. Their memory may be more than one segment frees, so several segments are evicted for
     * them: waiting until so much memory is free would never succeed.
     */
    private void fitGhosts(long now) {
        int wanted = GhostTable.longsFor(contents.index.items() / ITEMS_PER_GHOST);
        if (Math.abs(ghosts.longs() - wanted) <= wanted / GHOSTS_TOLERANCE_SHARE) {
            return;
        }
        long bytes = (long) wanted * Long.BYTES;
        long steps = GHOSTS_COST_MAX * (bytes / contents.pool.segmentBytes() + 1);
        while (!contents.pool.acquireMemory(bytes)) {
            if (steps-- == 0 || !contents.pool.ensureSpare() || !evictOldest(now)) {
                return;
            }
        }
        replaceGhosts(wanted, bytes);
    }

    /** Replaces the ghosts by a table whose memory was acquired; if the JVM has none left, they are unchanged. */
    private void replaceGhosts(int wanted, long bytes) {
        long unused = bytes;
        try {
            GhostTable resized = ghosts.resized(wanted);
            unused = ghosts.bytes();
            ghosts = resized;
        } catch (OutOfMemoryError e) {
            contents.pool.lowerCeiling();
        } finally {
            contents.pool.releaseMemory(unused);
        }
    }

    private static Log logOf(Segment segment) {
        if (segment.log == null) {
            throw new IllegalStateException("a segment that is in no log cannot be emptied");
        }
        return segment.log;
    }

    /** The purpose of emptying a segment. */
    private enum Purpose {
        COMPACT,
        EVICT_NEW,
        EVICT_MAIN,
        DROP
    }
}
