package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.testing.Fault;
import io.github.embeddedmemcached.testing.FaultRule;
import io.github.embeddedmemcached.testing.Faults;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests faults of a server from the perspective of a client. */
@Timeout(60)
class ServerFaultsTest {
    private static final Duration LONG = Duration.ofDays(1);

    @AutoClose
    private final EmbeddedMemcached memcached =
            EmbeddedMemcached.builder().udp(true).threads(2).start();

    private final Faults faults = memcached.faults();

    private SocketClient connect() throws IOException {
        return SocketClient.connect(memcached.address());
    }

    // ---- replies

    @Test
    void shouldReplyWithAnErrorInsteadOfStoring() throws IOException {
        faults.on(command("set").key("k")).once().inject(Fault.outOfMemory());
        faults.on(command("set").key("l")).once().inject(Fault.busy());
        faults.on(command("get").key("l")).once().inject(Fault.reply("END"));
        try (SocketClient client = connect()) {
            client.send("set k 0 0 1\r\nx\r\nget k\r\n").expect("SERVER_ERROR out of memory storing object\r\nEND\r\n");
            client.send("set k 0 0 1\r\nx\r\nget k\r\n").expect("STORED\r\nVALUE k 0 1\r\nx\r\nEND\r\n");
            client.send("set l 0 0 1\r\nx\r\nget l\r\nget l\r\n").expect("SERVER_ERROR busy\r\nENDEND\r\n");
        }
        assertThat(faults.rules()).extracting(FaultRule::timesTriggered).containsExactly(1L, 1L, 1L);
    }

    @Test
    void shouldEvictAnItem() throws IOException {
        memcached.cache().set("k", new byte[] {'x'});
        faults.on(command("get").key("k")).nth(2).inject(Fault.evictItem());
        try (SocketClient client = connect()) {
            client.send("get k\r\nget k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\nEND\r\n");
        }
        assertThat(memcached.cache().get("k")).isNull();
    }

    // ---- ending faults

