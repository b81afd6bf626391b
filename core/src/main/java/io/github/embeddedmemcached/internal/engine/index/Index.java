package io.github.embeddedmemcached.internal.engine.index;

import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import org.jspecify.annotations.Nullable;

/**
 * Finds items by key, in a {@link SlotTable}.
 *
 * <p>Written under the partition's lock, read without. A reader that finds an item validates it by the segment's
 * version. A reader that finds nothing accepts the result only if {@link #isUnmoved} shows that no slot was moved during the search: an
 * odd number is a move in progress. Setting, replacing and emptying a slot are single writes and move nothing. After a bounded number of
 * attempts the reader takes the lock instead, under which nothing can change and a chain is followed to its end, however long.
 *
 * <p>Chains are short for any keys that are chosen without knowledge of {@link KeyHash}'s key. If hashes collide nevertheless,
 * operations take time in proportion to the length of the chain, and all memory is still accounted.
 */
public final class Index extends SlotTable {
    /** Lets {@link #copyValue} copy the value of any item that is not a placeholder. */
    public static final long ANY = -1;

    /** The result of {@link #copyValue} if there is certainly no item with the key, expired or not. */
    public static final byte[] NONE = {};

    /**
     * The lines that a reader without the lock reads in one search, as it may be following links that a split has changed. Random hashes
     * never make a chain that long.
     */
    private static final int HOPS_MAX = 64;

    /** Searches without the lock before a reader takes it. */
    private static final int ATTEMPTS_MAX = 32;

    /** A result of prefetching that makes a get use the slow path, only so that it is used. */
    private static final int UNLIKELY = 0x5EED_CAFE;

    private final SegmentTable segments;

