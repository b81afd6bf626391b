package io.github.embeddedmemcached.internal.engine.log;

import org.jspecify.annotations.Nullable;

/**
 * Finds the segments with the most deleted and expired bytes. Deleted bytes are counted at once; whether items have expired is checked
 * for a few segments at a time, in rounds over all of them. Guarded by the partition's lock.
 */
public final class ReclaimableSegments {
    private final SegmentTable segments;
    private int next = 1; // the id that is checked next
    private @Nullable Segment best; // of those that were checked since the last one was taken
    private int checks; // since then

    public ReclaimableSegments(SegmentTable segments) {
        this.segments = segments;
    }

    /** Checks the next segments. Returns false at the end of a round. */
    public boolean check(int count, long now) {
        int end = Math.min(next + count, segments.end());
        checks += end - next;
        for (; next < end; next++) {
            Segment segment = segments.get(next);
            if (segment != null && segment.log != null && !segment.isBeingEmptied) {
                segment.expire(now);
                segment.log.count(segment);
                if (isEligible(segment) && (best == null || isBetter(segment, best))) {
                    best = segment;
                }
            }
        }
        if (next < segments.end()) {
            return true;
        }
        next = 1;
        return false;
    }

    private static boolean isEligible(@Nullable Segment segment) {
        return segment != null
                && segment.log != null
                && !segment.isBeingEmptied
                && !segment.log.isOpen(segment)
                && segment.reclaimableBytes() > 0;
    }

    /** One without a live item is best, as no item is moved. */
    private static boolean isBetter(Segment segment, Segment other) {
        return segment.isReclaimable() == other.isReclaimable()
                ? segment.reclaimableBytes() > other.reclaimableBytes()
                : segment.isReclaimable();
    }

    /** Returns the segment with the most reclaimable bytes among those that were checked; null if there is none. */
    public @Nullable Segment best() {
        if (!isEligible(best)) {
            best = null;
        }
        return best;
    }

    /** Returns whether {@link #best} is the best of all. */
    public boolean isBestOfAll() {
        return checks >= segments.end() - 1;
    }

    /** Makes the search begin again, as the best one is taken. */
    public void take() {
        best = null;
        checks = 0;
    }
}
