package io.github.embeddedmemcached.internal.engine.policy;

/** A way to choose the items that are evicted. It may change at any time: it decides only about the next segments that are emptied. */
public enum EvictionSetting {
    /** Keeps the items of the oldest segment that were read since it was filled or last examined. */
    CLOCK(100),

    /** New items replace the least valuable ones of the main log; a fifth of the memory is for new items. */
    CONTEST_20(20),

    /** As {@link #CONTEST_20}, with a fiftieth of the memory for new items. */
    CONTEST_2(2),

    /** Moves new items to the main log if they were read, or if their key was evicted recently (SOSP '23). */
    S3_FIFO(5);

    /** The setting of new caches; tests set it. */
    public static volatile EvictionSetting initial = CONTEST_2;

    private final int smallPercent;

    EvictionSetting(int smallPercent) {
        this.smallPercent = smallPercent;
    }

    /** Returns the memory for new items, in percent of all memory. */
    public int smallPercent() {
        return smallPercent;
    }

    /** Returns whether new items are compared to items of the main log. */
    public boolean isContest() {
        return this == CONTEST_20 || this == CONTEST_2;
    }
}