    /** Creates an empty index of one chunk, whose size is a power of two from {@link #CHUNK_BYTES_MIN} to {@link #CHUNK_BYTES_MAX}. */
    public Index(SegmentTable segments, int chunkBytes) {
        super(chunkBytes);
        this.segments = segments;
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
            long before = structure();
            Lookup result = search(hash, key, offset, length, location);
            if (result == Lookup.FOUND) {
                return result;
            }
            if (result == Lookup.ABSENT && isUnmoved(before)) {
                return result;
            }
            Thread.onSpinWait();
        }
        return Lookup.UNKNOWN;
    }

    private Lookup search(long hash, byte[] key, int offset, int length, ItemLocation location) {
        long tagBits = Slot.tagBits(hash >>> chunkShift);
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> chunkShift];
        for (int hops = 0; hops < HOPS_MAX; hops++) {
            int begin = beginOf(line);
            long last = slotOf(chunk, begin + SLOTS_PER_LINE - 1);
            for (int matches = matches(chunk, begin, last, tagBits); matches != 0; matches &= matches - 1) {
                int index = begin + Integer.numberOfTrailingZeros(matches);
                long slot = slotOf(chunk, index);
                if (Slot.isLink(slot)) {
                    return Lookup.UNKNOWN; // the last slot was moved to a further line since it was compared
                }
                if (Slot.isItem(slot)) {
                    Lookup opened = location.open(segments, chunk, index, slot, key, offset, length);
                    if (opened != Lookup.ABSENT) {
                        return opened;
                    }
                }
            }
            if (!Slot.isLinkFor(last, tagBits)) {
                return Lookup.ABSENT;
            }
            line = Slot.line(last);
            chunk = overflow[line >>> chunkShift];
        }
        return Lookup.UNKNOWN;
    }

    /** Finds the item with a key, expired or not, and sets the location to it. The caller holds the partition's lock. */
    public boolean findLocked(long hash, byte[] key, int offset, int length, ItemLocation location) {
        long tagBits = Slot.tagBits(hash >>> chunkShift);
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> chunkShift];
        while (true) {
            int begin = beginOf(line);
            long last = slotOf(chunk, begin + SLOTS_PER_LINE - 1);
            for (int matches = matches(chunk, begin, last, tagBits); matches != 0; matches &= matches - 1) {
                int index = begin + Integer.numberOfTrailingZeros(matches);
                long slot = slotOf(chunk, index); // readers without the lock write to slots too
                if (Slot.isItem(slot) && location.openLocked(segments, chunk, index, slot, key, offset, length)) {
                    return true;
                }
            }
            if (!Slot.isLinkFor(last, tagBits)) {
                return false;
            }
            line = Slot.line(last);
            chunk = overflow[line >>> chunkShift];
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
        long before = structure();
        long tagBits = Slot.tagBits(hash >>> chunkShift);
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> chunkShift];
        for (int hops = 0; hops < HOPS_MAX; hops++) {
            int begin = beginOf(line);
            long last = slotOf(chunk, begin + SLOTS_PER_LINE - 1);
            int matches = matches(chunk, begin, last, tagBits);
            if (matches != 0) {
                int index = begin + Integer.numberOfTrailingZeros(matches);
                long slot = slotOf(chunk, index);
                return !Slot.isItem(slot) || Slot.isUnsaturated(slot)
                        ? null
                        : copyValue(chunk, index, slot, key, clock, recacheMillis);
            }
            if (!Slot.isLinkFor(last, tagBits)) {
                return isUnmoved(before) ? NONE : null;
            }
            line = Slot.line(last);
            chunk = overflow[line >>> chunkShift];
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
        int rest = segment.prefetchRest(item);
        if (!ItemLayout.hasKey(bytes, item, key, 0, key.length) || rest == UNLIKELY) {
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
        if (segment.isDirect()) {
            segment.copyValue(from, length, value, 0);
        } else {
            System.arraycopy(
                    bytes, from, value, 0,
                    length); // directly after the allocation: then the JIT need not zero the array
        }
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

    private int prefetchLine(long[][] chunks, int line) {
        int chunk = line >>> chunkShift;
        if (chunk >= chunks.length) {
            return 0; // the link is from another index, before a flush
        }
        int begin = beginOf(line);
        return (int) (chunks[chunk][begin] ^ chunks[chunk][begin + SLOTS_PER_LINE - 1]);
    }

    /** Returns the slot with a hash's tag in the first line of its bucket, or else a link to the line that may contain it. */
    public long prefetchSlot(long hash) {
        int line = lineOf(hash, lines);
        return prefetchSlot(buckets, line, hash);
    }

    /** Returns the slot with a hash's tag in the line of a link, or else a link to the line after it. */
    public long prefetchSlot(long hash, long link) {
        int line = Slot.line(link);
        return prefetchSlot(overflow, line, hash);
    }

    private long prefetchSlot(long[][] chunks, int line, long hash) {
        if (line >>> chunkShift >= chunks.length) {
            return Slot.EMPTY;
        }
        long[] chunk = chunks[line >>> chunkShift];
        long tagBits = Slot.tagBits(hash >>> chunkShift);
        int begin = beginOf(line);
        long last = chunk[begin + SLOTS_PER_LINE - 1];
        int matches = matches(chunk, begin, last, tagBits);
        if (matches != 0) {
            return chunk[begin + Integer.numberOfTrailingZeros(matches)];
        }
        return Slot.isLinkFor(last, tagBits) ? last : Slot.EMPTY;
    }

    /** Reads the line after the first one of the bucket of a hash, if there is one. */
    public int prefetchNextLine(long hash) {
        int line = lineOf(hash, lines);
        long last = buckets[line >>> chunkShift][lastOf(line)];
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
        long wanted = Slot.of(hash >>> chunkShift, segment.id, item);
        int line = lineOf(hash, lines);
        long[] chunk = buckets[line >>> chunkShift];
        while (true) {
            int begin = beginOf(line);
            for (int index = begin; index < begin + SLOTS_PER_LINE; index++) {
                if (Slot.isSameItem(chunk[index], wanted)) {
                    location.setSlot(chunk, index, chunk[index]);
                    return true;
                }
            }
            long last = chunk[begin + SLOTS_PER_LINE - 1];
            if (!Slot.isLinkFor(last, wanted)) {
                return false;
            }
            line = Slot.line(last);
            chunk = overflow[line >>> chunkShift];
        }
    }
}
