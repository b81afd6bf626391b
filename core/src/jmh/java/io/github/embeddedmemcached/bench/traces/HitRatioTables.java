package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.engine.CaffeineStore;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.LineChart;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ServerKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Replays traces on caches of several sizes, and reports their hit ratios: as servers with the same {@code -m}, in-process with the same
 * limit in bytes, and their miss ratios as a chart for each trace.
 */
public final class HitRatioTables {
    private static final double[] SHARES = {0.05, 0.1, 0.2, 0.4};
    private static final long MEGABYTE = 1L << 20;
    private static final double EXCESS_MAX = 1.15;
    private static final List<Caches> IN_PROCESS =
            List.of(Caches.EMBEDDED, Caches.CAFFEINE, Caches.CAFFEINE_SMALL, Caches.LRU, Caches.MIN);

    private static final Goal MISSES_GOAL = Goal.atMost(0.88);
    private static final Goal MEMCACHED_GOAL = Goal.atLeast(-0.3);
    private static final Goal CAFFEINE_GOAL = Goal.atLeast(-1.0);

    private final BenchOptions options;
    private final String title;
    private final List<List<String>> servers = new ArrayList<>();
    private final List<List<String>> inProcess = new ArrayList<>();
    private final Map<String, List<Double>> missesByUse = new TreeMap<>();
    private final List<LineChart> charts = new ArrayList<>();
    private double worstToMemcached = Double.POSITIVE_INFINITY;
    private double worstToCaffeine = Double.POSITIVE_INFINITY;

    /** Creates empty tables of a kind of traces. */
    public HitRatioTables(BenchOptions options, String title) {
        this.options = options;
        this.title = title;
    }

    /**
     * Replays a trace on all caches.
     *
     * @param trace the trace
     * @param use what the trace is used for, such as tuning
     */
    public void add(KeyTrace trace, String use) throws IOException {
        System.out.println("... " + trace.name());
        LineChart chart = new LineChart(
                "Misses of " + trace.name(), "limit, share of the values of all keys", "miss ratio, %", false, false);
        charts.add(chart);
        long footprint = trace.footprintBytes();
        addInProcess(trace, use, footprint, chart);
        addServers(trace, use, footprint, chart);
    }

    private void addInProcess(KeyTrace trace, String use, long footprint, LineChart chart) throws IOException {
        TreeSet<Long> sizes = new TreeSet<>();
        for (double share : SHARES) {
            sizes.add(Math.max(MEGABYTE, Math.round(share * footprint)));
        }
        for (long bytes : sizes) {
            List<String> row = new ArrayList<>(List.of(trace.name(), use, share(bytes, footprint)));
            Map<Caches, Double> ratios = new TreeMap<>();
            for (Caches cache : IN_PROCESS) {
                double ratio = ratio(cache.hits(trace, bytes, options.jvmFlags()), trace);
                ratios.put(cache, ratio);
                row.add(percent(ratio));
                chart.add(cache.title(), (double) bytes / footprint, (1 - ratio) * 100);
            }
            double points = (ratios.get(Caches.EMBEDDED) - ratios.get(Caches.CAFFEINE)) * 100;
            worstToCaffeine = Math.min(worstToCaffeine, points);
            row.add(points(points));
            row.add(points((ratios.get(Caches.EMBEDDED) - ratios.get(Caches.CAFFEINE_SMALL)) * 100));
            row.add(CAFFEINE_GOAL.result(points));
            inProcess.add(row);
        }
    }

    private void addServers(KeyTrace trace, String use, long footprint, LineChart chart) throws IOException {
        TreeSet<Long> sizes = new TreeSet<>();
        for (double share : SHARES) {
            sizes.add(Math.max(Caches.MEGABYTES_MIN, Math.round(share * footprint / MEGABYTE)));
        }
        for (long megabytes : sizes) {
            long bytes = megabytes * MEGABYTE;
            Caches.Result result = Caches.MEMCACHED.replay(trace, bytes, options.jvmFlags());
            double memcached = ServerKind.MEMCACHED.isAvailable() ? ratio(result.hits(), trace) : Double.NaN;
            double embedded = ratio(Caches.EMBEDDED_SERVER.hits(trace, bytes, options.jvmFlags()), trace);
            boolean isComparable = result.allocatedBytes() <= EXCESS_MAX * bytes;
            double misses = (1 - embedded) / (1 - memcached);
            double points = (embedded - memcached) * 100;
            chart.add(Caches.MEMCACHED.title(), (double) bytes / footprint, (1 - memcached) * 100);
            if (isComparable && !Double.isNaN(misses)) {
                missesByUse.computeIfAbsent(use, name -> new ArrayList<>()).add(misses);
                worstToMemcached = Math.min(worstToMemcached, points);
            }
            servers.add(List.of(
                    trace.name(),
                    use,
                    Long.toString(megabytes),
                    share(bytes, footprint),
                    Report.number(result.allocatedBytes() / MEGABYTE),
                    percent(memcached),
                    percent(embedded),
                    points(points),
                    isComparable ? MEMCACHED_GOAL.result(points) : "memcached exceeds its limit",
                    Report.number(misses)));
        }
    }

