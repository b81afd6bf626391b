package io.github.embeddedmemcached.attack;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host application that repeatedly fills its heap for a moment while clients send requests. */
@Timeout(1200)
class FullHeapTest extends AttackTestBase {
    /** The maximum latency after the heap was full, even on a busy machine. */
    private static final long SERVED_MILLIS_MAX = 10_000;

    @Test
    void shouldServeClientsAfterTheHostFilledItsHeap() throws Exception {
        attack(4, 200);
    }

    @Tag("nightly")
    @Test
    void shouldServeClientsAfterTheHostFilledItsHeapFiftyTimes() throws Exception {
        attack(50, 2000);
    }

    private static void attack(int times, int millis) throws Exception {
        try (ChildJvm server = start(64, "1024")) {
            int port = port(server);
            long descriptors = server.openDescriptors();
            int unserved = 0;
            try (SocketClient old = Prober.connect(port)) {
                old.send("set old 0 0 1\r\nx\r\n").expect("STORED\r\n");
                for (int i = 0; i < times; i++) {
                    AtomicBoolean stopping = new AtomicBoolean();
                    AtomicLong attempts = new AtomicLong();
                    Thread worker = new Thread(() -> work(port, stopping, attempts));
                    worker.start();
                    eventually("the worker has sent requests", () -> attempts.get() > 10);
                    assertThat(server.execute("fill " + millis)).isEqualTo("filled");
                    stopping.set(true);
                    long begin = System.nanoTime();
                    worker.join();
                    if (System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(SERVED_MILLIS_MAX)) {
                        unserved++;
                    }
                    old.send("set old 0 0 1\r\ny\r\nget old\r\n").expect("STORED\r\nVALUE old 0 1\r\ny\r\nEND\r\n");
                    try (SocketClient newClient = Prober.connect(port)) {
                        newClient
                                .send("set new 0 0 1\r\nz\r\nget new\r\n")
                                .expect("STORED\r\nVALUE new 0 1\r\nz\r\nEND\r\n");
                    }
                    expectIdle(server);
                }
            }
            // the JDK leaks the descriptor of a connection if it runs out of memory while accepting it
            assertThat(unserved).as("rounds with a client that was not served").isLessThanOrEqualTo(1 + times / 12);
            expectNothingRetained(server, port, descriptors);
        }
    }

    /** Connects, sets, gets and disconnects; some of these operations fail while there is no memory. */
    private static void work(int port, AtomicBoolean stopping, AtomicLong attempts) {
        while (!stopping.get()) {
            try (SocketClient client = Prober.connect(port)) {
                for (int i = 0; i < 5; i++) {
                    client.send("set worker 0 0 1000\r\n" + "x".repeat(1000) + "\r\n");
                    client.read(8);
                }
                client.send("get worker\r\nquit\r\n").readUntilClosed();
            } catch (Exception | AssertionError e) {
                // the server had no memory
            }
            attempts.incrementAndGet();
        }
    }
}
