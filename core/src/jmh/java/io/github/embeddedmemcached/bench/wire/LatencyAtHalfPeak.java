package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Measures latency at half of memcached's highest rate. Requests are due at random times that do not depend on the server, and their
 * latency is measured from when they are due, so that a pause affects all requests due during it.
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
        LoadSpec spec = WireScenario.typical().withSeconds(options.seconds());
        try (LoadClient load = LoadClient.start()) {
            for (ServerKind kind : ServerKind.values()) {
                if (kind.isAvailable()) {
                    ServerProcess server = ServerProcess.start(kind, options.jvmFlags(), MEGABYTES);
                    servers.put(kind, server);
                    results.put(kind, new ArrayList<>());
                    WireBenchmark.prepare(load, server, spec);
                }
            }
            ServerKind reference = ServerKind.MEMCACHED.isAvailable() ? ServerKind.MEMCACHED : ServerKind.EMBEDDED;
            ServerProcess referenceServer = servers.get(reference);
            for (int i = 0; i < options.rounds(); i++) {
                peak = Math.max(
                        peak,
                        load.run(spec.withServer(referenceServer.port(), referenceServer.pid()))
                                .rate());
            }
            LoadSpec halfPeak = spec.withRate(peak / 2);
            List<ServerProcess> order = new ArrayList<>(servers.values());
            for (ServerProcess server : order) {
                load.run(halfPeak.withServer(server.port(), server.pid()));
            }
            for (int round = 0; round < options.rounds(); round++) {
                for (ServerProcess server : order) {
                    results.get(server.kind()).add(load.run(halfPeak.withServer(server.port(), server.pid())));
                }
                Collections.reverse(order);
            }
        } finally {
            servers.values().forEach(ServerProcess::close);
        }
        report(report, results, peak);
    }

    private static void report(Report report, Map<ServerKind, List<LoadResult>> results, double peak)
            throws IOException {
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
        report.paragraph(
                "Open loop at " + Report.number(peak / 2) + " requests/s, 50 connections. " + LoadClient.PINNING);
        List<LoadResult> memcached = results.get(ServerKind.MEMCACHED);
        if (memcached != null) {
            List<Double> ratios = WireBenchmark.ratios(p999(results.get(ServerKind.EMBEDDED)), p999(memcached));
            double ratio = Report.median(ratios);
            report.paragraph("p99.9, this / memcached: " + Report.spread(ratios) + "; "
                    + report.goal("p99.9 at half of the peak rate, this / memcached", GOAL, ratio) + ".");
            report.bar("p99.9 latency at half of memcached's peak", 1 / ratio);
        }
    }

    private static List<Double> p999(List<LoadResult> results) {
        return results.stream().map(LoadResult::p999Micros).toList();
    }
}
