package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Compares hit ratios on recorded key traces. */
public final class TraceBenchmark {
    private static final int QUICK_REQUESTS = 600_000;
    private static final int LONG_REQUESTS = 5_000_000;

    /** The traces on which the policy was tuned; the others are for judging it. */
    private static final Set<String> TUNING = Set.of("lirs-multi1", "cloudphysics-io", "orm-busy");

    private TraceBenchmark() {}

    /** Replays all traces of the folder of the options. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Hit ratio on recorded key traces, cache-aside");
        Path folder = options.traces();
        if (folder == null) {
            report.paragraph("Not measured: `-Dbench.traces` names no folder of traces.");
            return;
        }
        HitRatioTables tables = new HitRatioTables(options, "recorded traces");
        for (KeyTrace trace : KeyTrace.readFolder(folder, options.isLong() ? LONG_REQUESTS : QUICK_REQUESTS)) {
            tables.add(trace, TUNING.contains(trace.name()) ? "tuning" : "judging");
        }
        tables.report(report);
        report.paragraph(
                "Traces for tuning were used while the policy was developed; those for judging were set aside, and show how it does on others.");
    }
}
