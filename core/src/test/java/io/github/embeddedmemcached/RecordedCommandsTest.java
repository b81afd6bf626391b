package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.testing.Recording;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Tests the recording of a server: connections, transports, stop and restart. */
class RecordedCommandsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static Command take(EmbeddedMemcached memcached) throws InterruptedException {
        return Objects.requireNonNull(memcached.recording().takeCommand(LONG), "a command");
    }

    /** Sends a request, and receives the given number of lines. */
    private static String request(Socket socket, String request, int lines) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder reply = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int linesLeft = lines; linesLeft > 0; ) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed after " + reply);
            }
            reply.append((char) next);
            linesLeft -= next == '\n' ? 1 : 0;
        }
        return reply.toString();
    }

    private static Socket connect(EmbeddedMemcached memcached) throws IOException {
        return new Socket(memcached.address().getAddress(), memcached.port());
    }

    @Test
    void shouldRecordFromTheStartOfTheServer() throws Exception {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().recordCommands(100).start();
                Socket socket = connect(memcached)) {
            request(socket, "set k 5 60 2\r\nhi\r\nmg k v\r\nbogus\r\n", 4);
            Command set = take(memcached);
            assertThat(set.name()).isEqualTo("set");
            assertThat(set.key()).isEqualTo("k");
            assertThat(set.flags()).isEqualTo(5);
            assertThat(set.exptimeSeconds()).isEqualTo(60);
            assertThat(set.value()).asString(StandardCharsets.ISO_8859_1).isEqualTo("hi");
            assertThat(take(memcached).protocol()).isEqualTo(Command.Protocol.META);
            Command bogus = take(memcached);
            assertThat(bogus.malformed()).isTrue();
            assertThat(bogus.connection()).isEqualTo(set.connection());
        }
    }

    @Test
    void shouldStartAndStopWhileClientsAreConnected() throws Exception {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start();
                Socket socket = connect(memcached)) {
            Recording recording = memcached.recording();
            request(socket, "get a\r\n", 1);
            recording.start();
            request(socket, "get b\r\n", 1);
            recording.stop();
            request(socket, "get c\r\n", 1);
            assertThat(recording.commands()).extracting(Command::key).containsExactly("b");
        }
    }

    @Test
    void shouldRecordACommandBeforeItsReplyArrives() throws Exception {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.builder()
                        .threads(2)
                        .recordCommands(1000)
                        .start();
                Socket one = connect(memcached);
                Socket other = connect(memcached)) {
            for (int i = 0; i < 20; i++) {
                request(one, "get one" + i + "\r\n", 1);
                request(other, "get other" + i + "\r\n", 1);
                assertThat(memcached.recording().commands())
                        .extracting(Command::key)
                        .endsWith("one" + i, "other" + i);
            }
            List<Command> commands = memcached.recording().commands();
            assertThat(commands).extracting(Command::connection).doesNotContain(0);
            assertThat(commands.stream().map(Command::connection).distinct()).hasSize(2);
        }
    }

    @Test
    void shouldRecordDatagrams() throws Exception {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().udp(true).recordCommands(10).start();
                DatagramSocket socket = new DatagramSocket()) {
            byte[] request = "\0\1\0\0\0\1\0\0get a b\r\n".getBytes(StandardCharsets.ISO_8859_1);
            socket.send(new DatagramPacket(
                    request, request.length, memcached.address().getAddress(), memcached.port()));
            assertThat(take(memcached).keys()).containsExactly("a", "b");
        }
    }

    @Test
    void shouldRecordOverTls() throws Exception {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.builder()
                        .tls(TestTls.serverContext())
                        .recordCommands(10)
                        .start();
                Socket socket = TestTls.clientContext()
                        .getSocketFactory()
                        .createSocket(memcached.address().getAddress(), memcached.port())) {
            request(socket, "get a\r\n", 1);
            assertThat(take(memcached).key()).isEqualTo("a");
        }
    }

    @Test
    void shouldRecordALargeValue() throws Exception {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().recordCommands(10).start();
                Socket socket = connect(memcached)) {
            String value = "v".repeat(900_000);
            assertThat(request(socket, "set a 0 0 900000\r\n" + value + "\r\n", 1))
                    .isEqualTo("STORED\r\n");
            assertThat(take(memcached).value())
                    .asString(StandardCharsets.ISO_8859_1)
                    .isEqualTo(value);
        }
    }

    @Test
    void shouldRecordAllKeysOfALineThatArrivesInPieces() throws Exception {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().recordCommands(10).start();
                Socket socket = connect(memcached)) {
            assertThat(request(socket, "get" + " key".repeat(10_000) + "\r\n", 1))
                    .isEqualTo("END\r\n");
            assertThat(take(memcached).keys()).hasSize(10_000);
            assertThat(request(socket, "get" + " key".repeat(100_000) + "\r\n", 1))
                    .isEqualTo("END\r\n");
            assertThat(take(memcached).keys()).hasSizeGreaterThan(10_000).containsOnly("key");
        }
    }

    @Test
    void shouldContinueAfterRestart() throws Exception {
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().recordCommands(10).start()) {
            try (Socket socket = connect(memcached)) {
                request(socket, "get a\r\n", 1);
            }
            memcached.restart();
            try (Socket socket = connect(memcached)) {
                request(socket, "get b\r\n", 1);
            }
            memcached.restart(EmbeddedMemcached.Items.KEPT);
            try (Socket socket = connect(memcached)) {
                request(socket, "get c\r\n", 1);
            }
            assertThat(memcached.recording().commands(command("get")))
                    .extracting(Command::key)
                    .containsExactly("a", "b", "c");
        }
    }

    @Test
    void shouldBeEmptyAndContinueAfterReset() throws Exception {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().recordCommands(10).start();
                Socket socket = connect(memcached)) {
            request(socket, "get a\r\n", 1);
            memcached.reset();
            assertThat(memcached.recording().count()).isZero();
            request(socket, "get b\r\n", 1);
            assertThat(memcached.recording().commands())
                    .extracting(Command::key)
                    .containsExactly("b");
        }
    }

    @Test
    void shouldRejectANegativeLimit() {
        assertThatThrownBy(() -> EmbeddedMemcached.builder().recordCommands(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
