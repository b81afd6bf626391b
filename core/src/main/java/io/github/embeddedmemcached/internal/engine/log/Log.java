package io.github.embeddedmemcached.internal.engine.log;

import org.jspecify.annotations.Nullable;

/**
 * Segments ordered by age. New items are appended to the open segment, the newest; a second segment may be open in the middle
 * of the log, to which the live items of compacted segments are copied, so that they keep their age.
 * Guarded by the partition's lock.
 */
public final class Log {
    private @Nullable Segment oldest;
    private @Nullable Segment newest;
    private @Nullable Segment open;
    private @Nullable Segment compacted;
    private long bytes;
    private long reclaimableBytes;

    /** Returns the bytes of all segments, independent of their contents. */
    public long bytes() {
        return bytes;
    }

    /** Returns how many bytes emptying segments would free, without those that are open: as far as {@link #count} was called. */
    public long reclaimableBytes() {
        return reclaimableBytes
                - (open == null ? 0 : open.countedBytes)
                - (compacted == null ? 0 : compacted.countedBytes);
    }

    /** Counts the reclaimable bytes of a segment of this log again. */
    public void count(Segment segment) {
        int reclaimable = segment.reclaimableBytes();
        reclaimableBytes += reclaimable - segment.countedBytes;
        segment.countedBytes = reclaimable;
    }

    public @Nullable Segment oldest() {
        return oldest;
    }

    /** Returns the segment for new items, which is the newest, or null if there is none. */
    public @Nullable Segment open() {
        return open;
    }

    /** Returns the segment for items of compacted segments, or null if there is none. */
    public @Nullable Segment compacted() {
        return compacted;
    }

    public boolean isOpen(Segment segment) {
        return segment == open || segment == compacted;
    }

    /** Adds a segment as the newest, and opens it for new items; the previously open segment is full. */
    public void open(Segment segment) {
        insertBefore(null, segment);
        open = segment;
    }

    /** Adds a segment as the newest of those that are not open for new items. */
    public void addNewest(Segment segment) {
        insertBefore(open, segment);
    }

    /** Adds a segment before a newer one, or as the newest, for the items that were kept when the segment there was compacted. */
    public void openCompacted(Segment segment, @Nullable Segment newer) {
        insertBefore(newer, segment);
        compacted = segment;
    }

    /** Ends appending to a segment. */
    public void close(Segment segment) {
        if (segment == open) {
            open = null;
        }
        if (segment == compacted) {
            compacted = null;
        }
    }

    public void remove(Segment segment) {
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
        bytes -= segment.capacity();
        reclaimableBytes -= segment.countedBytes;
        close(segment);
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
        bytes += segment.capacity();
        reclaimableBytes += segment.countedBytes;
    }
}
