package io.github.embeddedmemcached.internal.server;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.protocol.CodecPool;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that all clients are served after temporary failures of allocations and system calls. */
@Timeout(60)
class FailurePointTest {
    private static final int FAILURES = 10;

    /** Injects a number of failures at given points. */
    private static final class FailingCalls implements SocketServer.SystemCalls {
        private final AtomicInteger failuresLeft = new AtomicInteger();
        private volatile Set<FailurePoint> failing = Set.of();
        private volatile Throwable failure = new OutOfMemoryError("test");

        void fail(FailurePoint point, int times, Throwable reason) {
            fail(Set.of(point), times, reason);
        }

        void fail(Set<FailurePoint> points, int times, Throwable reason) {
            failing = points;
            failure = reason;
            failuresLeft.set(times);
        }

        @Override
        public @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException {
            return channel.accept();
        }

        @Override
        public void reach(FailurePoint point) {
            if (failing.contains(point) && failuresLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                FailingCalls.<RuntimeException>rethrow(failure);
            }
        }

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        private static <E extends Throwable> void rethrow(Throwable thrown) throws E {
            throw (E) thrown;
        }
    }

    private final FailingCalls calls = new FailingCalls();
    private @Nullable SocketServer server;

    @AfterEach
    void closeServer() {
        if (server != null) {
            server.close();
        }
    }

    private SocketServer start() throws IOException {
        return start(0, trace -> {});
    }

