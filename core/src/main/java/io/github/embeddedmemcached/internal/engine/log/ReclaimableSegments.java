package io.github.embeddedmemcached.internal.engine.log;

import org.jspecify.annotations.Nullable;

/**
 * Finds the segments with the most deleted and expired bytes. Deleted bytes are counted at once; whether items have expired is checked
 * for a few segments at a time, in rounds over all of them. Guarded by the partition's lock.
 */
public final class ReclaimableSegments {
    /** The best of so many segments is nearly as good as the best of all. */
    private static final int MANY = 64;

    private final SegmentTable segments;
    private int next = 1; // the id that is checked next
    private @Nullable Segment best; // of those that were checked since the last one was taken
    private int checks; // since then
    private long checkedSecond = Long.MIN_VALUE; // of checkOnce
    private int unchecked; // in this second

    public ReclaimableSegments(SegmentTable segments) {
        this.segments = segments;
    }

    /** Checks the next segments, unless all were checked in this second. */
    public void checkOnce(int count, long second, long now) {
        if (checkedSecond != second) {
            checkedSecond = second;
            unchecked = segments.end() - 1;
        }
        if (unchecked > 0) {
            check(count, now);
        }
    }

    /** Returns whether all segments were checked in this second, and those without a live item taken. Without the lock, the result is a hint. */
    public boolean isChecked(long second) {
        return checkedSecond == second && unchecked <= 0;
    }

    /** Checks the next segments, as far as one without a live item, which should be {@linkplain #take taken} first. */
    public void check(int count, long now) {
        int end = Math.min(next + count, segments.end());
        Segment current = best();
        while (next < end && (current == null || !current.isReclaimable())) {
            Segment segment = segments.get(next++);
            checks++;
            unchecked--;
            if (segment != null && segment.log != null && !segment.isBeingEmptied) {
                segment.expire(now);
                segment.log.count(segment);
                if (isEligible(segment)
                        && (current == null
                                || segment.isReclaimable()
                                || segment.reclaimableBytes() > current.reclaimableBytes())) {
                    current = segment;
                }
            }
        }
        best = current;
        if (current != null && current.isReclaimable()) {
            unchecked = Math.max(1, unchecked);
        }
        if (next >= segments.end()) {
            next = 1;
        }
    }

    private static boolean isEligible(@Nullable Segment segment) {
        return segment != null
                && segment.log != null
                && !segment.isBeingEmptied
                && !segment.log.isOpen(segment)
                && segment.reclaimableBytes() > 0;
    }

    /** Returns a segment without a live item, or else the one with the most reclaimable bytes, among those that were checked; null if there is none. */
    public @Nullable Segment best() {
        if (!isEligible(best)) {
            best = null;
        }
        return best;
    }

    /** Returns whether {@link #best} is the best of all or of many. */
    public boolean isBestOfMany() {
        return checks >= Math.min(segments.end() - 1, MANY);
    }

    /** Makes the search begin again, as the best one is taken. */
    public void take() {
        best = null;
        checks = 0;
    }
}
