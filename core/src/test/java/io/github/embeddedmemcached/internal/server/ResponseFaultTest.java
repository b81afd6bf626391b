package io.github.embeddedmemcached.internal.server;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.intercept.ResponseFault.Kind;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.protocol.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests which bytes arrive with response faults, in which order, and on which connections. */
@Timeout(60)
class ResponseFaultTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration SHORT = Duration.ofMillis(40);
    private static final String HIT = "VALUE k 0 3\r\nabc\r\nEND\r\n";

    final Cache cache = Cache.builder().build();
    private final Map<String, ResponseFault> byKey = new ConcurrentHashMap<>();
    private volatile @Nullable ResponseFault onConnect;
    SocketServer server;

    @Nullable TlsSettings tls() {
        return null;
    }

    SocketClient connect() throws IOException {
        return SocketClient.connect(server.address());
    }

    @BeforeEach
    void start() throws IOException {
        server = SocketServer.bind(new Endpoints(List.of(new Endpoints.Tcp(FREE_PORT, false)), List.of(), null, 1024));
        ServerSettings settings =
                ServerSettings.defaults().with(ServerOption.THREADS, 1); // one loop for all connections
        ServerContext context = new ServerContext(Engines.of(cache), settings, Clock.systemUTC());
        context.interceptor().set(new Interceptor() {
            @Override
            public InterceptResult onCommand(Command command) {
                return new InterceptResult(false, null, byKey.get(command.key()));
            }

            @Override
            public InterceptResult onConnect(int connection) {
                return new InterceptResult(false, null, onConnect);
            }
        });
        server.serve(context, 0, tls());
        cache.set("k", "abc".getBytes(StandardCharsets.US_ASCII));
    }

    @AfterEach
    void close() {
        eventually("all connections are closed", () -> server.openConnections() == 0);
        assertThat(server.heldBytes()).isZero();
        assertThat(server.failures()).isZero();
        server.close();
    }

    private void inject(String key, Kind kind, int bytes, Duration pause) {
        byKey.put(key, new ResponseFault(kind, bytes, pause));
    }

    private void inject(String key, Kind kind, int bytes) {
        inject(key, kind, bytes, Duration.ZERO);
    }

    private void injectIntoConnections(Kind kind, int bytes, Duration pause) {
        onConnect = new ResponseFault(kind, bytes, pause);
    }

    private void endAll() {
        server.endFaults(fault -> true);
    }

    private static void assertReset(SocketClient client) {
        assertThatThrownBy(() -> client.read(1)).isInstanceOf(IOException.class).hasMessageContaining("reset");
    }

    private static void assertClosed(SocketClient client) throws IOException {
        assertThat(client.read(1)).isEmpty();
    }

    // ---- delay

    @Test
    void shouldDelayAReplyByThePause() throws IOException {
        inject("k", Kind.DELAY, 0, SHORT);
        try (SocketClient client = connect()) {
            long begin = System.nanoTime();
            client.send("get k\r\n").expect(HIT);
            assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(SHORT.toNanos());
        }
    }

    @Test
    void shouldDelayTheRepliesAfterADelayedOneButNotThoseBefore() throws IOException {
        inject("k", Kind.DELAY, 0, LONG);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send("get a\r\nget b\r\nget k\r\nset c 0 0 1\r\nc\r\n").expect("END\r\nEND\r\n");
            other.send("get c\r\n").expect("END\r\n"); // replied to at once, while the first client waits
            assertThat(client.input().available()).isZero();
            endAll();
            client.expect(HIT + "STORED\r\n");
            other.send("get c\r\n").expect("VALUE c 0 1\r\nc\r\nEND\r\n");
        }
    }

    @Test
    void shouldDelayTwiceInARow() throws IOException {
        inject("k", Kind.DELAY, 0, SHORT);
        try (SocketClient client = connect()) {
            long begin = System.nanoTime();
            client.send("get k\r\nget k\r\nget a\r\n").expect(HIT + HIT + "END\r\n");
            assertThat(System.nanoTime() - begin)
                    .isGreaterThanOrEqualTo(SHORT.multipliedBy(2).toNanos());
        }
    }

    @Test
    void shouldEndTheShorterDelayOfTwoConnectionsFirst() throws IOException {
        inject("long", Kind.DELAY, 0, LONG);
        inject("short", Kind.DELAY, 0, SHORT);
        try (SocketClient delayed = connect();
                SocketClient client = connect()) {
            delayed.send("get a\r\nget long\r\n").expect("END\r\n");
            client.send("get short\r\n").expect("END\r\n");
            assertThat(delayed.input().available()).isZero();
            endAll();
            delayed.expect("END\r\n");
        }
    }

    @Test
    void shouldDelayEvenIfTheCommandHasNoReply() throws IOException {
        inject("k", Kind.DELAY, 0, LONG);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send("get a\r\nset k 0 0 3 noreply\r\nxyz\r\nget b\r\n").expect("END\r\n");
            eventually("the command is executed", () -> "xyz".equals(text("k")));
            other.send("get a\r\n").expect("END\r\n");
            assertThat(client.input().available()).isZero();
            endAll();
            client.expect("END\r\n");
        }
    }

    private String text(String key) {
        return new String(cache.get(key), StandardCharsets.US_ASCII);
    }

    @Test
    void shouldDelayQuit() throws IOException {
        inject("", Kind.DELAY, 0, SHORT);
        try (SocketClient client = connect()) {
            client.send("get k\r\nquit\r\n").expect(HIT);
            assertClosed(client);
        }
    }

    @Test
    void shouldCloseConnectionAfterDelayIfClientHasDisconnected() throws IOException {
        inject("k", Kind.DELAY, 0, LONG);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\n").expect("END\r\n").shutdownOutput();
            endAll();
            client.expect(HIT);
            assertClosed(client);
        }
    }

    @Test
    void shouldDelayAReplyThatDoesNotFitIntoTheOutput() throws IOException {
        String value = "v".repeat(30_000);
        StringBuilder replies = new StringBuilder();
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            cache.set("key-" + i, value.getBytes(StandardCharsets.US_ASCII));
            keys.append(" key-").append(i);
            replies.append("VALUE key-" + i + " 0 30000\r\n" + value + "\r\n");
        }
        inject("key-0", Kind.DELAY, 0, SHORT);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget" + keys + "\r\nget k\r\n").expect("END\r\n" + replies + "END\r\n" + HIT);
        }
        inject("key-0", Kind.CLOSE, replies.length() + 2);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget" + keys + "\r\nget k\r\n").expect("END\r\n" + replies + "EN");
            assertClosed(client);
        }
        inject("key-0", Kind.CLOSE, 10 * replies.length());
        try (SocketClient client = connect()) {
            client.send("get a\r\nget" + keys + "\r\nget k\r\n").expect("END\r\n" + replies + "END\r\n");
            assertClosed(client);
        }
    }

    // ---- throttle

    @Test
    void shouldThrottleOneReplyOnly() throws IOException {
        inject("k", Kind.THROTTLE, 10, SHORT);
        try (SocketClient client = connect()) {
            long begin = System.nanoTime();
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT + "END\r\n");
            int pauses = (HIT.length() - 1) / 10;
            assertThat(System.nanoTime() - begin)
                    .isGreaterThanOrEqualTo(SHORT.multipliedBy(pauses).toNanos());
        }
    }

    @Test
    void shouldSendThrottledBytesInPieces() throws IOException {
        inject("k", Kind.THROTTLE, 7, LONG);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send("get k\r\nget b\r\n").expect(HIT.substring(0, 7));
            other.send("get a\r\n").expect("END\r\n");
            assertThat(client.input().available()).isZero();
            endAll();
            client.expect(HIT.substring(7) + "END\r\n");
        }
    }

    // ---- stall

    @Test
    void shouldStallWithinAReplyUntilTheClientDisconnects() throws IOException {
        inject("k", Kind.STALL, 5);
        try (SocketClient other = connect()) {
            try (SocketClient client = connect()) {
                client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT.substring(0, 5));
                client.send("get b\r\n".repeat(1000));
                other.send("get a\r\n").expect("END\r\n");
                assertThat(client.input().available()).isZero();
            }
            eventually("only the other connection is open", () -> server.openConnections() == 1);
        }
    }

    @Test
    void shouldExecuteACommandWhoseReplyIsNeverSent() throws IOException {
        inject("k", Kind.STALL, 0);
        try (SocketClient client = connect()) {
            client.send("set k 0 0 3\r\nxyz\r\nset k 0 0 3\r\nabc\r\n");
            eventually("the command is executed", () -> "xyz".equals(text("k")));
            endAll(); // closes the connection: only then it is certain that the second command was discarded
            assertThat(client.readUntilClosed()).isEmpty();
            assertThat(text("k")).isEqualTo("xyz");
        }
    }

    @Test
    void shouldEndOnlyTheMatchingStalls() throws IOException {
        inject("k", Kind.STALL, 1);
        ResponseFault ended = new ResponseFault(Kind.STALL, 2, Duration.ZERO);
        byKey.put("l", ended);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send("get k\r\n").expect("V");
            other.send("get l\r\n").expect("EN");
            server.endFaults(ended::equals);
            assertClosed(other);
            assertThat(server.openConnections()).isEqualTo(1);
            server.dropConnections();
            assertThat(client.readUntilClosed()).isEmpty();
        }
    }

    // ---- close and reset

    @Test
    void shouldCloseInPlaceOfAReply() throws IOException {
        inject("k", Kind.CLOSE, 0);
        try (SocketClient client = connect()) {
            client.send("get a\r\nset k 0 0 3\r\nxyz\r\nget b\r\n").expect("END\r\n");
            assertClosed(client);
            assertThat(text("k")).isEqualTo("xyz");
        }
    }

    @Test
    void shouldCloseWithinAReply() throws IOException {
        inject("k", Kind.CLOSE, 15);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT.substring(0, 15));
            assertClosed(client);
        }
    }

    @Test
    void shouldCloseAfterAShorterReply() throws IOException {
        inject("k", Kind.CLOSE, 1000);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT);
            assertClosed(client);
        }
    }

    @Test
    void shouldResetWithinAReply() throws IOException {
        inject("k", Kind.RESET, 15);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT.substring(0, 15));
            assertReset(client);
        }
    }

    @Test
    void shouldCloseWithinAHugeReply() throws IOException {
        cache.set("huge", new byte[1_000_000]);
        inject("huge", Kind.CLOSE, 900_000);
        try (SocketClient client = connect()) {
            assertThat(client.send("get huge\r\n").read(900_000)).hasSize(900_000);
            assertClosed(client);
        }
    }

    // ---- other protocols

    @Test
    void shouldTruncateMetaReplies() throws IOException {
        inject("k", Kind.CLOSE, 4);
        try (SocketClient client = connect()) {
            client.send("mg a v\r\nmg k v\r\nmn\r\n").expect("EN\r\nVA 3");
            assertClosed(client);
        }
    }

    @Test
    void shouldDelayBinaryRepliesInOrder() throws IOException {
        inject("k", Kind.DELAY, 0, LONG);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send(binary(0x0a, "") + binary(0x00, "k") + binary(0x0a, "")).expect(reply(0x0a, 0, ""));
            other.send(binary(0x0a, "")).expect(reply(0x0a, 0, ""));
            assertThat(client.input().available()).isZero();
            endAll();
            client.expect(reply(0x00, 4, "\0\0\0\0abc").substring(0, 16));
            client.read(8); // the CAS unique
            client.expect("\0\0\0\0abc" + reply(0x0a, 0, ""));
        }
    }

    @Test
    void shouldResetIfAQuietCommandHasNoReply() throws IOException {
        inject("nothing", Kind.RESET, 0);
        try (SocketClient client = connect()) {
            client.send(binary(0x0a, "") + binary(0x09, "nothing") + binary(0x0a, ""))
                    .expect(reply(0x0a, 0, ""));
            assertReset(client);
        }
    }

    private static String binary(int opcode, String key) {
        return packet(0x80, opcode, key.length(), 0, key);
    }

    private static String reply(int opcode, int extrasLength, String body) {
        return packet(0x81, opcode, 0, extrasLength, body);
    }

    private static String packet(int magic, int opcode, int keyLength, int extrasLength, String body) {
        return "" + (char) magic + (char) opcode + '\0' + (char) keyLength + (char) extrasLength + "\0\0\0" + "\0\0\0"
                + (char) body.length() + "\0".repeat(12) + body;
    }

    // ---- connections

    @Test
    void shouldSendNothingToAConnectionBeforeItsDelayIsOver() throws IOException {
        injectIntoConnections(Kind.DELAY, 0, SHORT);
        long begin = System.nanoTime();
        try (SocketClient client = connect()) {
            client.send("get k\r\nget a\r\n").expect(HIT + "END\r\n");
            assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(SHORT.toNanos());
            client.send("get a\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldCloseAConnectionAfterANumberOfBytesOfAllItsReplies() throws IOException {
        injectIntoConnections(Kind.CLOSE, 8, Duration.ZERO);
        inject("b", Kind.DELAY, 0, SHORT);
        try (SocketClient client = connect()) {
            client.send("get a\r\n").expect("END\r\n");
            client.send("get b\r\nget k\r\n").expect("END");
            assertClosed(client);
        }
    }

    @Test
    void shouldThrottleAllRepliesOfAConnection() throws IOException {
        injectIntoConnections(Kind.THROTTLE, 4, LONG);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\n").expect("END\r");
            onConnect = null;
            try (SocketClient other = connect()) {
                other.send("get k\r\n").expect(HIT);
            }
            assertThat(client.input().available()).isZero();
            endAll();
            client.expect("\n" + HIT);
        }
    }
}
