package io.github.embeddedmemcached.bench.ttl;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.RatioChart;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ServerKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Compares misses and memory with items that expire, on workloads generated from the statistics of production caches. */
public final class TtlBenchmark {
    /** Mainly caches with short TTLs. */
    private static final List<Integer> CLUSTERS = List.of(4, 7, 12, 13, 19, 29, 35, 37, 8, 23, 26, 42);

    private static final double QUICK_SECONDS = 12;
    private static final double LONG_SECONDS = 20;
    private static final int REQUESTS_MAX = 150_000;

    /** The limits, relative to the items that are alive in a cache without a limit. */
    private static final double[] SHARES = {1.0, 0.5};

    /** Less would be about a page for each slab class of memcached. */
    private static final long ALIVE_BYTES_MIN = 16 << 20;

    private static final double EXCESS_MAX = 1.15;
    private static final double SECONDS_LATE_MAX = 0.5;

    private static final Goal MISSES_GOAL = Goal.atMost(1.0);
    private static final Goal TTL_GOAL = Goal.atMost(0.8);

    private final BenchOptions options;
    private final List<List<String>> rows = new ArrayList<>();
    private final List<List<String>> memory = new ArrayList<>();
    private final RatioChart chart = new RatioChart("Misses of memcached relative to this cache, items that expire");
    private final List<Double> decided = new ArrayList<>();
    private double worst;
    private double secondsLate;

    private TtlBenchmark(BenchOptions options) {
        this.options = options;
        rows.add(List.of(
                "cluster",
                "TTL",
                "requests",
                "value bytes",
                "-m",
                "no limit",
                "memcached",
                "this",
                "Caffeine",
                "this / memcached",
                "no limit / memcached",
                "target"));
        memory.add(List.of(
                "cluster",
                "-m",
                "alive",
                "items, memcached",
                "items, this",
                "items, Caffeine",
                "MB allocated by memcached",
                "MB alive",
                "MB, memcached",
                "MB, this",
                "MB, Caffeine"));
    }

