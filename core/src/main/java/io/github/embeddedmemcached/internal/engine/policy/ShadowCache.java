package io.github.embeddedmemcached.internal.engine.policy;

import java.util.Arrays;

/**
 * A cache of keys without values, which shows how many hits an eviction rule would have. It evicts item by item: by a clock, or by a
 * contest of the oldest new item against the oldest items of a main log, see {@code internal.engine.Reclaimer}.
 *
 * <p>An entry takes {@value #BYTES_PER_ENTRY} bytes in arrays: a hash table of chains, and two logs that are linked lists. Not thread-safe.
 */
final class ShadowCache {
    /** The share of the memory for new items, in the contest. */
    static final double SMALL_SHARE = 0.03;

    static final int BYTES_PER_ENTRY = 2 * Integer.BYTES + 3 * Character.BYTES + Byte.BYTES;

    /** The memory for new items has space for at least this many items of mean size: otherwise some large ones displace all others. */
    private static final int SMALL_ITEMS_MIN = 16;

    /** A new item is compared with this many items of the main log at most. */
    private static final int VICTIMS_MAX = 4;

    /** After this many items in a row that stayed, one is evicted in any case. */
    private static final int CLOCK_STAYED_MAX = 64;

    private static final int MAIN_STAYED_MAX = 8;

    /** An item of more than this share of the memory is not stored. */
    private static final int ITEM_SHARE = 8;

    private static final int SMALL = 0;
    private static final int MAIN = 1;

    // States of an entry: the number of reads, in which log it is, and whether it was removed.
    private static final int READS_MAX = 3;
    private static final int IN_MAIN = 4;
    private static final int REMOVED = 8;

    private final boolean contests;
    private final Sketch sketch; // not used by the clock
    private final int[] keys;
    private final int[] sizes;
    private final byte[] states;
    private final char[] buckets;
    private final char[] chain; // the next entry of the bucket, or the next unused entry
    private final char[] newer; // the next entry of the log
    private final char[] oldest = new char[2];
    private final char[] newest = new char[2];
    private final long[] bytes = new long[2];
    private final int[] victims = new int[VICTIMS_MAX];
    private int unused; // the first unused entry; 0 if there is none
    private int items;
    private int stayed;
    private long capacityBytes;
    private boolean isFull;

    /** Creates an empty cache of up to this many items, at most {@link Character#MAX_VALUE}. */
    ShadowCache(int entries, boolean contests) {
        this.contests = contests;
        sketch = new Sketch(contests ? entries : 0);
        keys = new int[entries + 1]; // entry 0 is none
        sizes = new int[entries + 1];
        states = new byte[entries + 1];
        chain = new char[entries + 1];
        newer = new char[entries + 1];
        buckets = new char[Integer.highestOneBit(Math.max(1, entries))];
        clear();
    }

    /** Removes all items. */
    void clear() {
        Arrays.fill(buckets, (char) 0);
        Arrays.fill(oldest, (char) 0);
        Arrays.fill(newest, (char) 0);
        Arrays.fill(bytes, 0);
        unused = 0;
        for (int entry = keys.length - 1; entry > 0; entry--) {
            release(entry);
        }
        items = 0;
        stayed = 0;
        isFull = false;
        sketch.clear();
    }

    /** Sets the memory, and about how many items it has space for. */
    void capacity(long bytes, long items) {
        capacityBytes = bytes;
        sketch.expect(items);
    }

    /** Returns whether an item was evicted since the cache was empty. */
    boolean isFull() {
        return isFull;
    }

    /** Records a read. Returns whether the item exists. */
    boolean read(int key) {
        int entry = find(key);
        if (entry != 0 && reads(entry) < READS_MAX) {
            states[entry]++;
        }
        return entry != 0;
    }

    /** Stores an item, or its new size. */
    void store(int key, int size) {
        int entry = find(key);
        if (entry != 0) {
            bytes[logOf(entry)] += size - sizes[entry];
            sizes[entry] = size;
            return;
        }
        if (size > capacityBytes / ITEM_SHARE) {
            return;
        }
        sketch.add(key);
        while (unused == 0 || bytes[SMALL] + bytes[MAIN] + size > capacityBytes) {
            isFull = true;
            evict();
        }
        entry = unused;
        unused = chain[entry];
        keys[entry] = key;
        sizes[entry] = size;
        states[entry] = 0;
        chain[entry] = buckets[bucketOf(key)];
        buckets[bucketOf(key)] = (char) entry;
        items++;
        append(SMALL, entry);
    }

    /** Removes an item, if it exists. Its entry is unused when the log has moved past it. */
    void remove(int key) {
        int entry = find(key);
        if (entry != 0) {
            unlink(entry);
            bytes[logOf(entry)] -= sizes[entry];
            sizes[entry] = 0;
            states[entry] = REMOVED;
        }
    }

