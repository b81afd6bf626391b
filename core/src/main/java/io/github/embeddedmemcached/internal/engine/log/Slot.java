package io.github.embeddedmemcached.internal.engine.log;

/**
 * The index entry of an item, in one long. 0 is an empty slot; segment ids begin with 1, so the slot of an item is never 0.
 *
 * <pre>
 *  63     62 .. 39    38        37 .. 36    35 .. 18   17 .. 0
 *  +-----+-----------+---------+-----------+----------+--------------------+
 *  | link| tag       | fetched | frequency | segment  | offset / alignment |
 *  +-----+-----------+---------+-----------+----------+--------------------+
 * </pre>
 *
 * <p>The tag is a part of the key's hash. Fetched and frequency are the access bits, which readers write: whether the item was ever
 * read, and how often since it was added to its log, up to 3.
 *
 * <p>A link is not the slot of an item: it contains the number of the line in which the bucket continues, and a filter with a bit for each
 * value of the first five bits of the tags there.
 *
 * <pre>
 *  63     62 .. 31     30 .. 0
 *  +-----+------------+--------+
 *  | link| filter     | line   |
 *  +-----+------------+--------+
 * </pre>
 */
public final class Slot {
    public static final long EMPTY = 0;
    static final int SEGMENT_MAX = (1 << 18) - 1;
    public static final int FREQUENCY_MAX = 3;
    /** Offsets are below this. */
    public static final int SEGMENT_BYTES_MAX = (1 << 18) * ItemLayout.ALIGNMENT;

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

    private static final int FILTER_SHIFT = 31;
    private static final long FILTER = 0xFFFF_FFFFL << FILTER_SHIFT;
    private static final int FILTERED_TAG_SHIFT = 58;
    private static final int LINE_MASK = Integer.MAX_VALUE;

    private Slot() {}

    public static long of(long tag, int segment, int offset) {
        return (tag & TAG_MASK) << TAG_SHIFT | (long) segment << SEGMENT_SHIFT | offset / ItemLayout.ALIGNMENT;
    }

    /** Returns the slot of the same item at another location. */
    public static long moved(long slot, int segment, int offset) {
        return (slot & (TAG_AND_LINK | FETCHED | FREQUENCY)) | of(0, segment, offset);
    }

    /** Returns the tag of a hash at its position in a slot. */
    public static long tagBits(long tag) {
        return (tag & TAG_MASK) << TAG_SHIFT;
    }

    /** Returns 1 for a slot with these bits of a tag, and 0 for any other and for a link. Without a branch, which a processor would often predict wrongly. */
    public static int matches(long slot, long tagBits) {
        return (int) ((slot ^ tagBits) >>> TAG_SHIFT) - 1 >>> Integer.SIZE - 1;
    }

    public static boolean hasTag(long slot, long tag) {
        return (slot & TAG_AND_LINK) == (tag & TAG_MASK) << TAG_SHIFT;
    }

    public static long tag(long slot) {
        return slot >>> TAG_SHIFT & TAG_MASK;
    }

    public static int segment(long slot) {
        return (int) (slot >>> SEGMENT_SHIFT) & SEGMENT_MAX;
    }

    public static int offset(long slot) {
        return ((int) slot & OFFSET_MASK) * ItemLayout.ALIGNMENT;
    }

    /** Returns whether both refer to the same item at the same location; the access bits are not compared. */
    public static boolean isSameItem(long a, long b) {
        return ((a ^ b) & ~(FETCHED | FREQUENCY)) == 0;
    }

    public static int frequency(long slot) {
        return (int) ((slot & FREQUENCY) >>> FREQUENCY_SHIFT);
    }

    public static long withFrequency(long slot, int frequency) {
        return slot & ~FREQUENCY | (long) frequency << FREQUENCY_SHIFT;
    }

    /** Returns the access bits of an item, for {@link Index#insert}. */
    public static long accessBits(int frequency, boolean isFetched) {
        return (long) frequency << FREQUENCY_SHIFT | (isFetched ? FETCHED : 0);
    }

    public static boolean isFetched(long slot) {
        return (slot & FETCHED) != 0;
    }

    public static long withFetched(long slot) {
        return slot | FETCHED;
    }

    public static long withoutFetched(long slot) {
        return slot & ~FETCHED;
    }

    /** Returns whether a read of the item would change its access bits. */
    public static boolean isUnsaturated(long slot) {
        return (slot & (FETCHED | FREQUENCY)) != (FETCHED | FREQUENCY);
    }

    public static boolean isItem(long slot) {
        return slot > 0;
    }

    public static boolean isLink(long slot) {
        return slot < 0;
    }

    /** Returns a link that no tag passes. */
    public static long link(int line) {
        return LINK | line;
    }

    /** Returns a link that all tags pass. */
    public static long openLink(int line) {
        return LINK | FILTER | line;
    }

    /** Returns a link that the tag of an item's slot passes too. */
    public static long withTagOf(long link, long slot) {
        return link | 1L << FILTER_SHIFT << (slot >>> FILTERED_TAG_SHIFT);
    }

    /** Returns whether this is a link which an item's slot with these bits of a tag may be behind. */
    public static boolean isLinkFor(long slot, long tagBits) {
        return isLink(slot) && (slot >>> FILTER_SHIFT >>> (tagBits >>> FILTERED_TAG_SHIFT) & 1) != 0;
    }

    public static int line(long link) {
        return (int) link & LINE_MASK;
    }
}
