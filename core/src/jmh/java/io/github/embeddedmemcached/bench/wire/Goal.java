package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.report.Report;

/**
 * What a number is to reach.
 *
 * @param bound the number
 * @param isMost whether less is better
 */
public record Goal(double bound, boolean isMost) {
    public static Goal atMost(double bound) {
        return new Goal(bound, true);
    }

    public static Goal atLeast(double bound) {
        return new Goal(bound, false);
    }

    /** Whether it is reached. */
    public boolean isReached(double value) {
        return isMost ? value <= bound : value >= bound;
    }

    /** {@code at most 1.15: yes}. */
    public String result(double value) {
        return (isMost ? "at most " : "at least ")
                + Report.number(bound)
                + (Double.isNaN(value) ? "" : isReached(value) ? ": yes" : ": no");
    }
}
