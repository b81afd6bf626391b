package io.github.embeddedmemcached.attack;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Attacks one server with a heap of 64 MB and a full cache by several kinds of hostile clients in sequence. */
@Timeout(180)
class HostileClientsTest extends AttackTestBase {
    /** The behavior of one kind of client after connecting. */
    @FunctionalInterface
    private interface Attack {
        void run(Attackers attackers, int port) throws Exception;
    }

    @Test
    void shouldServeOtherClientsDuringAndAfterEachAttack() throws Exception {
        try (ChildJvm server = start(64, "1000")) {
            int port = port(server);
            fillCache(port);
            attack(server, port, (attackers, to) -> { // unfinished lines
                attackers.connect(900, "get " + "k".repeat(200));
                eventually("all requests are sent", attackers::send);
            });
            attack(server, port, (attackers, to) -> { // unfinished values, byte by byte
                attackers.connect(900, "set slow 0 0 100\r\n" + "x".repeat(50));
                for (int i = 0; i < 20; i++) {
                    attackers.sendByte();
                }
            });
            attack(server, port, (attackers, to) -> { // dumps and statistics that are not read
                attackers.connect(100, "lru_crawler metadump all\r\n").connect(100, "stats\r\n".repeat(5_000));
                attackers.send();
                eventually("the server replies to them", () -> stat(to, "response_obj_bytes") > 0 || attackers.send());
            });
            attack(server, port, (attackers, to) -> { // 100,000 keys at once
                attackers.connect(50, "get" + " k".repeat(100_000) + "\r\n");
                attackers.send();
                eventually("the server replies to them", () -> stat(to, "response_obj_bytes") > 0 || attackers.send());
            });
            attack(server, port, (attackers, to) -> { // watchers that do not read
                attackers.connect(20, "watch fetchers mutations rawcmds\r\n");
                eventually("all requests are sent", attackers::send);
                eventually("all watchers are registered", () -> stat(to, "log_watchers") == 20);
                try (SocketClient busy = Prober.connect(to)) {
                    for (int i = 0; i < 20; i++) {
                        busy.send("get k\r\n".repeat(500)).read(500 * 10_024);
                    }
                }
            });
            attack(server, port, (attackers, to) -> { // half-open and reset
                attackers.connect(400, "get k\r\nget k\r\nset half 0 0 10\r\n");
                attackers.send();
                attackers.shutdownOutput();
                attackers.resetHalf();
            });
            attack(server, port, (attackers, to) -> { // ten times the maximum number of connections
                for (int i = 0; i < 10; i++) {
                    try (Attackers wave = new Attackers(to)) {
                        wave.connect(1000, "get none\r\n");
                        wave.send();
                    }
                }
            });
        }
    }

    private static void attack(ChildJvm server, int port, Attack attack) throws Exception {
        long descriptors = server.openDescriptors();
        try (Prober prober = new Prober(port)) {
            try (Attackers attackers = new Attackers(port)) {
                eventually("the other client is served", () -> prober.replies() > 0);
                attack.run(attackers, port);
            }
            long replies = prober.replies();
            eventually("the prober receives replies afterwards", () -> prober.replies() > replies + 5);
            assertThat(prober.slowestMillis()).isLessThan(REPLY_MILLIS_MAX);
        }
        expectNothingRetained(server, port, descriptors);
    }

    @Test
    void shouldServeOtherClientsWhileTlsHandshakesStall() throws Exception {
        try (ChildJvm server = start(64, "1000", "tls")) {
            int port = port(server);
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            try (Attackers attackers = new Attackers(port)) {
                attackers.connect(500, "\26\3\1\2\0\1\0\1\374\3\3" + "x".repeat(100)); // the beginning of a ClientHello
                eventually("all requests are sent", attackers::send);
                for (int i = 0; i < 5; i++) {
                    try (SocketClient client = SocketClient.connectTls(address, TestTls.clientContext(), "TLSv1.3")) {
                        client.send("get none\r\n").expect("END\r\n");
                    }
                }
            }
            try (SocketClient client = SocketClient.connectTls(address, TestTls.clientContext(), "TLSv1.2")) {
                eventually(
                        "the attackers are disconnected", () -> tlsStats(client).contains("curr_connections 1\r\n"));
                assertThat(tlsStats(client)).contains("STAT read_buf_bytes 0\r\n");
            }
            expectIdle(server);
        }
    }

    private static String tlsStats(SocketClient client) {
        StringBuilder stats = new StringBuilder();
        try {
            client.send("stats\r\n");
            while (stats.indexOf("END\r\n") < 0) {
                stats.append(new String(client.read(1), StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return stats.toString();
    }

    @Test
    void shouldServeConnectionsDuringAFloodOfDatagrams() throws Exception {
        try (ChildJvm server = start(64, "1000", "udp");
                DatagramSocket flood = new DatagramSocket()) {
            int port = port(server);
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            byte[] request = ("\0\1\0\0\0\1\0\0" + "get none\r\n".repeat(100)).getBytes(StandardCharsets.ISO_8859_1);
            try (Prober prober = new Prober(port)) {
                eventually("the other client is served", () -> prober.replies() > 0);
                for (int i = 0; i < 50_000; i++) {
                    flood.send(new DatagramPacket(request, i % 2 == 0 ? request.length : i % 9, address));
                }
                long replies = prober.replies();
                eventually("the prober receives replies afterwards", () -> prober.replies() > replies + 5);
                assertThat(prober.slowestMillis()).isLessThan(REPLY_MILLIS_MAX);
            }
            expectIdle(server);
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "signals stop a process")
    void shouldServeClientsAfterTheProcessWasStopped() throws Exception {
        try (ChildJvm server = start(64, "1000")) {
            int port = port(server);
            long descriptors = server.openDescriptors();
            try (SocketClient old = Prober.connect(port);
                    Attackers attackers = new Attackers(port)) {
                old.send("get none\r\n").expect("END\r\n");
                server.signal("STOP");
                attackers.connect(100, "get none\r\n".repeat(1000));
                attackers.send();
                old.send("set k 0 0 1\r\nx\r\n");
                server.signal("CONT");
                old.expect("STORED\r\n");
                old.send("get k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\n");
            }
            expectNothingRetained(server, port, descriptors);
        }
    }
}
