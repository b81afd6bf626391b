package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.testing.Fault;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests pause(), resume() and dropConnections(). */
@Timeout(60)
class PauseTest {
    @AutoClose
    private final EmbeddedMemcached memcached =
            EmbeddedMemcached.builder().threads(2).udp(true).start();

    private SocketClient connect() throws IOException {
        return SocketClient.connect(memcached.address());
    }

    /** Connects several clients, so that each thread of the server has some. */
    private List<SocketClient> connect(int count) throws IOException {
        List<SocketClient> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(connect().send("get k\r\n").expect("END\r\n"));
        }
        return clients;
    }

    private static void close(List<SocketClient> clients) throws IOException {
        for (SocketClient client : clients) {
            client.close();
        }
    }

    private void assertServes() throws IOException {
        try (SocketClient client = connect()) {
            client.send("get nothing\r\n").expect("END\r\n");
        }
    }

    /** Exchanges data with another server, to give the threads of the paused server time to run. */
    private static void exchangeWithAnotherServer() throws IOException {
        try (EmbeddedMemcached other = EmbeddedMemcached.start();
                SocketClient client = SocketClient.connect(other.address())) {
            for (int i = 0; i < 100; i++) {
                client.send("get k\r\n").expect("END\r\n");
            }
        }
    }

    // ---- pause

    @Test
    void shouldReplyOnlyAfterResume() throws IOException {
        memcached.cache().set("n", "0".getBytes(StandardCharsets.US_ASCII));
        List<SocketClient> clients = connect(4);
        memcached.pause();
        for (SocketClient client : clients) {
            client.send("incr n 1\r\n");
        }
        SocketClient late = connect().send("get late\r\n"); // accepted by the operating system
        clients.add(late);
        exchangeWithAnotherServer();
        assertThat(memcached.cache().get("n")).asString().isEqualTo("0");
        for (SocketClient client : clients) {
            assertThat(client.input().available()).isZero();
        }
        assertThat(memcached.isRunning()).isTrue();

        memcached.resume();
        late.expect("END\r\n");
        for (SocketClient client : clients.subList(0, 4)) {
            assertThat(client.read(3)).asString().matches("[1-4]\r\n");
        }
        assertThat(memcached.cache().get("n")).asString().isEqualTo("4");
        close(clients);
    }

    @Test
    void shouldNotReplyToDatagrams() throws IOException {
        byte[] request = "\0\1\0\0\0\1\0\0incr n 1\r\n".getBytes(StandardCharsets.ISO_8859_1);
        memcached.cache().set("n", "0".getBytes(StandardCharsets.US_ASCII));
        try (DatagramSocket socket = new DatagramSocket()) {
            memcached.pause();
            socket.send(new DatagramPacket(request, request.length, memcached.address()));
            exchangeWithAnotherServer();
            assertThat(memcached.cache().get("n")).asString().isEqualTo("0");
            memcached.resume();
            socket.setSoTimeout(20_000);
            DatagramPacket reply = new DatagramPacket(new byte[1400], 1400);
            socket.receive(reply);
            assertThat(new String(reply.getData(), 8, reply.getLength() - 8, StandardCharsets.US_ASCII))
                    .isEqualTo("1\r\n");
        }
    }

    @Test
    void shouldPermitConcurrentPauses() throws Exception {
        AtomicBoolean isDone = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> running = List.of(
                    threads.submit(() -> {
                        while (!isDone.get()) {
                            memcached.pause();
                        }
                    }),
                    threads.submit(() -> {
                        while (!isDone.get()) {
                            memcached.resume();
                        }
                    }),
                    threads.submit(() -> {
                        while (!isDone.get()) {
                            memcached.dropConnections();
                        }
                    }));
            for (int i = 0; i < 50; i++) {
                memcached.stop();
                memcached.restart(Items.KEPT);
                memcached.reset();
            }
            isDone.set(true);
            for (Future<?> action : running) {
                action.get();
            }
        } finally {
            isDone.set(true);
            threads.shutdown();
        }
        memcached.resume();
        assertServes();
    }

    @Test
    void shouldPauseRepeatedly() throws IOException {
        try (SocketClient client = connect()) {
            for (int i = 0; i < 100; i++) {
                memcached.pause();
                memcached.pause();
                client.send("get k\r\n");
                memcached.resume();
                memcached.resume();
                client.expect("END\r\n");
            }
        }
    }

    @Test
    void shouldEndThePauseOnStop() throws IOException {
        try (SocketClient client = connect()) {
            client.send("get k\r\n").expect("END\r\n");
            memcached.pause();
            client.send("get k\r\nget k\r\n");
            memcached.stop();
            assertThat(client.readUntilClosed()).isEmpty();
        }
        memcached.pause(); // no effect
        memcached.resume();
        memcached.restart();
        assertServes();
    }

    @Test
    void shouldNotBePausedAfterRestart() throws IOException {
        memcached.pause();
        memcached.restart(Items.KEPT);
        assertServes();
    }

    @Test
    void shouldCloseWhilePaused() throws IOException {
        try (SocketClient client = connect()) {
            memcached.pause();
            memcached.close();
            assertThat(client.readUntilClosed()).isEmpty();
        }
        assertThat(memcached.isRunning()).isFalse();
    }

    @Test
    void shouldPreserveTheInterruptStatusOfThePausingThread() throws IOException {
        Thread.currentThread().interrupt();
        memcached.pause();
        memcached.resume();
        assertThat(Thread.interrupted()).isTrue();
        assertServes();
    }

    // ---- dropping connections

    @Test
    void shouldDropAllConnectionsAndAcceptNewOnes() throws IOException {
        List<SocketClient> clients = connect(5);
        memcached.dropConnections();
        for (SocketClient client : clients) {
            assertThat(client.readUntilClosed()).isEmpty();
        }
        assertServes();
        close(clients);
    }

    @Test
    void shouldDropANewConnection() throws IOException {
        for (int i = 0; i < 50; i++) {
            try (SocketClient client = connect()) {
                memcached.dropConnections();
                assertThat(client.readUntilClosed()).isEmpty();
            }
        }
    }

    @Test
    void shouldDropConnectionsWhilePausedAndStayPaused() throws IOException {
        memcached.cache().set("n", "0".getBytes(StandardCharsets.US_ASCII));
        try (SocketClient client = connect()) {
            memcached.pause();
            client.send("incr n 1\r\n");
            memcached.dropConnections();
            assertThat(client.readUntilClosed()).isEmpty();
        }
        try (SocketClient client = connect()) {
            client.send("incr n 1\r\n");
            exchangeWithAnotherServer();
            assertThat(memcached.cache().get("n")).asString().isEqualTo("0");
            memcached.resume();
            client.expect("1\r\n");
        }
    }

    @Test
    void shouldDropBlockedAndPartialConnections() throws IOException {
        memcached.cache().set("large", new byte[900_000]);
        try (SocketClient blocked = SocketClient.connectWithSmallBuffer(memcached.address());
                SocketClient slow = connect()) {
            blocked.send("get large\r\n".repeat(50));
            slow.send("set k 0 0 900000\r\nxxx");
            eventually("both connections are open", () -> connections() == 2);
            memcached.dropConnections();
            assertThat(slow.readUntilClosed()).isEmpty();
            assertThat(blocked.readUntilClosed().length()).isLessThan(50 * 900_000);
        }
        assertServes();
    }

    private long connections() {
        try (SocketClient client = connect()) {
            client.send("stats\r\nquit\r\n");
            return client.readUntilClosed()
                            .lines()
                            .filter(line -> line.startsWith("STAT curr_connections "))
                            .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                            .sum()
                    - 1;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // ---- calls by the server's own threads

    @Test
    void shouldPermitConcurrentPausesByItsOwnThreads() throws Exception {
        CountDownLatch arrived = new CountDownLatch(2);
        CountDownLatch paused = new CountDownLatch(2);
        Set<Thread> pausing = ConcurrentHashMap.newKeySet();
        try (EmbeddedMemcached server = EmbeddedMemcached.builder().threads(2).start();
                SocketClient one = SocketClient.connect(server.address());
                SocketClient another = SocketClient.connect(server.address())) {
            server.faults()
                    .on(command -> {
                        if (command.key().equals("pause_now") && pausing.add(Thread.currentThread())) {
                            arrived.countDown();
                            await(arrived);
                            server.pause();
                            server.dropConnections();
                            paused.countDown();
                        }
                        return false;
                    })
                    .inject(Fault.stall());
            one.send("get pause_now\r\n");
            another.send("get pause_now\r\n"); // served by the other thread
            paused.await();
            server.pause();
            try (SocketClient late = SocketClient.connect(server.address())) {
                late.send("get k\r\n");
                server.resume();
                late.expect("END\r\n");
            }
            one.readUntilClosed();
            another.readUntilClosed();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
