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
 * Generates the same load on each server in turn, in several rounds of one run, so that other load on the machine affects all
 * servers. Reports the median of the ratios within each round.
 */
public final class WireBenchmark {
    private final BenchOptions options;
    private final Report report;
    private final List<List<String>> summary = new ArrayList<>();
    private final List<List<String>> details = new ArrayList<>();
    private final List<String> commands = new ArrayList<>();

    public WireBenchmark(BenchOptions options, Report report) {
        this.options = options;
        this.report = report;
    }

    /** Runs the selected scenarios. */
    public void run() throws IOException {
        compare();
        if (options.includesScenario("latency")) {
            LatencyAtHalfPeak.run(options, report);
        }
        if (options.includesScenario("items")) {
            ManyItems.run(options, report);
        }
        if (options.includesScenario("kept")) {
            ItemsKept.run(options, report);
        }
        if (options.includesScenario("allocation")) {
            Allocation.run(options, report);
        }
        if (options.includesScenario("start")) {
            ColdStart.run(options, report);
        }
        if (options.includesScenario("loops")) {
            LoopsPerCore.run(options, report);
        }
        if (options.includesScenario("idle")) {
            IdleConnections.run(options, report);
        }
    }

    private void compare() throws IOException {
        List<WireScenario> selected = WireScenario.all().stream()
                .filter(scenario -> options.includesScenario(scenario.id()))
                .toList();
        if (selected.isEmpty()) {
            return;
        }
        report.section("Over the wire, one server thread");
        summary.add(List.of(
                "work",
                "unit",
                "this",
                "memcached",
                "canned replies",
                "this / memcached (min to max)",
                "this / canned",
                "target"));
        details.add(List.of("work", "server", "requests/s", "CPU µs/request", "p50 µs", "p99 µs", "p99.9 µs"));
        for (WireScenario scenario : selected) {
            System.out.println("... " + scenario.id() + ": " + scenario.title());
            run(scenario);
        }
        report.table(summary);
        report.paragraph("Medians of the rounds for each server; latency is that of a batch in a closed loop:");
        report.table(details);
        report.paragraph("Servers: `" + String.join("`, `", commands) + "`. " + LoadClient.PINNING + " "
                + options.rounds() + " rounds of " + Report.number(options.seconds()) + " s.");
    }

    private void run(WireScenario scenario) throws IOException {
        Map<ServerKind, ServerProcess> servers = new EnumMap<>(ServerKind.class);
        Map<ServerKind, List<LoadResult>> results = new EnumMap<>(ServerKind.class);
        try (LoadClient load = LoadClient.start()) {
            for (ServerKind kind : ServerKind.values()) {
                if (kind.isAvailable() && (kind != ServerKind.CANNED || scenario.hasLimit())) {
                    ServerProcess server = ServerProcess.start(
                            kind,
                            options.jvmFlags(),
                            scenario.megabytes(),
                            scenario.options().toArray(String[]::new));
                    servers.put(kind, server);
                    results.put(kind, new ArrayList<>());
                    prepare(load, server, scenario.spec());
                }
            }
            List<ServerProcess> order = new ArrayList<>(servers.values());
            for (int round = 0; round < options.rounds(); round++) {
                for (ServerProcess server : order) {
                    LoadSpec spec = scenario.spec()
                            .withServer(server.port(), server.pid())
                            .withSeconds(options.seconds());
                    results.get(server.kind()).add(load.run(spec));
                }
                Collections.reverse(order);
            }
            for (ServerProcess server : servers.values()) {
                if (!commands.contains(server.shortCommand())) {
                    commands.add(server.shortCommand());
                }
            }
        } finally {
            servers.values().forEach(ServerProcess::close);
        }
        summarize(scenario, results);
    }

    /** Fills a server and warms it up. */
    static void prepare(LoadClient load, ServerProcess server, LoadSpec spec) throws IOException {
        if (server.kind() != ServerKind.CANNED) {
            load.fill(server.port(), spec.keys(), spec.valueBytes(), spec.tls());
        }
        load.warmUp(spec.withServer(server.port(), server.pid()));
    }

    private void summarize(WireScenario scenario, Map<ServerKind, List<LoadResult>> results) throws IOException {
        WireScenario.Metric metric = scenario.metric();
        Map<ServerKind, List<Double>> values = new EnumMap<>(ServerKind.class);
        results.forEach((kind, all) -> values.put(
                kind,
                all.stream().map(result -> metric.of(result, scenario.spec())).toList()));
        List<Double> ours = values.get(ServerKind.EMBEDDED);
        List<Double> toMemcached = ratios(ours, values.get(ServerKind.MEMCACHED));
        List<Double> toCanned = ratios(ours, values.get(ServerKind.CANNED));
        double ratio = toMemcached.isEmpty() ? Double.NaN : Report.median(toMemcached);
        double limitRatio = toCanned.isEmpty() ? Double.NaN : Report.median(toCanned);
        String goal = report.goal(
                        scenario.title() + ", " + metric.unit
                                + (scenario.isGoalOfLimit() ? " / canned" : " / memcached"),
                        scenario.goal(),
                        scenario.isGoalOfLimit() ? limitRatio : ratio)
                + (scenario.isGoalOfLimit() ? " (canned)" : "");
        summary.add(List.of(
                scenario.title(),
                metric.unit,
                median(ours),
                median(values.get(ServerKind.MEMCACHED)),
                median(values.get(ServerKind.CANNED)),
                toMemcached.isEmpty() ? "-" : Report.spread(toMemcached),
                toCanned.isEmpty() ? "-" : Report.spread(toCanned),
                goal));
        if (!toMemcached.isEmpty()) {
            report.bar(
                    scenario.title(),
                    metric.timesAsGood(Report.median(ours), Report.median(values.get(ServerKind.MEMCACHED))));
        }
        results.forEach((kind, all) -> addDetails(scenario, kind, all));
    }

    private void addDetails(WireScenario scenario, ServerKind kind, List<LoadResult> all) {
        long errors = all.stream().mapToLong(LoadResult::errors).sum();
        long misses = all.stream().mapToLong(LoadResult::misses).sum();
        String remark = (errors > 0 ? ", " + errors + " errors" : "") + (misses > 0 ? ", " + misses + " misses" : "");
        details.add(List.of(
                scenario.id(),
                kind.title() + remark,
                median(all.stream().map(LoadResult::rate).toList()),
                median(all.stream().map(LoadResult::cpuPerRequest).toList()),
                median(all.stream().map(LoadResult::p50Micros).toList()),
                median(all.stream().map(LoadResult::p99Micros).toList()),
                median(all.stream().map(LoadResult::p999Micros).toList())));
    }

    /** Returns the ratio of each round, or an empty list if there is nothing to compare with. */
    static List<Double> ratios(List<Double> ours, List<Double> others) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; others != null && i < ours.size(); i++) {
            ratios.add(ours.get(i) / others.get(i));
        }
        return ratios;
    }

    static String median(List<Double> values) {
        return values == null ? "-" : Report.number(Report.median(values));
    }
}
