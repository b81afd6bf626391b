package io.github.embeddedmemcached.internal.engine.index;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds items by key: a hash table of {@link Slot}s in lines of eight, which is a cache line. A bucket is a line; if more than
 * eight items belong to it, its last slot links to a further line from the overflow.
 *
 * <p>The table grows by linear hashing (Litwin, VLDB '80): one bucket is split at a time, so no operation waits for the whole
 * table to be rehashed. The bits of the hash that decide a split are in the slots' tags: no key is read for it.
 *
 * <p>Written under the partition's lock, read without. A reader that finds an item validates it by the segment's
 * version. A reader that finds nothing accepts the result only if {@link #structure} shows that no slot was moved during the search: an
 * odd number is a move in progress. Setting, replacing and emptying a slot are single writes and move nothing. After a bounded number of
 * attempts the reader takes the lock instead, under which nothing can change and a chain is followed to its end, however long.
 *
 * <p>Chains are short for any keys that are chosen without knowledge of {@link KeyHash}'s key. If hashes collide nevertheless,
 * operations take time in proportion to the length of the chain, and all memory is still accounted: a split needs neither arrays nor
 * further lines.
 */
public final class Index {
    public static final int CHUNK_BYTES = Index.LINES_PER_CHUNK * Index.SLOTS_PER_LINE * Long.BYTES;

    /** Lets {@link #copyValue} copy the value of any item that is not a placeholder. */
    public static final long ANY = -1;

    private static final int SLOTS_PER_LINE = 8;
    private static final int LINE_SHIFT = 3;
    private static final int CHUNK_SHIFT = 9;
    private static final int LINES_PER_CHUNK = 1 << CHUNK_SHIFT;
    private static final int CHUNK_MASK = LINES_PER_CHUNK - 1;

    /** Items per bucket at which the next bucket is split: then a bucket and its overflow are fullest for the memory they take. */
    private static final int ITEMS_PER_LINE = 12;

    /** The tag contains the bits of the hash above those that the first lines need. */
    private static final int TAG_SHIFT = CHUNK_SHIFT;

    private static final int LINES_MAX = 1 << 30;

    /**
     * The lines that a reader without the lock reads in one search, as it may be following links that a split has changed. Random hashes
     * never make a chain that long: a bucket has twelve items on average.
     */
    private static final int HOPS_MAX = 64;

    /** Searches without the lock before a reader takes it. */
    private static final int ATTEMPTS_MAX = 32;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle STRUCTURE;

    static {
        try {
            STRUCTURE = MethodHandles.lookup().findVarHandle(Index.class, "structure", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SegmentTable segments;
    private volatile long[][] buckets = {new long[LINES_PER_CHUNK * SLOTS_PER_LINE]};
    private volatile long[][] overflow = {};
    private volatile int lines = LINES_PER_CHUNK;

    @SuppressWarnings("unused") // by STRUCTURE
    private long structure;

    // Guarded by the partition's lock.
    private long items;
    private int overflowChunks;
    private int bucketChunks = 1;
    /** The number of overflow lines that were ever used; those after them are free. */
    private int overflowLines;
    /** A link to the first line that was freed, which links to the next one as in a chain; {@link Slot#EMPTY} if there is none. */
    private long freeLines = Slot.EMPTY;

    // For a split.
    private final ChainEnd staying = new ChainEnd();
    private final ChainEnd leaving = new ChainEnd();
    private final long[] moving = new long[SLOTS_PER_LINE];

    /** Creates an empty index of one chunk. */
    public Index(SegmentTable segments) {
        this.segments = segments;
    }

    public long items() {
        return items;
    }

    /** Returns how many buckets were split so far. */
    public int splits() {
        return lines - LINES_PER_CHUNK;
    }

    public long bytes() {
        return (long) (bucketChunks + overflowChunks) * CHUNK_BYTES;
    }

    /** The result of a search. */
    public enum Lookup {
        FOUND,
        ABSENT,
        /** Concurrent changes or a long chain prevented a result: use {@link #findLocked} then. */
        UNKNOWN
    }

    /** Finds the item with a key, expired or not, and sets the location to it. Takes no lock, and a bounded time. */
    public Lookup find(long hash, byte[] key, int offset, int length, ItemLocation location) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            long before = (long) STRUCTURE.getAcquire(this);
            Lookup result = search(hash, key, offset, length, location);
            if (result == Lookup.FOUND) {
                return result;
            }
            VarHandle.acquireFence();
            if (result == Lookup.ABSENT && (before & 1) == 0 && (long) STRUCTURE.getOpaque(this) == before) {
                return result;
            }
            Thread.onSpinWait();
        }
        return Lookup.UNKNOWN;
    }

    private Lookup search(long hash, byte[] key, int offset, int length, ItemLocation location) {
        long tag = hash >>> TAG_SHIFT;
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        for (int hops = 0; hops < HOPS_MAX; hops++) {
            int begin = beginOf(line);
            long slot = Slot.EMPTY;
            for (int index = begin; index < begin + SLOTS_PER_LINE; index++) {
                slot = (long) SLOT.getAcquire(chunk, index);
                if (Slot.hasTag(slot, tag) && slot != Slot.EMPTY) {
                    Lookup opened = location.open(segments, chunk, index, slot, key, offset, length);
                    if (opened != Lookup.ABSENT) {
                        return opened;
                    }
                }
            }
            if (!Slot.isLink(slot)) {
                return Lookup.ABSENT;
            }
            line = Slot.line(slot);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
        return Lookup.UNKNOWN;
    }

    /** Finds the item with a key, expired or not, and sets the location to it. The caller holds the partition's lock. */
    public boolean findLocked(long hash, byte[] key, int offset, int length, ItemLocation location) {
        long tag = hash >>> TAG_SHIFT;
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        while (true) {
            int begin = beginOf(line);
            long slot = Slot.EMPTY;
            for (int index = begin; index < begin + SLOTS_PER_LINE; index++) {
                slot = slotOf(chunk, index); // readers without the lock write to slots too
                if (Slot.hasTag(slot, tag)
                        && slot != Slot.EMPTY
                        && location.openLocked(segments, chunk, index, slot, key, offset, length)) {
                    return true;
                }
            }
            if (!Slot.isLink(slot)) {
                return false;
            }
            line = Slot.line(slot);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
    }

    /**
     * Fast path of a get: copies the value of an item whose access bits are already saturated, so no metadata needs updating.
     * It fills no view and reads the clock only if the item expires, so that the processor can begin with the next lookup
     * while this one still waits for memory: reading the clock would wait for all outstanding reads.
     *
     * @param recacheMillis {@link #ANY} for any item that is not a placeholder; otherwise only an item that is neither stale nor being renewed, and is not due to be
     *     renewed because it lives for less than this
     * @return null if there is no such item, or if the fast path does not apply: use {@link #find} then
     */
    public byte @Nullable [] copyValue(long hash, byte[] key, CacheClock clock, long recacheMillis) {
        long tag = hash >>> TAG_SHIFT;
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        for (int hops = 0; hops < HOPS_MAX; hops++) {
            int begin = beginOf(line);
            long slot = Slot.EMPTY;
            for (int index = begin; index < begin + SLOTS_PER_LINE; index++) {
                slot = (long) SLOT.getAcquire(chunk, index);
                if (Slot.hasTag(slot, tag) && slot != Slot.EMPTY) {
                    return Slot.isUnsaturated(slot) ? null : copyValue(chunk, index, slot, key, clock, recacheMillis);
                }
            }
            if (!Slot.isLink(slot)) {
                return null;
            }
            line = Slot.line(slot);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
        return null;
    }

    private byte @Nullable [] copyValue(
            long[] chunk, int index, long slot, byte[] key, CacheClock clock, long recacheMillis) {
        Segment segment = segments.get(Slot.segment(slot));
        if (segment == null) {
            return null;
        }
        long version = segment.version();
        if (Segment.isChanging(version) || slotOf(chunk, index) != slot) {
            return null;
        }
        // The slot was valid after the version was read: until the version changes, these bytes are those of its item.
        byte[] bytes = segment.bytes;
        int item = Slot.offset(slot);
        if (!ItemLayout.hasKey(bytes, item, key, 0, key.length)) {
            return null;
        }
        long expiry = segment.expiry(item);
        int state = ItemLayout.state(bytes, item);
        int length = ItemLayout.valueLength(bytes, item);
        int from = ItemLayout.valueOffset(bytes, item);
        if (recacheMillis == ANY
                ? ItemLayout.isPlaceholder(state, length)
                : isDue(state, expiry, recacheMillis, clock)) {
            return null;
        }
        if (!segment.isUnchanged(version) || (expiry != CacheClock.NEVER && clock.isExpired(expiry, clock.now()))) {
            return null;
        }
        byte[] value = new byte[length];
        segment.copyValue(from, length, value, 0);
        return segment.isUnchanged(version) ? value : null;
    }

    private static boolean isDue(int state, long expiry, long recacheMillis, CacheClock clock) {
        return (state & (ItemLayout.STALE | ItemLayout.TOKEN_SENT)) != 0
                || (recacheMillis > 0
                        && expiry != CacheClock.NEVER
                        && expiry - clock.now() < recacheMillis
                        && (state & ItemLayout.NEVER_RECACHED) == 0);
    }

    // Prefetching. The results may be outdated or wrong, and are used for nothing but further prefetching.

    /** Reads both ends of the first line of the bucket of a hash, as it may extend over two lines of the processor's cache. */
    public int prefetchLine(long hash) {
        int line = lineOf(hash, lines);
        return prefetchLine(buckets, line);
    }

    private static int prefetchLine(long[][] chunks, int line) {
        int chunk = line >>> CHUNK_SHIFT;
        if (chunk >= chunks.length) {
            return 0; // the link is from another index, before a flush
        }
        int begin = beginOf(line);
        return (int) (chunks[chunk][begin] ^ chunks[chunk][begin + SLOTS_PER_LINE - 1]);
    }

    /** Returns the slot with a hash's tag in the first line of its bucket, or else the last slot of the line, which may be a link. */
    public long prefetchSlot(long hash) {
        int line = lineOf(hash, lines);
        return prefetchSlot(buckets, line, hash);
    }

    /** Returns the slot with a hash's tag in the line of a link, or else the last slot of that line. */
    public long prefetchSlot(long hash, long link) {
        int line = Slot.line(link);
        return prefetchSlot(overflow, line, hash);
    }

    private static long prefetchSlot(long[][] chunks, int line, long hash) {
        if (line >>> CHUNK_SHIFT >= chunks.length) {
            return Slot.EMPTY;
        }
        long[] chunk = chunks[line >>> CHUNK_SHIFT];
        long tag = hash >>> TAG_SHIFT;
        int begin = beginOf(line);
        for (int index = begin; index < begin + SLOTS_PER_LINE; index++) {
            if (Slot.hasTag(chunk[index], tag)) {
                return chunk[index];
            }
        }
        return chunk[begin + SLOTS_PER_LINE - 1];
    }

    /** Reads the line after the first one of the bucket of a hash, if there is one. */
    public int prefetchNextLine(long hash) {
        int line = lineOf(hash, lines);
        long last = buckets[line >>> CHUNK_SHIFT][lastOf(line)];
        return Slot.isLink(last) ? prefetchLine(overflow, Slot.line(last)) : 0;
    }

    /** Reads the item of a slot, or the line of a link. */
    public int prefetchTarget(long slot) {
        if (Slot.isLink(slot)) {
            int line = Slot.line(slot);
            return prefetchLine(overflow, line);
        }
        Segment segment = segments.get(Slot.segment(slot));
        return segment == null ? 0 : segment.prefetch(Slot.offset(slot));
    }

    /** Finds the slot of an item by its segment and offset; under the lock. */
    public boolean locate(long hash, Segment segment, int item, ItemLocation location) {
        long wanted = Slot.of(hash >>> TAG_SHIFT, segment.id, item);
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        while (true) {
            int begin = beginOf(line);
            for (int index = begin; index < begin + SLOTS_PER_LINE; index++) {
                if (Slot.isSameItem(chunk[index], wanted)) {
                    location.setSlot(chunk, index, chunk[index]);
                    return true;
                }
            }
            long last = chunk[begin + SLOTS_PER_LINE - 1];
            if (!Slot.isLink(last)) {
                return false;
            }
            line = Slot.line(last);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
    }

    /** Returns the current value of a slot. */
    public static long slotOf(long[] chunk, int index) {
        return (long) SLOT.getAcquire(chunk, index);
    }

    /** Updates the access bits of a slot, unless the slot was changed concurrently. */
    public static void updateSlot(ItemLocation location, long slot) {
        SLOT.compareAndSet(location.chunk, location.index, location.slot, slot);
    }

    public void replace(ItemLocation location, long slot) {
        SLOT.setRelease(location.chunk, location.index, slot);
    }

    public void remove(ItemLocation location) {
        SLOT.setRelease(location.chunk, location.index, Slot.EMPTY);
        items--;
    }

    /** Adds the slot of an item with some access bits. The caller has called {@link #addOverflow} if {@link #needsOverflow}. */
    public void insert(long hash, int segment, int item, long accessBits) {
        long slot = Slot.of(hash >>> TAG_SHIFT, segment, item) | accessBits;
        int line = lineOf(hash, lines);
        put(buckets[line >>> CHUNK_SHIFT], line, slot);
        items++;
    }

    /** Returns whether an insert might need an overflow line and find none: call {@link #addOverflow} then. */
    public boolean needsOverflow() {
        return freeLines == Slot.EMPTY && overflowLines == overflowChunks * LINES_PER_CHUNK;
    }

    /** Adds a chunk of overflow lines, whose memory is accounted by the caller; false if the JVM has none, and nothing was changed. */
    public boolean addOverflow() {
        long[][] more;
        try {
            more = Arrays.copyOf(overflow, overflowChunks + 1);
            HeapArrays.check(CHUNK_BYTES);
            more[overflowChunks] = new long[LINES_PER_CHUNK * SLOTS_PER_LINE];
        } catch (OutOfMemoryError e) {
            return false;
        }
        overflow = more;
        overflowChunks++;
        return true;
    }

    /** Adds an empty overflow line to the free ones. */
    private void freeLine(int line) {
        SLOT.setRelease(overflow[line >>> CHUNK_SHIFT], lastOf(line), freeLines);
        freeLines = Slot.link(line);
    }

    /** Removes a line from the free ones and returns it, empty. */
    private int acquireLine() {
        if (freeLines == Slot.EMPTY) {
            return overflowLines++;
        }
        int line = Slot.line(freeLines);
        long[] chunk = overflow[line >>> CHUNK_SHIFT];
        int last = lastOf(line);
        freeLines = chunk[last];
        SLOT.setRelease(chunk, last, Slot.EMPTY);
        return line;
    }

    private static int beginOf(int line) {
        return (line & CHUNK_MASK) << LINE_SHIFT;
    }

    private static int lastOf(int line) {
        return beginOf(line) + SLOTS_PER_LINE - 1;
    }

    /** Returns whether a bucket should be split. */
    public boolean isCrowded() {
        return isTooSmallFor(items);
    }

    /** Returns whether buckets would be split before there are this many items. */
    public boolean isTooSmallFor(long expectedItems) {
        return expectedItems >= (long) lines * ITEMS_PER_LINE && lines < LINES_MAX;
    }

    /** Returns whether the next split needs another chunk of buckets: call {@link #addBuckets} then. */
    public boolean needsBuckets() {
        return lines == bucketChunks * LINES_PER_CHUNK;
    }

    /** Adds a chunk of buckets, whose memory is accounted by the caller; false if the JVM has none, and nothing was changed. */
    public boolean addBuckets() {
        long[][] all = buckets;
        try {
            if (all.length == bucketChunks) {
                HeapArrays.check(bucketChunks * 2 * Integer.BYTES);
                all = Arrays.copyOf(all, bucketChunks * 2);
            }
            HeapArrays.check(CHUNK_BYTES);
            all[bucketChunks] = new long[LINES_PER_CHUNK * SLOTS_PER_LINE];
        } catch (OutOfMemoryError e) {
            return false;
        }
        buckets = all;
        bucketChunks++;
        return true;
    }

    /**
     * Splits the next bucket in turn. Each line of its chain is emptied and freed before its slots are appended to one of two new chains,
     * so that these never need more lines than the old one had.
     */
    public void split() {
        int added = lines;
        int line = added ^ Integer.highestOneBit(added);
        int mask = -1 >>> Integer.numberOfLeadingZeros(added);
        long bucketBits = line & CHUNK_MASK;
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        beginMove();
        staying.begin(chunk, line);
        leaving.begin(buckets[added >>> CHUNK_SHIFT], added);
        long link = removeSlots(chunk, line);
        append(bucketBits, mask, added);
        while (Slot.isLink(link)) {
            line = Slot.line(link);
            link = removeSlots(overflow[line >>> CHUNK_SHIFT], line);
            freeLine(line);
            append(bucketBits, mask, added);
        }
        lines = added + 1;
        endMove();
    }

    /** Moves the slots of a line to {@link #moving}, and returns the last one, which may be a link. */
    private long removeSlots(long[] chunk, int line) {
        int begin = beginOf(line);
        for (int i = 0; i < SLOTS_PER_LINE; i++) {
            moving[i] =
                    (long) SLOT.getAndSet(chunk, begin + i, Slot.EMPTY); // readers without the lock write to slots too
        }
        return moving[SLOTS_PER_LINE - 1];
    }

    /** Appends the slots of {@link #moving} to the chain that each belongs to after the split. */
    private void append(long bucketBits, int mask, int added) {
        for (long slot : moving) {
            if (Slot.isItem(slot)) {
                long hash = Slot.tag(slot) << TAG_SHIFT | bucketBits;
                (((int) hash & mask) == added ? leaving : staying).append(slot);
            }
        }
    }

    /** The end of a chain that a split builds. */
    private final class ChainEnd {
        private long[] chunk = {};
        private int begin;
        private int used;

        void begin(long[] chunk, int line) {
            this.chunk = chunk;
            begin = beginOf(line);
            used = 0;
        }

        void append(long slot) {
            if (used == SLOTS_PER_LINE) {
                long[] full = chunk;
                int last = begin + SLOTS_PER_LINE - 1;
                int further = acquireLine();
                begin(overflow[further >>> CHUNK_SHIFT], further);
                append(full[last]);
                SLOT.setRelease(full, last, Slot.link(further));
            }
            SLOT.setRelease(chunk, begin + used++, slot);
        }
    }

    /** Puts a slot into the first empty position of a bucket, or adds a further line for it. */
    private void put(long[] first, int bucket, long slot) {
        long[] chunk = first;
        int line = bucket;
        while (true) {
            int begin = beginOf(line);
            int last = lastOf(line);
            for (int index = begin; index <= last; index++) {
                if (chunk[index] == Slot.EMPTY) {
                    SLOT.setRelease(chunk, index, slot);
                    return;
                }
            }
            if (!Slot.isLink(chunk[last])) {
                int further = acquireLine();
                // The moved slot is in the further line before the link replaces it, so a reader finds it in one of
                // them.
                SLOT.setRelease(overflow[further >>> CHUNK_SHIFT], beginOf(further), chunk[last]);
                SLOT.setRelease(chunk, last, Slot.link(further));
            }
            line = Slot.line(chunk[last]);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
    }

    private static int lineOf(long hash, int lines) {
        int mask = -1 >>> Integer.numberOfLeadingZeros(lines - 1);
        int line = (int) hash & mask;
        return line < lines ? line : line & mask >>> 1;
    }

    private void beginMove() {
        STRUCTURE.setOpaque(this, structure + 1);
        VarHandle.storeStoreFence();
    }

    private void endMove() {
        STRUCTURE.setRelease(this, structure + 1);
    }

    /** Returns whether slots are being moved. */
    public boolean isMoving() {
        return (structure & 1) != 0;
    }

    public int buckets() {
        return lines;
    }

    /** Visits the slot of each item; under the lock. */
    public void forEach(SlotVisitor visitor) {
        for (int bucket = 0; bucket < lines; bucket++) {
            forEach(bucket, visitor);
        }
    }

    /** Visits the slot of each item in a bucket; under the lock. */
    public void forEach(int bucket, SlotVisitor visitor) {
        int line = bucket;
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        while (true) {
            int last = lastOf(line);
            for (int index = beginOf(line); index <= last; index++) {
                if (Slot.isItem(chunk[index])) {
                    visitor.visit(bucket, chunk[index]);
                }
            }
            if (!Slot.isLink(chunk[last])) {
                return;
            }
            line = Slot.line(chunk[last]);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
    }

    /** Returns whether a slot has the bucket and the tag of a hash; for {@code IntegrityCheck}. */
    public boolean belongs(long hash, int bucket, long slot) {
        return lineOf(hash, lines) == bucket && Slot.hasTag(slot, hash >>> TAG_SHIFT);
    }

    /** Receives the slots of items. */
    public interface SlotVisitor {
        void visit(int bucket, long slot);
    }
}
