package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Log;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentPool;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import io.github.embeddedmemcached.internal.engine.policy.ShadowCaches;
import io.github.embeddedmemcached.internal.engine.policy.Sketch;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a partition from one flush to the next: the segments in their logs, the index, and the reclaimer. A flush replaces the
 * contents by new ones, so nothing here can be cleared. Guarded by the partition's lock, except for the fields that readers of the index
 * use.
 */
final class PartitionContents {
    /** An item larger than 1/LARGE_SHARE of a segment, or than LARGE_BYTES_MAX, is stored in a segment of its own. */
    private static final int LARGE_SHARE = 4;

    private static final int LARGE_BYTES_MAX = 64 << 10;

    /** Up to this many times the size of a value may be evicted for it if the heap is exhausted; other caches may acquire the freed memory. */
    private static final int RECEIVED_COST_MAX = 4;

    /** Values that are being received leave 1/FREE_SHARE of the limit free. */
    private static final int FREE_SHARE = 4;

    /** Shadow caches are used when this share of the memory is in use: then they contain about what the cache contains when it is full. */
    private static final double SHADOWS_BEGIN = 0.125;

    /** The largest number of segments that are emptied to release one. */
    private static final int RELEASE_STEPS_MAX = 16;

    /** Compacting precedes evicting while at least 1/RECLAIMABLE_SHARE of the memory limit is deleted or expired. */
    private static final int RECLAIMABLE_SHARE = 16;

    /** For each segment that is emptied, the sketch grows by 1/SKETCH_GROWTH_SHARE of a segment, or by SKETCH_GROWTH_BYTES_MIN if that is more. */
    private static final int SKETCH_GROWTH_SHARE = 8;

    private static final int SKETCH_GROWTH_BYTES_MIN = 8 << 10;

    /** The largest number of buckets by which the index grows at once. */
    private static final int SPLITS_MAX = 256;

    /** The steps of emptying a segment are done before 1/STEPS_SHARE of another is filled. */
    private static final int STEPS_SHARE = 4;

    /** A split of a bucket may be postponed until the index has 1/POSTPONED_SHARE more items than it should. */
    private static final int POSTPONED_SHARE = 16;

    final Index index;
    final SegmentTable segments;
    /** New items. */
    final Log small = new Log();
    /** Items that were kept when a segment of the small log was emptied. */
    final Log main = new Log();

    /** Counts the uses of keys; empty until something is evicted. */
    final Sketch sketch = new Sketch(0);

    final SegmentPool pool;
    private final Reclaimer reclaimer;
    private final Memory memory;
    private final RemovalRecorder removals;
    private final ExpiredSpace expired;
    private final UploadBudget uploads;
    private final ShadowCaches shadows;
    private long itemBytes;
    private int changes; // of the access pattern for which the sketch was cleared
    private long grownBytes; // of the logs, when memory was last acquired for one of them

    PartitionContents(Memory memory, PartitionSettings settings, RemovalRecorder removals) {
        HeapArrays.check(settings.indexChunkBytes());
        this.memory = memory;
        this.removals = removals;
        expired = settings.expired();
        uploads = settings.uploads();
        shadows = settings.shadows();
        changes = shadows.changes();
        segments = new SegmentTable();
        index = new Index(segments, settings.indexChunkBytes());
        pool = new SegmentPool(
                memory, segments, settings.segmentBytes(), settings.heap().account());
        reclaimer = new Reclaimer(this, settings, removals);
        memory.acquireUnchecked(index.bytes());
    }

    /** Releases all memory, before other contents replace these. Readers may still use the old items. */
    void discard() {
        memory.release(index.bytes() + sketch.bytes());
        pool.discard();
        memory.releaseKept();
        shadows.release();
    }

    long itemBytes() {
        return itemBytes;
    }

    long meanItemBytes() {
        return itemBytes / Math.max(1, index.items());
    }

    /** Returns whether so many bytes of deleted and expired items are known, in segments that may be emptied, that compacting precedes evicting. */
    boolean hasManyReclaimable(boolean evicts) {
        long segmentBytes = pool.segmentBytes();
        long many = evicts ? Math.max(2 * segmentBytes, memory.limitBytes() / RECLAIMABLE_SHARE) : segmentBytes;
        return small.reclaimableBytes() + main.reclaimableBytes() >= many;
    }

