package io.github.embeddedmemcached.bench;

import io.github.embeddedmemcached.bench.cache.CacheComparison;
import io.github.embeddedmemcached.bench.cache.MemoryProgram;
import io.github.embeddedmemcached.bench.engine.EngineBenchmark;
import io.github.embeddedmemcached.bench.engine.PausesProgram;
import io.github.embeddedmemcached.bench.growth.GrowthBenchmark;
import io.github.embeddedmemcached.bench.policy.PolicyBenchmark;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.snapshot.SnapshotBenchmark;
import io.github.embeddedmemcached.bench.traces.TraceBenchmark;
import io.github.embeddedmemcached.bench.ttl.TtlBenchmark;
import io.github.embeddedmemcached.bench.wire.ServerKind;
import io.github.embeddedmemcached.bench.wire.WireBenchmark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares this project with memcached and with other in-process caches for Java, and writes a report in Markdown.
 * {@link BenchOptions} lists the options.
 */
public final class Bench {
    private static final double NANOS_PER_MINUTE = 60e9;

    private Bench() {}

    /** Measures something and reports it. */
    private interface Part {
        void run(BenchOptions options, Report report) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.fromSystemProperties();
        Report report = new Report(options.output());
        describe(options, report);
        List<List<String>> minutes = new ArrayList<>(List.of(List.of("part", "minutes")));
        for (Map.Entry<String, Part> part : parts().entrySet()) {
            if (options.includesPart(part.getKey())) {
                long start = System.nanoTime();
                part.getValue().run(options, report);
                minutes.add(List.of(part.getKey(), Report.number((System.nanoTime() - start) / NANOS_PER_MINUTE)));
            }
        }
        report.section("Duration of the benchmark");
        report.table(minutes);
        report.end();
        System.out.println("Written to " + report.file());
    }

    /** Returns the parts by name, in the order in which they are run. */
    private static Map<String, Part> parts() {
        Map<String, Part> parts = new LinkedHashMap<>();
        parts.put("wire", (options, report) -> new WireBenchmark(options, report).run());
        parts.put("engine", EngineBenchmark::run);
        parts.put("jmh", EngineBenchmark::runJmh);
        parts.put("cache", CacheComparison::run);
        parts.put("memory", (options, report) -> MemoryProgram.run(report));
        parts.put(
                "snapshot",
                (options, report) ->
                        SnapshotBenchmark.main(new String[] {report.folder().toString()}));
        parts.put("pauses", PausesProgram::run);
        parts.put("growth", GrowthBenchmark::run);
        parts.put("traces", TraceBenchmark::run);
        parts.put("policy", PolicyBenchmark::run);
        parts.put("ttl", TtlBenchmark::run);
        return parts;
    }

    private static void describe(BenchOptions options, Report report) throws IOException {
        report.section("Environment");
        String memcached = ServerKind.memcached()
                .map(path -> "memcached is installed")
                .orElse("memcached is not installed, so that the server is not compared with it");
        List<String> flags = options.jvmFlags();
        report.paragraph(String.format(
                "Java %s (%s), %s %s, %d cores; %s. JVM flags of the server: %s.%s",
                Runtime.version(),
                System.getProperty("java.vm.vendor"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                memcached,
                flags.isEmpty() ? "none" : "`" + String.join(" ", flags) + "`",
                options.isLong()
                        ? ""
                        : " This is a quick run: for figures to quote, use `-Dbench.long=true` on a quiet machine."));
    }
}
