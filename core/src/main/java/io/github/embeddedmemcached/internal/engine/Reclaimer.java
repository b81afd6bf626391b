package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Log;
import io.github.embeddedmemcached.internal.engine.log.ReclaimableSegments;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.policy.Contest;
import io.github.embeddedmemcached.internal.engine.policy.Sketch;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Frees memory when the limit is reached: first by compacting deleted and expired items, then by evicting live ones.
 *
 * <p>Compacting: while enough bytes are deleted or expired, the segment with the most of them is emptied, and its live items are copied
 * to another segment at the same position of the same log (the cleaner of RAMCloud's log, FAST '14). A cache whose live items fit into its
 * limit therefore evicts none.
 *
 * <p>Evicting: new items are stored in the small log, which may take a share of the memory. While the main log is smaller than its own share, the
 * oldest small segment becomes its newest. Otherwise the items of the oldest small segment compete with those of the oldest main
 * segments, see {@link Contest}; a main segment that would lose little is not rewritten, but becomes the newest. If the main log is
 * larger than its share, its own oldest segment is emptied as one of the small log, with a second chance. The uses of an item are
 * those of its key in the {@link Sketch}, to which the reads that its slot counts are added when its segment is rated: a read of an item
 * therefore writes nothing else.
 *
 * <p>If the share of the small log is large, its items that were read have a second chance, as in CLOCK: they are moved to its newest
 * segment instead of competing. A segment most of which was read becomes the newest as it is. So a share of 1 is CLOCK, and a small share
 * prefers items that are used often to those used recently. Rejected: S3-FIFO (SOSP '23), as none of its shares suits all workloads.
 *
 * <p>A segment is emptied in steps of a few items, one for each operation that takes the lock, and early enough that a segment is free
 * when one is needed. If none is, the remaining steps are executed at once. Between the steps every item is in one place: an item that was moved or
 * dropped is marked as deleted in its old segment, which is released after all of its items were visited. Items may be read, changed and
 * deleted meanwhile, and each step rates them again. A set appends to the main log only while the spare segment exists, so that there is
 * always space for the rest of the items that are moved to it.
 *
 * <p>Guarded by the partition's lock.
 */
final class Reclaimer {
    /** The largest number of items that are visited in one step. */
    static final int ITEMS_PER_STEP = 48;
    /** A step ends after so many deleted items, or moved bytes. */
    private static final int DELETED_PER_STEP = 512;

    private static final int MOVED_BYTES_PER_STEP = 64 << 10;

    /** The largest number of small segments that become main segments in one step. */
    private static final int RELINKED_PER_STEP = 8;

    /** The number of segments of which a step checks how much has expired. */
    private static final int CHECKS_PER_STEP = 32;

    /** The items of a segment compete with those of at most this many main segments. */
    private static final int CONTEST_SEGMENTS = 4;
    /** A main segment is rewritten if it loses at least 1/CONTEST_YIELD_SHARE of its bytes. */
    private static final int CONTEST_YIELD_SHARE = 8;

    /** The small log may have this many segments, whatever its share: the oldest can be emptied before the newest is full. */
    private static final int LEAST_SEGMENTS = 4;

    /** From this share of the small log on, its items that were read have a second chance. */
    private static final double CHANCES_SHARE = 0.1;
    /** From this share of the small log on, there is no main log. */
    private static final double CLOCK_SHARE = 0.95;

    /** A segment becomes the newest as it is if more than this percentage of it has a second chance. */
    private static final int RELINK_PERCENT = 85;
    /** After this many segments in a row of which nearly everything was kept, items of the next one are dropped although they were read. */
    private static final int FRUITLESS_MAX = 8;
    /** As {@link #FRUITLESS_MAX}, for segments of few items: after this many items. */
    private static final int FRUITLESS_ITEMS_MAX = 64;

    /** An item larger than this multiple of the mean size counts as read one time less than it was; larger than the square of it, two times less. */
    private static final int SIZE_STEP = 2;

    /** The largest number of leased segments that are skipped at once. */
    private static final int LEASED_SKIPPED_MAX = 16;

    private final PartitionContents contents;
    private final PartitionSettings settings;
    private final RemovalRecorder removals;
    private final Counters counters;
    private final ReclaimableSegments reclaimable;
    private final Contest contest = new Contest();
    private final Sketch sketch;
    private long steps;
    private int fruitless; // segments in a row

    // The pass in progress.
    private Pass pass = Pass.NONE;
    private @Nullable Segment visited;
    private int position; // of the next item
    private long keptBytes; // or those that have a second chance
    private long meanSize; // of all items, when the pass began
    private boolean hasChances; // items that were read have a second chance
    private @Nullable Segment candidates; // of the contest
    private int contestedSegments;

    // The items of a step.
    private final int[] items = new int[ITEMS_PER_STEP];
    private final long[] hashes = new long[ITEMS_PER_STEP];
    private final ItemView location = new ItemView();

    @SuppressWarnings("unused") // so that the reads of prefetching are not eliminated
    private int prefetched;

    Reclaimer(PartitionContents contents, PartitionSettings settings, RemovalRecorder removals) {
        this.contents = contents;
        this.settings = settings;
        this.removals = removals;
        counters = settings.counters();
        sketch = contents.sketch;
        reclaimable = new ReclaimableSegments(contents.segments);
    }

    /** A visit of all items of a segment. */
    private enum Pass {
        NONE,
        COMPACT,
        RATE_CANDIDATES,
        KEEP_CANDIDATES,
        RATE_VICTIMS,
        REPLACE_VICTIMS,
        MOVE_WINNERS,
        DROP
    }

    /** Returns a number that changes whenever items may have been moved. */
    long steps() {
        return steps;
    }

    /** Returns whether a segment is being emptied, or its items compete with others. */
    boolean isEmptying(Segment segment) {
        return pass != Pass.NONE && (segment == visited || segment == candidates);
    }

    /**
     * Does a bounded part of what is due: searches for expired segments, and continues to empty one. For the beginning of an operation, as
     * items may be moved.
     *
     * @param mayEvict whether live items may be dropped
     */
    void work(long now, boolean mayEvict) {
        sweepOncePerSecond(now);
        if (pass == Pass.NONE && !startExpired() && mayEvict) {
            startEarly(now);
        }
        if (pass == Pass.COMPACT || (mayEvict && pass != Pass.NONE && contents.isNearlyExhausted())) {
            step(now);
            reclaimable.check(CHECKS_PER_STEP, now);
        }
    }

    /** Checks some segments for expired items, unless all were checked in this second. */
    private void sweepOncePerSecond(long now) {
        reclaimable.checkOnce(CHECKS_PER_STEP, settings.clock().second(now), now);
    }

    /** Returns whether not all segments were checked in this second. Without the lock, the result is a hint. */
    boolean maySweep(long now) {
        return !reclaimable.isChecked(settings.clock().second(now));
    }

    /** Begins to empty a segment if the free ones are running out. */
    private void startEarly(long now) {
        if (contents.isRunningOut() && contents.pool.ensureSpare()) {
            reclaimable.check(CHECKS_PER_STEP, now);
            boolean hasMany = contents.hasManyReclaimable(settings.evicts());
            boolean isWaiting = maySweep(now) || (hasMany && !reclaimable.isBestOfMany());
            if (!isWaiting && !startCompacting(hasMany) && settings.evicts()) {
                for (int i = 0; i < RELINKED_PER_STEP && pass == Pass.NONE && startEviction(false); i++) {}
            }
        }
    }

    private boolean startExpired() {
        return hasExpired() && startCompacting(false);
    }

    /** Returns whether a segment was found whose items have all expired. */
    private boolean hasExpired() {
        Segment best = reclaimable.best();
        return best != null && best.isReclaimable();
    }

    /** Empties a segment at once whose items have all expired. Returns false if there is none. */
    boolean reclaimExpired(long now) {
        if (pass != Pass.NONE && pass != Pass.COMPACT) {
            return false; // completing it would evict live items
        }
        finish(now);
        while (!startExpired()) {
            if (!maySweep(now)) {
                return false;
            }
            sweepOncePerSecond(now);
        }
        finish(now);
        return true;
    }

    /** Empties a segment at once. Returns false if no memory can be freed. */
    boolean reclaim(long now) {
        while (pass == Pass.NONE) { // several small segments may become main segments first
            if (!start(now)) {
                return false;
            }
        }
        finish(now);
        return true;
    }

    /** Returns the log to append an item to: not the main log, to which items are being moved, if there might be no space for the rest of them. */
    Log logToAppend(Log log) {
        boolean hasSpace = pass == Pass.NONE || pass == Pass.COMPACT || contents.pool.ensureSpare();
        return hasSpace ? log : contents.small;
    }

    private void finish(long now) {
        while (pass != Pass.NONE) {
            step(now);
        }
    }

    private boolean start(long now) {
        if (!contents.pool.ensureSpare()) {
            return settings.evicts() && startDropping();
        }
        while (maySweep(now) && !hasExpired()) {
            sweepOncePerSecond(now);
        }
        boolean hasMany = contents.hasManyReclaimable(settings.evicts());
        for (int i = contents.segments.end(); i > 0 && hasMany && !reclaimable.isBestOfMany(); i -= CHECKS_PER_STEP) {
            reclaimable.check(CHECKS_PER_STEP, now);
        }
        return startCompacting(hasMany) || (settings.evicts() && startEviction(true));
    }

    /** Begins to drop all items of a segment, because the JVM has no memory to copy some of them. */
    private boolean startDropping() {
        Segment victim = contents.small.oldest() == null ? contents.main.oldest() : contents.small.oldest();
        return victim != null && begin(Pass.DROP, victim);
    }

    /** Begins to compact the best segment, if it has no live items, is half reclaimable, or all together have many reclaimable bytes. */
    private boolean startCompacting(boolean hasMany) {
        Segment best = reclaimable.best();
        if (best == null || !(hasMany || best.isReclaimable() || 2 * best.reclaimableBytes() >= best.capacity())) {
            return false;
        }
        reclaimable.take();
        return begin(Pass.COMPACT, best);
    }

    /**
     * Begins to evict.
     *
     * @param mayClose whether segments may be closed that are open for new items
     */
    private boolean startEviction(boolean mayClose) {
        Log small = contents.small;
        Log main = contents.main;
        double share = settings.shadows().smallShare();
        long bytes = contents.capacity();
        long leastBytes = LEAST_SEGMENTS * Math.max(contents.pool.segmentBytes(), contents.meanItemBytes());
        long mainBytes = share > CLOCK_SHARE ? 0 : bytes - Math.max((long) (bytes * share), leastBytes);
        boolean isMain = main.oldest() != null
                && (small.oldest() == null || main.bytes() > Math.max(0, mainBytes) + contents.pool.segmentBytes());
        Segment victim = oldest(isMain ? main : small, mayClose);
        if (victim == null) {
            return false;
        }
        if (isMain) {
            relink(victim, small);
        } else if (main.bytes() + victim.capacity() <= mainBytes) {
            relink(victim, main);
            return true;
        }
        contest.begin();
        contestedSegments = 0;
        candidates = victim;
        hasChances = (isMain || share >= CHANCES_SHARE)
                && fruitless < Math.max(FRUITLESS_MAX, FRUITLESS_ITEMS_MAX / Math.max(1, victim.liveItems));
        return begin(Pass.RATE_CANDIDATES, victim);
    }

    /**
     * Returns the oldest segment of a log, closed; null if there is none, or it may not be closed while it is open for new items. Leased segments are skipped and become the newest, as dropping
     * them frees no memory yet.
     */
    private @Nullable Segment oldest(Log log, boolean mayClose) {
        Segment oldest = log.oldest();
        for (int i = 0; i < LEASED_SKIPPED_MAX && oldest != null && oldest.isLeased(); i++) {
            relink(oldest, log);
            oldest = log.oldest();
        }
        if (oldest != null && (mayClose || oldest != log.open())) {
            log.close(oldest);
            return oldest;
        }
        return null;
    }

    /** Makes a segment the newest of a log. */
    private void relink(Segment segment, Log log) {
        logOf(segment).remove(segment);
        segment.isBeingEmptied = false;
        log.addNewest(segment);
        log.count(segment);
    }

    /** Begins a pass over a segment. */
    private boolean begin(Pass begun, Segment segment) {
        logOf(segment).close(segment);
        pass = begun;
        visited = segment;
        segment.isBeingEmptied = true;
        position = 0;
        keptBytes = 0;
        meanSize = contents.meanItemBytes();
        return true;
    }

    /** Visits the next items of the segment. */
    private void step(long now) {
        Segment segment = logged(visited);
        steps++;
        byte[] bytes = segment.bytes;
        int count = 0;
        int deleted = 0;
        int begin = position;
        int end = position;
        int ignored = 0;
        while (end < segment.tail
                && count < ITEMS_PER_STEP
                && deleted < DELETED_PER_STEP
                && end - begin < MOVED_BYTES_PER_STEP) {
            if (ItemLayout.isDeleted(bytes, end)) {
                deleted++;
            } else {
                long hash = settings.keyHash()
                        .hash(bytes, ItemLayout.keyOffset(bytes, end), ItemLayout.keyLength(bytes, end));
                ignored += contents.index.prefetchLine(hash);
                items[count] = end;
                hashes[count++] = hash;
            }
            end += ItemLayout.size(bytes, end);
        }
        for (int i = 0; i < count; i++) {
            ignored += contents.index.prefetchNextLine(hashes[i]) + sketch.count(hashes[i]);
        }
        prefetched = ignored;
        for (int i = 0; i < count && !isRelinked(segment); i++) {
            visit(segment, items[i], hashes[i], now);
        }
        position = end;
        if (position >= segment.tail || isRelinked(segment)) {
            endPass(segment);
        }
    }

    /** Returns whether a large segment was kept as it is. */
    private static boolean isRelinked(Segment segment) {
        return !segment.isBeingEmptied;
    }

    private void visit(Segment segment, int item, long hash, long now) {
        if (!contents.index.locate(hash, segment, item, location)) {
            throw new IllegalStateException("a live item is not in the index");
        }
        int size = ItemLayout.size(segment.bytes, item);
        boolean isExpired = settings.clock().isExpired(segment.expiry(item), now);
        int frequency = Slot.frequency(location.slot());
        switch (pass) {
            case RATE_CANDIDATES -> {
                if (hasChance(size, frequency)) {
                    keptBytes += size;
                } else if (!isExpired) {
                    contest.addCandidate(countUses(hash, frequency), size);
                }
            }
            case KEEP_CANDIDATES -> clearReads(hash, frequency);
            case RATE_VICTIMS -> {
                if (isExpired) {
                    contest.addFreeBytes(size);
                } else {
                    contest.addVictim(countUses(hash, frequency), size);
                }
            }
            default -> {
                Log log = isExpired ? null : logToKeep(segment, hash, size, frequency);
                if (log == null) {
                    drop(segment, item, isExpired, now);
                } else {
                    keep(log, segment, item, hash, size, now);
                }
            }
        }
    }

    /** Returns how often the item of {@link #location} was used. With a sketch, its reads are added to that; without, they remain in the slot. */
    private int countUses(long hash, int frequency) {
        boolean isAdded = sketch.bytes() > 0;
        clearReads(hash, isAdded ? frequency : 0);
        return isAdded ? uses(hash) : uses(hash) + frequency;
    }

    /** Adds the reads of the item of {@link #location} to the sketch, if there is one, and begins to count them again. */
    private void clearReads(long hash, int frequency) {
        if (frequency > 0) {
            for (int i = 0; i < frequency; i++) {
                sketch.add(hash);
            }
            Index.updateSlot(location, Slot.withFrequency(location.slot(), 0));
        }
    }

    /** Returns how often a key was used, at least once, as it was stored. */
    private int uses(long hash) {
        return Math.max(1, sketch.count(hash));
    }

    /** Returns the log in which the item of {@link #location} is kept, or null if it is dropped. */
    private @Nullable Log logToKeep(Segment segment, long hash, int size, int frequency) {
        Log main = contents.main;
        return switch (pass) {
            case COMPACT -> logOf(segment);
            case REPLACE_VICTIMS -> contest.loses(uses(hash) + frequency, size) ? null : main;
            case MOVE_WINNERS ->
                !hasSpaceForMoved(size)
                        ? null
                        : hasChance(size, frequency)
                                ? contents.small
                                : contest.wins(uses(hash) + frequency, size) ? main : null;
            default -> null;
        };
    }

    /**
     * Returns whether a segment has space for an item; always, unless the JVM had no memory for the spare segment, or items are moved to both
     * logs and new items took the space.
     */
    private boolean hasSpaceForMoved(int size) {
        Segment small = contents.small.open();
        Segment main = contents.main.open();
        return contents.pool.hasSpare()
                || (small != null && small.hasSpace(size))
                || (main != null && main.hasSpace(size));
    }

    /** Returns whether an item has a second chance. */
    private boolean hasChance(int size, int frequency) {
        int needed = size <= SIZE_STEP * meanSize ? 1 : size <= SIZE_STEP * SIZE_STEP * meanSize ? 2 : 3;
        return hasChances && frequency >= needed;
    }

    /** Moves the item of {@link #location} to a log; a large segment is moved as it is. */
    private void keep(Log log, Segment from, int item, long hash, int size, long now) {
        keptBytes += size;
        int frequency = Slot.frequency(location.slot());
        if (log == contents.small && pass == Pass.MOVE_WINNERS) {
            clearReads(hash, frequency);
            frequency = 0;
        }
        long slot = Slot.withFrequency(location.slot(), frequency);
        if (from.isLarge) {
            relink(from, log);
            contents.index.replace(location, slot);
            return;
        }
        Segment to = pass == Pass.COMPACT ? segmentForCompacted(log, from, size) : segmentForMoved(log, size);
        long expiry = from.expiry(item);
        int moved = to.append(size, expiry, now);
        System.arraycopy(from.bytes, item, to.bytes, moved, size);
        to.writeTimes(moved, expiry, from.accessed(item));
        contents.index.replace(location, Slot.moved(slot, to.id, moved));
        from.markDeleted(item);
    }

    private void drop(Segment segment, int item, boolean isExpired, long now) {
        boolean fetched = Slot.isFetched(location.slot());
        removals.record(isExpired ? RemovalCause.EXPIRED : RemovalCause.EVICTED, segment, item, fetched, now);
        contents.index.remove(location);
        contents.subtractSize(segment, item);
        long size = ItemLayout.accountedSize(segment.bytes, item);
        segment.markDeleted(item);
        counters.increment(isExpired ? Statistic.RECLAIMED : Statistic.EVICTIONS, size);
        if (!fetched) {
            counters.increment(isExpired ? Statistic.EXPIRED_UNFETCHED : Statistic.EVICTED_UNFETCHED, size);
        }
    }

    private Segment segmentForCompacted(Log log, Segment from, int size) {
        Segment compacted = log.compacted();
        if (compacted == null || !compacted.hasSpace(size)) {
            compacted = contents.pool.acquireSpare();
            log.openCompacted(compacted, from);
        }
        return compacted;
    }

    /** Returns a segment with space in a log, or in the other one if the spare segment was needed for that: there the rest of the items fits. */
    private Segment segmentForMoved(Log log, int size) {
        Segment open = log.open();
        if (open != null && open.hasSpace(size)) {
            return open;
        }
        Segment other = (log == contents.main ? contents.small : contents.main).open();
        if (!contents.pool.hasSpare() && other != null && other.hasSpace(size)) {
            return other;
        }
        open = contents.pool.acquireSpare();
        log.open(open);
        return open;
    }

    /** Ends a pass over all items of a segment, and begins the next one of a contest or of a clock. */
    private void endPass(Segment segment) {
        Pass ended = pass;
        pass = Pass.NONE;
        visited = null;
        switch (ended) {
            case RATE_CANDIDATES -> {
                if (keptBytes * 100 > (long) segment.capacity() * RELINK_PERCENT) {
                    begin(Pass.KEEP_CANDIDATES, segment);
                } else {
                    fruitless = 0;
                    beginNextVictims();
                }
            }
            case KEEP_CANDIDATES -> {
                relink(segment, contents.small);
                fruitless++;
                contents.fitSketch();
            }
            case RATE_VICTIMS -> {
                if (contest.decide(segment.isLarge ? 1 : segment.capacity() / CONTEST_YIELD_SHARE)) {
                    begin(Pass.REPLACE_VICTIMS, segment);
                } else {
                    relink(segment, contents.main);
                    beginNextVictims();
                }
            }
            case REPLACE_VICTIMS -> {
                release(segment);
                beginNextVictims();
            }
            default -> {
                release(segment);
                if (ended != Pass.COMPACT) {
                    contents.fitSketch();
                }
            }
        }
    }

    /** Lets the candidates compete with the items of another main segment, or ends the contest. */
    private void beginNextVictims() {
        Segment oldest = contents.main.oldest();
        boolean isNext = contestedSegments++ < CONTEST_SEGMENTS
                && contest.hasCandidates()
                && oldest != null
                && contents.pool.ensureSpare();
        Segment victims = isNext ? oldest(contents.main, false) : null;
        if (victims != null) {
            contest.beginVictims(victims.deletedBytes + victims.capacity() - victims.tail);
            begin(Pass.RATE_VICTIMS, victims);
        } else {
            begin(Pass.MOVE_WINNERS, logged(candidates));
        }
    }

    private void release(Segment segment) {
        if (!isRelinked(segment)) {
            logOf(segment).remove(segment);
            contents.pool.release(segment);
        }
    }

    private static Segment logged(@Nullable Segment segment) {
        if (segment == null || segment.log == null) {
            throw new IllegalStateException("a segment that is in no log cannot be emptied");
        }
        return segment;
    }

    private static Log logOf(Segment segment) {
        return Objects.requireNonNull(segment.log);
    }
}
