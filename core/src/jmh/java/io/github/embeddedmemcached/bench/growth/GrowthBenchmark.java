package io.github.embeddedmemcached.bench.growth;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.LineChart;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ChildProcess;
import io.github.embeddedmemcached.bench.wire.Core;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Measures how the times of operations grow with the number of items, each number in a JVM with a suitable heap. */
public final class GrowthBenchmark {
    static final long LIMIT_BYTES_PER_ITEM = 400;

    private static final int[] QUICK_ITEMS = {10_000, 100_000, 1_000_000};
    private static final int[] LONG_ITEMS = {10_000, 50_000, 200_000, 1_000_000, 5_000_000, 20_000_000};
    private static final long LIMIT_BYTES_MIN = 64L << 20;
    private static final int HEAP_MEGABYTES_MIN = 512;

    private static final Goal LONGEST_GOAL = Goal.atMost(2);

    private GrowthBenchmark() {}

    /** Measures and reports all numbers of items. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Growth of the number of items");
        LineChart nanos = new LineChart("Time per operation", "items", "ns", true, true);
        LineChart millis = new LineChart("Operations on all items", "items", "ms", true, true);
        LineChart longest = new LineChart("Longest operation outside collections", "items", "ms", true, true);
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("items", "limit, MB"));
        for (Measure measure : Measure.values()) {
            head.add(measure.title() + ", " + measure.unit());
        }
        rows.add(head);
        double[] longestOfAll = new double[Measure.values().length];
        for (int items : options.isLong() ? LONG_ITEMS : QUICK_ITEMS) {
            System.out.println("... " + items + " items");
            long limitBytes = Math.max(LIMIT_BYTES_MIN, items * LIMIT_BYTES_PER_ITEM);
            String[] words = measure(items, limitBytes, options, report);
            List<String> row = new ArrayList<>(List.of(Integer.toString(items), Long.toString(limitBytes >> 20)));
            for (Measure measure : Measure.values()) {
                double value = Double.parseDouble(words[measure.ordinal()]);
                row.add(Report.number(value));
                LineChart chart = measure.isLongest() ? longest : measure.unit().equals("ns") ? nanos : millis;
                chart.add(measure.title(), items, value);
                longestOfAll[measure.ordinal()] = Math.max(longestOfAll[measure.ordinal()], value);
            }
            rows.add(row);
        }
        report.chart(nanos);
        report.chart(millis);
        report.chart(longest);
        report.table(rows);
        for (Measure measure : Measure.values()) {
            if (measure.isLongest() && measure != Measure.MACHINE_LONGEST) {
                double value = longestOfAll[measure.ordinal()];
                report.paragraph(measure.title() + ": " + Report.number(value) + " ms, "
                        + report.goal(measure.title() + ", ms", LONGEST_GOAL, value) + ".");
            }
        }
        report.paragraph("Values of " + GrowthProgram.VALUE_BYTES
                + " bytes, one thread. Sets that evict: new keys in a cache that is full. "
                + "After expiry: all items, at most " + GrowthProgram.EXPIRING_MAX
                + ", expire in the same second, and new keys are set during the next. The longest operations are without those that the "
                + "garbage collector has stopped; they include pauses of the machine, which the last column shows.");
    }

    private static String[] measure(int items, long limitBytes, BenchOptions options, Report report)
            throws IOException {
        List<String> flags = new ArrayList<>(options.jvmFlags());
        flags.add("-Xmx" + (HEAP_MEGABYTES_MIN + (limitBytes * 3 / 2 >> 20)) + "m");
        try (ChildProcess jvm = ChildProcess.startJava(
                Core.ANY,
                flags,
                GrowthProgram.class,
                Integer.toString(items),
                Long.toString(limitBytes),
                report.folder().resolve("growth-snapshot").toString())) {
            return jvm.readLine().split(" ");
        }
    }
}
