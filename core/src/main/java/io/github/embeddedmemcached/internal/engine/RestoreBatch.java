package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.util.function.IntConsumer;

/**
 * Adds items of a snapshot to a cache: several items of a partition at a time, for which it takes the lock and reads the clock once. Their
 * buckets are prefetched without the lock, as {@link LookupBatch} does. Not thread-safe; one for each thread.
 */
public final class RestoreBatch {
    /** The lock of a partition is held for at most this many items. */
    static final int ITEMS_PER_LOCK = 64;

    /** In place of a position: the fields are set already. */
    private static final int IS_READ = -1;

    // The item that is restored next.

    /** Key, value, client flags, binary mark, and the CAS unique to assign, 0 for the next one. */
    public final ItemUpdate update = new ItemUpdate();

    /** A Unix time, or {@link CacheClock#NEVER}. */
    public long expiryUnixMillis;

    public long accessedUnixSecond;
    public boolean isStale;
    public boolean wasFetched;

    /** From 0 to {@link Snapshots#RANK_MAX}; the same for all items that are added before {@link #restore}. */
    public int rank;

    private final CacheEngine engine;
    private final Partition[] partitions;
    private final IntConsumer reader;
    private final long[] results = new long[Snapshots.Result.values().length];
    private long accessedSecond;

    // The added items, ITEMS_PER_LOCK places for each partition.
    private final int[] counts;
    private final long[] hashes;
    private final int[] positions;

    @SuppressWarnings("unused") // so that the reads of prefetch are not eliminated
    private int prefetched;

    RestoreBatch(CacheEngine engine, Partition[] partitions, IntConsumer reader) {
        this.engine = engine;
        this.partitions = partitions;
        this.reader = reader;
        counts = new int[partitions.length];
        hashes = new long[partitions.length * ITEMS_PER_LOCK];
        positions = new int[hashes.length];
    }

    /**
     * Adds an item, and restores the items of its partition if they are enough.
     *
     * @param position passed to the reader when the item is restored, which sets the fields to it; not negative
     */
    public void add(byte[] bytes, int keyOffset, int keyLength, int position) {
        add(engine.hash(bytes, keyOffset, keyLength), position);
    }

    private void add(long hash, int position) {
        int partition = engine.partitionOf(hash);
        int index = partition * ITEMS_PER_LOCK + counts[partition]++;
        hashes[index] = hash;
        positions[index] = position;
        if (counts[partition] == ITEMS_PER_LOCK) {
            restore(partition);
        }
    }

    /** Restores the items that were added and are not restored yet. */
    public void restore() {
        for (int i = 0; i < counts.length; i++) {
            restore(i);
        }
        engine.reportRemovalsOfOthers();
    }

    /** Restores the item to which the fields are set. A value that was {@linkplain CacheEngine#reserve reserved} is released if it is not stored. */
    public void restoreCurrent() {
        try {
            add(engine.hash(update), IS_READ);
            restore();
        } finally {
            if (update.largeValue != null) {
                update.largeValue.release(); // does nothing if the value was stored
            }
        }
    }

    /** Counts an item that is not restored. */
    public void reject(Snapshots.Result result) {
        results[result.ordinal()]++;
    }

    /** Returns how many items had a result. */
    public long count(Snapshots.Result result) {
        return results[result.ordinal()];
    }

    private void restore(int partition) {
        int begin = partition * ITEMS_PER_LOCK;
        int end = begin + counts[partition];
        if (end > begin) {
            prefetch(partitions[partition].index(), begin, end);
            restore(partitions[partition], begin, end);
            counts[partition] = 0;
        }
    }

    private void prefetch(Index index, int begin, int end) {
        int ignored = 0;
        for (int i = begin; i < end; i++) {
            ignored += index.prefetchLine(hashes[i]);
        }
        for (int i = begin; i < end; i++) {
            ignored += index.prefetchNextLine(hashes[i]);
        }
        prefetched = ignored;
    }

    private void restore(Partition partition, int begin, int end) {
        CacheClock clock = partition.clock();
        long steps = clock.wallClockSteps();
        long now = partition.beginChange();
        try {
            for (int i = begin; i < end; i++) {
                partition.contents().reclaimer().work(now, true);
                if (positions[i] != IS_READ) {
                    reader.accept(positions[i]);
                }
                accessedSecond = Math.min(clock.secondOf(accessedUnixSecond, steps), clock.second(now));
                long expiry = clock.momentOf(expiryUnixMillis, steps);
                Snapshots.Result result =
                        partition.changes().restore(partition.contents(), this, hashes[i], expiry, now);
                results[result.ordinal()]++;
            }
            partition.lock().endChange();
        } finally {
            partition.lock().unlock();
        }
    }

    long accessedSecond() {
        return accessedSecond;
    }

    long accessBits() {
        return Slot.accessBits(rank % Snapshots.MAIN_RANK, wasFetched);
    }
}
