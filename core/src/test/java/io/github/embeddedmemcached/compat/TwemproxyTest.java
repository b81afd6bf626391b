package io.github.embeddedmemcached.compat;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests Twitter's twemproxy, which distributes the keys of clients that support only one server. */
class TwemproxyTest extends FailoverTestBase {
    private static final int STARTS_MAX = 5;
    private static final int FAILURES_MAX = 100;
    private static final long EXIT_SECONDS_MAX = 30;

    /** Keys that only determine which nodes the proxy uses. */
    private static final List<String> PROBES =
            IntStream.range(0, 60).mapToObj(i -> i + "-probe").toList();

    @TempDir
    private Path folder;

    private Process proxy;
    private SocketClient client;

    /** A process and its address. The process exits if another process has taken one of its ports. */
    private record Start(Process process, InetSocketAddress address) {
        boolean isListeningOrExited() {
            try {
                SocketClient.connect(address).close();
                return true;
            } catch (IOException e) {
                return !process.isAlive();
            }
        }
    }

    @BeforeEach
    void startAndConnect() throws Exception {
        var program = InstalledProgram.require("nutcracker", "nutcracker");
        Start start;
        int starts = 0;
        do {
            start = start(program);
            proxy = start.process;
            eventually("nutcracker accepts connections, or exits", start::isListeningOrExited);
        } while (!proxy.isAlive() && ++starts < STARTS_MAX);
        assertThat(proxy.isAlive())
                .as("nutcracker is running; its output: " + Files.readString(log()))
                .isTrue();
        client = SocketClient.connect(start.address);
    }

    private Path log() {
        return folder.resolve("log.txt");
    }

    private Start start(InstalledProgram program) throws Exception {
        InetSocketAddress address;
        int statisticsPort;
        try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket second = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            address = (InetSocketAddress) first.getLocalSocketAddress();
            statisticsPort = second.getLocalPort();
        }
        Path configuration = folder.resolve("nutcracker.yml");
        Files.writeString(configuration, """
                nodes:
                  listen: 127.0.0.1:%d
                  hash: fnv1a_64
                  distribution: ketama
                  timeout: 20000
                  auto_eject_hosts: true
                  server_failure_limit: 1
                  server_retry_timeout: 200
                  servers:
                """.formatted(address.getPort()) + servers());
        var commandLine = new ArrayList<>(program.command());
        commandLine.addAll(
                List.of("-c", configuration.toString(), "-a", "127.0.0.1", "-s", String.valueOf(statisticsPort)));
        Process process = new ProcessBuilder(commandLine)
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
        return new Start(process, address);
    }

    private String servers() {
        return cluster.nodes().stream()
                .map(node -> "    - " + node.host() + ":" + node.port() + ":1\n")
                .collect(Collectors.joining());
    }

    @AfterEach
    void close() throws Exception {
        if (client != null) {
            client.close();
        }
        if (proxy != null) {
            proxy.destroy();
            if (!proxy.waitFor(EXIT_SECONDS_MAX, TimeUnit.SECONDS)) {
                proxy.destroyForcibly().waitFor();
            }
        }
    }

    private String readLine() throws IOException {
        InputStream input = client.input();
        var line = new StringBuilder();
        do {
            int next = input.read();
            assertThat(next).as("the byte after " + line).isNotNegative();
            line.append((char) next);
        } while (line.charAt(line.length() - 1) != '\n');
        return line.toString();
    }

    /** Repeats a request while it fails. Until twemproxy has detected that a node is down, it returns errors for that node's keys. */
    private String request(String request) throws IOException {
        for (int i = 0; i < FAILURES_MAX; i++) {
            client.send(request);
            String reply = readLine();
            if (!reply.startsWith("SERVER_ERROR")) {
                return reply;
            }
        }
        return fail(request + " always fails");
    }

    @Override
    void set(String key, String value) throws IOException {
        assertThat(request("set " + key + " 0 0 " + value.length() + "\r\n" + value + "\r\n"))
                .isEqualTo("STORED\r\n");
    }

    @Override
    @Nullable String get(String key) throws IOException {
        String reply = request("get " + key + "\r\n");
        if (reply.equals("END\r\n")) {
            return null;
        }
        assertThat(reply).startsWith("VALUE " + key + " 0 ");
        String value = readLine().strip();
        assertThat(readLine()).isEqualTo("END\r\n");
        return value;
    }

    @Override
    void awaitFailover() {
        // the proxy detects it by the next requests, which fail
    }

    @Override
    void awaitRecovery() {
        EmbeddedMemcached restarted = cluster.node(FAILING);
        eventually("the proxy uses the restarted node", () -> {
            try {
                for (String probe : PROBES) {
                    set(probe, "value");
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return PROBES.stream().anyMatch(probe -> restarted.cache().get(probe) != null);
        });
    }

    @Test
    void shouldForwardCommandsOfTextProtocol() throws IOException {
        client.send("set a 5 0 1\r\n1\r\nadd a 0 0 1\r\nx\r\n").expect("STORED\r\nNOT_STORED\r\n");
        client.send("append a 0 0 1\r\n2\r\nprepend a 0 0 1\r\n3\r\n").expect("STORED\r\nSTORED\r\n");
        client.send("get a\r\n").expect("VALUE a 5 3\r\n312\r\nEND\r\n");
        client.send("incr a 8\r\ndecr a 20\r\nincr none 1\r\n").expect("320\r\n300\r\nNOT_FOUND\r\n");
        client.send("replace a 0 0 1\r\n7\r\ntouch a 100\r\n").expect("STORED\r\nTOUCHED\r\n");
        client.send("gets a\r\n").expect("VALUE a 0 1 ");
        String casUnique = readLine().strip();
        client.expect("7\r\nEND\r\n");
        String cas = "cas a 0 0 1 " + casUnique + "\r\n8\r\n";
        client.send(cas + cas).expect("STORED\r\nEXISTS\r\n");
        client.send("delete a\r\ndelete a\r\nget a\r\n").expect("DELETED\r\nNOT_FOUND\r\nEND\r\n");
    }

    @Test
    void shouldGetKeysOfSeveralNodesAtOnce() throws IOException {
        for (String probe : PROBES) {
            set(probe, probe);
        }
        client.send("get none " + String.join(" ", PROBES) + "\r\n");
        var values = new ArrayList<String>();
        for (String line = readLine(); !line.equals("END\r\n"); line = readLine()) {
            assertThat(line).startsWith("VALUE ").contains("-probe ");
            values.add(readLine().strip());
        }
        assertThat(values).containsExactlyInAnyOrderElementsOf(PROBES);
    }
}
