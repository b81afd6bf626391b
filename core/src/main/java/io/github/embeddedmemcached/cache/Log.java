package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * Segments in the order of their age. New items go to the open segment, the newest; a second segment may be open in the middle
 * of the log, where items that outlived their cleaned segments are put together again at their old age.
 * Guarded by the partition's lock.
 */
final class Log {
    private @Nullable Segment oldest;
    private @Nullable Segment newest;
    private @Nullable Segment open;
    private @Nullable Segment cleaned;
    private long bytes;

    /** Bytes of all segments, whatever they hold. */
    long bytes() {
        return bytes;
    }

    @Nullable Segment oldest() {
        return oldest;
    }

    /** Where new items go, if there is such a segment. */
    @Nullable Segment open() {
        return open;
    }

    /** Where items go that a cleaning moved. */
    @Nullable Segment cleaned() {
        return cleaned;
    }

    boolean isOpen(Segment segment) {
        return segment == open || segment == cleaned;
    }

    /** Adds a segment as the newest, and opens it for new items; the one that was open is full now. */
    void open(Segment segment) {
        addNewest(segment);
        open = segment;
    }

    /** Adds a segment as the newest that takes no further items. */
    void addNewest(Segment segment) {
        insertBefore(null, segment);
    }

    /** Adds a segment in front of a newer one, or as the newest, for items that outlive the one that was there. */
    void openCleaned(Segment segment, @Nullable Segment newer) {
        insertBefore(newer, segment);
        cleaned = segment;
    }

    void remove(Segment segment) {
        Segment before = segment.older;
        Segment after = segment.newer;
        if (before == null) {
            oldest = after;
        } else {
            before.newer = after;
        }
        if (after == null) {
            newest = before;
        } else {
            after.older = before;
        }
        segment.older = null;
        segment.newer = null;
        segment.log = null;
        bytes -= segment.bytes.length;
        if (segment == open) {
            open = null;
        }
        if (segment == cleaned) {
            cleaned = null;
        }
    }

    private void insertBefore(@Nullable Segment newer, Segment segment) {
        Segment before = newer == null ? newest : newer.older;
        segment.older = before;
        segment.newer = newer;
        segment.log = this;
        if (before == null) {
            oldest = segment;
        } else {
            before.newer = segment;
        }
        if (newer == null) {
            newest = segment;
        } else {
            newer.older = segment;
        }
        bytes += segment.bytes.length;
    }
}
