package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.engine.CaffeineStore;
import io.github.embeddedmemcached.bench.engine.Store;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.Goal;
import io.github.embeddedmemcached.bench.wire.ServerKind;
import io.github.embeddedmemcached.bench.wire.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Compares hit ratios on key traces: of this cache, of memcached with the same -m, and of Caffeine with the same limit in bytes. */
public final class TraceBenchmark {
    private static final int QUICK_REQUESTS = 600_000;
    private static final int LONG_REQUESTS = 5_000_000;

    /** The memory limits of the caches, relative to the footprint of the trace. */
    private static final double[] LONG_SHARES = {0.05, 0.1, 0.2, 0.4};

    private static final double[] QUICK_SHARES = {0.1, 0.3};

    /** With less, memcached has only one or two pages for each slab class, so that its policy has no effect. */
    private static final int MEGABYTES_MIN = 4;

    private static final int MEGABYTES_MAX = 1024;

    /** Overhead per item in Caffeine's weights that is about that of this cache, to compare only the policies. */
    private static final int SMALL_OVERHEAD = 32;

    private static final Goal MISSES_GOAL = Goal.atMost(0.92);
    private static final Goal WORST_GOAL = Goal.atMost(1.0);
    private static final Goal CAFFEINE_GOAL = Goal.atLeast(-1.0);

    private final BenchOptions options;
    private final List<List<String>> rows = new ArrayList<>();
    private final List<Double> missRatios = new ArrayList<>();
    private final List<Double> pointsOverCaffeine = new ArrayList<>();

    private TraceBenchmark(BenchOptions options) {
        this.options = options;
    }

    /** Replays all traces. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Hit ratio on key traces, cache-aside");
        int requests = options.isLong() ? LONG_REQUESTS : QUICK_REQUESTS;
        report.paragraph("### Synthetic traces");
        replayAll(SyntheticTraces.all(QUICK_REQUESTS), options, report);
        Path folder = options.traces();
        if (folder != null) {
            report.paragraph("### Recorded traces");
            replayAll(KeyTrace.readFolder(folder, requests), options, report);
        }
    }

    private static void replayAll(List<KeyTrace> traces, BenchOptions options, Report report) throws IOException {
        TraceBenchmark benchmark = new TraceBenchmark(options);
        for (KeyTrace trace : traces) {
            System.out.println("... " + trace.name());
            for (int megabytes : benchmark.sizes(trace)) {
                benchmark.replay(trace, megabytes);
            }
        }
        benchmark.report(report);
    }

    private Iterable<Integer> sizes(KeyTrace trace) {
        TreeSet<Integer> sizes = new TreeSet<>();
        double footprint = trace.footprintBytes() / (double) (1 << 20);
        for (double share : options.isLong() ? LONG_SHARES : QUICK_SHARES) {
            sizes.add((int) Math.min(MEGABYTES_MAX, Math.max(MEGABYTES_MIN, Math.round(share * footprint))));
        }
        return sizes;
    }

    private void replay(KeyTrace trace, int megabytes) throws IOException {
        long bytes = (long) megabytes << 20;
        Replay replay = new Replay(trace);
        double inProcess = hits(replay, Store.create("embedded", bytes));
        double caffeine = hits(replay, CaffeineStore.withImmediateEviction(bytes, CaffeineStore.OWN_BYTES));
        double smallCaffeine = hits(replay, CaffeineStore.withImmediateEviction(bytes, SMALL_OVERHEAD));
        double embedded = overTheWire(replay, ServerKind.EMBEDDED, megabytes);
        double memcached =
                ServerKind.MEMCACHED.isAvailable() ? overTheWire(replay, ServerKind.MEMCACHED, megabytes) : Double.NaN;
        double missRatio = (1 - embedded) / (1 - memcached);
        if (!Double.isNaN(missRatio)) {
            missRatios.add(missRatio);
        }
        pointsOverCaffeine.add((inProcess - caffeine) * 100);
        rows.add(List.of(
                trace.name(),
                Integer.toString(trace.requests()),
                Integer.toString(megabytes),
                percent(memcached),
                percent(embedded),
                Report.number(missRatio),
                percent(inProcess),
                percent(caffeine),
                percent(smallCaffeine)));
    }

    private static double hits(Replay replay, Store<?> store) {
        try (store) {
            return replay.inProcess(store);
        }
    }

    private double overTheWire(Replay replay, ServerKind kind, int megabytes) throws IOException {
        try (ServerProcess server = ServerProcess.start(kind, options.jvmFlags(), megabytes)) {
            return replay.overTheWire(server.port());
        }
    }

    private static String percent(double ratio) {
        return Double.isNaN(ratio) ? "-" : String.format(java.util.Locale.ROOT, "%.2f", ratio * 100);
    }

    private void report(Report report) throws IOException {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of(
                "trace",
                "requests",
                "-m",
                "memcached",
                "this",
                "misses, this / memcached",
                "this, in-process",
                "Caffeine",
                "Caffeine, small items"));
        table.addAll(rows);
        report.paragraph("Hit ratio in percent:");
        report.table(table);
        if (!missRatios.isEmpty()) {
            double mean = missRatios.stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElse(Double.NaN);
            double worst =
                    missRatios.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
            report.paragraph("Misses, this / memcached: " + Report.number(mean) + " on average, "
                    + MISSES_GOAL.result(mean) + "; " + Report.number(worst) + " at worst, "
                    + WORST_GOAL.result(worst) + ".");
            report.bar(
                    "misses on key traces" + (rows.get(0).get(0).startsWith("synthetic-") ? ", synthetic" : ""),
                    1 / mean);
        }
        double least = pointsOverCaffeine.stream()
                .mapToDouble(Double::doubleValue)
                .min()
                .orElse(Double.NaN);
        report.paragraph("Points over Caffeine, at worst: " + Report.number(least) + ", " + CAFFEINE_GOAL.result(least)
                + ". Caffeine's weights include the heap overhead of an item (" + CaffeineStore.OWN_BYTES
                + " bytes besides key and value); in the last column, only " + SMALL_OVERHEAD
                + " bytes, about that of this cache, which compares only the policies.");
    }
}
