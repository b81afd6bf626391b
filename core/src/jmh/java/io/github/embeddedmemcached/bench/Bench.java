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
import java.util.List;

/**
 * Compares this project with memcached and with other in-process caches for Java, and writes a report in Markdown.
 * {@link BenchOptions} lists the options.
 */
public final class Bench {
    private Bench() {}

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.fromSystemProperties();
        Report report = new Report(options.output());
        describe(options, report);
        if (options.includesPart("wire")) {
            new WireBenchmark(options, report).run();
        }
        if (options.includesPart("engine")) {
            EngineBenchmark.run(options, report);
        }
        if (options.parts().contains("jmh")) {
            EngineBenchmark.runJmh(options, report);
        }
        if (options.includesPart("cache")) {
            CacheComparison.run(options, report);
        }
        if (options.includesPart("memory") || options.includesPart("cache")) {
            MemoryProgram.run(report);
        }
        if (options.parts().contains("snapshot")) {
            SnapshotBenchmark.main(new String[] {report.folder().toString()});
        }
        if (options.includesPart("pauses")) {
            PausesProgram.run(options, report);
        }
        if (options.includesPart("growth")) {
            GrowthBenchmark.run(options, report);
        }
        if (options.includesPart("traces")) {
            TraceBenchmark.run(options, report);
        }
        if (options.includesPart("policy")) {
            PolicyBenchmark.run(options, report);
        }
        if (options.includesPart("ttl")) {
            TtlBenchmark.run(options, report);
        }
        report.end();
        System.out.println("Written to " + report.file());
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
