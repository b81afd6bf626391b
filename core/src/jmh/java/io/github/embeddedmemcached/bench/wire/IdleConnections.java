package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Measures the memory of a connection that is idle after one request. */
final class IdleConnections {
    private static final int CONNECTIONS = 10_000;
    private static final int CONNECTIONS_MAX = CONNECTIONS + 100;
    private static final int MEGABYTES = 64;
    private static final int GOAL_BYTES = 1024;

    private IdleConnections() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Idle connections");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("server", "connections", "bytes each", "measured as", "target"));
        rows.add(measureJvm(options, report));
        for (ServerKind kind : List.of(ServerKind.EMBEDDED, ServerKind.MEMCACHED)) {
            if (kind.isAvailable()) {
                rows.add(measureResident(kind, options));
            }
        }
        report.table(rows);
        report.paragraph("Without the memory of the kernel for a socket.");
    }

    private static List<String> measureJvm(BenchOptions options, Report report) throws IOException {
        try (ChildProcess server = ChildProcess.startJava(
                        Core.SERVER,
                        options.jvmFlags(),
                        MeasuredServer.class,
                        Integer.toString(MEGABYTES),
                        Integer.toString(CONNECTIONS_MAX));
                LoadClient load = LoadClient.start()) {
            int port = Integer.parseInt(server.readLine());
            load.hold(port, 1); // excludes memory that is allocated once, for the first connection
            long before = Long.parseLong(server.request("memory"));
            int opened = load.hold(port, CONNECTIONS);
            double bytesPerConnection = (double) (Long.parseLong(server.request("memory")) - before) / opened;
            return List.of(
                    ServerKind.EMBEDDED.title(),
                    Integer.toString(opened),
                    Report.number(bytesPerConnection),
                    "heap after a collection, and direct buffers",
                    report.goal("bytes of an idle connection", Goal.atMost(GOAL_BYTES), bytesPerConnection));
        }
    }

    private static List<String> measureResident(ServerKind kind, BenchOptions options) throws IOException {
        try (ServerProcess server = ServerProcess.start(
                        kind, options.jvmFlags(), MEGABYTES, "-c", Integer.toString(CONNECTIONS_MAX));
                LoadClient load = LoadClient.start()) {
            load.hold(server.port(), 1);
            long before = server.residentBytes();
            int opened = load.hold(server.port(), CONNECTIONS);
            double bytesPerConnection = (double) (server.residentBytes() - before) / opened;
            return List.of(
                    kind.title(),
                    Integer.toString(opened),
                    Report.number(bytesPerConnection),
                    "growth of the resident memory of the process"
                            + (kind == ServerKind.EMBEDDED ? ", garbage included" : ""),
                    "");
        }
    }
}