    /** Returns how many bytes the logs may contain, as far as is known: as many as when the last segment was added. */
    long capacity() {
        return Math.max(grownBytes, small.bytes() + main.bytes());
    }

    Reclaimer reclaimer() {
        return reclaimer;
    }

    /** Returns a number that changes whenever items or slots are moved: then locations found before are invalid. */
    long moves() {
        return reclaimer.steps() + index.splits();
    }

    boolean isLarge(long size) {
        return size > ordinaryBytesMax(pool.segmentBytes());
    }

    /** Returns the largest size of an item that is not stored in a segment of its own. */
    static int ordinaryBytesMax(int segmentBytes) {
        return Math.min(segmentBytes / LARGE_SHARE, LARGE_BYTES_MAX);
    }

    /** Returns the log for an item: that of the old item, or that of new items, which are counted. */
    Log logFor(long hash, @Nullable Segment old) {
        if (old != null && old.log != null) {
            return old.log;
        }
        sketch.add(hash);
        return small;
    }

    /** Returns whether a segment should be emptied before those that are open are full. */
    boolean isRunningOut() {
        return isNearlyExhausted() && !pool.allocateFree();
    }

    /**
     * Returns whether no segment is free, or only one while the newest is nearly full: if the index needs the memory of that one, the other
     * is full before the steps of emptying a segment are done.
     */
    boolean isNearlyExhausted() {
        Segment newest = small.open();
        boolean isNearlyFull = newest != null && !newest.hasSpace(newest.capacity() / STEPS_SHARE);
        return pool.isExhausted(isNearlyFull ? 1 : 0);
    }

    /**
     * Finds or frees space for an item of ordinary size in the open segment of a log.
     *
     * @return the segment, or null if no space can be freed
     */
    @Nullable Segment findSpace(Log log, int size, long now) {
        if (!prepareIndex(now)) {
            return null;
        }
        Log target = reclaimer.logToAppend(log);
        while (true) {
            Segment open = target.open();
            if (open != null && open.hasSpace(size)) {
                return open;
            }
            if (pool.wouldGrow()) {
                expired.reclaim(pool.segmentBytes(), now);
            }
            Segment next = pool.acquire();
            if (next != null) {
                target.open(next);
                acquired(0);
                return next;
            }
            Segment newest = small.open();
            if (newest != null && newest.hasSpace(size)) {
                return newest; // a changed item of the main log does not wait for space there
            }
            if (!reclaimer.reclaim(now)) {
                return null;
            }
        }
    }

    /** Acquires the memory of a large value that was received; false if none can be freed. */
    boolean acquireReceived(int size, long now) {
        boolean isAcquired = mayFit(size) && prepareIndex(now) && acquireMemory(size, true, now);
        acquired(isAcquired ? size : 0);
        return isAcquired;
    }

    /** Prepares the index for an item whose memory was acquired before; false if there is no memory for its slot. */
    boolean prepareReceived(long now) {
        return prepareIndex(now);
    }

    /** Finds or frees memory for a large item, see {@link SegmentPool#acquireLarge}; null if none can be freed. */
    byte @Nullable [] acquireLarge(int size, long now) {
        if (!mayFit(size) || !prepareIndex(now)) {
            return null;
        }
        byte[] kept = pool.pollFreeArray(size);
        if (kept != null) {
            return kept;
        }
        if (pool.wouldGrow(size)) {
            expired.reclaim(size, now);
        }
        while (true) {
            byte[] array = pool.acquireLarge(size);
            if (array != null || !reclaimer.reclaim(now)) {
                acquired(array == null ? 0 : size);
                return array;
            }
        }
    }

    /**
     * Records how many bytes the logs contain after memory was acquired for one of them, and fits the shadow caches to the items that this partition
     * contains, or will contain when its memory is in use.
     *
     * @param bytes memory that is not in a log yet
     */
    private void acquired(long bytes) {
        grownBytes = small.bytes() + main.bytes() + bytes;
        double usedShare = (double) memory.usedBytes() / memory.limitBytes();
        if (usedShare >= SHADOWS_BEGIN) {
            double expected = Math.max(1, 1 / usedShare);
            shadows.fit((long) (index.items() * expected), (long) (itemBytes * expected));
        }
    }

