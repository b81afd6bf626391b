package io.github.embeddedmemcached.bench.engine;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Records the duration of the operations of one thread; those during which the garbage collector has stopped it are recorded apart. */
public final class OperationTimes {
    private static final long NANOS_MAX = TimeUnit.MINUTES.toNanos(5);

    /** An operation that takes less time has not been stopped by a collection. */
    private static final long SHORT_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private static final List<GarbageCollectorMXBean> COLLECTORS = ManagementFactory.getGarbageCollectorMXBeans();

    private final Histogram outside = new Histogram(NANOS_MAX, 3);
    private long longestNanos;
    private long collections = collections();
    private long startNanos;
    private long endNanos = System.nanoTime();

    /** Marks the start of an operation. */
    public void start() {
        startNanos = System.nanoTime();
        if (startNanos - endNanos > SHORT_NANOS) {
            collections = collections();
            startNanos = System.nanoTime();
        }
    }

    /** Marks the end of an operation. */
    public void end() {
        endNanos = System.nanoTime();
        long nanos = Math.min(NANOS_MAX, endNanos - startNanos);
        longestNanos = Math.max(longestNanos, nanos);
        if (nanos > SHORT_NANOS) {
            long now = collections();
            if (now != collections) {
                collections = now;
                return;
            }
        }
        outside.recordValue(nanos);
    }

    private static long collections() {
        long sum = 0;
        for (GarbageCollectorMXBean collector : COLLECTORS) {
            sum += collector.getCollectionCount();
        }
        return sum;
    }

    /** Returns the number of operations without those during a collection. */
    public long count() {
        return outside.getTotalCount();
    }

    /** Returns a percentile of the operations outside collections. */
    public double percentileMillis(double percentile) {
        return outside.getValueAtPercentile(percentile) / 1e6;
    }

    /** Returns the longest operation outside collections. */
    public double longestMillis() {
        return outside.getMaxValue() / 1e6;
    }

    /** Returns the longest operation, including those during collections. */
    public double longestMillisWithCollections() {
        return longestNanos / 1e6;
    }

    /** Returns the mean duration of the operations outside collections. */
    public double meanNanos() {
        return outside.getMean();
    }
}