    private void evict() {
        if (!contests) {
            clock();
            return;
        }
        long capacity = Math.min(capacityBytes, keys.length * meanSize()); // all entries may be in use before
        long mainBytes = capacity - Math.max((long) (capacity * SMALL_SHARE), SMALL_ITEMS_MIN * meanSize());
        if (oldest[MAIN] != 0 && (oldest[SMALL] == 0 || bytes[MAIN] > mainBytes)) {
            shrinkMain();
        } else {
            contest(mainBytes);
        }
    }

    private long meanSize() {
        return (bytes[SMALL] + bytes[MAIN]) / Math.max(1, items);
    }

    /** Keeps the oldest item if it was read since it was the oldest before; a large one has to be read two or three times. */
    private void clock() {
        int entry = takeOldest(SMALL);
        long relativeSize = sizes[entry] / Math.max(1, meanSize());
        int needed = relativeSize >= 4 ? 3 : relativeSize >= 2 ? 2 : 1;
        keepOrDrop(SMALL, entry, reads(entry) >= needed && stayed < CLOCK_STAYED_MAX, 0);
    }

    /** Drops an item of the main log that was not read, because the log is larger than it should be. */
    private void shrinkMain() {
        int entry = takeOldest(MAIN);
        int reads = reads(entry);
        if (reads > 0) {
            sketch.add(keys[entry]);
        }
        keepOrDrop(MAIN, entry, reads > 0 && stayed < MAIN_STAYED_MAX, reads - 1);
    }

    private void keepOrDrop(int log, int entry, boolean keeps, int reads) {
        if (keeps) {
            stayed++;
            states[entry] = (byte) reads;
            append(log, entry);
        } else {
            stayed = 0;
            drop(entry);
        }
    }

    /** Moves the oldest new item to the main log if there is space, or if it has been used more for its size than some of the oldest there, which it replaces. */
    private void contest(long mainBytes) {
        int entry = takeOldest(SMALL);
        if ((states[entry] & REMOVED) != 0) {
            drop(entry);
            return;
        }
        long uses = countUses(entry);
        long size = sizes[entry];
        long missing = size - Math.max(0, mainBytes - bytes[MAIN]);
        int rated = 0;
        int losers = 0; // a bit for each
        while (missing > 0 && rated < VICTIMS_MAX && oldest[MAIN] != 0) {
            int victim = takeOldest(MAIN);
            if (uses * sizes[victim] > (countUses(victim) + 1) * size) {
                missing -= sizes[victim];
                losers |= 1 << rated;
            }
            victims[rated++] = victim;
        }
        boolean wins = missing <= 0;
        for (int i = 0; i < rated; i++) {
            if (wins && (losers >>> i & 1) != 0) {
                drop(victims[i]);
            } else {
                append(MAIN, victims[i]);
            }
        }
        if (wins) {
            append(MAIN, entry);
        } else {
            drop(entry);
        }
    }

    /** Adds the reads of an item to the sketch. Returns how often it was used. */
    private long countUses(int entry) {
        for (int reads = reads(entry); reads > 0; reads--) {
            sketch.add(keys[entry]);
        }
        states[entry] &= ~READS_MAX;
        return sketch.count(keys[entry]);
    }

    private int reads(int entry) {
        return states[entry] & READS_MAX;
    }

    private int logOf(int entry) {
        return (states[entry] & IN_MAIN) != 0 ? MAIN : SMALL;
    }

    private int takeOldest(int log) {
        int entry = oldest[log];
        oldest[log] = newer[entry];
        if (newer[entry] == 0) {
            newest[log] = 0;
        }
        bytes[log] -= sizes[entry];
        return entry;
    }

    private void append(int log, int entry) {
        if ((states[entry] & REMOVED) != 0) {
            drop(entry);
            return;
        }
        states[entry] = (byte) (reads(entry) | (log == MAIN ? IN_MAIN : 0));
        newer[entry] = 0;
        if (newest[log] == 0) {
            oldest[log] = (char) entry;
        } else {
            newer[newest[log]] = (char) entry;
        }
        newest[log] = (char) entry;
        bytes[log] += sizes[entry];
    }

    private void drop(int entry) {
        if ((states[entry] & REMOVED) == 0) {
            unlink(entry);
        }
        release(entry);
    }

    private void release(int entry) {
        chain[entry] = (char) unused;
        unused = entry;
    }

    private int bucketOf(int key) {
        return key & buckets.length - 1;
    }

    private int find(int key) {
        int entry = buckets[bucketOf(key)];
        while (entry != 0 && keys[entry] != key) {
            entry = chain[entry];
        }
        return entry;
    }

    /** Removes an entry from the hash table. */
    private void unlink(int entry) {
        items--;
        int bucket = bucketOf(keys[entry]);
        if (buckets[bucket] == entry) {
            buckets[bucket] = chain[entry];
            return;
        }
        int previous = buckets[bucket];
        while (chain[previous] != entry) {
            previous = chain[previous];
        }
        chain[previous] = chain[entry];
    }
}