    @Test
    void shouldSendDelayedRepliesAndCloseStalledConnectionsOnClear() throws IOException {
        faults.on(command("get").key("held")).inject(Fault.delay(LONG));
        faults.on(command("get").key("stalled")).inject(Fault.stallAfter(3));
        try (SocketClient held = connect();
                SocketClient stalled = connect()) {
            held.send("get a\r\nget held\r\n").expect("END\r\n");
            stalled.send("get stalled\r\n").expect("END");
            faults.clear();
            held.expect("END\r\n").send("get held\r\n").expect("END\r\n");
            assertThat(stalled.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void shouldEndOnlyTheFaultsOfTheRemovedRule() throws IOException {
        FaultRule rule = faults.on(command("get").key("k")).inject(Fault.delay(LONG));
        faults.on(command("get").key("l")).inject(Fault.delay(LONG));
        try (SocketClient one = connect();
                SocketClient other = connect()) {
            one.send("get a\r\nget k\r\n").expect("END\r\n");
            other.send("get a\r\nget l\r\n").expect("END\r\n");
            rule.remove();
            one.expect("END\r\n");
            assertThat(other.input().available()).isZero();
            memcached.reset();
            other.expect("END\r\n");
            assertThat(faults.rules()).isEmpty();
        }
    }

    @Test
    void shouldCloseStalledConnectionsOnClose() throws IOException {
        faults.on(command("get").key("k")).inject(Fault.stallAfter(1));
        try (SocketClient client = connect()) {
            client.send("get k\r\n").expect("E");
            memcached.stop();
            assertThat(client.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void shouldKeepRulesAfterRestart() throws IOException {
        FaultRule rule = faults.on(command("get").key("k")).inject(Fault.close());
        memcached.restart(Items.DROPPED);
        try (SocketClient client = connect()) {
            assertThat(client.send("get a\r\nget k\r\n").readUntilClosed()).isEqualTo("END\r\n");
        }
        memcached.restart(Items.KEPT);
        try (SocketClient client = connect()) {
            assertThat(client.send("get k\r\n").readUntilClosed()).isEmpty();
            assertThat(rule.timesTriggered()).isEqualTo(2);
        }
    }

    @Test
    void shouldPermitClearDuringACommand() throws IOException {
        faults.on(command -> {
                    faults.clear();
                    return true;
                })
                .inject(Fault.busy());
        try (SocketClient client = connect()) {
            client.send("get k\r\nget k\r\n").expect("SERVER_ERROR busy\r\nEND\r\n");
        }
    }

    // ---- connections

    @Test
    void shouldStallTheSecondConnection() throws IOException {
        FaultRule rule = faults.onConnect().nth(2).inject(Fault.stall());
        try (SocketClient first = connect()) {
            first.send("get k\r\n").expect("END\r\n");
            try (SocketClient second = connect();
                    SocketClient third = connect()) {
                second.send("get k\r\n");
                third.send("get k\r\n").expect("END\r\n");
                assertThat(second.input().available()).isZero();
                assertThat(rule.timesTriggered()).isEqualTo(1);
                rule.remove();
                assertThat(second.readUntilClosed()).isEmpty();
            }
        }
    }

    @Test
    void shouldStallTheTlsHandshake() throws IOException {
        try (EmbeddedMemcached tlsServer =
                EmbeddedMemcached.builder().tls(TestTls.serverContext()).start()) {
            FaultRule rule = tlsServer.faults().onConnect().inject(Fault.stall());
            try (Socket socket = new Socket(tlsServer.host(), tlsServer.port());
                    SSLSocket client = (SSLSocket) TestTls.clientContext()
                            .getSocketFactory()
                            .createSocket(socket, tlsServer.host(), tlsServer.port(), true)) {
                client.setSoTimeout(20);
                assertThatThrownBy(client::startHandshake).hasMessageContaining("timed out");
                assertThat(rule.timesTriggered()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldCloseOrResetNewConnections() throws IOException {
        faults.onConnect().once().inject(Fault.close());
        faults.onConnect().once().inject(Fault.reset());
        try (SocketClient client = connect()) {
            assertThat(client.read(1)).isEmpty();
        }
        assertThatThrownBy(() -> {
                    try (SocketClient client = connect()) { // connect() may already fail with a reset
                        client.read(1);
                    }
                })
                .hasMessageContaining("reset");
        try (SocketClient client = connect()) {
            client.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldRefuseNewConnectionsAndServeExistingOnes() throws IOException {
        try (SocketClient client = connect()) {
            client.send("get k\r\n").expect("END\r\n");
            FaultRule rule = faults.refuseConnections();
            assertThatThrownBy(() -> connect().close()).isInstanceOf(ConnectException.class);
            client.send("get k\r\n").expect("END\r\n");
            rule.remove();
        }
        try (SocketClient client = connect()) {
            client.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldRefuseConnectionsAfterRestart() throws IOException {
        faults.refuseConnections();
        memcached.restart();
        assertThatThrownBy(() -> connect().close()).isInstanceOf(ConnectException.class);
        faults.clear();
        try (SocketClient client = connect()) {
            client.send("get k\r\n").expect("END\r\n");
        }
    }

    // ---- UDP

    @Test
    void shouldNotSendADatagramWithATransportFault() throws IOException {
        faults.on(command("get").key("k")).inject(Fault.delay(Duration.ofMillis(1)));
        faults.on(command("get").key("l")).inject(Fault.throttle(1, Duration.ofDays(1)));
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(20_000);
            for (String request : new String[] {"get k\r\nget a\r\n", "get l\r\n"}) {
                byte[] datagram = ("\0\1\0\0\0\1\0\0" + request).getBytes(StandardCharsets.ISO_8859_1);
                socket.send(new DatagramPacket(datagram, datagram.length, memcached.address()));
            }
            DatagramPacket reply = new DatagramPacket(new byte[100], 100);
            socket.receive(reply);
            assertThat(new String(reply.getData(), 8, reply.getLength() - 8, StandardCharsets.ISO_8859_1))
                    .isEqualTo("END\r\n");
            eventually("the second reply is sent", () -> faults.rules().get(1).timesTriggered() == 1);
        }
    }
}
