package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Removal;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The removals that commands of clients cause. */
class RemovalsOfClientsTest {
    private final EmbeddedMemcached server = EmbeddedMemcached.start();
    private final List<Removal> removals = new CopyOnWriteArrayList<>();

    @BeforeEach
    void listen() throws IOException {
        server.clock().freeze();
        send("set k 0 0 1|5|set e 0 5 1|5|");
        server.clock().advance(Duration.ofSeconds(6));
        server.cache().addRemovalListener(removals::add);
    }

    @AfterEach
    void close() {
        server.close();
    }

    /** Sends commands, with | for line ends, and waits until the server has executed them. */
    private void send(String commands) throws IOException {
        try (Socket socket = new Socket(server.host(), server.port())) {
            byte[] bytes = (commands + "quit|").replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(bytes);
            socket.getInputStream().readAllBytes();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "set k 0 0 1|6|; REPLACED k",
                "replace k 0 0 1|6|; REPLACED k",
                "append k 0 0 1|6|; REPLACED k",
                "prepend k 0 0 1|6|; REPLACED k",
                "add k 0 0 1|6|;",
                "add e 0 0 1|6|; EXPIRED e",
                "cas k 0 0 1 999999|6|;",
                "get k e|; EXPIRED e",
                "gat 10 e k|; EXPIRED e",
                "touch e 5|; EXPIRED e",
                "delete k|; DELETED k",
                "delete e|; EXPIRED e",
                "incr k 1|;",
                "incr k 5|; REPLACED k",
                "ms k 1|6|; REPLACED k",
                "ms k 1 MA|6|; REPLACED k",
                "md k|; DELETED k",
                "md k I|;",
                "md k x|; REPLACED k",
                "mg e v N5|; EXPIRED e",
                "mg k v T5|;",
                "ma k D9|; REPLACED k",
                "flush_all|; EXPIRED e,FLUSHED k",
            })
    void shouldReportTheSameAsInProcess(String commands, String expected) throws IOException {
        send(commands);
        assertThat(removals)
                .extracting(removal -> removal.cause() + " " + removal.keyText())
                .containsExactlyInAnyOrder(expected == null ? new String[0] : expected.split(","));
    }

    @Test
    void shouldReportRejectedValuesWithTheirLength() throws IOException {
        String value = "v".repeat(2 << 20);
        send("set k 7 100 2097152|" + value + "|");
        send("add n 0 0 2097152|" + value + "|");
        send("set k 0 0 1|1|ms k 2097152 F3 T50|" + value + "|");
        assertThat(removals)
                .extracting(removal -> removal.cause() + " " + removal.keyText() + " " + removal.valueLength() + " "
                        + removal.flags() + " " + removal.timeToLive())
                .containsExactly(
                        "DELETED k 1 0 null",
                        "REJECTED k 2097152 7 PT1M40S",
                        "REJECTED n 2097152 0 null",
                        "DELETED k 1 0 null",
                        "REJECTED k 2097152 3 PT50S");
    }
}