    private SocketServer start(int verbosity, Consumer<String> traceSink) throws IOException {
        InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Endpoints endpoints = new Endpoints(List.of(new Endpoints.Tcp(free, false)), List.of(free), null, 1024);
        SocketServer started = SocketServer.bind(endpoints, calls);
        server = started;
        ServerSettings settings =
                ServerSettings.defaults().with(ServerOption.THREADS, 1).with(ServerOption.VERBOSITY, verbosity);
        started.serve(
                new ServerContext(Engines.of(Cache.builder().build()), settings, Clock.systemUTC(), traceSink),
                0,
                null);
        return started;
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"WARM_UP", "REPLACE", "RECEIVE"})
    void shouldServeOldAndNewClientsAfterAllocationsFailed(FailurePoint point) throws IOException {
        SocketServer serving = start();
        String value = "x".repeat(5_000);
        try (SocketClient old = SocketClient.connectWithSmallBuffer(serving.address())) {
            old.send("set k 0 0 5000\r\n" + value + "\r\n").expect("STORED\r\n");
            calls.fail(point, FAILURES, new OutOfMemoryError("test"));
            // more replies than the socket accepts, so that the connection waits to write and then to read again
            old.send("get k\r\n".repeat(1_000));
            // replies are held for a moment also if they are written at once, which does not set the operations of the
            // channel
            eventually(
                    "replies wait to be written",
                    () -> serving.heldBytes() > 0
                            && (point != FailurePoint.INTEREST || calls.failuresLeft.get() < FAILURES));
            for (int i = 0; i < 1_000; i++) {
                old.expect("VALUE k 0 5000\r\n" + value + "\r\nEND\r\n");
            }
            eventually("a new client is served", () -> isServed(serving));
            for (int i = 0; i < FAILURES; i++) {
                old.send("get k\r\n").expect("VALUE k 0 5000\r\n" + value + "\r\nEND\r\n");
                isServed(serving);
            }
            assertThat(calls.failuresLeft.getAndSet(0)).isLessThan(FAILURES);
            old.send("get none\r\n").expect("END\r\n");
            assertThat(isServed(serving)).isTrue();
        }
        eventually(
                "all connections are closed and all memory is released",
                () -> serving.openConnections() == 0 && serving.heldBytes() == 0);
        assertThat(serving.failures()).isPositive();
    }

    /** All connections of a loop write their replies to the same buffer. */
    @Test
    void shouldNotSendTheReplyToALargeValueToAnotherClientAfterAFailure() throws IOException {
        String value = "x".repeat(200_000);
        AtomicInteger failures = new AtomicInteger();
        SocketServer serving = start(2, trace -> {
            if (trace.endsWith("STORED") && failures.getAndIncrement() == 0) {
                throw new OutOfMemoryError("test"); // after the reply was written to the buffer
            }
        });
        try (SocketClient failing = SocketClient.connect(serving.address());
                SocketClient other = SocketClient.connect(serving.address())) {
            other.send("version\r\n").expect("VERSION 1.6.45\r\n");
            failing.send("set k 0 0 200000\r\n");
            eventually("the value is expected", () -> serving.heldBytes() > 0);
            failing.send(value + "\r\n");
            eventually("the reply failed", () -> failures.get() > 0);
            other.send("version\r\n").expect("VERSION 1.6.45\r\n");
            assertThat(failing.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void shouldNotWaitForEventsWhileADamagedSelectorCannotBeReplaced() throws IOException {
        SocketServer serving = start();
        String value = "x".repeat(5_000);
        try (SocketClient client = SocketClient.connectWithSmallBuffer(serving.address())) {
            client.send("set k 0 0 5000\r\n" + value + "\r\n").expect("STORED\r\n");
            Set<FailurePoint> points = Set.of(FailurePoint.INTEREST, FailurePoint.REPLACE);
            calls.fail(points, FAILURES, new OutOfMemoryError("test"));
            client.send("get k\r\n".repeat(1_000));
            eventually("replies wait to be written", () -> calls.failuresLeft.get() < FAILURES);
            for (int i = 0; i < 1_000; i++) {
                client.expect("VALUE k 0 5000\r\n" + value + "\r\nEND\r\n");
            }
            assertThat(calls.failuresLeft).hasValue(0);
        }
        eventually("the connection is closed", () -> serving.openConnections() == 0);
    }

    private static boolean isServed(SocketServer server) {
        try (SocketClient client = SocketClient.connect(server.address())) {
            client.send("get none\r\nquit\r\n");
            return client.readUntilClosed().equals("END\r\n");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldReplaceASelectorThatKeepsFailing() throws IOException {
        SocketServer serving = start();
        try (SocketClient old = SocketClient.connect(serving.address())) {
            old.send("get none\r\n").expect("END\r\n");
            calls.fail(FailurePoint.SELECT, FAILURES, new IOException("test"));
            old.send("get none\r\n").expect("END\r\n");
            eventually("all selections have failed", () -> {
                assertThat(isServed(serving)).isTrue();
                return calls.failuresLeft.get() == 0;
            });
            old.send("get none\r\n").expect("END\r\n");
        }
        eventually("the connection is closed", () -> serving.openConnections() == 0);
    }

    @Test
    void shouldWaitWhileDatagramsCannotBeReceived() throws IOException {
        SocketServer serving = start();
        calls.fail(FailurePoint.RECEIVE, FAILURES, new IOException("test"));
        try (DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            client.connect(serving.endpoints().udp().get(0));
            byte[] request = "\0\7\0\0\0\1\0\0get none\r\n".getBytes(StandardCharsets.US_ASCII);
            client.send(new DatagramPacket(request, request.length));
            DatagramPacket reply = new DatagramPacket(new byte[100], 100);
            client.receive(reply);
            assertThat(new String(reply.getData(), 0, reply.getLength(), StandardCharsets.US_ASCII))
                    .isEqualTo("\0\7\0\0\0\1\0\0END\r\n");
        }
        assertThat(serving.failures()).isEqualTo(FAILURES);
        assertThat(calls.failuresLeft).hasValue(0);
    }

    @Test
    void shouldCloseWithoutMemory() throws IOException {
        SocketServer serving = start();
        try (SocketClient one = SocketClient.connect(serving.address());
                SocketClient two = SocketClient.connect(serving.address())) {
            one.send("get none\r\n").expect("END\r\n");
            two.send("set k 0 0 10\r\nhalf").send("");
            eventually("both connections are open", () -> serving.openConnections() == 2);
            calls.fail(FailurePoint.CLOSE, FAILURES, new OutOfMemoryError("test"));
            serving.close();
            assertThat(one.readUntilClosed()).isEmpty();
            assertThat(two.readUntilClosed()).isEmpty();
        }
        assertThat(serving.openConnections()).isZero();
    }

    @Test
    void shouldReleasePortsWhenTheWarmUpFails() throws IOException {
        calls.fail(FailurePoint.WARM_UP, 1, new OutOfMemoryError("test"));
        assertThatThrownBy(this::start).isInstanceOf(OutOfMemoryError.class);
        SocketServer failed = Objects.requireNonNull(server);
        assertThat(failed.isOpen()).isFalse();
        SocketServer.bind(failed.endpoints()).close(); // the port is free
    }

    @Test
    void shouldReplyToAllClientsIfPrefetchingFailsWithAFullInputBatch() throws IOException {
        SocketServer serving = start();
        List<SocketClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 4 * CodecPool.PREFETCHES_MAX; i++) {
                clients.add(SocketClient.connect(serving.address()).send("get none\r\n"));
                clients.get(i).expect("END\r\n");
            }
            serving.pause();
            for (SocketClient client : clients) {
                client.send("get none\r\n");
            }
            calls.fail(FailurePoint.PREFETCH, FAILURES, new StackOverflowError("test"));
            serving.resume();
            for (SocketClient client : clients) {
                client.expect("END\r\n");
            }
        } finally {
            for (SocketClient client : clients) {
                client.close();
            }
        }
    }
}
