package io.github.embeddedmemcached.attack;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Base class of tests that attack a server in a separate JVM. */
abstract class AttackTestBase {
    /** The maximum latency of other clients during an attack; only a busy machine comes close to it. */
    static final long REPLY_MILLIS_MAX = 10_000;

    private static final long IDLE_WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long IDLE_CPU_MILLIS_MAX = 60;

    static ChildJvm start(int heapMegabytes, String... arguments) throws IOException {
        return ChildJvm.start(List.of("-Xmx" + heapMegabytes + "m"), AttackedServer.class, arguments);
    }

    static int port(ChildJvm server) throws IOException {
        return Integer.parseInt(server.readLine());
    }

    /** Sets ten thousand items of 10 KB: more than fits into any cache of these tests. */
    static void fillCache(int port) throws IOException {
        String value = " 0 0 10000 noreply\r\n" + "x".repeat(10_000) + "\r\n";
        try (SocketClient client = Prober.connect(port)) {
            StringBuilder sets = new StringBuilder();
            for (int i = 0; i < 10_000; i++) {
                sets.append("set item").append(i).append(value);
                if (i % 100 == 99) {
                    client.send(sets.toString());
                    sets.setLength(0);
                }
            }
            client.send("set k 0 0 10000\r\n" + "y".repeat(10_000) + "\r\n").expect("STORED\r\n");
        }
    }

    static Map<String, String> stats(int port) {
        Map<String, String> stats = new HashMap<>();
        try (SocketClient client = Prober.connect(port)) {
            client.send("stats\r\n");
            var reader = new BufferedReader(new InputStreamReader(client.input(), StandardCharsets.US_ASCII));
            for (String line = reader.readLine(); !line.equals("END"); line = reader.readLine()) {
                String[] words = line.split(" ", 3);
                stats.put(words[1], words[2]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stats;
    }

    static long stat(int port, String name) {
        return Long.parseLong(stats(port).get(name));
    }

    /** Fails unless the server serves new clients and retains nothing of the disconnected ones. */
    static void expectNothingRetained(ChildJvm server, int port, long descriptorsBefore) throws IOException {
        try (SocketClient client = Prober.connect(port)) {
            client.send("set after 0 0 1\r\nx\r\nget after\r\n").expect("STORED\r\nVALUE after 0 1\r\nx\r\nEND\r\n");
        }
        eventually("the connections are closed", () -> stat(port, "curr_connections") == 1);
        assertThat(stats(port)).containsEntry("read_buf_bytes", "0").containsEntry("response_obj_bytes", "0");
        // the descriptor of a closed channel is released when its selector is called the next time
        eventually("the descriptors are released", () -> server.openDescriptors() <= descriptorsBefore + 5);
        expectIdle(server);
    }

    /** Waits until the process uses almost no processor time for a while. */
    static void expectIdle(ChildJvm server) {
        long[] window = {System.nanoTime(), server.cpuTime().toMillis()};
        eventually("the server uses no processor time", () -> {
            if (System.nanoTime() - window[0] < IDLE_WINDOW_NANOS) {
                return false;
            }
            long used = server.cpuTime().toMillis() - window[1];
            window[0] = System.nanoTime();
            window[1] += used;
            return used <= IDLE_CPU_MILLIS_MAX;
        });
    }
}
