package io.github.embeddedmemcached.attack;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests large values that are never received or never sent completely. The cache has the default limit, 64 MiB. */
@Timeout(180)
class LargeValuesTest extends AttackTestBase {
    private static final int HEAP_MEGABYTES = 256;
    private static final int LENGTH = 1_000_000;

    /** The sum of the cache, a quarter of it for values that are being received, the budget of the connections, and the classes. */
    private static final long HEAP_BYTES_MAX = (64 + 16 + HEAP_MEGABYTES / 16 + 24) << 20;

    @Test
    void shouldHoldBoundedMemoryForReplacedValuesThatClientsDoNotRead() throws Exception {
        try (ChildJvm server = start(HEAP_MEGABYTES)) {
            int port = port(server);
            long descriptors = server.openDescriptors();
            try (Attackers attackers = new Attackers(port)) {
                byte[] set = ("set big 0 0 " + LENGTH + "\r\n" + "x".repeat(LENGTH) + "\r\nquit\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
                for (int i = 0; i < 400; i++) {
                    try (SocketClient client = Prober.connect(port)) {
                        assertThat(client.send(set).readUntilClosed())
                                .isIn("STORED\r\n", "SERVER_ERROR out of memory storing object\r\n");
                    }
                    attackers.connect(1, "get big\r\n").send();
                }
                assertThat(Long.parseLong(server.execute("gc"))).isLessThan(HEAP_BYTES_MAX);
            }
            expectNothingRetained(server, port, descriptors);
        }
    }

    @Test
    void shouldEvictNothingForIncompleteValues() throws Exception {
        try (ChildJvm server = start(HEAP_MEGABYTES)) {
            int port = port(server);
            long descriptors = server.openDescriptors();
            storeSmallItems(port);
            try (Attackers attackers = new Attackers(port)) {
                attackers.connect(200, "set unfinished 0 0 " + LENGTH + "\r\n" + "x".repeat(LENGTH - 1));
                eventually("all bytes are sent", attackers::send);
                expectSmallItems(port);
                assertThat(Long.parseLong(server.execute("gc"))).isLessThan(HEAP_BYTES_MAX);
            }
            expectSmallItems(port);
            expectNothingRetained(server, port, descriptors);
        }
    }

    private static void storeSmallItems(int port) throws IOException {
        try (SocketClient client = Prober.connect(port)) {
            for (int i = 0; i < 5_000; i++) {
                client.send("set item" + i + " 0 0 100 noreply\r\n" + "v".repeat(100) + "\r\n");
            }
            client.send("mn\r\n").expect("MN\r\n");
        }
        expectSmallItems(port);
    }

    private static void expectSmallItems(int port) throws IOException {
        try (SocketClient client = Prober.connect(port)) {
            for (int i = 0; i < 5_000; i += 100) {
                StringBuilder gets = new StringBuilder();
                for (int j = i; j < i + 100; j++) {
                    gets.append("mg item").append(j).append(" s\r\n");
                }
                client.send(gets.toString()).expect("HD s100\r\n".repeat(100));
            }
        }
        assertThat(stat(port, "evictions")).isZero();
    }
}
