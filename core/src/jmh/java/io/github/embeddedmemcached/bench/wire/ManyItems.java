package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import io.github.embeddedmemcached.bench.load.Protocol;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Compares the CPU time per request with ten million small items and with ten thousand, on the same kind of server. */
final class ManyItems {
    private static final int MEGABYTES = 2048;
    private static final int FEW = 10_000;
    private static final int MANY = 10_000_000;
    private static final int VALUE_BYTES = 20;
    private static final Goal GOAL = Goal.atMost(1.5);

    private ManyItems() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("CPU time per request, with ten million items compared with ten thousand");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("server", "depth", "µs, few", "µs, many", "many / few (min to max)", "misses", "target"));
        for (ServerKind kind : List.of(ServerKind.EMBEDDED, ServerKind.MEMCACHED)) {
            if (kind.isAvailable()) {
                measure(kind, options, rows, report);
            }
        }
        report.table(rows);
        report.paragraph("50 connections, 90% get 10% set, values of " + VALUE_BYTES + " bytes, -m " + MEGABYTES + ".");
    }

    private static void measure(ServerKind kind, BenchOptions options, List<List<String>> rows, Report report)
            throws IOException {
        try (ServerProcess few = ServerProcess.start(kind, options.jvmFlags(), MEGABYTES);
                ServerProcess many = ServerProcess.start(kind, options.jvmFlags(), MEGABYTES);
                LoadClient load = LoadClient.start()) {
            for (int depth : new int[] {1, 16}) {
                LoadSpec ofFew =
                        spec(depth, FEW).withServer(few.port(), few.pid()).withSeconds(options.seconds());
                LoadSpec ofMany =
                        spec(depth, MANY).withServer(many.port(), many.pid()).withSeconds(options.seconds());
                if (depth == 1) {
                    load.fill(few.port(), FEW, VALUE_BYTES);
                    load.fill(many.port(), MANY, VALUE_BYTES);
                }
                load.warmUp(ofFew);
                load.warmUp(ofMany);
                List<Double> fewMicros = new ArrayList<>();
                List<Double> manyMicros = new ArrayList<>();
                long misses = 0;
                for (int round = 0; round < options.rounds(); round++) {
                    LoadResult result = load.run(ofMany);
                    misses += result.misses();
                    manyMicros.add(result.cpuPerRequest());
                    fewMicros.add(load.run(ofFew).cpuPerRequest());
                }
                List<Double> ratios = WireBenchmark.ratios(manyMicros, fewMicros);
                boolean isOurs = kind == ServerKind.EMBEDDED;
                rows.add(List.of(
                        kind.title(),
                        Integer.toString(depth),
                        WireBenchmark.median(fewMicros),
                        WireBenchmark.median(manyMicros),
                        Report.spread(ratios),
                        Long.toString(misses),
                        isOurs
                                ? report.goal(
                                        "CPU, ten million items / ten thousand, " + depth + " pipelined",
                                        GOAL,
                                        Report.median(ratios))
                                : ""));
            }
        }
    }

    private static LoadSpec spec(int depth, int keys) {
        return new LoadSpec(0, 0, 50, depth, keys, VALUE_BYTES, 90, 1, Protocol.CLASSIC, false, 1, 0);
    }
}
