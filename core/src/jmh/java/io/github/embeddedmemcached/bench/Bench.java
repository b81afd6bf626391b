package io.github.embeddedmemcached.bench;

import io.github.embeddedmemcached.bench.engine.EngineBenchmark;
import io.github.embeddedmemcached.bench.engine.MemoryProgram;
import io.github.embeddedmemcached.bench.engine.PausesProgram;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.traces.TraceBenchmark;
import io.github.embeddedmemcached.bench.wire.ServerKind;
import io.github.embeddedmemcached.bench.wire.WireBenchmark;
import java.io.IOException;
import java.util.List;

/**
 * Measures this project against memcached and against the caches that a Java program would hold in its heap or off it, and
 * reports in Markdown. {@link BenchOptions} lists what can be chosen.
 */
public final class Bench {
    private Bench() {}

    public static void main(String[] arguments) throws Exception {
        BenchOptions options = BenchOptions.fromSystemProperties();
        Report report = new Report(options.output());
        describe(options, report);
        if (options.wantsPart("wire")) {
            new WireBenchmark(options, report).run();
        }
        if (options.wantsPart("engine")) {
            EngineBenchmark.run(options, report);
        }
        if (options.parts().contains("jmh")) {
            EngineBenchmark.runJmh(options, report);
        }
        if (options.wantsPart("memory")) {
            MemoryProgram.run(options, report);
        }
        if (options.wantsPart("pauses")) {
            PausesProgram.run(options, report);
        }
        if (options.wantsPart("traces")) {
            TraceBenchmark.run(options, report);
        }
        report.end();
        System.out.println("Written to " + report.file());
    }

    private static void describe(BenchOptions options, Report report) throws IOException {
        report.section("What was measured, and where");
        String memcached = ServerKind.memcached()
                .map(path -> "memcached is installed")
                .orElse("memcached is not installed, so there is nothing to compare the wire with");
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
                options.isLong() ? "" : " A quick run: to quote numbers, use `-Dbench.long=true` on a quiet machine."));
    }
}
