package io.github.embeddedmemcached.cache;

/**
 * What the index holds for an item, in one long. 0 is an empty slot; segment numbers begin at 1, so no item's slot is 0.
 *
 * <pre>
 *  63     62 .. 39    38        37 .. 36    35 .. 18   17 .. 0
 *  +-----+-----------+---------+-----------+----------+--------------------+
 *  | link| tag       | fetched | frequency | segment  | offset / alignment |
 *  +-----+-----------+---------+-----------+----------+--------------------+
 * </pre>
 *
 * <p>The tag is a part of the key's hash. Fetched and frequency are what readers write: whether the item was ever read, and how
 * often since it came into its log, up to 3. A link is not an item's: it holds the number of the line where the bucket goes on.
 */
final class Slot {
    static final long EMPTY = 0;
    static final int SEGMENT_MAX = (1 << 18) - 1;
    static final int FREQUENCY_MAX = 3;
    /** The largest offset that a slot can hold is below this. */
    static final int SEGMENT_BYTES_MAX = (1 << 18) * ItemLayout.ALIGNMENT;

    static final int TAG_BITS = 24;
    private static final int TAG_SHIFT = 39;
    private static final long LINK = 1L << 63;
    private static final long FETCHED = 1L << 38;
    private static final int FREQUENCY_SHIFT = 36;
    private static final long FREQUENCY = (long) FREQUENCY_MAX << FREQUENCY_SHIFT;
    private static final int SEGMENT_SHIFT = 18;
    private static final int OFFSET_MASK = (1 << 18) - 1;
    private static final long TAG_MASK = (1L << TAG_BITS) - 1;
    private static final long TAG_AND_LINK = LINK | TAG_MASK << TAG_SHIFT;

    private Slot() {}

    static long of(long tag, int segment, int offset) {
        return (tag & TAG_MASK) << TAG_SHIFT | (long) segment << SEGMENT_SHIFT | offset / ItemLayout.ALIGNMENT;
    }

    /** The slot of the same item at another place. */
    static long moved(long slot, int segment, int offset) {
        return (slot & (TAG_AND_LINK | FETCHED | FREQUENCY)) | of(0, segment, offset);
    }

    static boolean hasTag(long slot, long tag) {
        return (slot & TAG_AND_LINK) == (tag & TAG_MASK) << TAG_SHIFT;
    }

    static long tag(long slot) {
        return slot >>> TAG_SHIFT & TAG_MASK;
    }

    static int segment(long slot) {
        return (int) (slot >>> SEGMENT_SHIFT) & SEGMENT_MAX;
    }

    static int offset(long slot) {
        return ((int) slot & OFFSET_MASK) * ItemLayout.ALIGNMENT;
    }

    /** Whether both speak of the same item at the same place; what readers write is not compared. */
    static boolean isSameItem(long a, long b) {
        return ((a ^ b) & ~(FETCHED | FREQUENCY)) == 0;
    }

    static int frequency(long slot) {
        return (int) ((slot & FREQUENCY) >>> FREQUENCY_SHIFT);
    }

    static long withFrequency(long slot, int frequency) {
        return slot & ~FREQUENCY | (long) frequency << FREQUENCY_SHIFT;
    }

    static boolean isFetched(long slot) {
        return (slot & FETCHED) != 0;
    }

    static long withFetched(long slot) {
        return slot | FETCHED;
    }

    static long unfetched(long slot) {
        return slot & ~FETCHED;
    }

    /** Whether a read of the item has something new to say here. */
    static boolean isCounting(long slot) {
        return (slot & (FETCHED | FREQUENCY)) != (FETCHED | FREQUENCY);
    }

    static boolean isItem(long slot) {
        return slot > 0;
    }

    static boolean isLink(long slot) {
        return slot < 0;
    }

    static long link(int line) {
        return LINK | line;
    }

    static int line(long link) {
        return (int) link;
    }
}
