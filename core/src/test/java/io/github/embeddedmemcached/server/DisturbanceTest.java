package io.github.embeddedmemcached.server;

import static io.github.embeddedmemcached.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.Disturbance.Kind;
import io.github.embeddedmemcached.protocol.Interceptor;
import io.github.embeddedmemcached.protocol.ServerSettings;
import io.github.embeddedmemcached.protocol.ServerState;
import io.github.embeddedmemcached.protocol.Verdict;
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

/** Answers whose way to the client is disturbed: which bytes arrive, in which order, and whom it concerns. */
@Timeout(60)
class DisturbanceTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Duration FOR_EVER = Duration.ofDays(1);
    private static final Duration A_MOMENT = Duration.ofMillis(40);
    private static final String HIT = "VALUE k 0 3\r\nabc\r\nEND\r\n";

    final Cache cache = Cache.builder().build();
    private final Map<String, Disturbance> byKey = new ConcurrentHashMap<>();
    private volatile @Nullable Disturbance onConnect;
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
        ServerSettings settings = ServerSettings.builder().threads(1).build(); // one loop for all connections
        ServerState state = new ServerState(cache, settings, Clock.systemUTC());
        state.interceptor(new Interceptor() {
            @Override
            public Verdict onCommand(Command command) {
                return new Verdict(false, null, byKey.get(command.key()));
            }

            @Override
            public Verdict onConnect(int connection) {
                return new Verdict(false, null, onConnect);
            }
        });
        server.serve(state, 0, tls());
        cache.set("k", "abc".getBytes(StandardCharsets.US_ASCII));
    }

    @AfterEach
    void close() {
        eventually("no connection is left", () -> server.openConnections() == 0);
        assertThat(server.heldBytes()).isZero();
        assertThat(server.failures()).isZero();
        server.close();
    }

    private void disturb(String key, Kind kind, int bytes, Duration pause) {
        byKey.put(key, new Disturbance(kind, bytes, pause));
    }

    private void disturb(String key, Kind kind, int bytes) {
        disturb(key, kind, bytes, Duration.ZERO);
    }

    private void disturbConnections(Kind kind, int bytes, Duration pause) {
        onConnect = new Disturbance(kind, bytes, pause);
    }

    private void endAll() {
        server.endDisturbances(disturbance -> true);
    }

    private static void assertReset(SocketClient client) {
        assertThatThrownBy(() -> client.read(1)).isInstanceOf(IOException.class).hasMessageContaining("reset");
    }

    private static void assertClosed(SocketClient client) throws IOException {
        assertThat(client.read(1)).isEmpty();
    }

    // ---- delay

    @Test
    void shouldDelayAnAnswerByAsLongAsIsAskedFor() throws IOException {
        disturb("k", Kind.DELAY, 0, A_MOMENT);
        try (SocketClient client = connect()) {
            long begin = System.nanoTime();
            client.send("get k\r\n").expect(HIT);
            assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(A_MOMENT.toNanos());
        }
    }

    @Test
    void shouldDelayWhatIsBehindAnAnswerButNotWhatIsBefore() throws IOException {
        disturb("k", Kind.DELAY, 0, FOR_EVER);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send("get a\r\nget b\r\nget k\r\nset c 0 0 1\r\nc\r\n").expect("END\r\nEND\r\n");
            other.send("get c\r\n").expect("END\r\n"); // answered at once, while the first one waits
            assertThat(client.input().available()).isZero();
            endAll();
            client.expect(HIT + "STORED\r\n");
            other.send("get c\r\n").expect("VALUE c 0 1\r\nc\r\nEND\r\n");
        }
    }

    @Test
    void shouldDelayTwiceInARow() throws IOException {
        disturb("k", Kind.DELAY, 0, A_MOMENT);
        try (SocketClient client = connect()) {
            long begin = System.nanoTime();
            client.send("get k\r\nget k\r\nget a\r\n").expect(HIT + HIT + "END\r\n");
            assertThat(System.nanoTime() - begin)
                    .isGreaterThanOrEqualTo(A_MOMENT.multipliedBy(2).toNanos());
        }
    }

    @Test
    void shouldLetTheShorterDelayOfTwoConnectionsEndFirst() throws IOException {
        disturb("long", Kind.DELAY, 0, FOR_EVER);
        disturb("short", Kind.DELAY, 0, A_MOMENT);
        try (SocketClient patient = connect();
                SocketClient client = connect()) {
            patient.send("get a\r\nget long\r\n").expect("END\r\n");
            client.send("get short\r\n").expect("END\r\n");
            assertThat(patient.input().available()).isZero();
            endAll();
            patient.expect("END\r\n");
        }
    }

    @Test
    void shouldDelayEvenWhereNothingIsAnswered() throws IOException {
        disturb("k", Kind.DELAY, 0, FOR_EVER);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send("get a\r\nset k 0 0 3 noreply\r\nxyz\r\nget b\r\n").expect("END\r\n");
            eventually("it is executed", () -> "xyz".equals(text("k")));
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
        disturb("", Kind.DELAY, 0, A_MOMENT);
        try (SocketClient client = connect()) {
            client.send("get k\r\nquit\r\n").expect(HIT);
            assertClosed(client);
        }
    }

    @Test
    void shouldNoticeAfterADelayThatTheClientHasLeft() throws IOException {
        disturb("k", Kind.DELAY, 0, FOR_EVER);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\n").expect("END\r\n").shutdownOutput();
            endAll();
            client.expect(HIT);
            assertClosed(client);
        }
    }

    @Test
    void shouldDelayAnAnswerThatDoesNotFitIntoTheOutput() throws IOException {
        String value = "v".repeat(30_000);
        StringBuilder answers = new StringBuilder();
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            cache.set("key-" + i, value.getBytes(StandardCharsets.US_ASCII));
            keys.append(" key-").append(i);
            answers.append("VALUE key-" + i + " 0 30000\r\n" + value + "\r\n");
        }
        disturb("key-0", Kind.DELAY, 0, A_MOMENT);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget" + keys + "\r\nget k\r\n").expect("END\r\n" + answers + "END\r\n" + HIT);
        }
        disturb("key-0", Kind.CLOSE, answers.length() + 2);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget" + keys + "\r\nget k\r\n").expect("END\r\n" + answers + "EN");
            assertClosed(client);
        }
        disturb("key-0", Kind.CLOSE, 10 * answers.length());
        try (SocketClient client = connect()) {
            client.send("get a\r\nget" + keys + "\r\nget k\r\n").expect("END\r\n" + answers + "END\r\n");
            assertClosed(client);
        }
    }

    // ---- drip

    @Test
    void shouldDripAnAnswerAndNothingElse() throws IOException {
        disturb("k", Kind.DRIP, 10, A_MOMENT);
        try (SocketClient client = connect()) {
            long begin = System.nanoTime();
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT + "END\r\n");
            int pauses = (HIT.length() - 1) / 10;
            assertThat(System.nanoTime() - begin)
                    .isGreaterThanOrEqualTo(A_MOMENT.multipliedBy(pauses).toNanos());
        }
    }

    @Test
    void shouldDripSoManyBytesAtATime() throws IOException {
        disturb("k", Kind.DRIP, 7, FOR_EVER);
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
    void shouldStallInTheMiddleOfAnAnswerUntilTheClientLeaves() throws IOException {
        disturb("k", Kind.STALL, 5);
        try (SocketClient other = connect()) {
            try (SocketClient client = connect()) {
                client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT.substring(0, 5));
                client.send("get b\r\n".repeat(1000));
                other.send("get a\r\n").expect("END\r\n");
                assertThat(client.input().available()).isZero();
            }
            eventually("only the other is there", () -> server.openConnections() == 1);
        }
    }

    @Test
    void shouldExecuteACommandWhoseAnswerNeverComes() throws IOException {
        disturb("k", Kind.STALL, 0);
        try (SocketClient client = connect()) {
            client.send("set k 0 0 3\r\nxyz\r\nset k 0 0 3\r\nabc\r\n");
            eventually("it is executed", () -> "xyz".equals(text("k")));
            endAll(); // which closes it, and only then has it been seen that the second one was thrown away
            assertThat(client.readUntilClosed()).isEmpty();
            assertThat(text("k")).isEqualTo("xyz");
        }
    }

    @Test
    void shouldEndWhatIsStalledOnlyWhereItIsMeant() throws IOException {
        disturb("k", Kind.STALL, 1);
        Disturbance unwanted = new Disturbance(Kind.STALL, 2, Duration.ZERO);
        byKey.put("l", unwanted);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send("get k\r\n").expect("V");
            other.send("get l\r\n").expect("EN");
            server.endDisturbances(unwanted::equals);
            assertClosed(other);
            assertThat(server.openConnections()).isEqualTo(1);
            server.dropConnections();
            assertThat(client.readUntilClosed()).isEmpty();
        }
    }

    // ---- close and reset

    @Test
    void shouldCloseInPlaceOfAnAnswer() throws IOException {
        disturb("k", Kind.CLOSE, 0);
        try (SocketClient client = connect()) {
            client.send("get a\r\nset k 0 0 3\r\nxyz\r\nget b\r\n").expect("END\r\n");
            assertClosed(client);
            assertThat(text("k")).isEqualTo("xyz");
        }
    }

    @Test
    void shouldCloseInTheMiddleOfAnAnswer() throws IOException {
        disturb("k", Kind.CLOSE, 15);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT.substring(0, 15));
            assertClosed(client);
        }
    }

    @Test
    void shouldCloseBehindAnAnswerThatIsShorter() throws IOException {
        disturb("k", Kind.CLOSE, 1000);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT);
            assertClosed(client);
        }
    }

    @Test
    void shouldResetInTheMiddleOfAnAnswer() throws IOException {
        disturb("k", Kind.RESET, 15);
        try (SocketClient client = connect()) {
            client.send("get a\r\nget k\r\nget b\r\n").expect("END\r\n" + HIT.substring(0, 15));
            assertReset(client);
        }
    }

    @Test
    void shouldCloseInTheMiddleOfAHugeAnswer() throws IOException {
        cache.set("huge", new byte[1_000_000]);
        disturb("huge", Kind.CLOSE, 900_000);
        try (SocketClient client = connect()) {
            assertThat(client.send("get huge\r\n").read(900_000)).hasSize(900_000);
            assertClosed(client);
        }
    }

    // ---- other protocols

    @Test
    void shouldCutMetaAnswersShort() throws IOException {
        disturb("k", Kind.CLOSE, 4);
        try (SocketClient client = connect()) {
            client.send("mg a v\r\nmg k v\r\nmn\r\n").expect("EN\r\nVA 3");
            assertClosed(client);
        }
    }

    @Test
    void shouldDelayBinaryAnswersInOrder() throws IOException {
        disturb("k", Kind.DELAY, 0, FOR_EVER);
        try (SocketClient client = connect();
                SocketClient other = connect()) {
            client.send(binary(0x0a, "") + binary(0x00, "k") + binary(0x0a, "")).expect(answer(0x0a, 0, ""));
            other.send(binary(0x0a, "")).expect(answer(0x0a, 0, ""));
            assertThat(client.input().available()).isZero();
            endAll();
            client.expect(answer(0x00, 4, "\0\0\0\0abc").substring(0, 16));
            client.read(8); // the CAS unique
            client.expect("\0\0\0\0abc" + answer(0x0a, 0, ""));
        }
    }

    @Test
    void shouldResetWhereAQuietCommandAnswersNothing() throws IOException {
        disturb("nothing", Kind.RESET, 0);
        try (SocketClient client = connect()) {
            client.send(binary(0x0a, "") + binary(0x09, "nothing") + binary(0x0a, ""))
                    .expect(answer(0x0a, 0, ""));
            assertReset(client);
        }
    }

    private static String binary(int opcode, String key) {
        return packet(0x80, opcode, key.length(), 0, key);
    }

    private static String answer(int opcode, int extrasLength, String body) {
        return packet(0x81, opcode, 0, extrasLength, body);
    }

    private static String packet(int magic, int opcode, int keyLength, int extrasLength, String body) {
        return "" + (char) magic + (char) opcode + '\0' + (char) keyLength + (char) extrasLength + "\0\0\0" + "\0\0\0"
                + (char) body.length() + "\0".repeat(12) + body;
    }

    // ---- connections

    @Test
    void shouldAnswerNothingToAConnectionBeforeItsDelayIsOver() throws IOException {
        disturbConnections(Kind.DELAY, 0, A_MOMENT);
        long begin = System.nanoTime();
        try (SocketClient client = connect()) {
            client.send("get k\r\nget a\r\n").expect(HIT + "END\r\n");
            assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(A_MOMENT.toNanos());
            client.send("get a\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldCloseAConnectionAfterSoManyBytesOfAllItsAnswers() throws IOException {
        disturbConnections(Kind.CLOSE, 8, Duration.ZERO);
        disturb("b", Kind.DELAY, 0, A_MOMENT);
        try (SocketClient client = connect()) {
            client.send("get a\r\n").expect("END\r\n");
            client.send("get b\r\nget k\r\n").expect("END");
            assertClosed(client);
        }
    }

    @Test
    void shouldDripAllThatAConnectionIsSent() throws IOException {
        disturbConnections(Kind.DRIP, 4, FOR_EVER);
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
