package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Measures how many items of 100 bytes a server keeps if many more are set, by getting each of them. */
final class ItemsKept {
    private static final int MEGABYTES = 64;
    private static final int KEYS = 1_500_000;
    private static final int VALUE_BYTES = 100;
    private static final Goal GOAL = Goal.atLeast(1.25);

    private ItemsKept() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Items of 100 bytes kept in " + MEGABYTES + " MiB");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("server", "items"));
        double[] kept = {Double.NaN, Double.NaN};
        for (ServerKind kind : List.of(ServerKind.EMBEDDED, ServerKind.MEMCACHED)) {
            if (kind.isAvailable()) {
                int found = count(kind, options);
                kept[kind.ordinal()] = found;
                rows.add(List.of(kind.title(), Integer.toString(found)));
            }
        }
        double ratio = kept[0] / kept[1];
        rows.add(List.of(
                "ratio",
                Report.number(ratio) + ", " + report.goal("items of 100 bytes kept, this / memcached", GOAL, ratio)));
        report.table(rows);
        report.paragraph("Keys of 13 bytes; " + KEYS + " were set, then each of them was fetched.");
        report.bar("items of 100 bytes in 64 MiB", ratio);
    }

    private static int count(ServerKind kind, BenchOptions options) throws IOException {
        try (ServerProcess server = ServerProcess.start(kind, options.jvmFlags(), MEGABYTES);
                LoadClient load = LoadClient.start()) {
            load.fill(server.port(), KEYS, VALUE_BYTES);
            return load.count(server.port(), KEYS);
        }
    }
}
