package io.github.embeddedmemcached.internal.management;

import java.util.function.LongSupplier;

/**
 * The rates of several counters: their growth per second between two reads. If less than {@link #INTERVAL_NANOS} have elapsed since
 * the last rates were computed, these are returned again, so that a read does not shorten the interval of
 * another reader. Needs no thread. Thread-safe.
 */
public final class Rates {
    /** The minimum time over which a rate is computed: one second. */
    static final long INTERVAL_NANOS = 1_000_000_000;

    private final LongSupplier nanoTime;
    private long computedNanos; // these fields are guarded by this
    private long[] counts;
    private double[] rates;

    /**
     * Creates rates that are 0 until the first interval has elapsed.
     *
     * @param nanoTime the clock, which counts nanoseconds as {@link System#nanoTime} does
     * @param counts the current values of the counters
     */
    public Rates(LongSupplier nanoTime, long... counts) {
        this.nanoTime = nanoTime;
        computedNanos = nanoTime.getAsLong();
        this.counts = counts.clone();
        rates = new double[counts.length];
    }

    /**
     * Returns the rates of the counters. A counter that was reset has the rate 0 once.
     *
     * @param current the current values, in the order of the constructor's
     * @return the counts per second, in the same order
     */
    public synchronized double[] update(long... current) {
        long nanos = nanoTime.getAsLong();
        long elapsedNanos = nanos - computedNanos;
        if (elapsedNanos >= INTERVAL_NANOS) {
            double[] computed = new double[current.length];
            for (int i = 0; i < current.length; i++) {
                computed[i] = Math.max(0, current[i] - counts[i]) * (double) INTERVAL_NANOS / elapsedNanos;
            }
            computedNanos = nanos;
            counts = current.clone();
            rates = computed;
        }
        return rates.clone();
    }
}
