package io.github.embeddedmemcached.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds items by key: a hash table of {@link Slot}s in lines of eight, which is a cache line. A bucket is a line; where more than
 * eight items fall into one, the last slot links to a further line from the overflow.
 *
 * <p>It grows by linear hashing (Litwin, VLDB '80): one bucket is split at a time, so that no operation ever waits for the whole
 * table. The bits of the hash that decide a split are in the slots' tags: no key is read for it.
 *
 * <p>Written under the partition's lock, read without. A reader that finds its item has checked that against the segment's
 * version. A reader that finds nothing believes it only if {@link #structure} shows that no slot was moved meanwhile: an odd
 * number is a move under way. Setting, replacing and emptying a slot are single writes and move nothing.
 */
final class Index {
    static final int CHUNK_BYTES = Index.LINES_PER_CHUNK * Index.SLOTS_PER_LINE * Long.BYTES;

    /** What {@link #slotAt} returns behind the end: a link that no line has. */
    static final long NO_SLOT = -1;

    private static final int SLOTS_PER_LINE = 8;
    private static final int LINE_SHIFT = 3;
    private static final int CHUNK_SHIFT = 9;
    private static final int LINES_PER_CHUNK = 1 << CHUNK_SHIFT;
    private static final int CHUNK_MASK = LINES_PER_CHUNK - 1;

    /** Items for each bucket at which the next one is split: a bucket and its overflow are fullest then, for the memory they take. */
    private static final int ITEMS_PER_LINE = 12;

    /** The tag tells the bits of the hash above those that the first lines need. */
    private static final int TAG_SHIFT = CHUNK_SHIFT;

    private static final int LINES_MAX = 1 << 30;
    /** No chain is that long: a reader who went so far was led astray by a change. */
    private static final int HOPS_MAX = 4096;

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
    private int[] freeLines = new int[LINES_PER_CHUNK];
    private int freeLineCount;
    private long[] staying = new long[64];
    private long[] leaving = new long[64];

    /** An empty index of one chunk. */
    Index(SegmentTable segments) {
        this.segments = segments;
    }

    long items() {
        return items;
    }

    /** How many buckets were split so far. */
    int splits() {
        return lines - LINES_PER_CHUNK;
    }

    long bytes() {
        return (long) (bucketChunks + overflowChunks) * CHUNK_BYTES;
    }

    /** Finds the item with a key, expired or not, and opens the view on it. */
    boolean find(long hash, byte[] key, int offset, int length, ItemView view) {
        while (true) {
            long before = (long) STRUCTURE.getAcquire(this);
            view.raced = false;
            if (search(hash, key, offset, length, view)) {
                return true;
            }
            VarHandle.acquireFence();
            if (!view.raced && (before & 1) == 0 && (long) STRUCTURE.getOpaque(this) == before) {
                return false;
            }
            Thread.onSpinWait();
        }
    }

    /**
     * The short way of a get: copies the value of an item of which is known that it is read often, so that nothing is to be noted.
     * It has no view to fill, looks at the clock only if the item expires, and so leaves the processor free to begin with the next one
     * while it still waits for memory: a look at the clock would wait for all of it.
     *
     * @return null if there is no such item, or if it isn't that simple: {@link #find} knows
     */
    byte @Nullable [] copyValue(long hash, byte[] key, CacheClock clock) {
        long tag = hash >>> TAG_SHIFT;
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        for (int hops = 0; hops < HOPS_MAX; hops++) {
            int begin = (line & CHUNK_MASK) << LINE_SHIFT;
            long slot = Slot.EMPTY;
            for (int at = begin; at < begin + SLOTS_PER_LINE; at++) {
                slot = (long) SLOT.getAcquire(chunk, at);
                if (Slot.hasTag(slot, tag) && slot != Slot.EMPTY) {
                    return Slot.isCounting(slot) ? null : copyValue(chunk, at, slot, key, clock);
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

    private byte @Nullable [] copyValue(long[] chunk, int at, long slot, byte[] key, CacheClock clock) {
        Segment segment = segments.get(Slot.segment(slot));
        if (segment == null) {
            return null;
        }
        long version = segment.stableVersion();
        if (slotOf(chunk, at) != slot) {
            return null;
        }
        // The slot was there after the version was read: until the version changes, its item is what these bytes say.
        byte[] bytes = segment.bytes;
        int item = Slot.offset(slot);
        if (!ItemLayout.hasKey(bytes, item, key, 0, key.length)) {
            return null;
        }
        long expiry = segment.expiry(item);
        int length = ItemLayout.valueLength(bytes, item);
        int from = ItemLayout.valueOffset(bytes, item);
        if (!segment.isStill(version) || (expiry != CacheClock.NEVER && clock.isExpired(expiry, clock.now()))) {
            return null;
        }
        byte[] value = new byte[length];
        System.arraycopy(bytes, from, value, 0, length);
        return segment.isStill(version) ? value : null;
    }

    private boolean search(long hash, byte[] key, int offset, int length, ItemView view) {
        long tag = hash >>> TAG_SHIFT;
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        for (int hops = 0; hops < HOPS_MAX; hops++) {
            int begin = (line & CHUNK_MASK) << LINE_SHIFT;
            long slot = Slot.EMPTY;
            for (int at = begin; at < begin + SLOTS_PER_LINE; at++) {
                slot = (long) SLOT.getAcquire(chunk, at);
                if (Slot.hasTag(slot, tag)
                        && slot != Slot.EMPTY
                        && view.open(segments, chunk, at, slot, key, offset, length)) {
                    return true;
                }
            }
            if (!Slot.isLink(slot)) {
                return false;
            }
            line = Slot.line(slot);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
        view.raced = true;
        return false;
    }

    // For who looks ahead: nothing that these say is sure, and nothing comes of it.

    /** Reads the first line of the bucket of a hash, both ends, as it may lie across two lines of the processor's cache. */
    int readLine(long hash) {
        int line = lineOf(hash, lines);
        return readLine(buckets, line);
    }

    private static int readLine(long[][] chunks, int line) {
        int chunk = line >>> CHUNK_SHIFT;
        if (chunk >= chunks.length) {
            return 0; // the link was another index's
        }
        int begin = (line & CHUNK_MASK) << LINE_SHIFT;
        return (int) (chunks[chunk][begin] ^ chunks[chunk][begin + SLOTS_PER_LINE - 1]);
    }

    /** The slot with a hash's tag in the first line of its bucket, or else the line's last slot, perhaps a link. */
    long glance(long hash) {
        int line = lineOf(hash, lines);
        return glance(buckets, line, hash);
    }

    /** The slot with a hash's tag in the line that a link leads to, or else that line's last slot. */
    long glance(long hash, long link) {
        int line = Slot.line(link);
        return glance(overflow, line, hash);
    }

    private static long glance(long[][] chunks, int line, long hash) {
        if (line >>> CHUNK_SHIFT >= chunks.length) {
            return Slot.EMPTY;
        }
        long[] chunk = chunks[line >>> CHUNK_SHIFT];
        long tag = hash >>> TAG_SHIFT;
        int begin = (line & CHUNK_MASK) << LINE_SHIFT;
        for (int at = begin; at < begin + SLOTS_PER_LINE; at++) {
            if (Slot.hasTag(chunk[at], tag)) {
                return chunk[at];
            }
        }
        return chunk[begin + SLOTS_PER_LINE - 1];
    }

    /** Reads the item of a slot, or the line of a link. */
    int readBehind(long slot) {
        if (Slot.isLink(slot)) {
            int line = Slot.line(slot);
            return readLine(overflow, line);
        }
        Segment segment = segments.get(Slot.segment(slot));
        return segment == null ? 0 : segment.read(Slot.offset(slot));
    }

    /** Finds the slot of the item at a place; for who walks through a segment, under the lock. */
    boolean locate(long hash, Segment segment, int item, ItemView view) {
        long wanted = Slot.of(hash >>> TAG_SHIFT, segment.id, item);
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        while (true) {
            int begin = (line & CHUNK_MASK) << LINE_SHIFT;
            for (int at = begin; at < begin + SLOTS_PER_LINE; at++) {
                if (Slot.isSameItem(chunk[at], wanted)) {
                    view.place(chunk, at, chunk[at]);
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

    /** Reads the slot again that a view was opened on. */
    static long slotOf(long[] chunk, int at) {
        return (long) SLOT.getAcquire(chunk, at);
    }

    /** Writes what a reader has to say about an item, unless the slot was changed meanwhile. */
    static void note(ItemView view, long slot) {
        SLOT.compareAndSet(view.chunk, view.at, view.slot, slot);
    }

    void replace(ItemView view, long slot) {
        SLOT.setRelease(view.chunk, view.at, slot);
    }

    void remove(ItemView view) {
        SLOT.setRelease(view.chunk, view.at, Slot.EMPTY);
        items--;
    }

    /** Adds an item's slot; {@link #needsOverflow} was seen to. */
    void insert(long hash, int segment, int item) {
        long slot = Slot.of(hash >>> TAG_SHIFT, segment, item);
        int line = lineOf(hash, lines);
        put(buckets[line >>> CHUNK_SHIFT], line, slot);
        items++;
    }

    /** Whether an insert might find no line to overflow into: {@link #addOverflow} then. */
    boolean needsOverflow() {
        return freeLineCount == 0;
    }

    /** Adds one chunk of lines to overflow into, whose memory is accounted for. */
    void addOverflow() {
        long[][] more = Arrays.copyOf(overflow, overflowChunks + 1);
        more[overflowChunks] = new long[LINES_PER_CHUNK * SLOTS_PER_LINE];
        overflow = more;
        int end = (overflowChunks + 1) * LINES_PER_CHUNK;
        if (freeLines.length < end) {
            freeLines = Arrays.copyOf(freeLines, end * 2);
        }
        for (int line = overflowChunks * LINES_PER_CHUNK; line < end; line++) {
            freeLines[freeLineCount++] = line;
        }
        overflowChunks++;
    }

    /** Whether it is time to split a bucket. */
    boolean isCrowded() {
        return items >= (long) lines * ITEMS_PER_LINE && lines < LINES_MAX;
    }

    /** Whether the next split wants a chunk of buckets more: {@link #addBuckets} then. */
    boolean needsBuckets() {
        return lines == bucketChunks * LINES_PER_CHUNK;
    }

    /** Adds one chunk of buckets, whose memory is accounted for. */
    void addBuckets() {
        long[][] all = buckets;
        if (all.length == bucketChunks) {
            all = Arrays.copyOf(all, bucketChunks * 2);
        }
        all[bucketChunks] = new long[LINES_PER_CHUNK * SLOTS_PER_LINE];
        buckets = all;
        bucketChunks++;
    }

    /** Splits the next bucket in turn. */
    void split() {
        int added = lines;
        int line = added ^ Integer.highestOneBit(added);
        int mask = -1 >>> Integer.numberOfLeadingZeros(added);
        beginMove();
        long[] chunk = buckets[line >>> CHUNK_SHIFT];
        int[] counts = takeApart(chunk, line, mask, added);
        rebuild(chunk, line, staying, counts[0]);
        rebuild(buckets[added >>> CHUNK_SHIFT], added, leaving, counts[1]);
        lines = added + 1;
        endMove();
    }

    /** Empties a bucket into {@link #staying} and {@link #leaving}, frees its further lines, and says how many are in each. */
    private int[] takeApart(long[] first, int bucket, int mask, int added) {
        int stay = 0;
        int leave = 0;
        long[] chunk = first;
        int line = bucket;
        while (true) {
            int begin = (line & CHUNK_MASK) << LINE_SHIFT;
            long link = Slot.EMPTY;
            for (int at = begin; at < begin + SLOTS_PER_LINE; at++) {
                long slot = chunk[at];
                SLOT.setRelease(chunk, at, Slot.EMPTY);
                if (Slot.isLink(slot)) {
                    link = slot;
                } else if (slot != Slot.EMPTY) {
                    int full = Math.max(stay, leave);
                    if (full == staying.length) {
                        staying = Arrays.copyOf(staying, full * 2);
                        leaving = Arrays.copyOf(leaving, full * 2);
                    }
                    long low = Slot.tag(slot) << TAG_SHIFT | bucket & CHUNK_MASK;
                    if (((int) low & mask) == added) {
                        leaving[leave++] = slot;
                    } else {
                        staying[stay++] = slot;
                    }
                }
            }
            if (link == Slot.EMPTY) {
                return new int[] {stay, leave};
            }
            line = Slot.line(link);
            chunk = overflow[line >>> CHUNK_SHIFT];
            freeLines[freeLineCount++] = line;
        }
    }

    private void rebuild(long[] chunk, int line, long[] slots, int count) {
        for (int i = 0; i < count; i++) {
            put(chunk, line, slots[i]);
        }
    }

    /** Puts a slot into the first empty place of a bucket, or opens a further line for it. */
    private void put(long[] first, int bucket, long slot) {
        long[] chunk = first;
        int line = bucket;
        while (true) {
            int begin = (line & CHUNK_MASK) << LINE_SHIFT;
            int last = begin + SLOTS_PER_LINE - 1;
            for (int at = begin; at <= last; at++) {
                if (chunk[at] == Slot.EMPTY) {
                    SLOT.setRelease(chunk, at, slot);
                    return;
                }
            }
            if (!Slot.isLink(chunk[last])) {
                int further = freeLines[--freeLineCount];
                long[] furtherChunk = overflow[further >>> CHUNK_SHIFT];
                // The moved slot is in the further line before the link replaces it: a reader sees it here or there.
                SLOT.setRelease(furtherChunk, (further & CHUNK_MASK) << LINE_SHIFT, chunk[last]);
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

    int buckets() {
        return lines;
    }

    /** The slot, perhaps empty or a link, at a place in a bucket and its overflow; {@link #NO_SLOT} behind the last one. */
    long slotAt(int bucket, int ordinal) {
        long[] chunk = buckets[bucket >>> CHUNK_SHIFT];
        int line = bucket;
        for (int hops = ordinal >>> LINE_SHIFT; hops > 0; hops--) {
            long last = chunk[((line & CHUNK_MASK) << LINE_SHIFT) + SLOTS_PER_LINE - 1];
            if (!Slot.isLink(last)) {
                return NO_SLOT;
            }
            line = Slot.line(last);
            chunk = overflow[line >>> CHUNK_SHIFT];
        }
        return chunk[((line & CHUNK_MASK) << LINE_SHIFT) + (ordinal & SLOTS_PER_LINE - 1)];
    }

    /** Calls back for each item's slot, with the bucket it is in; under the lock. */
    void forEach(SlotVisitor visitor) {
        for (int bucket = 0; bucket < lines; bucket++) {
            int ordinal = 0;
            for (long slot = slotAt(bucket, 0); slot != NO_SLOT; slot = slotAt(bucket, ++ordinal)) {
                if (Slot.isItem(slot)) {
                    visitor.visit(bucket, slot);
                }
            }
        }
    }

    /** The bucket in which a key of this hash belongs, and its tag as a slot has it; to check the index. */
    boolean belongs(long hash, int bucket, long slot) {
        return lineOf(hash, lines) == bucket && Slot.hasTag(slot, hash >>> TAG_SHIFT);
    }

    /** See {@link #forEach}. */
    interface SlotVisitor {
        void visit(int bucket, long slot);
    }
}