    /** Returns whether a large item fits into an empty partition. After the limit was lowered it may not, and nothing is evicted for it. */
    private boolean mayFit(long size) {
        return index.bytes() + pool.segmentBytes() + size <= memory.limitBytes();
    }

    /**
     * Acquires a free array, unless the caller has direct memory, or free memory for a value that is being received, and leaves some for
     * items; null if there is too little.
     */
    byte @Nullable [] acquireFree(int size, boolean isDirect, long now) {
        byte[] array = isDirect ? null : pool.pollFreeArray(size);
        if (array == null && pool.wouldGrow(size)) {
            expired.reclaim(size, now);
        }
        boolean acquired = array != null || pool.acquireMemory(size, memory.limitBytes() / FREE_SHARE);
        return acquired && array == null ? ItemUpdate.NO_BYTES : array;
    }

    /** Releases some memory to the heap's account: free memory, or else that of a segment whose items are dropped or moved. Returns the number of bytes. */
    long releaseMemory(long now) {
        long releasedBytes = memory.releaseKept();
        for (int i = 0; i < RELEASE_STEPS_MAX && releasedBytes == 0; i++) {
            if (!pool.dropFree() && !reclaimer.reclaim(now)) {
                break;
            }
            releasedBytes = memory.releaseKept();
        }
        return releasedBytes;
    }

    /** Acquires the space of a value that is being received; false if there is too little. */
    boolean acquireUploadSpace(int size, long now) {
        if (!uploads.acquireSpace(size)) {
            return false;
        }
        boolean charged = false;
        try {
            charged = uploads.chargeHeap(size);
            long steps = RECEIVED_COST_MAX * (size / pool.segmentBytes() + 1L);
            while (!charged && steps-- > 0 && (pool.dropFree() || reclaimer.reclaim(now))) {
                memory.releaseKept();
                charged = uploads.chargeHeap(size);
            }
        } finally {
            if (!charged) {
                uploads.releaseSpace(size);
            }
        }
        return charged;
    }

    /** Returns whether {@link #releaseFree} may release memory. Without the lock, the result is a hint. */
    boolean mayHaveFree(long now) {
        return pool.hasAnyFree() || reclaimer.maySweep(now);
    }

    /** Releases this many bytes that are free or expired to the account, or as many as there are. Returns how many were released. */
    long releaseFree(long bytes, long now) {
        long before = memory.usedBytes();
        while (before - memory.usedBytes() < bytes && (pool.dropFree() || reclaimer.reclaimExpired(now))) {}
        return Math.max(0, before - memory.usedBytes());
    }

    /**
     * Returns the memory, without leased values, that remains in use if all items are dropped: index, spare segment, and values
     * that are being received.
     */
    long fixedBytes() {
        long droppable = pool.bytes() + sketch.bytes();
        return memory.usedBytes() - memory.leasedBytes() - droppable + pool.segmentBytes();
    }

    /** Adds these contents to the statistics. */
    void addTo(EngineStatistics sums) {
        sums.addPartition(index.items(), itemBytes, memory.usedBytes(), index.bytes());
    }

    /** Adds an item that was just written to the index and the accounted size. */
    void add(long hash, Segment segment, int item, long accessBits) {
        index.insert(hash, segment.id, item, accessBits);
        long size = ItemLayout.accountedSize(segment.bytes, item);
        itemBytes += size;
        shadows.store(hash, size);
    }

    /** Replaces an older item with the same key by an item that was just written. */
    void replace(ItemView old, Segment segment, int item) {
        Segment oldSegment = segmentOf(old);
        int oldItem = old.item;
        index.replace(old, Slot.moved(Slot.withoutFetched(old.slot()), segment.id, item));
        long size = ItemLayout.accountedSize(segment.bytes, item);
        itemBytes += size - ItemLayout.accountedSize(oldSegment.bytes, oldItem);
        shadows.store(old.hash(), size);
        markDeleted(oldSegment, oldItem);
    }

    /** Completes the change of an item that was overwritten by one with the same key: readers still wait for it. */
    void overwritten(ItemView old, long sizeBefore) {
        int frequency = Math.min(Slot.frequency(old.slot()) + 1, Slot.FREQUENCY_MAX);
        index.replace(old, Slot.withFrequency(Slot.withoutFetched(old.slot()), frequency));
        long size = ItemLayout.accountedSize(segmentOf(old).bytes, old.item);
        itemBytes += size - sizeBefore;
        shadows.store(old.hash(), size);
    }

