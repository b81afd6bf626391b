package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** How many bytes the server's threads allocate for each request. */
final class Allocation {
    /** Little more than the items need: the cache's own memory is taken before anything is looked at. */
    private static final int MEGABYTES = 32;

    /** Sets in no order, until the log has taken all the memory that it may. */
    private static final LoadSpec OVERWRITING =
            new WireScenario.Work(16, 0, 1, false).spec().during(3);

    private static final int CONNECTIONS_MAX = 1024;

    /** Of a run, before and after what is looked at. */
    private static final double ASIDE_SECONDS = 1;

    /** What the JVM does for itself is no request's: below this it is 0. */
    private static final double NOTHING = 0.1;

    private Allocation() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Bytes allocated for each request");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("work", "bytes per request", "requests", "to reach"));
        for (WireScenario scenario : WireScenario.all()) {
            if (scenario.hasLimit()) {
                rows.add(measure(scenario, options));
            }
        }
        report.table(rows);
        report.paragraph("All Java threads of the server together, by ThreadMXBean, while connections stay open.");
    }

    private static List<String> measure(WireScenario scenario, BenchOptions options) throws IOException {
        try (ChildProcess server = ChildProcess.startJava(
                        Core.SERVER,
                        options.jvmFlags(),
                        MeasuredServer.class,
                        Integer.toString(MEGABYTES),
                        Integer.toString(CONNECTIONS_MAX));
                LoadClient load = LoadClient.start()) {
            LoadSpec spec = scenario.spec().to(Integer.parseInt(server.readLine()), server.pid());
            load.fill(spec.port(), spec.keys(), spec.valueBytes());
            load.begin(OVERWRITING.to(spec.port(), server.pid())).join();
            load.warmUp(spec);
            // the look is taken amid a run, when its connections are open
            CompletableFuture<LoadResult> running = load.begin(spec.during(options.seconds() + 2 * ASIDE_SECONDS));
            pause(ASIDE_SECONDS);
            String[] start = server.ask("allocated").split(" ");
            pause(options.seconds());
            String[] end = server.ask("allocated").split(" ");
            running.join();
            double bytes = Long.parseLong(end[0]) - Long.parseLong(start[0]);
            double requests = (double) (Long.parseLong(end[1]) - Long.parseLong(start[1])) / spec.keysPerGet();
            double perRequest = bytes / requests;
            double told = Math.abs(perRequest) < NOTHING ? 0 : perRequest;
            return List.of(
                    scenario.title(),
                    Report.number(told),
                    Report.number(requests),
                    Goal.atMost(0).result(told));
        }
    }

    private static void pause(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
