package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.server.Endpoints;
import io.github.embeddedmemcached.server.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Unix domain sockets, and several addresses at once. */
@Timeout(60)
class ListenTest {
    private Path folder;
    private Path file;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("mc"); // a short name: a socket's path has some hundred characters
        file = folder.resolve("socket");
    }

    @AfterEach
    void deleteFolder() throws IOException {
        Files.deleteIfExists(file);
        Files.delete(folder);
    }

    /** A client's whole conversation: what it says, and all that comes until the server closes. */
    private String talk(String requests) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
            channel.write(ByteBuffer.wrap((requests + "quit\r\n").getBytes(StandardCharsets.ISO_8859_1)));
            ByteBuffer answers = ByteBuffer.allocate(1 << 20);
            while (channel.read(answers) >= 0) {}
            return new String(answers.array(), 0, answers.position(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void shouldServeAUnixDomainSocketBesideTcp() throws IOException {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().unixSocket(file).start();
                SocketClient client = SocketClient.connect(memcached.address())) {
            String large = "x".repeat(500_000);
            assertThat(talk("set k 0 0 500000\r\n" + large + "\r\nget k\r\n"))
                    .isEqualTo("STORED\r\nVALUE k 0 500000\r\n" + large + "\r\nEND\r\n");
            client.send("delete k\r\n").expect("DELETED\r\n");
        }
    }

    @Test
    void shouldServeAUnixDomainSocketAlone() throws IOException {
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().unixSocket(file).tcp(false).start()) {
            assertThat(talk("get k\r\n")).isEqualTo("END\r\n");
            assertThat(memcached).hasToString("EmbeddedMemcached[" + file + ", running, memory limit 64 MB]");
            assertThatThrownBy(memcached::address)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("tcp(false)");
            memcached.restart();
            assertThat(talk("get k\r\n")).isEqualTo("END\r\n");
        }
    }

    @Test
    void shouldLetOnlyTheOwnerUseTheSocketUnlessToldOtherwise() throws IOException {
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().unixSocket(file);
        try (EmbeddedMemcached memcached = builder.start()) {
            assertThat(memcached.isRunning()).isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rwx------");
        }
        builder.endpoints(new Endpoints(List.of(), List.of(), new Endpoints.UnixSocket(file, 0765), 1024));
        try (EmbeddedMemcached memcached = builder.start()) {
            assertThat(memcached.isRunning()).isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rwxrw-r-x");
        }
    }

    @Test
    void shouldRemoveTheFileWhenItStopsAndReplaceOneThatWasLeftOver() throws IOException {
        try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(file));
        }
        assertThat(file).exists();
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().unixSocket(file).start()) {
            assertThat(talk("get k\r\n")).isEqualTo("END\r\n");
            memcached.stop();
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void shouldNotRemoveTheSocketOfAnotherThatTookThePlace() throws IOException {
        try (EmbeddedMemcached other =
                EmbeddedMemcached.builder().unixSocket(file).start()) {
            assertThat(other.isRunning()).isTrue();
            try (EmbeddedMemcached second =
                    EmbeddedMemcached.builder().unixSocket(file).start()) {
                assertThat(second.isRunning()).isTrue();
                other.stop();
                assertThat(talk("get k\r\n")).isEqualTo("END\r\n");
            }
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void shouldLeaveAFileAloneThatIsNoSocket() throws IOException {
        Files.writeString(file, "precious");
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().unixSocket(file);
        assertThatThrownBy(builder::start)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("cannot listen on " + file + ": ");
        assertThat(file).hasContent("precious");
    }

    @Test
    void shouldSayThatThereIsNoFolderForTheSocket() {
        EmbeddedMemcachedBuilder builder =
                EmbeddedMemcached.builder().unixSocket(folder.resolve("none").resolve("socket"));
        assertThatThrownBy(builder::start)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("cannot listen on " + folder);
    }

    private static Endpoints tcp(InetSocketAddress... addresses) {
        return new Endpoints(
                Stream.of(addresses)
                        .map(address -> new Endpoints.Tcp(address, false))
                        .toList(),
                List.of(),
                null,
                1024);
    }

    @Test
    void shouldListenOnSeveralAddresses() throws IOException {
        InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().endpoints(tcp(free, free)).start()) {
            List<Endpoints.Tcp> endpoints = memcached.endpoints().tcp();
            assertThat(memcached.address()).isEqualTo(endpoints.get(0).address());
            assertThat(endpoints.get(1).address().getPort()).isNotIn(0, memcached.port());
            for (int round = 0; round < 2; round++) {
                for (Endpoints.Tcp endpoint : endpoints) {
                    try (SocketClient client = SocketClient.connect(endpoint.address())) {
                        client.send("get k\r\n").expect("END\r\n");
                    }
                }
                memcached.restart();
            }
        }
    }

    @Test
    void shouldTakeNoPortWhenOneOfThemIsTaken() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EmbeddedMemcached first = EmbeddedMemcached.start()) {
            InetSocketAddress wasFree = first.address();
            first.stop();
            InetSocketAddress taken = (InetSocketAddress) other.getLocalSocketAddress();
            EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().endpoints(tcp(wasFree, taken));
            assertThatThrownBy(builder::start)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith("cannot listen on 127.0.0.1 port " + taken.getPort());
            try (ServerSocket again = new ServerSocket()) {
                again.setReuseAddress(true);
                again.bind(wasFree);
            }
        }
    }

    @Test
    void shouldLiveWithoutAnyPort() {
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().tcp(false).start()) {
            assertThat(memcached.isRunning()).isTrue();
            assertThat(memcached).hasToString("EmbeddedMemcached[no TCP port, running, memory limit 64 MB]");
        }
    }
}