    private static double ratio(BitSet hits, KeyTrace trace) {
        return (double) hits.cardinality() / trace.requests();
    }

    private static String share(long bytes, long footprint) {
        return String.format(Locale.ROOT, "%.2f", (double) bytes / footprint);
    }

    private static String percent(double ratio) {
        return Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2f", ratio * 100);
    }

    private static String points(double points) {
        return Double.isNaN(points) ? "-" : String.format(Locale.ROOT, "%+.2f", points);
    }

    /** Appends the tables and charts. */
    public void report(Report report) throws IOException {
        for (LineChart chart : charts) {
            report.chart(chart);
        }
        report.paragraph("In-process, the same limit in bytes, hit ratio in percent:");
        List<String> head = new ArrayList<>(List.of("trace", "use", "limit"));
        IN_PROCESS.forEach(cache -> head.add(cache.title()));
        head.addAll(List.of("points over Caffeine", "over small items", "target"));
        inProcess.add(0, head);
        report.table(inProcess);
        report.paragraph("As servers, hit ratio in percent:");
        servers.add(
                0,
                List.of(
                        "trace",
                        "use",
                        "-m",
                        "limit",
                        "MB allocated by memcached",
                        "memcached",
                        "this",
                        "points over memcached",
                        "target",
                        "misses, this / memcached"));
        report.table(servers);
        report.paragraph(
                "The limit is relative to the values of all keys, and in-process at least 1 MiB. With less than "
                        + Caches.MEGABYTES_MIN
                        + " MB, memcached has only one or two pages for each slab class, so that its policy has no "
                        + "effect: servers have at least that, and whole megabytes. memcached also allocates a page for each slab class regardless of its "
                        + "limit; if that exceeds the limit by more than 15 %, the row does not count. Caffeine's weights include the heap overhead of an item ("
                        + CaffeineStore.OWN_BYTES + " bytes besides key and value), for `small items` only "
                        + Caches.SMALL_OVERHEAD
                        + " bytes, about that of this cache, which compares only the policies. LRU and MIN are simulated with "
                        + ReferencePolicies.ITEM_OVERHEAD
                        + " bytes besides the value; if sizes differ, MIN is an approximation.");
        reportGoals(report);
    }

    private void reportGoals(Report report) throws IOException {
        report.paragraph("Points over Caffeine, at worst: "
                + report.goal(title + ": points over Caffeine, at worst", CAFFEINE_GOAL, worstToCaffeine) + " ("
                + points(worstToCaffeine) + ").");
        if (missesByUse.isEmpty()) {
            return;
        }
        report.paragraph("Points over memcached, at worst: "
                + report.goal(title + ": points over memcached, at worst", MEMCACHED_GOAL, worstToMemcached) + " ("
                + points(worstToMemcached) + ").");
        List<Double> all = new ArrayList<>();
        for (Map.Entry<String, List<Double>> use : missesByUse.entrySet()) {
            reportMisses(report, use.getKey(), use.getValue());
            all.addAll(use.getValue());
        }
        if (missesByUse.size() > 1) {
            reportMisses(report, "all", all);
        }
        report.bar("misses, " + title, 1 / mean(all));
    }

    private void reportMisses(Report report, String use, List<Double> ratios) throws IOException {
        double mean = mean(ratios);
        report.paragraph("Misses, this / memcached, on average (" + use + "): " + Report.number(mean) + "; "
                + report.goal(title + ": misses, this / memcached (" + use + ")", MISSES_GOAL, mean) + ".");
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