    /** Runs all workloads. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Items that expire, on workloads of production caches");
        TtlBenchmark benchmark = new TtlBenchmark(options);
        Map<String, Cluster> clusters = Cluster.all();
        ExecutorService executor = Executors.newCachedThreadPool();
        try {
            for (int number : CLUSTERS) {
                Cluster cluster = clusters.get("cluster" + number);
                if (cluster == null) {
                    throw new IllegalStateException("no statistics of cluster " + number);
                }
                System.out.println("... " + cluster.name());
                benchmark.measure(cluster, executor);
            }
        } finally {
            executor.shutdown();
        }
        benchmark.report(report);
    }

    private void measure(Cluster cluster, ExecutorService executor) {
        Workload workload = new Workload(cluster, options.isLong() ? LONG_SECONDS : QUICK_SECONDS, REQUESTS_MAX);
        TtlResult unlimited = SimulatedRuns.unlimited(workload);
        if (unlimited.bytes() < ALIVE_BYTES_MIN) {
            double overhead = unlimited.items() * (cluster.keyBytes() + Workload.ITEM_OVERHEAD);
            workload.enlargeValues((ALIVE_BYTES_MIN - overhead) / (unlimited.bytes() - overhead));
            unlimited = SimulatedRuns.unlimited(workload);
        }
        TtlResult fewestMisses = unlimited;
        Map<Integer, Map<ServerKind, CompletableFuture<TtlResult>>> running = new LinkedHashMap<>();
        for (double share : SHARES) {
            int megabytes = (int) Math.round(share * unlimited.bytes() / (1 << 20));
            running.put(megabytes, start(workload, megabytes, executor));
        }
        running.forEach((megabytes, results) -> add(
                workload,
                megabytes,
                fewestMisses,
                results.get(ServerKind.EMBEDDED).join(),
                results.containsKey(ServerKind.MEMCACHED)
                        ? results.get(ServerKind.MEMCACHED).join()
                        : new TtlResult(0, 0, Double.NaN, Double.NaN, 0, 0)));
    }

    /** Starts both servers, which run at the same time. */
    private Map<ServerKind, CompletableFuture<TtlResult>> start(
            Workload workload, int megabytes, ExecutorService executor) {
        Map<ServerKind, CompletableFuture<TtlResult>> results = new LinkedHashMap<>();
        for (ServerKind kind : List.of(ServerKind.EMBEDDED, ServerKind.MEMCACHED)) {
            if (kind.isAvailable()) {
                results.put(
                        kind,
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        return ServerRun.run(workload, kind, options.jvmFlags(), megabytes);
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                },
                                executor));
            }
        }
        return results;
    }

    private void add(Workload workload, int megabytes, TtlResult unlimited, TtlResult embedded, TtlResult memcached) {
        TtlResult caffeine = SimulatedRuns.caffeine(workload, (long) megabytes << 20);
        double ratio = embedded.missRatio() / memcached.missRatio();
        double possible = unlimited.missRatio() / memcached.missRatio();
        boolean isDecidedByTtl = possible <= TTL_GOAL.bound() && megabytes << 20 >= 0.9 * unlimited.bytes();
        boolean isComparable = memcached.allocatedBytes() <= EXCESS_MAX * (megabytes << 20);
        if (isComparable) {
            chart.add(workload.cluster().name() + ", " + megabytes + " MB", 1 / ratio);
            worst = Math.max(worst, ratio);
            if (isDecidedByTtl) {
                decided.add(ratio);
            }
        }
        secondsLate = Math.max(secondsLate, Math.max(embedded.secondsLate(), memcached.secondsLate()));
        Cluster cluster = workload.cluster();
        rows.add(List.of(
                cluster.name(),
                seconds(cluster.medianTtl()),
                Integer.toString(workload.requests()),
                Report.number(workload.meanValueBytes()),
                Integer.toString(megabytes),
                percent(unlimited),
                percent(memcached),
                percent(embedded),
                percent(caffeine),
                Report.number(ratio),
                Report.number(possible),
                isComparable
                        ? (isDecidedByTtl ? TTL_GOAL : MISSES_GOAL).result(ratio)
                        : "memcached exceeds its limit"));
        memory.add(List.of(
                cluster.name(),
                Integer.toString(megabytes),
                items(unlimited),
                items(memcached),
                items(embedded),
                items(caffeine),
                Report.number(memcached.allocatedBytes() / (1 << 20)),
                megabytes(unlimited),
                megabytes(memcached),
                megabytes(embedded),
                megabytes(caffeine)));
    }

    private static String seconds(double seconds) {
        return seconds < 3600 ? Math.round(seconds) + " s" : Report.number(seconds / 3600) + " h";
    }

    private static String percent(TtlResult result) {
        return result.gets() == 0 ? "-" : String.format(Locale.ROOT, "%.2f", 100 * result.missRatio());
    }

    private static String items(TtlResult result) {
        return Report.number(Math.round(result.items()));
    }

    private static String megabytes(TtlResult result) {
        return Report.number(result.bytes() / (1 << 20));
    }

    private void report(Report report) throws IOException {
        report.chart(chart);
        report.paragraph("Misses in percent of the gets:");
        report.table(rows);
        report.paragraph("Items and their bytes, expired ones included, mean of the second half:");
        report.table(memory);
        report.paragraph(
                "Each cluster is described by statistics of Twitter (OSDI 2020): commands, sizes, TTLs, popularity, working set. Time is "
                        + "scaled so that the median TTL, which the table shows, becomes " + Workload.MEDIAN_TTL_SECONDS
                        + " s; servers run in real time, Caffeine with a simulated clock. memcached's crawler is started as often in scaled "
                        + "time as memcached starts it. memcached allocates a page for each slab class "
                        + "regardless of its limit; if that exceeds the limit by more than 15 %, the row does not count. Values of small items are enlarged so "
                        + "that the limit is at least several pages. `no limit`: a cache without a limit, which has the fewest possible misses.");
        if (secondsLate > SECONDS_LATE_MAX) {
            report.paragraph(
                    "Requests were late by up to " + Report.number(secondsLate) + " s: the machine is too busy.");
        }
        if (!Double.isNaN(worst)) {
            report.paragraph("Misses, this / memcached, at worst: " + Report.number(worst) + "; "
                    + report.goal("items that expire: misses, this / memcached, at worst", MISSES_GOAL, worst) + ".");
        }
        if (!decided.isEmpty()) {
            double mean =
                    decided.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
            report.paragraph(
                    "Where TTLs decide, that is where all items that are alive fit and a cache without a limit has at most "
                            + Report.number(TTL_GOAL.bound()) + " of memcached's misses, on average: "
                            + Report.number(mean) + "; "
                            + report.goal(
                                    "items that expire: misses, this / memcached, where TTLs decide", TTL_GOAL, mean)
                            + ".");
        }
    }
}
