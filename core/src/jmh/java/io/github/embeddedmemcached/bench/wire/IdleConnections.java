package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a connection costs that has asked once and then keeps silent. */
final class IdleConnections {
    private static final int CONNECTIONS = 10_000;
    private static final int CONNECTIONS_MAX = CONNECTIONS + 100;
    private static final int MEGABYTES = 64;
    private static final int GOAL_BYTES = 1024;

    private IdleConnections() {}

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Idle connections");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("server", "connections", "bytes each", "measured as", "to reach"));
        rows.add(inOwnJvm(options));
        for (ServerKind kind : List.of(ServerKind.EMBEDDED, ServerKind.MEMCACHED)) {
            if (kind.isAvailable()) {
                rows.add(resident(kind, options));
            }
        }
        report.table(rows);
        report.paragraph("The kernel's own memory for a socket is in none of them.");
    }

    private static List<String> inOwnJvm(BenchOptions options) throws IOException {
        try (ChildProcess server = ChildProcess.startJava(
                        Core.SERVER,
                        options.jvmFlags(),
                        MeasuredServer.class,
                        Integer.toString(MEGABYTES),
                        Integer.toString(CONNECTIONS_MAX));
                LoadClient load = LoadClient.start()) {
            int port = Integer.parseInt(server.readLine());
            load.hold(port, 1); // what the first one brings along is not each one's
            long before = Long.parseLong(server.ask("memory"));
            int opened = load.hold(port, CONNECTIONS);
            double each = (double) (Long.parseLong(server.ask("memory")) - before) / opened;
            return List.of(
                    ServerKind.EMBEDDED.title(),
                    Integer.toString(opened),
                    Report.number(each),
                    "heap after a collection, and direct buffers",
                    Goal.atMost(GOAL_BYTES).result(each));
        }
    }

    private static List<String> resident(ServerKind kind, BenchOptions options) throws IOException {
        try (ServerProcess server = ServerProcess.start(
                        kind, options.jvmFlags(), MEGABYTES, "-c", Integer.toString(CONNECTIONS_MAX));
                LoadClient load = LoadClient.start()) {
            load.hold(server.port(), 1);
            long before = server.residentBytes();
            int opened = load.hold(server.port(), CONNECTIONS);
            double each = (double) (server.residentBytes() - before) / opened;
            return List.of(
                    kind.title(),
                    Integer.toString(opened),
                    Report.number(each),
                    "growth of the process in RAM" + (kind == ServerKind.EMBEDDED ? ", garbage included" : ""),
                    "");
        }
    }
}
