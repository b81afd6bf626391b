package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * Wins room when the memory is used up: first from the dead, then from the living.
 *
 * <p>Cleaning: while dead and expired bytes can pay for it, the segment with the most of them is emptied, and what lives in it
 * is put together again at its old age, in the same log (the cleaner of RAMCloud's log, FAST '14). So a cache whose live items
 * fit loses none.
 *
 * <p>Evicting is S3-FIFO (SOSP '23) on segments. New items come into the small log, a twentieth of the memory, or if they are
 * large into a log of their own, as much again. The oldest segment there is emptied by moving what was read since to the main log, and
 * dropping the rest; a ghost remembers each that was dropped. The oldest main segment is emptied by appending what was read
 * since to the same log again, its frequency going down by one, and dropping the rest. Not S3-FIFO item by item: moving an item
 * costs a copy here, and freeing one alone frees nothing.
 *
 * <p>What counts is reads for the room they take, as in GreedyDual-Size (USITS '97): an item that is larger than most has to be
 * read more often to stay; one that is smaller goes to the main log as if it had been read, and stays a round or two there. Not
 * with a priority for each item: the two bits of frequency are all that there is.
 *
 * <p>Guarded by the partition's lock.
 */
final class Reclaimer {
    /** The small log's share of the memory. */
    private static final int SMALL_SHARE = 20;
    /** The share of the log of new large items. */
    private static final int LARGE_SHARE = 20;
    /** An item of more than so many times the mean size counts as read once less than it was; of more than its square, twice. */
    private static final int SIZE_STEP = 2;

    private static final int ITEMS_PER_GHOST = 2;
    /** The ghosts are brought to their number again when it is wrong by this share. */
    private static final int GHOSTS_TOLERANCE_SHARE = 4;
    /** Cleaning goes before evicting while at least this share of the memory is dead. */
    private static final int DEAD_SHARE = 16;
    /** After so many emptied segments that won no room the bar for staying is raised: nobody waits for a whole round. */
    private static final int FRUITLESS_MAX = 8;

    /** How many segments that are lent are passed over in one step. */
    private static final int LENT_PASSED_MAX = 16;
    /** So many times the size of the ghosts may be evicted for them; what is evicted may be lent, or go to another cache. */
    private static final int GHOSTS_PRICE_MAX = 4;

    /** How many segments a step of a sweep checks at most. */
    private static final int SWEEP_CHECKS_MAX = 256;

    private final Contents contents;
    private final Memory memory;
    private final PartitionSettings settings;
    private final EvictionRecorder evictions;
    private final Counters counters;
    private final ItemView place = new ItemView();
    private GhostTable ghosts = new GhostTable(0);
    private int fruitless;
    private long meanSize; // of all items, when a segment begins to be emptied
    private long steps;
    private long sweptSecond = Long.MIN_VALUE;
    private int sweptSegment = 1; // the next one to be checked by a sweep

    Reclaimer(Contents contents, Memory memory, PartitionSettings settings, EvictionRecorder evictions) {
        this.contents = contents;
        this.memory = memory;
        this.settings = settings;
        this.evictions = evictions;
        counters = settings.counters();
    }

    GhostTable ghosts() {
        return ghosts;
    }

    /** How often a segment was emptied. */
    long steps() {
        return steps;
    }

    /** Empties one segment. Returns false if nothing could be won. */
    boolean reclaim(long now) {
        steps++;
        if (!contents.pool.secureSpare()) {
            return settings.evicts() && dropOldest(now);
        }
        return clean(now) || (settings.evicts() && evict(now));
    }

    /** Drops all that is in a segment, where the JVM has no memory left to keep a part of it. */
    private boolean dropOldest(long now) {
        Segment victim = logToEvictFrom().oldest();
        if (victim == null) {
            return false;
        }
        empty(victim, Purpose.DROP, now);
        return true;
    }

    /** Takes a step of a sweep, unless one was completed in this second. Returns whether there may be more to take back. */
    boolean sweepOncePerSecond(long now) {
        if (maySweep(now) && !sweep(now)) {
            sweptSecond = settings.clock().second(now);
        }
        return maySweep(now);
    }

    /** Whether no sweep was completed in this second. Without the lock it is a hint. */
    boolean maySweep(long now) {
        return sweptSecond != settings.clock().second(now);
    }

    /**
     * Looks for a segment whose items have all expired and takes it back. Each call continues where the last one ended and checks a bounded number of
     * segments. Returns false at the end of a round.
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
                empty(segment, Purpose.CLEAN, now);
                return true;
            }
        }
        return true;
    }

    /** Empties the segment with the most dead bytes, if all of them together are worth it. */
    private boolean clean(long now) {
        Segment deadest = null;
        int most = 0;
        long all = 0;
        for (int id = 1; id < contents.segments.end(); id++) {
            Segment segment = contents.segments.get(id);
            if (segment != null && segment.log != null && !segment.log.isOpen(segment)) {
                int reclaimable = segment.reclaimableBytes(now);
                all += reclaimable;
                if (reclaimable > most) {
                    most = reclaimable;
                    deadest = segment;
                }
            }
        }
        if (deadest == null || all < worthwhileBytes()) {
            return false;
        }
        empty(deadest, Purpose.CLEAN, now);
        return true;
    }

    private long worthwhileBytes() {
        long segmentBytes = contents.pool.segmentBytes();
        return settings.evicts() ? Math.max(2 * segmentBytes, memory.limitBytes() / DEAD_SHARE) : segmentBytes;
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
        Segment victim = oldestUnlent(log);
        if (victim == null) {
            return false;
        }
        long moved = empty(victim, log == contents.main ? Purpose.EVICT_MAIN : Purpose.EVICT_NEW, now);
        fruitless = moved > victim.bytes.length - victim.bytes.length / FRUITLESS_MAX ? fruitless + 1 : 0;
        return true;
    }

    /** The oldest segment of a log. Those that are lent are passed over, as dropping them frees nothing yet: they become the newest. */
    private static @Nullable Segment oldestUnlent(Log log) {
        Segment oldest = log.oldest();
        for (int i = 0; i < LENT_PASSED_MAX && oldest != null && oldest.isLent(); i++) {
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

    /** Takes a segment out of its log and empties it. Returns the bytes of the items that outlived it. */
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
            if (ItemLayout.isDead(bytes, item)) {
                continue;
            }
            long hash = locate(victim, item);
            boolean expired = settings.clock().isExpired(victim.expiry(item), now);
            Log target = expired ? null : survivesIn(log, purpose, size);
            if (target == null) {
                drop(victim, item, hash, purpose, now);
                continue;
            }
            moved += size;
            int frequency = frequencyAfter(purpose, size);
            if (victim.isLarge) {
                target.addNewest(victim);
                contents.index.replace(place, Slot.withFrequency(place.slot, frequency));
                return moved;
            }
            Segment segment =
                    purpose == Purpose.CLEAN ? roomForCleaned(target, newer, size) : roomForMoved(target, size);
            move(victim, item, size, segment, frequency, now);
        }
        contents.pool.release(victim);
        return moved;
    }

    /** Puts the slot of a live item into {@link #place}, and returns the hash of its key. */
    private long locate(Segment victim, int item) {
        byte[] bytes = victim.bytes;
        long hash = settings.keyHash().of(bytes, ItemLayout.keyOffset(bytes, item), ItemLayout.keyLength(bytes, item));
        if (!contents.index.locate(hash, victim, item, place)) {
            throw new IllegalStateException("a live item that the index doesn't know");
        }
        return hash;
    }

    /** The log in which the item of {@link #place} goes on, or null if it has to go. */
    private @Nullable Log survivesIn(Log log, Purpose purpose, int size) {
        if (purpose == Purpose.CLEAN) {
            return log;
        }
        if (purpose == Purpose.DROP) {
            return null;
        }
        int frequency = Slot.frequency(place.slot);
        if (purpose == Purpose.EVICT_NEW) {
            return frequency + bonus(size) > 0 ? contents.main : null;
        }
        int bar = Math.min(fruitless / FRUITLESS_MAX, Slot.FREQUENCY_MAX);
        return frequency + Math.min(0, bonus(size)) > bar ? log : null;
    }

    /** The frequency with which the item of {@link #place} goes on. */
    private int frequencyAfter(Purpose purpose, int size) {
        if (purpose == Purpose.EVICT_NEW) {
            return Math.max(0, bonus(size));
        }
        int frequency = Slot.frequency(place.slot);
        return purpose == Purpose.EVICT_MAIN ? frequency - 1 : frequency;
    }

    /** How many reads an item of a size is given, or taken: none if it is about as large as the mean. */
    private int bonus(long size) {
        if (size > SIZE_STEP * meanSize) {
            return size > SIZE_STEP * SIZE_STEP * meanSize ? -2 : -1;
        }
        if (size * SIZE_STEP <= meanSize) {
            return size * SIZE_STEP * SIZE_STEP <= meanSize ? 2 : 1;
        }
        return 0;
    }

    private void drop(Segment victim, int item, long hash, Purpose purpose, long now) {
        boolean fetched = Slot.isFetched(place.slot);
        boolean expired = settings.clock().isExpired(victim.expiry(item), now);
        if (!expired) {
            evictions.record(victim, item, fetched, settings.clock(), now);
        }
        contents.index.remove(place);
        contents.forget(victim, item);
        long size = ItemLayout.accountedSize(victim.bytes, item);
        if (expired) {
            counters.increment(Counter.RECLAIMED, size);
            if (!fetched) {
                counters.increment(Counter.EXPIRED_UNFETCHED, size);
            }
            return;
        }
        counters.increment(Counter.EVICTIONS, size);
        if (!fetched) {
            counters.increment(Counter.EVICTED_UNFETCHED, size);
        }
        if (purpose == Purpose.EVICT_NEW) {
            ghosts.add(hash);
        }
    }

    private Segment roomForCleaned(Log log, @Nullable Segment newer, int size) {
        Segment cleaned = log.cleaned();
        if (cleaned == null || !cleaned.hasRoom(size)) {
            cleaned = contents.pool.takeSpare();
            log.openCleaned(cleaned, newer);
        }
        return cleaned;
    }

    private Segment roomForMoved(Log log, int size) {
        Segment open = log.open();
        if (open == null || !open.hasRoom(size)) {
            open = contents.pool.takeSpare();
            log.open(open);
        }
        return open;
    }

    private void move(Segment from, int item, int size, Segment to, int frequency, long now) {
        long expiry = from.expiry(item);
        int moved = to.append(size, expiry, now);
        System.arraycopy(from.bytes, item, to.bytes, moved, size);
        to.writeTimes(moved, expiry, from.accessed(item));
        contents.index.replace(place, Slot.moved(Slot.withFrequency(place.slot, frequency), to.id, moved));
    }

    /**
     * Keeps about one ghost for two items, once something is evicted at all: more of them cost items, and let more into the main
     * log than it can keep until it is read again. They may be more than one segment pays for: who waited until so much is free
     * would never have any.
     */
    private void fitGhosts(long now) {
        int wanted = GhostTable.longsFor(contents.index.items() / ITEMS_PER_GHOST);
        if (Math.abs(ghosts.longs() - wanted) <= wanted / GHOSTS_TOLERANCE_SHARE) {
            return;
        }
        long bytes = (long) wanted * Long.BYTES;
        long steps = GHOSTS_PRICE_MAX * (bytes / contents.pool.segmentBytes() + 1);
        while (!contents.pool.takeMemory(bytes)) {
            if (steps-- == 0 || !contents.pool.secureSpare() || !evictOldest(now)) {
                return;
            }
        }
        replaceGhosts(wanted, bytes);
    }

    /** Replaces the ghosts by others, whose memory was taken; where the JVM has none left they stay as they are. */
    private void replaceGhosts(int wanted, long bytes) {
        long unused = bytes;
        try {
            GhostTable resized = ghosts.resized(wanted);
            unused = ghosts.bytes();
            ghosts = resized;
        } catch (OutOfMemoryError e) {
            contents.pool.retreat();
        } finally {
            contents.pool.giveMemory(unused);
        }
    }

    private static Log logOf(Segment segment) {
        if (segment.log == null) {
            throw new IllegalStateException("a segment outside of the logs can't be emptied");
        }
        return segment.log;
    }

    /** Why a segment is emptied. */
    private enum Purpose {
        CLEAN,
        EVICT_NEW,
        EVICT_MAIN,
        DROP
    }
}
