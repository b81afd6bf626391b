package io.github.embeddedmemcached.bench.policy;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.traces.HitRatioTables;
import io.github.embeddedmemcached.bench.traces.KeyTrace;
import java.io.IOException;

/** Compares hit ratios on generated traces, whose optimum is known, and after changes of the access pattern. */
public final class PolicyBenchmark {
    private static final int QUICK_REQUESTS = 400_000;
    private static final int LONG_REQUESTS = 2_000_000;

    private PolicyBenchmark() {}

    /** Replays all generated traces. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Hit ratio on generated key traces, cache-aside");
        HitRatioTables tables = new HitRatioTables(options, "generated traces");
        for (KeyTrace trace : GeneratedTraces.all(options.isLong() ? LONG_REQUESTS : QUICK_REQUESTS)) {
            tables.add(trace, "generated");
        }
        tables.report(report);
        PatternChange.run(options, report);
    }
}
