package io.github.embeddedmemcached.attack;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that send requests and do not read the replies, in a heap that is much smaller than their replies. */
@Timeout(180)
class StalledClientsTest extends AttackTestBase {
    private static final long ATTACK_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);

    @Test
    void shouldServeOtherClientsWhileManyClientsDoNotRead() throws Exception {
        attack(64, 300, 20_000, REPLY_MILLIS_MAX, REPLY_MILLIS_MAX);
    }

    @Tag("nightly")
    @ParameterizedTest
    @ValueSource(ints = {64, 96, 128})
    void shouldServeOtherClientsWhileThousandClientsDoNotRead(int heapMegabytes) throws Exception {
        attack(heapMegabytes, 1000, 100_000, 1_000, 100);
    }

    private static void attack(
            int heapMegabytes, int clients, int gets, long replyMillisMax, long replyMillisMaxAfterwards)
            throws Exception {
        try (ChildJvm server = start(heapMegabytes, "2000")) {
            int port = port(server);
            fillCache(port);
            long descriptors = server.openDescriptors();
            try (Prober prober = new Prober(port)) {
                try (Attackers attackers = new Attackers(port)) {
                    attackers.connect(clients, "get k\r\n".repeat(gets));
                    long begin = System.nanoTime();
                    boolean sent = false;
                    while (!(sent && outOfMemory(port) > 0) && System.nanoTime() - begin < ATTACK_NANOS_MAX) {
                        sent = attackers.send();
                        Map<String, String> stats = stats(port);
                        assertThat(Long.parseLong(stats.get("read_buf_bytes"))
                                        + Long.parseLong(stats.get("response_obj_bytes")))
                                .isLessThanOrEqualTo((heapMegabytes << 20) / 16 + (1 << 20));
                    }
                }
                assertThat(millisToReplyToNewClient(port)).isLessThan(replyMillisMaxAfterwards);
                long replies = prober.replies();
                eventually("the prober receives replies afterwards", () -> prober.replies() > replies + 10);
                assertThat(prober.slowestMillis()).isLessThan(replyMillisMax);
            }
            assertThat(outOfMemory(port)).isPositive();
            expectNothingRetained(server, port, descriptors);
        }
    }

    private static long millisToReplyToNewClient(int port) throws IOException {
        long begin = System.nanoTime();
        try (SocketClient client = Prober.connect(port)) {
            client.send("get none\r\n").expect("END\r\n");
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    private static long outOfMemory(int port) {
        return stat(port, "read_buf_oom") + stat(port, "response_obj_oom");
    }

    @Test
    void shouldReportReasonForClosingConnectionThatHoldsTooMuchMemory() throws Exception {
        try (ChildJvm server = start(64, "2000")) {
            int port = port(server);
            try (SocketClient watcher = Prober.connect(port);
                    Attackers attackers = new Attackers(port)) {
                watcher.send("watch connevents\r\n").expect("OK\r\n");
                attackers.connect(600, "set unfinished 0 0 12000\r\n" + "x".repeat(11_000));
                eventually("all bytes are sent", attackers::send);
                eventually("some connections are closed", () -> stat(port, "read_buf_oom") > 0);
                assertThat(readUntil(watcher, "reason=out_of_memory")).contains("type=conn_close");
            }
        }
    }

    private static String readUntil(SocketClient client, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            byte[] bytes = client.read(1);
            assertThat(bytes).isNotEmpty();
            read.append(new String(bytes, StandardCharsets.ISO_8859_1));
        }
        return read.toString();
    }
}
