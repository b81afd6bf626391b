package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * All that a partition holds from one flush to the next: the segments in their two logs, the index over them, and who makes
 * room. A flush puts a new one in its place, which is why nothing here can be cleared. Guarded by the partition's lock, but for
 * what readers do with the index.
 */
final class Contents {
    /** An item over this share of a segment gets a segment of its own. */
    static final int LARGE_SHARE = 4;

    /** So many times the size of a value may be evicted for it where the heap has nothing left; it may go to another cache. */
    private static final int RECEIVED_PRICE_MAX = 4;

    /** The share of the limit that values which are being received leave free. */
    private static final int FREE_SHARE = 4;

    /** How many segments are emptied at most to give one up. */
    private static final int GIVE_UP_STEPS_MAX = 16;

    final Index index;
    final SegmentTable segments;
    /** New items. */
    final Log small = new Log();
    /** New items that are large: apart, because a few of them would push all the others out of the small log. */
    final Log large = new Log();
    /** Items that were read while they were new. */
    final Log main = new Log();

    final SegmentPool pool;
    private final Reclaimer reclaimer;
    private final Memory memory;
    private final ExpiredSpace expired;
    private final UploadSpace uploads;
    private long itemBytes;

    Contents(Memory memory, PartitionSettings settings, EvictionRecorder evictions) {
        HeapArrays.check(Index.CHUNK_BYTES);
        this.memory = memory;
        expired = settings.expired();
        uploads = settings.uploads();
        segments = new SegmentTable();
        index = new Index(segments);
        pool = new SegmentPool(
                memory, segments, settings.segmentBytes(), settings.heap().account());
        reclaimer = new Reclaimer(this, memory, settings, evictions);
        memory.takeAnyway(index.bytes());
    }

    /** Gives all memory back, to be replaced by another. Readers may still be in here, and read what was. */
    void discard() {
        memory.give(index.bytes() + reclaimer.ghosts().bytes());
        pool.discard();
        memory.giveKept();
    }

    long itemBytes() {
        return itemBytes;
    }

    Reclaimer reclaimer() {
        return reclaimer;
    }

    /** Another number whenever items or slots were moved: what was found before has to be found again. */
    long moves() {
        return reclaimer.steps() + index.splits();
    }

    boolean isLarge(long size) {
        return size > pool.segmentBytes() / LARGE_SHARE;
    }

    /** The log for an item: where the old one was; main for one that was dropped too early; else that of the new ones. */
    Log logFor(long hash, @Nullable Segment old, boolean isLarge) {
        if (old != null && old.log != null && (old.isLarge == isLarge || old.log == main)) {
            return old.log;
        }
        if (reclaimer.ghosts().remove(hash)) {
            return main;
        }
        return isLarge ? large : small;
    }

    /**
     * Finds or makes room for an item of ordinary size in the open segment of a log.
     *
     * @return the segment, or null if there is no room to be had
     */
    @Nullable Segment room(Log log, int size, long now) {
        if (!prepareIndex(now)) {
            return null;
        }
        while (true) {
            Segment open = log.open();
            if (open != null && open.hasRoom(size)) {
                return open;
            }
            if (pool.wouldGrow()) {
                expired.giveBack(pool.segmentBytes(), now);
            }
            Segment next = pool.take();
            if (next != null) {
                log.open(next);
                return next;
            }
            if (!reclaimer.reclaim(now)) {
                return null;
            }
        }
    }

    /** Takes the memory of a large value that was received; false if there is none to be had. */
    boolean takeReceived(int size, long now) {
        return mayFit(size) && prepareIndex(now) && takeMemory(size, now);
    }

    /** Prepares for an item whose memory was taken before; false if there is no memory for its slot. */
    boolean prepareReceived(long now) {
        return prepareIndex(now);
    }

    /** Finds or makes room for a large item, see {@link SegmentPool#takeLarge}; null if there is no room to be had. */
    byte @Nullable [] takeLarge(int size, long now) {
        if (!mayFit(size) || !prepareIndex(now)) {
            return null;
        }
        byte[] kept = pool.pollFreeArray(size);
        if (kept != null) {
            return kept;
        }
        if (pool.wouldGrow(size)) {
            expired.giveBack(size, now);
        }
        while (true) {
            byte[] array = pool.takeLarge(size);
            if (array != null || !reclaimer.reclaim(now)) {
                return array;
            }
        }
    }

    /** Whether a large item fits into an empty partition. Where the limit was lowered it may not, and nothing is evicted for it. */
    private boolean mayFit(long size) {
        return index.bytes() + pool.segmentBytes() + size <= memory.limitBytes();
    }

    /** Takes a free array or free memory for a value that is being received, and leaves some for items; null if there is too little. */
    byte @Nullable [] takeFree(int size, long now) {
        byte[] array = pool.pollFreeArray(size);
        if (array == null && pool.wouldGrow(size)) {
            expired.giveBack(size, now);
        }
        boolean taken = array != null || pool.takeMemory(size, memory.limitBytes() / FREE_SHARE);
        return taken && array == null ? ItemUpdate.NO_BYTES : array;
    }

