package io.github.embeddedmemcached.internal.server;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.listen.ListenException;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SocketServerTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    /** The maximum that one connection may hold: a full output buffer with one value above its limit, and a window of input. */
    private static final long HELD_BYTES_MAX = OutputBuffer.WIRE_LENGTH
            + ReplyBuffer.DEFAULT_HIGH_WATER
            + 66 * 1024
            + 2 * EventLoop.READ_LENGTH_MAX
            + 4096;

    /** The memory of an incomplete request without its bytes. */
    private static final long CODEC_BYTES = 4096;

    private final List<SocketServer> servers = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void closeServers() {
        servers.forEach(SocketServer::close);
    }

    private SocketServer start(ServerSettings settings) throws IOException {
        return start(settings, ServerSocketChannel::accept, Clock.systemUTC(), 0);
    }

    private SocketServer start() throws IOException {
        return start(ServerSettings.defaults().with(ServerOption.THREADS, 2));
    }

    private SocketServer start(
            ServerSettings settings, SocketServer.SystemCalls acceptor, InstantSource clock, long idleTimeoutMillis)
            throws IOException {
        SocketServer server = SocketServer.bind(tcp(FREE_PORT), acceptor);
        servers.add(server);
        Cache cache = Cache.builder().build();
        ServerContext context = new ServerContext(
                Engines.of(cache),
                settings.with(ServerOption.PORT, server.address().getPort()),
                clock);
        server.serve(context, idleTimeoutMillis, null);
        return server;
    }

    private static Endpoints tcp(InetSocketAddress address) {
        return new Endpoints(List.of(new Endpoints.Tcp(address, false)), List.of(), null, 1024);
    }

    private static SocketClient connect(SocketServer server) throws IOException {
        return SocketClient.connect(server.address());
    }

    // ---- replies

    @Test
    void shouldReplyOverASocket() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server)) {
            client.send("set k 5 0 3\r\nabc\r\n").expect("STORED\r\n");
            client.send("get k\r\n").expect("VALUE k 5 3\r\nabc\r\nEND\r\n");
        }
    }

    @Test
    void shouldReplyToARequestThatArrivesByteByByte() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server)) {
            for (byte b : "set k 0 0 3\r\nabc\r\nget k\r\n".getBytes(StandardCharsets.US_ASCII)) {
                client.send(new byte[] {b});
            }
            client.expect("STORED\r\nVALUE k 0 3\r\nabc\r\nEND\r\n");
        }
    }

    @Test
    void shouldReplyInOrderToAHundredThousandPipelinedRequestsOfAClientThatReadsLate() throws Exception {
        SocketServer server = start();
        int requests = 100_000;
        ExecutorService writer = Executors.newSingleThreadExecutor();
        try (SocketClient client = SocketClient.connectWithSmallBuffer(server.address())) {
            client.send("set n 0 0 1\r\n0\r\n").expect("STORED\r\n");
            byte[] increments = "incr n 1\r\n".repeat(requests).getBytes(StandardCharsets.US_ASCII);
            Future<?> written = writer.submit(() -> client.send(increments));
            eventually(
                    "everything is sent, or replies are pending to read",
                    () -> written.isDone() || server.heldBytes() > 0);
            var replies = new BufferedReader(new InputStreamReader(client.input(), StandardCharsets.US_ASCII));
            for (int i = 1; i <= requests; i++) {
                assertThat(replies.readLine().strip()).isEqualTo(Integer.toString(i));
            }
            written.get();
        } finally {
            writer.shutdownNow();
        }
    }

    @Test
    void shouldReplyToRequestsSentBeforeTheClientShutDownItsOutput() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server)) {
            client.send("set n 0 0 1\r\n0\r\n" + "incr n 1\r\n".repeat(10_000)).shutdownOutput();
            assertThat(client.readUntilClosed()).startsWith("STORED\r\n1\r\n").endsWith("\r\n9999\r\n10000\r\n");
        }
    }

    @Test
    void shouldSendRepliesToRequestsBeforeQuit() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server)) {
            client.send("set k 0 0 1\r\nx\r\nget k\r\nquit\r\nget k\r\n");
            assertThat(client.readUntilClosed()).isEqualTo("STORED\r\nVALUE k 0 1\r\nx\r\nEND\r\n");
        }
        eventually("the connection is closed", () -> server.openConnections() == 0);
    }

    @Test
    void shouldExecuteRequestsOfOthersWhileOneClientPipelinesEndlessly() throws Exception {
        SocketServer server = start(ServerSettings.defaults().with(ServerOption.THREADS, 1));
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (SocketClient pipelining = connect(server);
                SocketClient other = connect(server)) {
            byte[] requests = "get k\r\n".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
            AtomicLong receivedBytes = new AtomicLong();
            var sending = threads.submit(() -> {
                while (true) {
                    pipelining.send(requests);
                }
            });
            var reading = threads.submit(() -> {
                while (true) {
                    receivedBytes.addAndGet(pipelining.read(5 * 1000).length);
                }
            });
            for (int i = 0; i < 100; i++) {
                other.send("set m 0 0 1\r\nx\r\n").expect("STORED\r\n");
            }
            long before = receivedBytes.get();
            eventually("the pipelining client receives replies too", () -> receivedBytes.get() > before);
            assertThat(sending).isNotDone();
            assertThat(reading).isNotDone();
        } finally {
            threads.shutdownNow();
        }
    }

    // ---- large values

    @Test
    void shouldReturnALargeValueByteForByte() throws IOException {
        SocketServer server = start();
        byte[] value = new byte[1_000_000];
        new Random(1).nextBytes(value);
        try (SocketClient client = connect(server)) {
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

    // ---- clients that do not read, do not complete their requests, or send garbage

    @Test
    void shouldHoldBoundedMemoryForClientsThatNeverRead() throws IOException {
        SocketServer server = start();
        int count = 20;
        List<SocketClient> clients = new ArrayList<>();
        try (SocketClient good = connect(server)) {
            good.send("set k 0 0 5000\r\n" + "x".repeat(5_000) + "\r\n").expect("STORED\r\n");
            good.send("set large 0 0 1000000\r\n" + "x".repeat(1_000_000) + "\r\n")
                    .expect("STORED\r\n");
            for (int i = 0; i < count; i++) {
                SocketClient client = SocketClient.connectWithSmallBuffer(server.address());
                clients.add(client);
                client.send((i % 2 == 0 ? "get k k k k k k\r\n" : "get large\r\n").repeat(3000));
            }
            eventually(
                    "replies are pending for every client of k",
                    () -> server.heldBytes() >= (long) count / 2 * OutputBuffer.WIRE_LENGTH);
            good.send("delete large\r\n").expect("DELETED\r\n");
            // a large value is not copied: ten clients wait for the same array, which the cache counts
            assertThat(server.heldBytes()).isLessThanOrEqualTo(count * HELD_BYTES_MAX);

            clients.get(0).expect("VALUE k 0 5000\r\n");
            clients.get(1).expect("VALUE large 0 1000000\r\n");
            for (SocketClient client : clients) {
                client.reset();
            }
            eventually("their memory is released", () -> server.heldBytes() == 0);
            good.send("get none\r\n").expect("END\r\n");
        }
        assertThat(server.failures()).isZero();
    }

    @Test
    void shouldReadLessFromEachClientIfManyNeverRead() throws IOException {
        SocketServer server = start();
        int count = 300;
        long bytesPerClient = HELD_BYTES_MAX - 2 * EventLoop.READ_LENGTH_MAX + 2 * EventLoop.READ_LENGTH_MIN;
        long toleranceBytes =
                (32L << 20) + 2 * HELD_BYTES_MAX; // until memory is tight, plus one allocation of each of the two loops
        List<SocketClient> clients = new ArrayList<>();
        try (SocketClient good = connect(server)) {
            good.send("set k 0 0 50000\r\n" + "x".repeat(50_000) + "\r\n").expect("STORED\r\n");
            for (int i = 0; i < count; i++) {
                SocketClient client = SocketClient.connectWithSmallBuffer(server.address());
                clients.add(client);
                client.send("get k\r\n".repeat(30_000));
            }
            eventually(
                    "replies are pending for every client",
                    () -> server.heldBytes() >= (long) count * OutputBuffer.WIRE_LENGTH);
            good.send("get none\r\n").expect("END\r\n");
            assertThat(server.heldBytes()).isLessThanOrEqualTo(count * bytesPerClient + toleranceBytes);
        } finally {
            for (SocketClient client : clients) {
                client.reset();
            }
        }
        eventually("their memory is released", () -> server.heldBytes() == 0);
    }

    @Test
    void shouldReplyToManyClientsWhoseRequestsArriveTogether() throws Exception {
        SocketServer server = start(ServerSettings.defaults().with(ServerOption.THREADS, 1));
        List<SocketClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                clients.add(connect(server));
            }
            server.pause();
            for (int i = 0; i < clients.size(); i++) {
                send(clients.get(i), i);
            }
            server.resume();
            for (int i = 0; i < clients.size(); i++) {
                expect(clients.get(i), i);
            }
        } finally {
            for (SocketClient client : clients) {
                client.close();
            }
        }
        assertThat(server.failures()).isZero();
    }

    /** Sends as one of many clients: half a request, several, a long value, malformed ones, or nothing before it disconnects. */
    private static void send(SocketClient client, int number) throws IOException {
        String key = "key" + number;
        switch (number % 6) {
            case 0 -> client.send("set " + key + " 0 0 5\r\nva");
            case 1 -> client.send("set " + key + " 0 0 5\r\nvalue\r\nget " + key + " none\r\nquit\r\n");
            case 2 -> client.send("set " + key + " 0 0 50000\r\n" + "x".repeat(50_000) + "\r\nget " + key + "\r\n");
            case 3 -> client.send("one\r\ntwo\r\nthree\r\n");
            case 4 -> client.send(new byte[] {(byte) 0x80, 0x0A, 0, 9, 99, 0, 0, 0, 0, 0, 0, 1});
            default -> client.close();
        }
    }

    private static void expect(SocketClient client, int number) throws IOException {
        String key = "key" + number;
        switch (number % 6) {
            case 0 ->
                client.send("lue\r\nget " + key + "\r\n").expect("STORED\r\nVALUE " + key + " 0 5\r\nvalue\r\nEND\r\n");
            case 1 ->
                client.expect("STORED\r\nVALUE " + key + " 0 5\r\nvalue\r\nEND\r\n")
                        .readUntilClosed();
            case 2 -> client.expect("STORED\r\nVALUE " + key + " 0 50000\r\n" + "x".repeat(50_000) + "\r\nEND\r\n");
            case 3 -> client.expect("ERROR\r\nERROR\r\nERROR\r\n");
            default -> {} // the rest of the header is missing, or the client has disconnected
        }
    }

    @Test
    void shouldSendRemainingRepliesWhenSlowClientReads() throws IOException {
        SocketServer server = start();
        try (SocketClient client = SocketClient.connectWithSmallBuffer(server.address())) {
            String value = "x".repeat(50_000);
            client.send("set k 0 0 50000\r\n" + value + "\r\n").expect("STORED\r\n");
            client.send("get k\r\n".repeat(1000));
            eventually("replies are pending", () -> server.heldBytes() > 0);
            for (int i = 0; i < 1000; i++) {
                client.expect("VALUE k 0 50000\r\n" + value + "\r\nEND\r\n");
            }
            client.send("get none\r\n").expect("END\r\n");
            eventually("nothing is held", () -> server.heldBytes() == 0);
        }
    }

    @Test
    void shouldHoldAlmostNoMemoryForIdleClients() throws IOException {
        SocketServer server = start();
        List<SocketClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                SocketClient client = connect(server);
                clients.add(client);
                client.send("set k 0 0 1000\r\n" + "x".repeat(500));
                client.send("x".repeat(500) + "\r\nget k\r\nget ").expect("STORED\r\nVALUE k 0 1000\r\n");
                client.read(1000 + 7);
            }
            eventually("only incomplete requests are held", () -> server.heldBytes() <= 100 * (256 + CODEC_BYTES));
            for (SocketClient client : clients) {
                client.send("none\r\n").expect("END\r\n");
            }
        } finally {
            for (SocketClient client : clients) {
                client.close();
            }
        }
        eventually("nothing is held", () -> server.heldBytes() == 0);
    }

    @Test
    void shouldServeOthersWhileOneClientSendsGarbage() throws IOException {
        SocketServer server = start(ServerSettings.defaults().with(ServerOption.THREADS, 1));
        byte[] garbage = new byte[100_000];
        Random random = new Random(7);
        try (SocketClient good = connect(server)) {
            for (int i = 0; i < 50; i++) {
                random.nextBytes(garbage);
                try (SocketClient bad = connect(server)) {
                    try {
                        bad.send(garbage).shutdownOutput().readUntilClosed();
                    } catch (IOException e) {
                        // the server closed the connection while the client was sending
                    }
                }
                good.send("get k\r\n").expect("END\r\n");
            }
        }
        eventually("all connections are closed", () -> server.openConnections() == 0);
        assertThat(server.heldBytes()).isZero();
        assertThat(server.failures()).isZero();
    }

    @Test
    void shouldCloseAConnectionWhoseLineIsTooLong() throws IOException {
        SocketServer server = start();
        try (SocketClient client = connect(server)) {
            client.send("x".repeat(5000));
            client.readUntilClosed();
        }
        eventually("the connection is closed", () -> server.openConnections() == 0);
    }

    @Test
    void shouldServeOthersAfterASessionThrows() throws IOException {
        List<Throwable> thrown = Collections.synchronizedList(
                new ArrayList<>(List.of(new IllegalStateException("test"), new OutOfMemoryError("test"))));
        AtomicInteger throwsNext = new AtomicInteger();
        InstantSource clock = () -> {
            if (throwsNext.getAndSet(0) == 1) {
                throwUnchecked(thrown.remove(0));
            }
            return Instant.EPOCH.plusSeconds(1_000_000_000);
        };
        SocketServer server =
                start(ServerSettings.defaults().with(ServerOption.THREADS, 1), ServerSocketChannel::accept, clock, 0);
        try (SocketClient good = connect(server)) {
            for (int i = 1; i <= 2; i++) {
                try (SocketClient bad = connect(server)) {
                    bad.send("version\r\n").expect("VERSION " + MemcachedVersion.TEXT + "\r\n");
                    throwsNext.set(1);
                    if (i == 1) {
                        bad.send("version\r\n");
                        bad.readUntilClosed();
                    } else { // if memory is short no input is lost: it is read in the next turn
                        bad.send("version\r\n").expect("VERSION " + MemcachedVersion.TEXT + "\r\n");
                    }
                }
                good.send("get k\r\n").expect("END\r\n");
                assertThat(server.failures()).isEqualTo(i);
            }
        }
    }

    private static void throwUnchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) thrown;
    }

    // ---- connections

    @Test
    void shouldRetainNothingOfTenThousandConnectionsOpenedAndDropped() throws IOException {
        SocketServer server = start();
        long descriptors = openFileDescriptors();
        for (int i = 0; i < 10_000; i++) {
            SocketClient client = connect(server);
            if (i % 3 == 1) {
                client.send("set k 0 0 100\r\nhalf of it");
            } else if (i % 3 == 2) {
                client.send("get k\r\n");
            }
            client.reset();
        }
        eventually("all connections are closed", () -> server.openConnections() == 0 && server.heldBytes() == 0);
        try (SocketClient client = connect(server)) {
            client.send("get k\r\n").expect("END\r\n");
        }
        assertThat(openFileDescriptors()).isLessThan(descriptors + 50);
        assertThat(server.failures()).isZero();
    }

    private static long openFileDescriptors() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> list = Files.list(descriptors)) {
            return list.count();
        }
    }

    @Test
    void shouldRejectAConnectionAboveTheMaximumAndAcceptItLater() throws IOException {
        SocketServer server =
                start(ServerSettings.defaults().with(ServerOption.THREADS, 2).with(ServerOption.MAX_CONNECTIONS, 2));
        try (SocketClient first = connect(server)) {
            try (SocketClient second = connect(server)) {
                first.send("get k\r\n").expect("END\r\n");
                second.send("get k\r\n").expect("END\r\n");
                try (SocketClient third = connect(server)) {
                    assertThat(third.readUntilClosed()).isEqualTo("ERROR Too many open connections\r\n");
                }
                first.send("stats\r\n");
                assertThat(readStats(first))
                        .contains("STAT rejected_connections 1", "STAT curr_connections 2", "STAT total_connections 2");
            }
            eventually("the second connection is closed", () -> server.openConnections() == 1);
            try (SocketClient third = connect(server)) {
                third.send("get k\r\n").expect("END\r\n");
            }
        }
    }

    private static List<String> readStats(SocketClient client) throws IOException {
        var lines = new ArrayList<String>();
        var reader = new BufferedReader(new InputStreamReader(client.input(), StandardCharsets.US_ASCII));
        for (String line = reader.readLine(); !line.equals("END"); line = reader.readLine()) {
            lines.add(line);
        }
        return lines;
    }

    @Test
    void shouldAcceptAgainAfterTheSystemRanOutOfDescriptors() throws IOException {
        AtomicInteger refusals = new AtomicInteger(3);
        SocketServer.SystemCalls acceptor = channel -> {
            if (refusals.getAndDecrement() > 0) {
                throw new IOException("Too many open files");
            }
            return channel.accept();
        };
        SocketServer server =
                start(ServerSettings.defaults().with(ServerOption.THREADS, 1), acceptor, Clock.systemUTC(), 0);
        try (SocketClient client = connect(server)) {
            client.send("get k\r\n").expect("END\r\n");
        }
        assertThat(server.failures()).isEqualTo(3);
    }

    @Test
    void shouldCloseIdleConnectionsByTheGivenClock() throws IOException {
        AtomicLong millis = new AtomicLong(1_000_000_000_000L);
        SocketServer server = start(
                ServerSettings.defaults().with(ServerOption.THREADS, 2).with(ServerOption.IDLE_TIMEOUT_SECONDS, 60),
                ServerSocketChannel::accept,
                () -> Instant.ofEpochMilli(millis.get()),
                60_000);
        try (SocketClient idle = connect(server);
                SocketClient incomplete = connect(server);
                SocketClient active = connect(server)) {
            idle.send("get k\r\n").expect("END\r\n");
            incomplete.send("get k\r\nset k 0 0 10\r\n01234").expect("END\r\n");
            millis.addAndGet(59_000);
            active.send("get k\r\n").expect("END\r\n");
            assertThat(server.openConnections()).isEqualTo(3);

            millis.addAndGet(2_000);
            assertThat(idle.readUntilClosed()).isEmpty();
            incomplete.send("56789\r\n").expect("STORED\r\n");
            active.send("stats\r\n");
            assertThat(readStats(active)).contains("STAT idle_kicks 1", "STAT curr_connections 2");
        }
    }

    // ---- start and close

    @Test
    void shouldReportThatAPortIsInUse() throws IOException {
        SocketServer server = start();
        assertThatThrownBy(() -> SocketServer.bind(tcp(server.address())))
                .isInstanceOf(ListenException.class)
                .hasCauseInstanceOf(BindException.class);
    }

    @Test
    void shouldCloseEveryConnectionAndThreadAndFreeThePort() throws IOException {
        SocketServer server = start();
        assertThat(threadsOf(server)).isEqualTo(2);
        try (SocketClient one = connect(server);
                SocketClient two = connect(server)) {
            one.send("get k\r\n").expect("END\r\n");
            two.send("set k 0 0 10\r\nhalf");
            server.close();
            assertThat(one.readUntilClosed()).isEmpty();
            assertThat(two.readUntilClosed()).isEmpty();
        }
        assertThat(threadsOf(server)).isZero();
        assertThat(server.openConnections()).isZero();
        assertThat(server.heldBytes()).isZero();
        SocketServer.bind(tcp(server.address())).close();
    }

    private static long threadsOf(SocketServer server) {
        String prefix = "embedded-memcached-" + server.address().getPort() + "-";
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }

    @Test
    void shouldCloseOnceForManyThreadsAtTheSameTime() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int i = 0; i < 20; i++) {
                SocketServer server = start();
                try (SocketClient client = connect(server)) {
                    for (Future<?> closed :
                            threads.invokeAll(Collections.nCopies(8, Executors.callable(server::close)))) {
                        closed.get();
                    }
                    assertThat(threadsOf(server)).isZero();
                    client.readUntilClosed();
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldPreserveInterruptStatusOfClosingThread() throws IOException {
        SocketServer server = start();
        Thread.currentThread().interrupt();
        server.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(server.isOpen()).isFalse();
    }
}
