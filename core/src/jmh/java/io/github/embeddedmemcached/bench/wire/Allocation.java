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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** Measures the bytes that the threads of the server allocate per request. */
final class Allocation {
    /** Slightly more than the items need: the cache has allocated all its memory before the measurement. */
    private static final int MEGABYTES = 32;

    /** Random sets, until the cache has allocated all its memory. */
    private static final LoadSpec FILLING =
            new WireScenario.Work(16, 0, 1, Protocol.CLASSIC).spec().withSeconds(3);

    private static final int CONNECTIONS_MAX = 1024;

    /** The time of a run before and after the measurement. */
    private static final double MARGIN_SECONDS = 1;

    /**
     * Without it, the selector of the JDK allocates an {@code Integer} for each event of a file descriptor greater than 127
     * (EPollSelectorImpl.processEvents).
     */
    private static final String BOXES_OF_ALL_DESCRIPTORS = "-XX:AutoBoxCacheMax=2000";

    /** Fewer bytes are reported as 0, because the JVM itself allocates some. */
    private static final double NOISE_BYTES = 0.1;

    private Allocation() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Bytes allocated per request");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("work", "bytes per request", "requests", "target"));
        for (WireScenario scenario : WireScenario.all()) {
            if (scenario.hasLimit()) {
                rows.add(measure(scenario, options, report));
            }
        }
        report.table(rows);
        report.paragraph(
                "Total of all Java threads of the server, by ThreadMXBean, while its connections are open. With "
                        + BOXES_OF_ALL_DESCRIPTORS
                        + ": otherwise the JDK's selector allocates 16 bytes for each event of a file descriptor greater than 127.");
    }

    private static List<String> measure(WireScenario scenario, BenchOptions options, Report report) throws IOException {
        List<String> flags = new ArrayList<>(options.jvmFlags());
        flags.add(BOXES_OF_ALL_DESCRIPTORS);
        try (ChildProcess server = ChildProcess.startJava(
                        Core.SERVER,
                        flags,
                        MeasuredServer.class,
                        Integer.toString(MEGABYTES),
                        Integer.toString(CONNECTIONS_MAX));
                LoadClient load = LoadClient.start()) {
            LoadSpec spec = scenario.spec().withServer(Integer.parseInt(server.readLine()), server.pid());
            load.fill(spec.port(), spec.keys(), spec.valueBytes());
            load.begin(FILLING.withServer(spec.port(), server.pid())).join();
            load.warmUp(spec);
            // measures during a run, while its connections are open
            CompletableFuture<LoadResult> running =
                    load.begin(spec.withSeconds(options.seconds() + 2 * MARGIN_SECONDS));
            pause(MARGIN_SECONDS);
            String[] start = server.request("allocated").split(" ");
            pause(options.seconds());
            String[] end = server.request("allocated").split(" ");
            running.join();
            double bytes = Long.parseLong(end[0]) - Long.parseLong(start[0]);
            double requests = (double) (Long.parseLong(end[1]) - Long.parseLong(start[1])) / spec.keysPerGet();
            double perRequest = bytes / requests;
            double reported = Math.abs(perRequest) < NOISE_BYTES ? 0 : perRequest;
            return List.of(
                    scenario.title(),
                    Report.number(reported),
                    Report.number(requests),
                    report.goal(scenario.title() + ": bytes allocated per request", Goal.atMost(0), reported));
        }
    }

    private static void pause(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
