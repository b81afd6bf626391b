package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Log;
import io.github.embeddedmemcached.internal.engine.log.ReclaimableSegments;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.policy.Contest;
import io.github.embeddedmemcached.internal.engine.policy.EvictionSetting;
import io.github.embeddedmemcached.internal.engine.policy.GhostTable;
import io.github.embeddedmemcached.internal.engine.policy.Sketch;
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
 * <p>Evicting: new items are stored in the small log. Its oldest segment is emptied; what is kept and what is dropped is decided by the
 * {@link EvictionSetting}. The uses of an item are those of its key in the {@link Sketch}, to which the reads that its slot counts are
 * added when its segment is rated: a read of an item therefore writes nothing else.
 *
 * <ul>
 *   <li>Contest: while the main log is smaller than its share, the oldest small segment becomes its newest. Otherwise the segment's items
 *       compete with those of the oldest main segments, see {@link Contest}. A main segment that would lose little is not rewritten, but becomes the newest.
 *   <li>Clock: items that were read since their segment was last visited are kept. A segment most of which would be kept becomes the
 *       newest as it is.
 *   <li>S3-FIFO (SOSP '23): see {@link EvictionSetting#S3_FIFO}. Rejected: item by item, as moving an item costs a copy here, and
 *       removing a single item frees no memory.
 * </ul>
 *
 * <p>A segment is emptied in steps of a few items, one for each operation that takes the lock, and early enough that a segment is free
 * when one is needed. If none is, the remaining steps are executed at once. Between the steps every item is in one place: an item that was moved or
 * dropped is marked as deleted in its old segment, which is released after all of its items were visited. Items may be read, changed and
 * deleted meanwhile, and each step rates them again. A set that appends to the log to which items are moved first ensures that the spare
 * segment exists, so that there is always space for the rest.
 *
 * <p>Guarded by the partition's lock.
 */
final class Reclaimer {
    /** The largest number of items that are visited in one step. */
    static final int ITEMS_PER_STEP = 32;
    /** A step ends after so many deleted items, or moved bytes. */
    private static final int DELETED_PER_STEP = 512;

    private static final int MOVED_BYTES_PER_STEP = 64 << 10;

    /** The number of segments of which a step checks how much has expired. */
    private static final int CHECKS_PER_STEP = 16;

    /** Compacting precedes evicting while at least 1/RECLAIMABLE_SHARE of the memory limit is deleted or expired. */
    private static final int RECLAIMABLE_SHARE = 16;

    /** The items of a segment compete with those of at most this many main segments. */
    private static final int CONTEST_SEGMENTS = 4;
    /** A main segment is rewritten if it loses at least 1/CONTEST_YIELD_SHARE of its bytes. */
    private static final int CONTEST_YIELD_SHARE = 8;

    /** A clock keeps a segment as it is if more than this percentage of it was read. */
    private static final int RELINK_PERCENT = 85;
    /** After this many segments in a row of which nearly everything was kept, items of the next one are dropped although they were read. */
    private static final int FRUITLESS_MAX = 8;
    /** As {@link #FRUITLESS_MAX}, for segments of few items: after this many items. */
    private static final int FRUITLESS_ITEMS_MAX = 64;

    /** S3-FIFO: an item larger than this multiple of the mean size counts as read one time less than it was; larger than the square of it, two times less. */
    private static final int SIZE_STEP = 2;

    private static final int ITEMS_PER_GHOST = 2;
    /** The ghost table is resized when its size differs from the desired one by more than this share. */
    private static final int GHOSTS_TOLERANCE_SHARE = 4;

    /** The sketch grows by at most 1/SKETCH_GROWTH_SHARE of a segment for each segment that is emptied. */
    private static final int SKETCH_GROWTH_SHARE = 8;

    /** The largest number of leased segments that are skipped at once. */
    private static final int LEASED_SKIPPED_MAX = 16;

    private final PartitionContents contents;
    private final Memory memory;
    private final PartitionSettings settings;
    private final RemovalRecorder removals;
    private final Counters counters;
    private final ReclaimableSegments reclaimable;
    private final Contest contest = new Contest();
    private final Sketch sketch = new Sketch(0);
    private GhostTable ghosts = new GhostTable(0);
    private long steps;
    private long sweptSecond = Long.MIN_VALUE;
    private int fruitless; // segments in a row

    // The pass in progress.
    private Pass pass = Pass.NONE;
    private @Nullable Segment visited;
    private int position; // of the next item
    private long keptBytes; // or those that would be kept
    private long meanSize; // of all items, when the pass began
    private boolean isForced; // items are dropped although they were read
    private @Nullable Segment candidates; // of the contest
    private int contestedSegments;

    // The items of a step.
    private final int[] items = new int[ITEMS_PER_STEP];
    private final long[] hashes = new long[ITEMS_PER_STEP];
    private final ItemView location = new ItemView();

    @SuppressWarnings("unused") // so that the reads of prefetching are not eliminated
    private int prefetched;

    Reclaimer(PartitionContents contents, Memory memory, PartitionSettings settings, RemovalRecorder removals) {
        this.contents = contents;
        this.memory = memory;
        this.settings = settings;
        this.removals = removals;
        counters = settings.counters();
        reclaimable = new ReclaimableSegments(contents.segments);
    }

    /** A visit of all items of a segment. */
    private enum Pass {
        NONE,
        COMPACT,
        RATE_CANDIDATES,
        RATE_VICTIMS,
        REPLACE_VICTIMS,
        MOVE_WINNERS,
        RATE_BY_CLOCK,
        KEEP_BY_CLOCK,
        EVICT_BY_CLOCK,
        EVICT_NEW,
        EVICT_MAIN,
        DROP
    }

    /** Returns the memory of the policy's own data. */
    long bytes() {
        return ghosts.bytes() + sketch.bytes();
    }

    /** Returns a number that changes whenever items may have been moved. */
    long steps() {
        return steps;
    }

    /** Counts a new item, and returns whether it was evicted too early. */
    boolean recordNew(long hash) {
        sketch.add(hash);
        return ghosts.remove(hash);
    }

    /**
     * Does a bounded part of what is due: searches for expired segments, and continues to empty one. For the beginning of an operation, as items may be moved.
     */
    void work(long now) {
        sweepOncePerSecond(now);
        if (pass != Pass.NONE || startEarly(now)) {
            step(now);
        }
    }

    /** Checks some segments for expired items, unless all were checked in this second. */
    private void sweepOncePerSecond(long now) {
        if (maySweep(now) && !reclaimable.check(CHECKS_PER_STEP, now)) {
            sweptSecond = settings.clock().second(now);
        }
    }

    /** Returns whether not all segments were checked in this second. Without the lock, the result is a hint. */
    boolean maySweep(long now) {
        return sweptSecond != settings.clock().second(now);
    }

    /** Begins to empty a segment whose items have all expired, or any if the free ones are running out. */
    private boolean startEarly(long now) {
        if (startExpired()) {
            return true;
        }
        if (!contents.isRunningOut() || !contents.pool.ensureSpare()) {
            return false;
        }
        boolean hasMany = reclaimableBytes() >= compactionThresholdBytes();
        if (hasMany && !reclaimable.isBestOfAll()) {
            reclaimable.check(CHECKS_PER_STEP, now);
            return false;
        }
        reclaimable.check(CHECKS_PER_STEP, now);
        return startCompacting(hasMany) || (settings.evicts() && startEviction(false));
    }

    private boolean startExpired() {
        Segment best = reclaimable.best();
        return best != null && best.isReclaimable() && startCompacting(false);
    }

    /** Empties a segment at once whose items have all expired. Returns false if there is none. */
    boolean reclaimExpired(long now) {
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
        if (pass == Pass.NONE && !start(now)) {
            return false;
        }
        finish(now);
        return true;
    }

    /** Completes what a step began, if there might be no space for it after more items are stored. */
    void prepareAppend(long now) {
        if (pass != Pass.NONE && !contents.pool.ensureSpare()) {
            finish(now);
        }
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
        while (maySweep(now)) {
            sweepOncePerSecond(now);
        }
        boolean hasMany = reclaimableBytes() >= compactionThresholdBytes();
        if (hasMany && !reclaimable.isBestOfAll()) {
            reclaimable.check(contents.segments.end(), now); // to the end of the round
            reclaimable.check(contents.segments.end(), now);
        }
        return startCompacting(hasMany) || (settings.evicts() && startEviction(true));
    }

    /** Begins to drop all items of a segment, because the JVM has no memory to copy some of them. */
    private boolean startDropping() {
        Segment victim = contents.small.oldest() == null ? contents.main.oldest() : contents.small.oldest();
        return victim != null && begin(Pass.DROP, victim);
    }

    private long reclaimableBytes() {
        return contents.small.reclaimableBytes() + contents.main.reclaimableBytes();
    }

    private long compactionThresholdBytes() {
        long segmentBytes = contents.pool.segmentBytes();
        return settings.evicts() ? Math.max(2 * segmentBytes, memory.limitBytes() / RECLAIMABLE_SHARE) : segmentBytes;
    }

    /** Begins to compact a segment that is at least half reclaimable; or any, if all together have many reclaimable bytes. */
    private boolean startCompacting(boolean hasMany) {
        Segment best = reclaimable.best();
        if (best == null || (!hasMany && 2 * best.reclaimableBytes() < best.bytes.length)) {
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
        EvictionSetting setting = settings.eviction().get();
        Log small = contents.small;
        Log main = contents.main;
        long bytes = small.bytes() + main.bytes();
        long meanBytes = contents.itemBytes() / Math.max(1, contents.index.items());
        long smallBytes =
                Math.max(bytes * setting.smallPercent() / 100, 2 * Math.max(contents.pool.segmentBytes(), meanBytes));
        isForced = false;
        if (setting == EvictionSetting.CLOCK) {
            return startClock(mayClose);
        }
        boolean isMain = setting.isContest()
                ? main.bytes() + smallBytes > bytes + contents.pool.segmentBytes()
                : small.bytes() <= smallBytes;
        Segment victim = oldest(isMain && main.oldest() != null || small.oldest() == null ? main : small, mayClose);
        if (victim == null) {
            return false;
        }
        if (victim.log == main) {
            return begin(Pass.EVICT_MAIN, victim);
        }
        if (!setting.isContest()) {
            return begin(Pass.EVICT_NEW, victim);
        }
        if (main.bytes() + victim.bytes.length + smallBytes <= bytes) {
            relink(victim, main);
            return true;
        }
        contest.begin();
        contestedSegments = 0;
        candidates = victim;
        return begin(Pass.RATE_CANDIDATES, victim);
    }

    private boolean startClock(boolean mayClose) {
        Segment small = oldest(contents.small, mayClose);
        Segment main = oldest(contents.main, mayClose);
        Segment victim = main == null || (small != null && small.born < main.born) ? small : main;
        if (victim == null) {
            return false;
        }
        isForced = fruitless >= Math.max(FRUITLESS_MAX, FRUITLESS_ITEMS_MAX / Math.max(1, victim.liveItems));
        return begin(isForced ? Pass.EVICT_BY_CLOCK : Pass.RATE_BY_CLOCK, victim);
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
        segment.born = contents.pool.nextBirth();
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
        meanSize = contents.itemBytes() / Math.max(1, contents.index.items());
        return true;
    }

    /** Visits the next items of the segment. */
    private void step(long now) {
        Segment segment = visited;
        if (segment == null) {
            return; // the pass was over before the first step
        }
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
        for (int i = 0; i < count && visited == segment && !isRelinked(segment); i++) {
            visit(segment, items[i], hashes[i], now);
        }
        position = end;
        if (visited == segment && (position >= segment.tail || isRelinked(segment))) {
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
                if (!isExpired) {
                    contest.addCandidate(countUses(hash), size);
                }
            }
            case RATE_VICTIMS -> {
                if (isExpired) {
                    contest.addFreeBytes(size);
                } else {
                    contest.addVictim(countUses(hash), size);
                }
            }
            case RATE_BY_CLOCK -> keptBytes += !isExpired && frequency > 0 ? size : 0;
            case KEEP_BY_CLOCK -> countUses(hash);
            default -> {
                Log log = isExpired ? null : logToKeep(hash, size, frequency);
                if (log == null) {
                    drop(segment, item, hash, isExpired, now);
                } else {
                    keep(log, segment, item, size, frequencyToKeep(size), now);
                }
            }
        }
    }

    /** Adds the reads of the item of {@link #location} to the sketch, and returns how often the item was used. */
    private int countUses(long hash) {
        int frequency = Slot.frequency(location.slot());
        if (frequency > 0 && sketch.bytes() > 0) {
            for (int i = 0; i < frequency; i++) {
                sketch.add(hash);
            }
            Index.updateSlot(location, Slot.withFrequency(location.slot(), 0));
            return sketch.count(hash);
        }
        return sketch.count(hash) + frequency;
    }

    /** Returns the log in which the item of {@link #location} is kept, or null if it is dropped. */
    private @Nullable Log logToKeep(long hash, int size, int frequency) {
        return switch (pass) {
            case COMPACT -> logOf(visitedSegment());
            case REPLACE_VICTIMS -> contest.loses(sketch.count(hash) + frequency, size) ? null : contents.main;
            case MOVE_WINNERS -> contest.wins(sketch.count(hash) + frequency, size) ? contents.main : null;
            case EVICT_BY_CLOCK -> frequency > 0 && !isForced ? contents.small : null;
            case EVICT_NEW -> frequency + frequencyBonus(size) > 0 ? contents.main : null;
            case EVICT_MAIN -> {
                int threshold = Math.min(fruitless / FRUITLESS_MAX, Slot.FREQUENCY_MAX);
                yield frequency + Math.min(0, frequencyBonus(size)) > threshold ? contents.main : null;
            }
            default -> null;
        };
    }

    /** Returns the frequency of the item of {@link #location} after it was kept. */
    private int frequencyToKeep(int size) {
        int frequency = Slot.frequency(location.slot());
        return switch (pass) {
            case EVICT_BY_CLOCK -> 0;
            case EVICT_NEW -> Math.max(0, frequencyBonus(size));
            case EVICT_MAIN -> frequency - 1;
            default -> frequency;
        };
    }

    /** Returns the number of reads to add for an item of a size: negative for a large item, 0 for one of about the mean size. */
    private int frequencyBonus(long size) {
        if (settings.eviction().get() != EvictionSetting.S3_FIFO) {
            return 0;
        }
        if (size > SIZE_STEP * meanSize) {
            return size > SIZE_STEP * SIZE_STEP * meanSize ? -2 : -1;
        }
        if (size * SIZE_STEP <= meanSize) {
            return size * SIZE_STEP * SIZE_STEP <= meanSize ? 2 : 1;
        }
        return 0;
    }

    /** Moves the item of {@link #location} to a log, or drops it if there is no space; a large segment is moved as it is. */
    private void keep(Log log, Segment from, int item, int size, int frequency, long now) {
        keptBytes += size;
        if (pass == Pass.EVICT_BY_CLOCK || pass == Pass.EVICT_MAIN) {
            for (int i = Slot.frequency(location.slot()); i > frequency; i--) {
                sketch.add(hashOf(from, item));
            }
        }
        if (from.isLarge) {
            if (pass != Pass.COMPACT) {
                relink(from, log);
            }
            from.isBeingEmptied = false;
            contents.index.replace(location, Slot.withFrequency(location.slot(), frequency));
            return;
        }
        Segment to = pass == Pass.COMPACT ? segmentForCompacted(log, from, size) : segmentForMoved(log, size);
        long expiry = from.expiry(item);
        int moved = to.append(size, expiry, now);
        System.arraycopy(from.bytes, item, to.bytes, moved, size);
        to.writeTimes(moved, expiry, from.accessed(item));
        contents.index.replace(location, Slot.moved(Slot.withFrequency(location.slot(), frequency), to.id, moved));
        from.markDeleted(item);
    }

    private long hashOf(Segment segment, int item) {
        return settings.keyHash()
                .hash(
                        segment.bytes,
                        ItemLayout.keyOffset(segment.bytes, item),
                        ItemLayout.keyLength(segment.bytes, item));
    }

    private void drop(Segment segment, int item, long hash, boolean isExpired, long now) {
        boolean fetched = Slot.isFetched(location.slot());
        removals.record(isExpired ? RemovalCause.EXPIRED : RemovalCause.EVICTED, segment, item, fetched, now);
        contents.index.remove(location);
        contents.subtractSize(segment, item);
        long size = ItemLayout.accountedSize(segment.bytes, item);
        segment.markDeleted(item);
        if (isExpired) {
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
        if (pass == Pass.EVICT_NEW) {
            ghosts.add(hash);
        }
    }

    private Segment segmentForCompacted(Log log, Segment from, int size) {
        Segment compacted = log.compacted();
        if (compacted == null || !compacted.hasSpace(size)) {
            compacted = contents.pool.acquireSpare();
            compacted.born = from.born;
            log.openCompacted(compacted, from);
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

    /** Ends a pass over all items of a segment, and begins the next one of a contest or of a clock. */
    private void endPass(Segment segment) {
        Pass ended = pass;
        pass = Pass.NONE;
        visited = null;
        switch (ended) {
            case RATE_CANDIDATES -> beginNextVictims();
            case RATE_VICTIMS -> {
                if (contest.decide(segment.bytes.length / CONTEST_YIELD_SHARE)) {
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
            case RATE_BY_CLOCK ->
                begin(
                        keptBytes * 100 > (long) segment.bytes.length * RELINK_PERCENT
                                ? Pass.KEEP_BY_CLOCK
                                : Pass.EVICT_BY_CLOCK,
                        segment);
            case KEEP_BY_CLOCK -> {
                relink(segment, contents.small);
                fruitless++;
                fitMetadata();
            }
            default -> {
                boolean isFruitless = keptBytes > segment.bytes.length - segment.bytes.length / FRUITLESS_MAX;
                if (ended != Pass.COMPACT && ended != Pass.MOVE_WINNERS) {
                    fruitless = isFruitless && !isForced ? fruitless + 1 : 0;
                }
                candidates = null;
                if (!isRelinked(segment)) {
                    release(segment);
                }
                if (settings.evicts() && ended != Pass.COMPACT && ended != Pass.DROP) {
                    fitMetadata();
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
        Segment segment = candidates;
        if (victims != null) {
            contest.beginVictims(victims.deletedBytes + victims.bytes.length - victims.tail);
            begin(Pass.RATE_VICTIMS, victims);
        } else if (segment != null) {
            begin(Pass.MOVE_WINNERS, segment);
        }
    }

    private void release(Segment segment) {
        logOf(segment).remove(segment);
        contents.pool.release(segment);
    }

    private Segment visitedSegment() {
        Segment segment = visited;
        if (segment == null) {
            throw new IllegalStateException("no segment is being emptied");
        }
        return segment;
    }

    /** Adapts the size of the sketch and of the ghosts to the number of items, once something is evicted at all. */
    private void fitMetadata() {
        fitSketch();
        fitGhosts();
    }

    private void fitSketch() {
        int segmentBytes = contents.pool.segmentBytes();
        sketch.expect(contents.index.items());
        if (sketch.isTooLarge()) {
            sketch.shrink();
            contents.pool.releaseMemory(Sketch.CHUNK_BYTES);
        }
        for (int bytes = 0; bytes <= segmentBytes / SKETCH_GROWTH_SHARE; bytes += Sketch.CHUNK_BYTES) {
            if (segmentBytes < Sketch.CHUNK_BYTES
                    || !sketch.isTooSmall()
                    || !contents.pool.acquireMemory(Sketch.CHUNK_BYTES)
                    || !growSketch()) {
                return;
            }
        }
    }

    /** Grows the sketch by memory that was acquired; if the JVM has none left, it is unchanged. */
    private boolean growSketch() {
        boolean hasGrown = false;
        try {
            sketch.grow();
            hasGrown = true;
        } catch (OutOfMemoryError e) {
            contents.pool.lowerCeiling();
        } finally {
            if (!hasGrown) {
                contents.pool.releaseMemory(Sketch.CHUNK_BYTES);
            }
        }
        return hasGrown;
    }

    /**
     * Keeps about one ghost for two items, for S3-FIFO: more of them displace items, and move more items to the main log than it can keep
     * until they are read again.
     */
    private void fitGhosts() {
        int wanted = settings.eviction().get() == EvictionSetting.S3_FIFO
                ? GhostTable.longsFor(contents.index.items() / ITEMS_PER_GHOST)
                : 0;
        long bytes = (long) wanted * Long.BYTES;
        if (Math.abs(ghosts.longs() - wanted) > wanted / GHOSTS_TOLERANCE_SHARE && contents.pool.acquireMemory(bytes)) {
            replaceGhosts(wanted, bytes);
        }
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
}
