package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Compares this server with two event loops and with one, both on the same core. */
final class LoopsPerCore {
    private static final int MEGABYTES = 256;
    private static final Goal GOAL = Goal.atLeast(1.0);

    private LoopsPerCore() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Two event loops on a core, compared with one");
        LoadSpec spec = WireScenario.typical().withSeconds(options.seconds());
        List<Double> ones = new ArrayList<>();
        List<Double> twos = new ArrayList<>();
        try (ServerProcess one = ServerProcess.start(ServerKind.EMBEDDED, options.jvmFlags(), MEGABYTES);
                ServerProcess two = ServerProcess.start(ServerKind.EMBEDDED, options.jvmFlags(), MEGABYTES, "-t", "2");
                LoadClient load = LoadClient.start()) {
            WireBenchmark.prepare(load, one, spec);
            WireBenchmark.prepare(load, two, spec);
            for (int round = 0; round < options.rounds(); round++) {
                ones.add(load.run(spec.withServer(one.port(), one.pid())).rate());
                twos.add(load.run(spec.withServer(two.port(), two.pid())).rate());
            }
        }
        List<Double> ratios = WireBenchmark.ratios(twos, ones);
        report.table(List.of(
                List.of("one loop, requests/s", "two loops, requests/s", "two / one (min to max)", "target"),
                List.of(
                        WireBenchmark.median(ones),
                        WireBenchmark.median(twos),
                        Report.spread(ratios),
                        report.goal("two event loops on a core / one, requests/s", GOAL, Report.median(ratios)))));
        report.paragraph("50 connections, one request at a time, 90% get 10% set. " + LoadClient.PINNING);
    }
}
