package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EmbeddedMemcachedTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static SocketClient connect(EmbeddedMemcached memcached) throws IOException {
        return SocketClient.connect(memcached.address());
    }

    // ---- a server

    @Test
    void shouldAcceptConnectionsWhenStarted() throws IOException {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start();
                SocketClient client = connect(memcached)) {
            client.send("set k 0 0 3\r\nabc\r\n").expect("STORED\r\n");
        }
    }

    @Test
    void shouldReturnANumericAddress() {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start()) {
            assertThat(memcached.address().getAddress().isLoopbackAddress()).isTrue();
            assertThat(memcached.address().getHostString()).isEqualTo(memcached.host());
            assertThat(memcached.host())
                    .isEqualTo(InetAddress.getLoopbackAddress().getHostAddress());
            assertThat(memcached.port())
                    .isEqualTo(memcached.address().getPort())
                    .isPositive();
        }
    }

    @Test
    void shouldReturnAConnectionStringWithTheNameIfBoundToLocalhost() throws IOException {
        InetAddress localhost = InetAddress.getByName("localhost");
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().bindAddress(localhost).start()) {
            assertThat(memcached.connectionString()).isEqualTo("localhost:" + memcached.port());
            assertThat(memcached.address().getHostString()).isEqualTo(memcached.host());
        }
    }

    @Test
    void shouldReturnANumericConnectionStringForOtherAddresses() throws IOException {
        Map<String, String> hosts = Map.of("127.0.0.2", "127.0.0.2", "::1", "[0:0:0:0:0:0:0:1]");
        for (String address : hosts.keySet()) {
            InetAddress other = InetAddress.getByName(address);
            if (isAvailable(other) && !other.equals(InetAddress.getByName("localhost"))) {
                try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().bindAddress(other).start()) {
                    assertThat(memcached.connectionString()).isEqualTo(hosts.get(address) + ":" + memcached.port());
                }
            }
        }
    }

    private static boolean isAvailable(InetAddress address) {
        try (ServerSocket socket = new ServerSocket(0, 1, address)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldReturnAConnectableAddressIfBoundToTheWildcard() throws IOException {
        InetAddress all = InetAddress.getByName("0.0.0.0");
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().bindAddress(all).start();
                SocketClient client = connect(memcached)) {
            assertThat(memcached.address().getAddress().isAnyLocalAddress()).isFalse();
            client.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldShareItemsBetweenClientsAndTheCache() throws IOException {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start();
                SocketClient client = connect(memcached)) {
            memcached.cache().set("here", bytes("1"));
            client.send("get here\r\n").expect("VALUE here 0 1\r\n1\r\nEND\r\n");
            client.send("set there 0 0 1\r\n2\r\n").expect("STORED\r\n");
            assertThat(memcached.cache().get("there")).isEqualTo(bytes("2"));
        }
    }

    @Test
    void shouldUseTheGivenClock() throws IOException {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().clock(now::get).start();
                SocketClient client = connect(memcached)) {
            client.send("set k 0 60 1\r\nx\r\n").expect("STORED\r\n");
            now.set(now.get().plusSeconds(61));
            client.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldCloseIdleConnections() throws IOException {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
        EmbeddedMemcachedBuilder builder =
                EmbeddedMemcached.builder().clock(now::get).idleTimeout(Duration.ofMinutes(1));
        try (EmbeddedMemcached memcached = builder.start();
                SocketClient client = connect(memcached)) {
            client.send("get k\r\n").expect("END\r\n");
            now.set(now.get().plusSeconds(61));
            assertThat(client.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void shouldStoreAValueOfTwentyMegabytesIfPermitted() throws IOException {
        byte[] value = new byte[20 << 20];
        new Random(3).nextBytes(value);
        EmbeddedMemcachedBuilder builder =
                EmbeddedMemcached.builder().memoryLimitBytes(64 << 20).maxItemSizeBytes(21 << 20);
        try (EmbeddedMemcached memcached = builder.start();
                SocketClient client = connect(memcached)) {
            client.send("set k 7 0 " + value.length + "\r\n")
                    .send(value)
                    .send("\r\n")
                    .expect("STORED\r\n");
            client.send("get k\r\nget none\r\n").expect("VALUE k 7 " + value.length + "\r\n");
            assertThat(Arrays.equals(client.read(value.length), value)).isTrue();
            client.expect("\r\nEND\r\nEND\r\n");
        }
    }

    @Test
    void shouldRunNextToOtherServers() throws IOException {
        List<EmbeddedMemcached> servers = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                servers.add(EmbeddedMemcached.start());
            }
            for (EmbeddedMemcached memcached : servers) {
                try (SocketClient client = connect(memcached)) {
                    client.send("add k 0 0 1\r\nx\r\n").expect("STORED\r\n");
                }
            }
            assertThat(servers.stream().map(EmbeddedMemcached::port)).doesNotHaveDuplicates();
        } finally {
            servers.forEach(EmbeddedMemcached::close);
        }
    }

    @Test
    void shouldShowAddressAndStateInToString() {
        EmbeddedMemcached memcached = EmbeddedMemcached.start();
        String address = memcached.host() + ":" + memcached.port();
        assertThat(memcached).hasToString("EmbeddedMemcached[" + address + ", running, memory limit 64 MB]");
        memcached.stop();
        assertThat(memcached).hasToString("EmbeddedMemcached[" + address + ", stopped, memory limit 64 MB]");
        memcached.close();
        assertThat(memcached).hasToString("EmbeddedMemcached[" + address + ", closed, memory limit 64 MB]");
    }

    // ---- stop, restart, close

    @Test
    void shouldRestartOnTheSamePortWithoutTheItems() throws IOException {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start();
                SocketClient before = connect(memcached)) {
            InetSocketAddress address = memcached.address();
            before.send("set k 0 0 1\r\nx\r\nset l 0 0 5\r\nha").expect("STORED\r\n");

            memcached.stop();
            assertThat(memcached.isRunning()).isFalse();
            assertThat(before.readUntilClosed()).isEmpty();
            assertThatThrownBy(() -> connect(memcached)).isInstanceOf(IOException.class);

            memcached.restart();
            assertThat(memcached.isRunning()).isTrue();
            assertThat(memcached.address()).isEqualTo(address);
            try (SocketClient after = connect(memcached)) {
                after.send("get k\r\n").expect("END\r\n");
            }
        }
    }

    @Test
    void shouldRestartWithTheItemsIfKept() throws IOException {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start()) {
            memcached.cache().set("k", bytes("x"));
            try (SocketClient before = connect(memcached)) {
                before.send("get k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\n");
                memcached.restart(Items.KEPT);
                before.readUntilClosed();
            }
            try (SocketClient after = connect(memcached)) {
                after.send("get k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\n");
            }
        }
    }

    @Test
    void shouldRestartRepeatedlyWithConnectedClients() throws IOException {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start()) {
            List<SocketClient> clients = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                SocketClient client = connect(memcached);
                clients.add(client);
                client.send("add k 0 0 1\r\nx\r\n").expect("STORED\r\n");
                memcached.restart(Items.DROPPED);
            }
            for (SocketClient client : clients) {
                client.readUntilClosed();
                client.close();
            }
        }
    }

    @Test
    void shouldStayStoppedIfThePortIsInUseOnRestart() throws IOException {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start()) {
            memcached.stop();
            try (ServerSocket other = new ServerSocket()) {
                other.bind(memcached.address());
                assertThatThrownBy(memcached::restart)
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageStartingWith("cannot listen on " + memcached.host() + " port " + memcached.port())
                        .hasCauseInstanceOf(BindException.class);
                assertThat(memcached.isRunning()).isFalse();
            }
            memcached.restart();
            assertThat(memcached.isRunning()).isTrue();
        }
    }

    @Test
    void shouldReportAPortInUse() {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start()) {
            EmbeddedMemcachedBuilder same = EmbeddedMemcached.builder().port(memcached.port());
            assertThatThrownBy(same::start)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith("cannot listen on 127.0.0.1 port " + memcached.port() + ": Address")
                    .hasCauseInstanceOf(BindException.class);
        }
    }

    @Test
    void shouldNotRestartAfterClose() {
        EmbeddedMemcached memcached = EmbeddedMemcached.start();
        memcached.close();
        memcached.close();
        memcached.stop();
        assertThat(memcached.isRunning()).isFalse();
        assertThat(memcached.port()).isPositive();
        assertThatThrownBy(memcached::restart)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has been closed; start another one");
    }

    @Test
    void shouldEndThreadsOnClose() {
        for (int i = 0; i < 20; i++) {
            EmbeddedMemcached memcached = EmbeddedMemcached.start();
            assertThat(threadsOf(memcached)).isPositive();
            memcached.close();
            assertThat(threadsOf(memcached)).isZero();
        }
    }

    private static long threadsOf(EmbeddedMemcached memcached) {
        String prefix = "embedded-memcached-" + memcached.port() + "-";
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }

    @Test
    void shouldPermitConcurrentStopRestartAndClose() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < 20; i++) {
                EmbeddedMemcached memcached = EmbeddedMemcached.start();
                List<Runnable> actions = List.of(
                        memcached::stop, () -> restartUnlessClosed(memcached), memcached::close, memcached::close);
                List<Future<?>> running = new ArrayList<>();
                for (Runnable action : actions) {
                    running.add(threads.submit(action));
                }
                for (Future<?> action : running) {
                    action.get();
                }
                assertThat(memcached.isRunning()).isFalse();
                assertThat(threadsOf(memcached)).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void restartUnlessClosed(EmbeddedMemcached memcached) {
        try {
            memcached.restart(Items.KEPT);
        } catch (IllegalStateException e) {
            assertThat(e).hasMessageContaining("closed");
        }
    }

    /** Prints the measured times. The asserted bounds allow for a busy machine. */
    @Test
    void shouldStartAndCloseWithinMilliseconds() throws IOException {
        int rounds = 201;
        long[] startNanos = new long[rounds];
        long[] closeNanos = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long begin = System.nanoTime();
            EmbeddedMemcached memcached = EmbeddedMemcached.start();
            startNanos[i] = System.nanoTime() - begin;
            try (SocketClient client = connect(memcached)) {
                client.send("get k\r\n").expect("END\r\n");
                begin = System.nanoTime();
                memcached.close();
                closeNanos[i] = System.nanoTime() - begin;
            }
        }
        Arrays.sort(startNanos);
        Arrays.sort(closeNanos);
        System.out.printf(
                "start: median %.2f ms, 99%% %.2f ms; close: median %.2f ms, 99%% %.2f ms%n",
                startNanos[rounds / 2] / 1e6,
                startNanos[rounds * 99 / 100] / 1e6,
                closeNanos[rounds / 2] / 1e6,
                closeNanos[rounds * 99 / 100] / 1e6);
        assertThat(Duration.ofNanos(startNanos[rounds / 2])).isLessThan(Duration.ofMillis(50));
        assertThat(Duration.ofNanos(closeNanos[rounds / 2])).isLessThan(Duration.ofMillis(50));
    }
}
