package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the share of the memory for new items, by which eviction is anything between a contest of new items against those that were used
 * often (a small share) and a clock (all of the memory).
 *
 * <p>Two shadow caches contain the keys that the cache would contain under either rule, for a sample of the keys (as set dueling samples sets, ISCA
 * '07). Each read that only one of them hits moves the share a little towards its rule. Moving it gradually costs less than switching between
 * the rules: what the main log contains is lost when the share grows, and a lead may be short. (It is the fractional solution of a
 * metrical task system with two states.) The share has an end at either side, so that a lead of the past does not delay
 * a later move (as in Page's test, Biometrika 1954).
 *
 * <p>After a change of the access pattern, items that were used often before would lose against new ones only when these were used as often. A
 * change is detected by keys that were not seen recently, see {@link SeenKeys}: when clearly more of them are requested than on average (Page's test again), the
 * share is 1 until about as many items were stored as the cache contains, so that items that are not read any more are evicted. The shadow
 * cache of the contest begins anew, and all sketches are cleared: the counts of old keys that share counters with new ones would let new items
 * replace each other. Afterwards the share is what it was; or the smallest one if there were few hits, as in a loop, which
 * a clock never hits.
 *
 * <p>Thread-safe. Requests never wait: one of a sampled key is ignored while another thread is in a method. Before the first
 * {@link #fit} there are no shadow caches, and no key is sampled.
 */
public class ShadowCaches {
    /** More entries do not choose better. */
    private static final int ENTRIES_MAX = 2048;

    /** The entries of the shadow caches take 1/MEMORY_SHARE of the memory limit at most; the sketch and the seen keys about a quarter of that, or more if the limit is a few megabytes. */
    private static final int MEMORY_SHARE = 128;

    /** The part of the entries that a sample needs at first, and at most: some are left if it has more items than expected. */
    private static final double ENTRIES_USED = 0.5;

    private static final double ENTRIES_USED_MAX = 0.9;

    private static final int BYTES_PER_ENTRY = 2 * ShadowCache.BYTES_PER_ENTRY;

    // A key is sampled by bits of its hash that are used neither by the index nor to choose the partition.
    private static final int SAMPLE_SHIFT = 40;
    private static final int SAMPLES = 1 << Long.SIZE - SAMPLE_SHIFT;

    /** The sample is changed if it is smaller than it should be by this factor. */
    private static final int SAMPLE_TOLERANCE = 2;

    /** The share when the cache becomes full is SHARE_MIN^(1 - POSITION_FIRST). */
    private static final double POSITION_FIRST = 0.3;

    private static final double SHARE_MIN = ShadowCache.SMALL_SHARE;

    // The lead, in hits, that moves the share from end to end: a part of the items, as items are lost by that, and some
    // standard deviations of the difference of two random numbers of hits.
    private static final double LEAD_PER_ITEM = 0.5;
    private static final double LEAD_PER_ROOT = 3;

    /** The share is constant until its logarithm changes by this part of its range: a share that varies around a value evicts needlessly. */
    private static final double POSITION_STEP = 0.05;

    /** The average number of new keys for each read is that of the last reads, this many for each item. */
    private static final double MEAN_READS = 32;

    /** A change is not detected before this many reads for each item: the average is not known. */
    private static final double KNOWN_READS = 8;

    /** After a change, the average counts as that of this many reads for each item: it soon becomes that of the new pattern. */
    private static final double CHANGED_READS = 4;

    /** A change ends after this many reads for each item, even if the cache has few misses. If another one is detected meanwhile, they are counted anew. */
    private static final double CHANGE_READS_MAX = 8;

    /** New keys are in excess that exceed this multiple of the average, plus NEW_KEYS_MARGIN for each read. */
    private static final double NEW_KEYS_USUAL = 2;

    private static final double NEW_KEYS_MARGIN = 0.2;

    /** The pattern has changed if there are this many new keys in excess for each item. */
    private static final double EXCESS_MAX = 0.3;

    /** After a change, a clock has few hits if less than this part of the reads are. */
    private static final double FEW_HITS = 0.05;

    private final AtomicBoolean isBusy = new AtomicBoolean();
    private final int entries;
    private final int partitions;
    private final HeapAccount.Share heap;
    private volatile int sampleEnd; // the samples below this one; 0 before there are shadow caches
    private volatile double smallShare = shareAt(POSITION_FIRST);

    private volatile int changes;

    // Guarded by isBusy.
    private @Nullable ShadowCache clock;
    private @Nullable ShadowCache contest;
    private @Nullable SeenKeys seen;
    private double sampledItems;
    private double position = POSITION_FIRST; // 0: contest, 1: clock
    private double usedPosition = POSITION_FIRST; // that of smallShare
    private int newKeys; // since the last read
    private long reads; // of which meanNewKeys is the average, and more
    private double meanNewKeys; // for each read
    private double excess; // of new keys
    private boolean isChanging; // the pattern has changed, and items of the old one are being evicted
    private int changeReads;
    private int changeMisses;
    private int changeHits; // of the clock

    /**
     * Creates an object without shadow caches.
     *
     * @param memoryLimitBytes the memory limit of the cache; 0 if it does not evict items
     * @param partitions the number of partitions that use this object
     * @param heap to which the memory is charged
     */
    public ShadowCaches(long memoryLimitBytes, int partitions, HeapAccount.Share heap) {
        this.partitions = partitions;
        this.heap = heap;
        entries = (int) Math.min(ENTRIES_MAX, memoryLimitBytes / MEMORY_SHARE / BYTES_PER_ENTRY);
    }

    /** Returns the part of the memory limit that is reserved for shadow caches. */
    public long bytes() {
        return entries == 0
                ? 0
                : (long) entries * (BYTES_PER_ENTRY + SeenKeys.BYTES_PER_ENTRY) + Sketch.bytesFor(entries);
    }

    /** Returns the memory in use: none until there are shadow caches. */
    public long usedBytes() {
        return sampleEnd == 0 ? 0 : bytes();
    }

    /** Returns the share of the memory for new items, from 0.03 to 1. It may change at any time. */
    public double smallShare() {
        return smallShare;
    }

    /** Returns how often the pattern has changed: then the uses that were counted before mean nothing. */
    public int changes() {
        return changes;
    }

    private boolean isSampled(long hash) {
        return (int) (hash >>> SAMPLE_SHIFT) < sampleEnd;
    }

    /**
     * Records a read.
     *
     * @param hash of the key
     * @param size the item's size; 0 if the cache does not contain it
     */
    public void read(long hash, long size) {
        if (isSampled(hash) && isBusy.compareAndSet(false, true)) {
            try {
                if (clock != null && contest != null && seen != null) {
                    read(clock, contest, seen, (int) hash, (int) size);
                }
            } finally {
                isBusy.set(false);
            }
        }
    }

    private void read(ShadowCache clock, ShadowCache contest, SeenKeys seen, int key, int size) {
        boolean clockHits = clock.read(key);
        boolean contestHits = contest.read(key);
        if (clockHits != contestHits && clock.isFull() && contest.isFull()) {
            move(clockHits ? 1 : -1);
        }
        detectChange(contest);
        if (isChanging) {
            continueChange(clockHits, size == 0);
        }
        if (size > 0) { // the application would have stored it
            store(clock, contest, seen, key, size);
        }
    }

    private void store(ShadowCache clock, ShadowCache contest, SeenKeys seen, int key, int size) {
        clock.store(key, size);
        contest.store(key, size);
        if (seen.add(key)) {
            newKeys++;
        }
    }

    private void detectChange(ShadowCache contest) {
        meanNewKeys += (newKeys - meanNewKeys) / Math.min(++reads, MEAN_READS * sampledItems);
        boolean isKnown = contest.isFull() && reads >= KNOWN_READS * sampledItems;
        excess = isKnown ? Math.max(0, excess + newKeys - NEW_KEYS_USUAL * meanNewKeys - NEW_KEYS_MARGIN) : 0;
        newKeys = 0;
        if (excess > EXCESS_MAX * sampledItems) {
            excess = 0;
            reads = (long) (CHANGED_READS * sampledItems);
            contest.clear();
            isChanging = true;
            changeReads = 0;
            changeMisses = 0;
            changeHits = 0;
            smallShare = 1;
            changes++;
        }
    }

    private void continueChange(boolean clockHits, boolean isMiss) {
        changeReads++;
        changeMisses += isMiss ? 1 : 0;
        changeHits += clockHits ? 1 : 0;
        if (changeMisses >= sampledItems || changeReads >= CHANGE_READS_MAX * sampledItems) {
            position = changeHits < FEW_HITS * changeReads ? 0 : position;
            endChange();
        }
    }

    private void endChange() {
        isChanging = false;
        usedPosition = position;
        smallShare = shareAt(position);
    }

    /** Records that an item was stored. */
    public void store(long hash, long size) {
        if (isSampled(hash) && isBusy.compareAndSet(false, true)) {
            try {
                if (clock != null && contest != null && seen != null) {
                    store(clock, contest, seen, (int) hash, (int) size);
                }
            } finally {
                isBusy.set(false);
            }
        }
    }

    /** Records that an item was removed other than by eviction. */
    public void remove(long hash) {
        if (isSampled(hash) && isBusy.compareAndSet(false, true)) {
            try {
                if (clock != null && contest != null) {
                    clock.remove((int) hash);
                    contest.remove((int) hash);
                }
            } finally {
                isBusy.set(false);
            }
        }
    }

    /** Moves the share by a lead of a hit. */
    private void move(int lead) {
        double leadMax = LEAD_PER_ITEM * sampledItems + LEAD_PER_ROOT * Math.sqrt(sampledItems);
        position = Math.max(0, Math.min(1, position + lead / leadMax));
        boolean isEnd = position == 0 || position == 1;
        boolean isStep = isEnd ? position != usedPosition : Math.abs(position - usedPosition) >= POSITION_STEP;
        if (isStep && !isChanging) {
            usedPosition = position;
            smallShare = shareAt(position);
        }
    }

    private static double shareAt(double position) {
        return Math.pow(SHARE_MIN, 1 - position);
    }

    /**
     * Fits the sample to the contents of a partition, which is assumed to be like the others.
     *
     * @param items its items, or how many it will have when it is full
     * @param bytes the sum of their sizes
     */
    public void fit(long items, long bytes) {
        if (entries == 0) {
            return;
        }
        // First, as another cache may have to release memory: release() would wait for that.
        boolean isCharged = sampleEnd == 0 && heap.acquire(bytes(), true);
        boolean usesCharge = false;
        try {
            if (isBusy.compareAndSet(false, true)) {
                try {
                    boolean existed = clock != null;
                    fitSample(Math.max(1, items) * partitions, bytes * partitions, isCharged);
                    usesCharge = !existed && clock != null;
                } finally {
                    isBusy.set(false);
                }
            }
        } finally {
            if (isCharged && !usesCharge) {
                heap.release(bytes());
            }
        }
    }

    private void fitSample(long items, long bytes, boolean mayCreate) {
        double wantedItems = Math.min(items, entries * ENTRIES_USED);
        int wantedEnd = (int) (wantedItems / items * SAMPLES);
        if (wantedEnd > (long) sampleEnd * SAMPLE_TOLERANCE
                || (double) items * sampleEnd > entries * ENTRIES_USED_MAX * SAMPLES) {
            if (clock != null && contest != null) {
                clock.clear();
                contest.clear();
                reads = 0;
            } else if (!mayCreate || !create()) {
                return;
            }
            sampleEnd = wantedEnd;
        }
        if (clock != null && contest != null) {
            double sample = (double) sampleEnd / SAMPLES;
            sampledItems = Math.max(1, items * sample);
            clock.capacity((long) (bytes * sample), (long) sampledItems);
            contest.capacity((long) (bytes * sample), (long) sampledItems);
        }
    }

    /** Removes the shadow caches, and releases their memory. The share remains. */
    public void release() {
        while (!isBusy.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
        try {
            if (clock != null) {
                heap.release(bytes());
            }
            clock = null;
            contest = null;
            seen = null;
            sampleEnd = 0;
            reads = 0;
            if (isChanging) {
                endChange();
            }
        } finally {
            isBusy.set(false);
        }
    }

    /** Returns false if the JVM has no memory for the shadow caches. */
    private boolean create() {
        try {
            HeapArrays.check((int) bytes());
            ShadowCache first = new ShadowCache(entries, false);
            ShadowCache second = new ShadowCache(entries, true);
            seen = new SeenKeys(entries);
            clock = first;
            contest = second;
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }
}