    /** Gives some memory back to the heap's account: what is free, or else a segment whose items are dropped or moved. Returns how much. */
    long giveUp(long now) {
        long given = memory.giveKept();
        for (int i = 0; i < GIVE_UP_STEPS_MAX && given == 0; i++) {
            if (!pool.dropFree() && !reclaimer.reclaim(now)) {
                break;
            }
            given = memory.giveKept();
        }
        return given;
    }

    /** Takes the space of a value that is being received; false if there is too little. */
    boolean takeUploadSpace(int size, long now) {
        if (!uploads.enter(size)) {
            return false;
        }
        boolean charged = false;
        try {
            charged = uploads.charge(size);
            long steps = RECEIVED_PRICE_MAX * (size / pool.segmentBytes() + 1L);
            while (!charged && steps-- > 0 && (pool.dropFree() || reclaimer.reclaim(now))) {
                memory.giveKept();
                charged = uploads.charge(size);
            }
        } finally {
            if (!charged) {
                uploads.leave(size);
            }
        }
        return charged;
    }

    /** Whether {@link #giveFree} may have something to give. Without the lock it is a hint. */
    boolean mayHaveFree(long now) {
        return pool.hasAnyFree() || reclaimer.maySweep(now);
    }

    /** Gives the account so much memory back that is free or expired, or all that there is. Returns how much that was. */
    long giveFree(long bytes, long now) {
        long before = memory.usedBytes();
        while (before - memory.usedBytes() < bytes && (pool.dropFree() || reclaimer.sweepOncePerSecond(now))) {}
        return Math.max(0, before - memory.usedBytes());
    }

    /** What remains in use, beside lent values, when all items are dropped: index, spare segment, and values that are being received. */
    long fixedBytes() {
        long droppable = pool.bytes() + reclaimer.ghosts().bytes();
        return memory.usedBytes() - memory.lentBytes() - droppable + pool.segmentBytes();
    }

    /** Adds what the partition holds to the sums. */
    void addTo(CacheStatistics.Sums sums) {
        sums.items += index.items();
        sums.itemBytes += itemBytes;
        sums.usedBytes += memory.usedBytes();
        sums.indexBytes += index.bytes();
    }

    /** Counts an item that was just written, and points the index to it. */
    void add(long hash, Segment segment, int item) {
        index.insert(hash, segment.id, item);
        itemBytes += ItemLayout.accountedSize(segment.bytes, item);
    }

    /** Puts an item that was just written in the place of an older one with the same key. */
    void replace(ItemView old, Segment segment, int item) {
        Segment oldSegment = segmentOf(old);
        int oldItem = old.item;
        index.replace(old, Slot.moved(Slot.unfetched(old.slot), segment.id, item));
        itemBytes +=
                ItemLayout.accountedSize(segment.bytes, item) - ItemLayout.accountedSize(oldSegment.bytes, oldItem);
        bury(oldSegment, oldItem);
    }

    /** Removes an item. */
    void remove(ItemView view) {
        Segment segment = segmentOf(view);
        index.remove(view);
        itemBytes -= ItemLayout.accountedSize(segment.bytes, view.item);
        bury(segment, view.item);
    }

    /** Takes an item out of the account that the reclaimer dropped. */
    void forget(Segment segment, int item) {
        itemBytes -= ItemLayout.accountedSize(segment.bytes, item);
    }

    static Segment segmentOf(ItemView view) {
        if (view.segment == null) {
            throw new IllegalStateException("the view holds a copy");
        }
        return view.segment;
    }

    /** Marks an item as dead; a segment in which nothing lives is free at once. */
    private void bury(Segment segment, int item) {
        segment.kill(item);
        Log log = segment.log;
        if (segment.liveItems == 0 && log != null && !log.isOpen(segment)) {
            log.remove(segment);
            pool.release(segment);
        }
    }

    /** Lets the index grow by a step if it is time, and sees to it that an insert will find a line. */
    private boolean prepareIndex(long now) {
        if (index.isCrowded()) {
            if (index.needsBuckets() && takeMemory(Index.CHUNK_BYTES, now) && !index.addBuckets()) {
                memory.give(Index.CHUNK_BYTES);
            }
            if (!index.needsBuckets()) {
                index.split();
            }
        }
        if (index.needsOverflow()) {
            if (!takeMemory(Index.CHUNK_BYTES, now)) {
                return false;
            }
            if (!index.addOverflow()) {
                memory.give(Index.CHUNK_BYTES);
                return false;
            }
        }
        return true;
    }

    private boolean takeMemory(long bytes, long now) {
        while (!pool.takeMemory(bytes)) {
            if (!reclaimer.reclaim(now)) {
                return false;
            }
        }
        return true;
    }
}
