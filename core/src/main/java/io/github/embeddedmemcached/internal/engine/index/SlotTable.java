package io.github.embeddedmemcached.internal.engine.index;

import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A hash table of {@link Slot}s in lines of eight, which is the size of a cache line. A bucket is a line; if more than eight items belong to
 * it, its last slot links to a further line from the overflow.
 *
 * <p>The table grows by linear hashing (Litwin, VLDB '80): one bucket is split at a time, so no operation waits for the whole
 * table to be rehashed. The bits of the hash that decide a split are in the slots' tags: no key is read for it.
 *
 * <p>The link of a bucket contains a filter of the tags that are in its further lines, so that nearly all searches for other keys end with the
 * first line. A removal leaves its bit until the bucket is split. The links of further lines, which are rare, let all tags pass.
 *
 * <p>Written under the partition's lock, read without, see {@link Index}. A split needs neither arrays nor further lines.
 */
public abstract class SlotTable {
    /** Chunks smaller than this would save little, and the tags would have fewer bits than {@value #LINES_MAX} lines need. */
    public static final int CHUNK_BYTES_MIN = 4 << 10;

    /** Larger chunks would not be faster. */
    public static final int CHUNK_BYTES_MAX = 32 << 10;

    static final int SLOTS_PER_LINE = 8;
    private static final int LINE_SHIFT = 3;
    private static final int LINE_BYTES = SLOTS_PER_LINE * Long.BYTES;

    /**
     * Items per bucket at which the next bucket is split. If the numbers of items in buckets have a Poisson distribution, one in six items
     * is in a further line then. With 12 it would be three in seven, for 1.3 bytes less per item.
     */
    private static final int ITEMS_PER_LINE = 7;

    /** A further chunk of overflow lines is wanted when 1/SHORT_SHARE of them is unused, or half a chunk. */
    private static final int SHORT_SHARE = 16;

    private static final int LINES_MAX = 1 << 30;

    static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle STRUCTURE;

    static {
        try {
            STRUCTURE = MethodHandles.lookup().findVarHandle(SlotTable.class, "structure", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The binary logarithm of the lines per chunk. A slot's tag contains the bits of the hash above those that the lines of the first chunk need. */
    final int chunkShift;

    private final int linesPerChunk;
    volatile long[][] buckets;
    volatile long[][] overflow = {};
    volatile int lines;

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

    /** Creates a table of one chunk; the size of chunks is a power of two from {@link #CHUNK_BYTES_MIN} to {@link #CHUNK_BYTES_MAX}. */
    SlotTable(int chunkBytes) {
        linesPerChunk = chunkBytes / LINE_BYTES;
        chunkShift = Integer.numberOfTrailingZeros(linesPerChunk);
        buckets = new long[][] {newChunk()};
        lines = linesPerChunk;
    }

    private long[] newChunk() {
        return new long[linesPerChunk * SLOTS_PER_LINE];
    }

    public int chunkBytes() {
        return linesPerChunk * LINE_BYTES;
    }

    public long items() {
        return items;
    }

    /** Returns how many buckets were split so far. */
    public int splits() {
        return lines - linesPerChunk;
    }

    public long bytes() {
        return (long) (bucketChunks + overflowChunks) * chunkBytes();
    }

    /**
     * Compares the tags of a line, which readers may do without the lock.
     *
     * @param last the last slot
     * @return a bit for each slot with the tag, which may also be an empty one
     */
    static int matches(long[] chunk, int begin, long last, long tagBits) {
        return Slot.matches((long) SLOT.getAcquire(chunk, begin), tagBits)
                | Slot.matches((long) SLOT.getAcquire(chunk, begin + 1), tagBits) << 1
                | Slot.matches((long) SLOT.getAcquire(chunk, begin + 2), tagBits) << 2
                | Slot.matches((long) SLOT.getAcquire(chunk, begin + 3), tagBits) << 3
                | Slot.matches((long) SLOT.getAcquire(chunk, begin + 4), tagBits) << 4
                | Slot.matches((long) SLOT.getAcquire(chunk, begin + 5), tagBits) << 5
                | Slot.matches((long) SLOT.getAcquire(chunk, begin + 6), tagBits) << 6
                | Slot.matches(last, tagBits) << 7;
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
        long slot = Slot.of(hash >>> chunkShift, segment, item) | accessBits;
        int line = lineOf(hash, lines);
        put(buckets[line >>> chunkShift], line, slot);
        items++;
    }

    /** Returns whether an insert might need an overflow line and find none: call {@link #addOverflow} then. */
    public boolean needsOverflow() {
        return freeLines == Slot.EMPTY && overflowLines == overflowChunks * linesPerChunk;
    }

    /** Returns whether few overflow lines are free: {@link #addOverflow} should be called soon. */
    public boolean isShortOfOverflow() {
        int unused = overflowChunks * linesPerChunk - overflowLines;
        return freeLines == Slot.EMPTY && unused <= Math.min(linesPerChunk / 2, overflowLines / SHORT_SHARE);
    }

    /** Adds a chunk of overflow lines, whose memory is accounted by the caller; false if the JVM has none, and nothing was changed. */
    public boolean addOverflow() {
        long[][] more;
        try {
            more = Arrays.copyOf(overflow, overflowChunks + 1);
            HeapArrays.check(chunkBytes());
            more[overflowChunks] = newChunk();
        } catch (OutOfMemoryError e) {
            return false;
        }
        overflow = more;
        overflowChunks++;
        return true;
    }

    /** Adds an empty overflow line to the free ones. */
    private void freeLine(int line) {
        SLOT.setRelease(overflow[line >>> chunkShift], lastOf(line), freeLines);
        freeLines = Slot.link(line);
    }

    /** Removes a line from the free ones and returns it, empty. */
    private int acquireLine() {
        if (freeLines == Slot.EMPTY) {
            return overflowLines++;
        }
        int line = Slot.line(freeLines);
        long[] chunk = overflow[line >>> chunkShift];
        int last = lastOf(line);
        freeLines = chunk[last];
        SLOT.setRelease(chunk, last, Slot.EMPTY);
        return line;
    }

    final int beginOf(int line) {
        return (line & linesPerChunk - 1) << LINE_SHIFT;
    }

    final int lastOf(int line) {
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
        return lines == bucketChunks * linesPerChunk;
    }

    /** Adds a chunk of buckets, whose memory is accounted by the caller; false if the JVM has none, and nothing was changed. */
    public boolean addBuckets() {
        long[][] all = buckets;
        try {
            if (all.length == bucketChunks) {
                HeapArrays.check(bucketChunks * 2 * Integer.BYTES);
                all = Arrays.copyOf(all, bucketChunks * 2);
            }
            HeapArrays.check(chunkBytes());
            all[bucketChunks] = newChunk();
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
        long bucketBits = line & linesPerChunk - 1;
        long[] chunk = buckets[line >>> chunkShift];
        beginMove();
        staying.begin(chunk, line);
        leaving.begin(buckets[added >>> chunkShift], added);
        long link = removeSlots(chunk, line);
        append(bucketBits, mask, added);
        while (Slot.isLink(link)) {
            line = Slot.line(link);
            link = removeSlots(overflow[line >>> chunkShift], line);
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
                long hash = Slot.tag(slot) << chunkShift | bucketBits;
                (((int) hash & mask) == added ? leaving : staying).append(slot);
            }
        }
    }

    /** The end of a chain that a split builds. */
    private final class ChainEnd {
        private long[] first = {};
        private int link; // the position of the first line's link
        private long[] chunk = {};
        private int begin;
        private int used;

        void begin(long[] chunk, int line) {
            first = chunk;
            link = lastOf(line);
            beginLine(chunk, line);
        }

        private void beginLine(long[] chunk, int line) {
            this.chunk = chunk;
            begin = beginOf(line);
            used = 0;
        }

        void append(long slot) {
            if (used == SLOTS_PER_LINE) {
                long[] full = chunk;
                int last = begin + SLOTS_PER_LINE - 1;
                boolean isFirst = full == first;
                int further = acquireLine();
                beginLine(overflow[further >>> chunkShift], further);
                long moved = full[last];
                SLOT.setRelease(chunk, begin + used++, moved);
                SLOT.setRelease(
                        full, last, isFirst ? Slot.withTagOf(Slot.link(further), moved) : Slot.openLink(further));
            }
            if (chunk != first) {
                SLOT.setRelease(first, link, Slot.withTagOf(first[link], slot));
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
            boolean isFirst = chunk == first;
            if (!Slot.isLink(chunk[last])) {
                // The moved slot is in the further line before the link replaces it, so a reader finds it in one of
                // them.
                int further = acquireLine();
                long moved = chunk[last];
                SLOT.setRelease(overflow[further >>> chunkShift], beginOf(further), moved);
                SLOT.setRelease(
                        chunk, last, isFirst ? Slot.withTagOf(Slot.link(further), moved) : Slot.openLink(further));
            }
            if (isFirst) {
                SLOT.setRelease(chunk, last, Slot.withTagOf(chunk[last], slot));
            }
            line = Slot.line(chunk[last]);
            chunk = overflow[line >>> chunkShift];
        }
    }

    static int lineOf(long hash, int lines) {
        int mask = -1 >>> Integer.numberOfLeadingZeros(lines - 1);
        int line = (int) hash & mask;
        return line < lines ? line : line & mask >>> 1;
    }

    /** Returns a value for {@link #isUnmoved}. */
    final long structure() {
        return (long) STRUCTURE.getAcquire(this);
    }

    /** Returns whether no slot was moved since {@link #structure()} returned a value, during which time the caller has only read. */
    final boolean isUnmoved(long before) {
        VarHandle.acquireFence();
        return (before & 1) == 0 && (long) STRUCTURE.getOpaque(this) == before;
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
        long[] chunk = buckets[line >>> chunkShift];
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
            chunk = overflow[line >>> chunkShift];
        }
    }

    /** Returns whether a slot has the bucket and the tag of a hash; for {@code IntegrityCheck}. */
    public boolean belongs(long hash, int bucket, long slot) {
        return lineOf(hash, lines) == bucket && Slot.hasTag(slot, hash >>> chunkShift);
    }

    /** Receives the slots of items. */
    public interface SlotVisitor {
        void visit(int bucket, long slot);
    }
}
