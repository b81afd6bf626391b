package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Latency at half of memcached's highest rate. Requests are due at random times that don't depend on the server, and wait from
 * when they are due, so that a stop costs all those that fell into it.
 */
final class LatencyAtHalfPeak {
    private static final int MEGABYTES = 256;
    private static final Goal GOAL = Goal.atMost(1.0);

    private LatencyAtHalfPeak() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Latency at half of memcached's peak rate");
        Map<ServerKind, ServerProcess> servers = new EnumMap<>(ServerKind.class);
        Map<ServerKind, List<LoadResult>> results = new EnumMap<>(ServerKind.class);
        double peak = 0;
        LoadSpec spec = WireScenario.everyday().during(options.seconds());
        try (LoadClient load = LoadClient.start()) {
            for (ServerKind kind : ServerKind.values()) {
                if (kind.isAvailable()) {
                    ServerProcess server = ServerProcess.start(kind, options.jvmFlags(), MEGABYTES);
                    servers.put(kind, server);
                    results.put(kind, new ArrayList<>());
                    WireBenchmark.prepare(load, server, spec);
                }
            }
            ServerKind pace = ServerKind.MEMCACHED.isAvailable() ? ServerKind.MEMCACHED : ServerKind.EMBEDDED;
            ServerProcess pacer = servers.get(pace);
            for (int i = 0; i < options.rounds(); i++) {
                peak = Math.max(
                        peak, load.run(spec.to(pacer.port(), pacer.pid())).rate());
            }
            LoadSpec halfPeak = spec.atRate(peak / 2);
            List<ServerProcess> order = new ArrayList<>(servers.values());
            for (ServerProcess server : order) {
                load.run(halfPeak.to(server.port(), server.pid()));
            }
            for (int round = 0; round < options.rounds(); round++) {
                for (ServerProcess server : order) {
                    results.get(server.kind()).add(load.run(halfPeak.to(server.port(), server.pid())));
                }
                Collections.reverse(order);
            }
        } finally {
            servers.values().forEach(ServerProcess::close);
        }
        tell(report, results, peak);
    }

    private static void tell(Report report, Map<ServerKind, List<LoadResult>> results, double peak) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("server", "requests/s", "p50 µs", "p99 µs", "p99.9 µs (min to max)", "CPU µs/request"));
        results.forEach((kind, all) -> rows.add(List.of(
                kind.title(),
                Report.number(Report.median(all.stream().map(LoadResult::rate).toList())),
                Report.number(
                        Report.median(all.stream().map(LoadResult::p50Micros).toList())),
                Report.number(
                        Report.median(all.stream().map(LoadResult::p99Micros).toList())),
                Report.spread(p999(all)),
                Report.number(Report.median(
                        all.stream().map(LoadResult::cpuPerRequest).toList())))));
        report.table(rows);
        report.paragraph("Open loop at " + Report.number(peak / 2) + " requests/s, 50 connections. " + LoadClient.HOW);
        List<LoadResult> theirs = results.get(ServerKind.MEMCACHED);
        if (theirs != null) {
            List<Double> ratios = WireBenchmark.ratios(p999(results.get(ServerKind.EMBEDDED)), p999(theirs));
            double ratio = Report.median(ratios);
            report.paragraph("p99.9, this / memcached: " + Report.spread(ratios) + "; " + GOAL.result(ratio) + ".");
            report.bar("p99.9 latency at half of memcached's peak", 1 / ratio);
        }
    }

    private static List<Double> p999(List<LoadResult> results) {
        return results.stream().map(LoadResult::p999Micros).toList();
    }
}
