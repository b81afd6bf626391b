package io.github.embeddedmemcached.bench.report;

/**
 * A goal for a measured value.
 *
 * @param bound the bound, inclusive
 * @param isUpperBound whether the value should be at most the bound, not at least
 */
public record Goal(double bound, boolean isUpperBound) {
    public static Goal atMost(double bound) {
        return new Goal(bound, true);
    }

    public static Goal atLeast(double bound) {
        return new Goal(bound, false);
    }

    /** Returns whether a value meets the goal. */
    boolean isMetBy(double value) {
        return isUpperBound ? value <= bound : value >= bound;
    }

    /** Describes the goal, such as {@code at most 1.15}. */
    String description() {
        return (isUpperBound ? "at most " : "at least ") + Report.number(bound);
    }

    /** Describes the goal and whether a value meets it, such as {@code at most 1.15: yes}. */
    public String result(double value) {
        return description() + (Double.isNaN(value) ? "" : isMetBy(value) ? ": yes" : ": NO");
    }
}
