package io.github.embeddedmemcached.internal.server;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private @Nullable SocketServer server;

    @AfterEach
    void closeServer() {
        if (server != null) {
            assertThat(server.failures()).isZero();
            server.close();
            assertThat(server.heldBytes()).isZero();
        }
    }

    private SocketServer start(@Nullable SSLParameters parameters, InstantSource clock, long idleTimeoutMillis)
            throws IOException {
        SocketServer started =
                SocketServer.bind(new Endpoints(List.of(new Endpoints.Tcp(FREE_PORT, false)), List.of(), null, 1024));
        server = started;
        ServerSettings settings = ServerSettings.defaults().with(ServerOption.THREADS, 2);
        ServerContext context = new ServerContext(Engines.of(Cache.builder().build()), settings, clock);
        started.serve(context, idleTimeoutMillis, TlsSettings.of(TestTls.serverContext(), parameters));
        return started;
    }

    private SocketServer start() throws IOException {
        return start(null, Clock.systemUTC(), 0);
    }

    private static SocketClient connect(SocketServer server, String version) throws IOException {
        return SocketClient.connectTls(server.address(), TestTls.clientContext(), version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldReplyOverTls(String version) throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server, version)) {
            client.send("set k 5 0 3\r\nabc\r\n").expect("STORED\r\n");
            for (byte b : "get k\r\n".getBytes(StandardCharsets.US_ASCII)) {
                client.send(new byte[] {b}); // each byte in a separate record
            }
            client.expect("VALUE k 5 3\r\nabc\r\nEND\r\n");
            eventually("the received reply is no longer held", () -> server.heldBytes() <= 256);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldTransferLargeValuesInBothDirections(String version) throws IOException {
        SocketServer server = start();
        byte[] value = new byte[1_000_000];
        new Random(1).nextBytes(value);
        try (SocketClient client = connect(server, version)) {
            client.send("set k 0 0 1000000\r\n").send(value).send("\r\n").expect("STORED\r\n");
            client.send("get k\r\nget k\r\nversion\r\n");
            for (int i = 0; i < 2; i++) {
                client.expect("VALUE k 0 1000000\r\n");
                assertThat(client.read(value.length)).isEqualTo(value);
                client.expect("\r\nEND\r\n");
            }
            client.expect("VERSION " + MemcachedVersion.TEXT + "\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldReplyToAllRequestsBeforeCloseNotify(String version) throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server, version)) {
            client.send("set n 0 0 1\r\n0\r\n" + "incr n 1\r\n".repeat(10_000)).shutdownOutput();
            assertThat(client.readUntilClosed()).startsWith("STORED\r\n1\r\n").endsWith("\r\n9999\r\n10000\r\n");
        }
        eventually("the connection is closed", () -> server.openConnections() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldSendCloseNotifyAfterQuit(String version) throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server, version)) {
            client.send("set k 0 0 1\r\nx\r\nquit\r\nget k\r\n");
            // the JDK's client throws if the connection is closed without a close_notify
            assertThat(client.readUntilClosed()).isEqualTo("STORED\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldHoldBoundedMemoryForAClientThatReadsLate(String version) throws Exception {
        SocketServer server = start();
        ExecutorService writer = Executors.newSingleThreadExecutor();
        String value = "x".repeat(50_000);
        try (SocketClient client =
                SocketClient.connectTlsWithSmallBuffer(server.address(), TestTls.clientContext(), version)) {
            client.send("set k 0 0 50000\r\n" + value + "\r\n").expect("STORED\r\n");
            Future<?> written = writer.submit(() -> client.send("get k\r\n".repeat(300)));
            eventually("replies are pending", () -> server.heldBytes() > 0);
            assertThat(server.heldBytes()).isLessThan(600 * 1024);
            for (int i = 0; i < 300; i++) {
                client.expect("VALUE k 0 50000\r\n" + value + "\r\nEND\r\n");
            }
            written.get();
            client.send("get none\r\n").expect("END\r\n");
            eventually("nothing is held", () -> server.heldBytes() <= 256);
        } finally {
            writer.shutdownNow();
        }
    }

    @Test
    void shouldServeManyClientsAtOnce() throws Exception {
        SocketServer server = start();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String key = "key" + i;
                clients.add(threads.submit(() -> {
                    try (SocketClient client = connect(server, "TLSv1.3")) {
                        client.send("set " + key + " 0 0 5\r\n" + key.repeat(2).substring(0, 5) + "\r\n");
                        client.expect("STORED\r\n");
                        for (int j = 0; j < 100; j++) {
                            client.send("get " + key + "\r\n")
                                    .expect("VALUE " + key + " 0 5\r\n"
                                            + key.repeat(2).substring(0, 5) + "\r\nEND\r\n");
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    // ---- clients that violate the protocol

    @Test
    void shouldCloseAClientWithoutTls() throws IOException {
        SocketServer server = start();
        try (SocketClient client = SocketClient.connect(server.address())) {
            client.send("get some_key\r\n");
            assertThat(client.readUntilClosed()).doesNotContain("END", "ERROR").hasSizeLessThan(16);
        }
        eventually("the connection is closed", () -> server.openConnections() == 0);
    }

    @Test
    void shouldCloseAClientThatAbortsTheHandshakeOrSendsGarbage() throws IOException {
        SocketServer server = start();
        byte[] garbage = new byte[20_000];
        Random random = new Random(3);
        for (int i = 0; i < 50; i++) {
            random.nextBytes(garbage);
            garbage[0] = 22; // looks like a handshake
            garbage[1] = 3;
            garbage[2] = 3;
            try (SocketClient client = SocketClient.connect(server.address())) {
                client.send(garbage).shutdownOutput().readUntilClosed();
            } catch (IOException e) {
                // the server closed the connection while the client was sending
            }
        }
        eventually("all connections are closed", () -> server.openConnections() == 0);
        assertThat(server.heldBytes()).isZero();
        try (SocketClient client = connect(server, "TLSv1.3")) {
            client.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldCloseAClientWithManipulatedRecords() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server, "TLSv1.2")) {
            client.send("get k\r\n").expect("END\r\n");
            client.sendWithoutTls(new byte[] {
                23, 3, 3, 0, 32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
                25, 26, 27, 28, 29, 30, 31, 32
            });
            assertThatThrownBy(client::readUntilClosed).isInstanceOf(SSLException.class);
        }
        eventually("the connection is closed", () -> server.openConnections() == 0);
    }

    @Test
    void shouldCloseAnIncompleteHandshakeAsIdle() throws IOException {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
        SocketServer server = start(null, now::get, 1000);
        try (SocketClient idle = SocketClient.connect(server.address());
                SocketClient incomplete = SocketClient.connect(server.address());
                SocketClient good = connect(server, "TLSv1.3")) {
            incomplete.send(new byte[] {22, 3, 1, 2, 0, 1});
            good.send("get k\r\n").expect("END\r\n");
            now.updateAndGet(before -> before.plusMillis(900));
            good.send("get k\r\n").expect("END\r\n");
            incomplete.send(new byte[] {0}); // single bytes do not count as activity
            now.updateAndGet(before -> before.plusMillis(200));
            incomplete.readUntilClosed();
            idle.readUntilClosed();
            good.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldCloseAClientWithoutTheRequiredCertificate() throws IOException {
        SSLParameters parameters = new SSLParameters();
        parameters.setNeedClientAuth(true);
        SocketServer server = start(parameters, Clock.systemUTC(), 0);
        assertThatThrownBy(() -> connect(server, "TLSv1.2")).isInstanceOf(IOException.class);
        try (SocketClient client = SocketClient.connectTls(server.address(), TestTls.serverContext(), "TLSv1.2")) {
            client.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldRejectVersionExcludedByParameters() throws IOException {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        SocketServer server = start(parameters, Clock.systemUTC(), 0);
        assertThatThrownBy(() -> connect(server, "TLSv1.2")).isInstanceOf(SSLException.class);
        connect(server, "TLSv1.3").send("get k\r\n").expect("END\r\n").close();
    }

    @Test
    void shouldRejectRenegotiation() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server, "TLSv1.2")) {
            client.send("get k\r\n").expect("END\r\n");
            assertThatThrownBy(() -> {
                        client.handshakeAgain();
                        client.readUntilClosed();
                    })
                    .isInstanceOf(IOException.class);
        }
        eventually("the connection is closed", () -> server.openConnections() == 0);
    }

    @Test
    void shouldCloseConnectionsWhenTheServerCloses() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server, "TLSv1.3")) {
            client.send("get k\r\n").expect("END\r\n");
            server.close();
            assertThat(client.readUntilClosed()).isEmpty();
        }
    }
}
