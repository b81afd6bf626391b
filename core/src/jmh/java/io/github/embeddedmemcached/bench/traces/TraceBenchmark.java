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

/** Hit ratios on key traces: this cache, memcached with the same -m, and Caffeine given the same bytes. */
public final class TraceBenchmark {
    private static final int QUICK_REQUESTS = 600_000;
    private static final int LONG_REQUESTS = 5_000_000;

    /** Parts of a trace's footprint that the caches are given. */
    private static final double[] LONG_SHARES = {0.05, 0.1, 0.2, 0.4};

    private static final double[] QUICK_SHARES = {0.1, 0.3};

    /** With less, memcached has a page or two for each size of items, and no policy matters. */
    private static final int MEGABYTES_MIN = 4;

    private static final int MEGABYTES_MAX = 1024;

    /** What Caffeine's items count besides key and value to be as small as this cache's, for a look at the policies alone. */
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

    /** Replays them all. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Hit ratio on key traces, cache-aside");
        int requests = options.isLong() ? LONG_REQUESTS : QUICK_REQUESTS;
        report.paragraph("### Traces that are made up");
        replayAll(MadeTraces.all(QUICK_REQUESTS), options, report);
        Path folder = options.traces();
        if (folder != null) {
            report.paragraph("### Traces of applications");
            replayAll(KeyTrace.ofFolder(folder, requests), options, report);
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
        benchmark.tell(report);
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
        double inProcess = hits(replay, Store.of("embedded", bytes));
        double caffeine = hits(replay, CaffeineStore.prompt(bytes, CaffeineStore.OWN_BYTES));
        double smallCaffeine = hits(replay, CaffeineStore.prompt(bytes, SMALL_OVERHEAD));
        double served = overTheWire(replay, ServerKind.EMBEDDED, megabytes);
        double memcached =
                ServerKind.MEMCACHED.isAvailable() ? overTheWire(replay, ServerKind.MEMCACHED, megabytes) : Double.NaN;
        double missRatio = (1 - served) / (1 - memcached);
        if (!Double.isNaN(missRatio)) {
            missRatios.add(missRatio);
        }
        pointsOverCaffeine.add((inProcess - caffeine) * 100);
        rows.add(List.of(
                trace.name(),
                Integer.toString(trace.requests()),
                Integer.toString(megabytes),
                percent(memcached),
                percent(served),
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

    private void tell(Report report) throws IOException {
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
        report.paragraph("Hits in percent:");
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
            report.bar("misses on key traces" + (rows.get(0).get(0).startsWith("made-") ? ", made up" : ""), 1 / mean);
        }
        double least = pointsOverCaffeine.stream()
                .mapToDouble(Double::doubleValue)
                .min()
                .orElse(Double.NaN);
        report.paragraph("Points over Caffeine, at worst: " + Report.number(least) + ", " + CAFFEINE_GOAL.result(least)
                + ". Caffeine's items count what they take of the heap (" + CaffeineStore.OWN_BYTES
                + " bytes besides key and value); in the last column only " + SMALL_OVERHEAD
                + ", about as this cache's do, which compares the policies alone.");
    }
}
