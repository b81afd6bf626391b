package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.File;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Measures the time to the first reply: within a new JVM, and from the start of a process. */
public final class ColdStart {
    private static final int STARTS = 10;
    private static final int MEGABYTES = 64;
    private static final Goal START_GOAL = Goal.atMost(60);
    private static final Goal PROCESS_GOAL = Goal.atMost(200);

    private ColdStart() {}

    /** Runs in a new JVM: prints the milliseconds from the call of {@code start()} to the first reply. */
    public static void main(String[] arguments) throws IOException {
        long start = System.nanoTime();
        try (EmbeddedMemcached server = EmbeddedMemcached.start();
                Socket client = new Socket(server.host(), server.port())) {
            client.getOutputStream().write("get nothing\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] reply = client.getInputStream().readNBytes("END\r\n".length());
            long nanos = System.nanoTime() - start;
            System.out.println(reply.length > 0 && reply[0] == 'E' ? nanos / 1e6 : "error");
        }
    }

    static void run(BenchOptions options, Report report) throws IOException {
        report.section("Cold start");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("measured", "ms, median of " + STARTS + " (min to max)", "target"));
        List<String> command = ChildProcess.java(
                options.jvmFlags(),
                ServerProcess.jarOrClasses() + File.pathSeparator + ChildProcess.classPathOf(ColdStart.class));
        command.add(ColdStart.class.getName());
        List<Double> inJvm = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            try (ChildProcess jvm = ChildProcess.start(Core.ANY, command)) {
                inJvm.add(Double.parseDouble(jvm.readLine()));
            }
        }
        rows.add(List.of(
                "start() in a new JVM to the first reply",
                Report.spread(inJvm),
                report.goal("first start() to the first reply, ms", START_GOAL, Report.median(inJvm))));
        for (ServerKind kind : List.of(ServerKind.EMBEDDED, ServerKind.MEMCACHED)) {
            if (kind.isAvailable()) {
                List<Double> fromProcess = new ArrayList<>();
                for (int i = 0; i < STARTS; i++) {
                    long start = System.nanoTime();
                    ServerProcess server = ServerProcess.start(Core.ANY, kind, options.jvmFlags(), MEGABYTES);
                    fromProcess.add((System.nanoTime() - start) / 1e6);
                    server.close();
                }
                rows.add(List.of(
                        "start of the process to the first reply, " + kind.title(),
                        Report.spread(fromProcess),
                        kind == ServerKind.EMBEDDED
                                ? report.goal(
                                        "java -jar to the first reply, ms", PROCESS_GOAL, Report.median(fromProcess))
                                : ""));
            }
        }
        report.table(rows);
        report.paragraph(
                "This server is started by `java -jar`, if its jar has been built. Not pinned to a core. Includes connecting the client, a plain socket.");
    }
}