    /** Removes an item. */
    void remove(ItemView view, RemovalCause cause, long now) {
        Segment segment = segmentOf(view);
        record(view, cause, now);
        index.remove(view);
        itemBytes -= ItemLayout.accountedSize(segment.bytes, view.item);
        shadows.remove(view.hash());
        markDeleted(segment, view.item);
    }

    /** Records the removal of an item that is not removed yet. */
    void record(ItemView view, RemovalCause cause, long now) {
        removals.record(cause, segmentOf(view), view.item, Slot.isFetched(view.slot()), now);
    }

    /** Subtracts an item that the reclaimer dropped from the accounted size. */
    void subtractSize(Segment segment, int item) {
        itemBytes -= ItemLayout.accountedSize(segment.bytes, item);
    }

    static Segment segmentOf(ItemView view) {
        if (view.segment == null) {
            throw new IllegalStateException("the view contains a copy of the value, not a reference to it");
        }
        return view.segment;
    }

    /** Marks an item as deleted; a segment without live items is released at once, unless it is being emptied. */
    private void markDeleted(Segment segment, int item) {
        segment.markDeleted(item);
        Log log = segment.log;
        if (log == null || segment.isBeingEmptied) {
            return;
        }
        if (segment.liveItems == 0 && !log.isOpen(segment)) {
            log.remove(segment);
            pool.release(segment);
        } else {
            log.count(segment);
        }
    }

    /**
     * Grows the index by one step if it is crowded, and ensures that an insert will find a free line. Each chunk is acquired early: if no
     * memory is free, the steps of the following operations free it, and only an urgent one is waited for.
     */
    private boolean prepareIndex(long now) {
        if (index.isCrowded()) {
            splitBucket(index.isTooSmallFor(index.items() - index.items() / POSTPONED_SHARE), now);
        }
        if ((index.isShortOfOverflow() || index.needsOverflow())
                && acquireMemory(index.chunkBytes(), index.needsOverflow(), now)
                && !index.addOverflow()) {
            memory.release(index.chunkBytes());
        }
        return !index.needsOverflow();
    }

    /** Grows the index by one bucket; false if there is no memory, or if some has to be freed for it and it is not urgent. */
    private boolean splitBucket(boolean isUrgent, long now) {
        if (index.needsBuckets() && acquireMemory(index.chunkBytes(), isUrgent, now) && !index.addBuckets()) {
            memory.release(index.chunkBytes());
        }
        if (index.needsBuckets()) {
            return false;
        }
        index.split();
        return true;
    }

    /** Grows the index for this many items, by a limited number of buckets; returns whether it has to grow further. */
    boolean growIndex(long items, long now) {
        for (int i = 0; i < SPLITS_MAX; i++) {
            if (!index.isTooSmallFor(items) || !splitBucket(true, now)) {
                return false;
            }
        }
        return true;
    }

    /** Adapts the size of the sketch to the number of items: it grows by a limited number of chunks. It is cleared when the access pattern has changed. */
    void fitSketch() {
        if (changes != shadows.changes()) {
            changes = shadows.changes();
            sketch.clear();
        }
        sketch.expect(index.items());
        while (sketch.isTooLarge()) {
            sketch.shrink();
            memory.release(Sketch.CHUNK_BYTES);
        }
        int segmentBytes = pool.segmentBytes();
        int growth = Math.max(segmentBytes / SKETCH_GROWTH_SHARE, SKETCH_GROWTH_BYTES_MIN);
        for (int bytes = 0; bytes < growth; bytes += Sketch.CHUNK_BYTES) {
            if (segmentBytes < Sketch.CHUNK_BYTES
                    || !sketch.isTooSmall()
                    || !pool.acquireMemory(Sketch.CHUNK_BYTES)
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
            pool.lowerCeiling();
        } finally {
            if (!hasGrown) {
                memory.release(Sketch.CHUNK_BYTES);
            }
        }
        return hasGrown;
    }

    private boolean acquireMemory(long bytes, boolean mayReclaim, long now) {
        while (!pool.acquireMemory(bytes)) {
            if (!mayReclaim || !reclaimer.reclaim(now)) {
                return false;
            }
        }
        return true;
    }
}
