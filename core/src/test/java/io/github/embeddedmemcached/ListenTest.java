package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests Unix domain sockets and servers with several addresses. */
@Timeout(60)
class ListenTest {
    private Path folder;
    private Path file;

    @BeforeEach
    void createFolder() throws IOException {
        folder = Files.createTempDirectory(
                "mc"); // a short name, because the path of a socket is limited to about 100 characters
        file = folder.resolve("socket");
    }

    @AfterEach
    void deleteFolder() throws IOException {
        Files.deleteIfExists(file);
        Files.delete(folder);
    }

    /** Sends requests over a new connection, and returns everything received until the server closes it. */
    private String exchange(String requests) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
            channel.write(ByteBuffer.wrap((requests + "quit\r\n").getBytes(StandardCharsets.ISO_8859_1)));
            ByteBuffer replies = ByteBuffer.allocate(1 << 20);
            while (channel.read(replies) >= 0) {}
            return new String(replies.array(), 0, replies.position(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void shouldServeAUnixDomainSocketAndTcp() throws IOException {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().unixSocket(file).start();
                SocketClient client = SocketClient.connect(memcached.address())) {
            String large = "x".repeat(500_000);
            assertThat(exchange("set k 0 0 500000\r\n" + large + "\r\nget k\r\n"))
                    .isEqualTo("STORED\r\nVALUE k 0 500000\r\n" + large + "\r\nEND\r\n");
            client.send("delete k\r\n").expect("DELETED\r\n");
        }
    }

    @Test
    void shouldServeOnlyAUnixDomainSocket() throws IOException {
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().unixSocket(file).tcp(false).start()) {
            assertThat(exchange("get k\r\n")).isEqualTo("END\r\n");
            assertThat(memcached).hasToString("EmbeddedMemcached[" + file + ", running, memory limit 64 MB]");
            assertThatThrownBy(memcached::address)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("tcp(false)");
            memcached.restart();
            assertThat(exchange("get k\r\n")).isEqualTo("END\r\n");
        }
    }

    @Test
    void shouldRestrictTheSocketToItsOwnerByDefault() throws IOException {
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().unixSocket(file);
        try (EmbeddedMemcached memcached = builder.start()) {
            assertThat(memcached.isRunning()).isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void shouldRemoveTheSocketFileOnStopAndReplaceAStaleOne() throws IOException {
        try (ServerSocketChannel stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(file));
        }
        assertThat(file).exists();
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().unixSocket(file).start()) {
            assertThat(exchange("get k\r\n")).isEqualTo("END\r\n");
            memcached.stop();
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void shouldNotRemoveTheSocketFileOfAnotherServer() throws IOException {
        try (EmbeddedMemcached other =
                EmbeddedMemcached.builder().unixSocket(file).start()) {
            assertThat(other.isRunning()).isTrue();
            try (EmbeddedMemcached second =
                    EmbeddedMemcached.builder().unixSocket(file).start()) {
                assertThat(second.isRunning()).isTrue();
                other.stop();
                assertThat(exchange("get k\r\n")).isEqualTo("END\r\n");
            }
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void shouldNotReplaceAFileThatIsNotASocket() throws IOException {
        Files.writeString(file, "precious");
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().unixSocket(file);
        assertThatThrownBy(builder::start)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("cannot listen on " + file + ": ");
        assertThat(file).hasContent("precious");
    }

    @Test
    void shouldReportAMissingParentFolderOfTheSocketFile() {
        EmbeddedMemcachedBuilder builder =
                EmbeddedMemcached.builder().unixSocket(folder.resolve("none").resolve("socket"));
        assertThatThrownBy(builder::start)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("cannot listen on " + folder);
    }

    @Test
    void shouldRunWithoutPorts() {
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().tcp(false).start()) {
            assertThat(memcached.isRunning()).isTrue();
            assertThat(memcached).hasToString("EmbeddedMemcached[no TCP port, running, memory limit 64 MB]");
        }
    }
}
