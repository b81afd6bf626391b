package io.github.embeddedmemcached.internal.loading;

import java.util.concurrent.atomic.LongAdder;

/** The counters of a typed view. Thread-safe. */
public final class ViewCounters {
    /** Counts nothing: for operations on the cache itself, whose engine has its own counters. */
    public static final ViewCounters NONE = new ViewCounters(false);

    private final boolean isEnabled;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder loadFailures = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();

    /** Creates counters that are 0. */
    public ViewCounters() {
        this(true);
    }

    private ViewCounters(boolean isEnabled) {
        this.isEnabled = isEnabled;
    }

    /** Counts a get. */
    public void countGet(boolean isHit) {
        if (isEnabled) {
            (isHit ? hits : misses).increment();
        }
    }

    /** Revokes the hit of a get that is repeated. */
    public void revokeHit() {
        if (isEnabled) {
            hits.decrement();
        }
    }

    /** Counts a call of a loader. */
    void countLoad(long nanos, boolean failed) {
        if (isEnabled) {
            loads.increment();
            loadNanos.add(nanos);
            if (failed) {
                loadFailures.increment();
            }
        }
    }

    public long hits() {
        return hits.sum();
    }

    public long misses() {
        return misses.sum();
    }

    public long loads() {
        return loads.sum();
    }

    public long loadFailures() {
        return loadFailures.sum();
    }

    public long loadNanos() {
        return loadNanos.sum();
    }
}
