package io.github.embeddedmemcached.internal.cli;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The stand-alone server as a separate process. */
@Timeout(60)
class MainTest {
    private static Process run(String... arguments) throws IOException {
        return run(Map.of(), arguments);
    }

    private static Process run(Map<String, String> environment, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", Path.of("target", "classes").toString(), Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static int exitStatus(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
    void shouldServeUntilSigtermAndExitWithStatusZero() throws Exception {
        Process process = run("-p", "-1", "-v");
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String line = output.readLine();
            assertThat(line).startsWith("embedded-memcached: listening on ");
            int port = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
            try (SocketClient client =
                    SocketClient.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                client.send("set k 0 0 1\r\nx\r\n").expect("STORED\r\n");
                process.toHandle().destroy(); // SIGTERM; Process.destroy() would also close the output
                assertThat(client.readUntilClosed()).isEmpty();
            }
            assertThat(exitStatus(process)).isZero();
            assertThat(output.lines()).allMatch(rest -> rest.endsWith("port " + port)); // ::1, if there is IPv6
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldWritePortsToPortFile(@TempDir Path folder) throws Exception {
        Path ports = folder.resolve("ports");
        Process process = run(Map.of("MEMCACHED_PORT_FILENAME", ports.toString()), "-p", "-1", "-U", "-1");
        try {
            eventually("the ports are written", () -> Files.exists(ports));
            String text = Files.readString(ports);
            assertThat(text).matches("TCP INET: ([0-9]+)\n(TCP INET6: \\1\n)?UDP INET: \\1\n(UDP INET6: \\1\n)?");
            assertThat(folder).isDirectoryNotContaining("glob:**.lck");
            int port = Integer.parseInt(text.substring("TCP INET: ".length(), text.indexOf('\n')));
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            try (SocketClient client = SocketClient.connect(address);
                    DatagramSocket udp = new DatagramSocket()) {
                client.send("set k 0 0 1\r\nx\r\n").expect("STORED\r\n");
                byte[] request = "\0\7\0\0\0\1\0\0get k\r\n".getBytes(StandardCharsets.ISO_8859_1);
                udp.setSoTimeout(20_000);
                udp.send(new DatagramPacket(request, request.length, address));
                DatagramPacket reply = new DatagramPacket(new byte[1400], 1400);
                udp.receive(reply);
                assertThat(new String(reply.getData(), 0, reply.getLength(), StandardCharsets.ISO_8859_1))
                        .isEqualTo("\0\7\0\0\0\1\0\0VALUE k 0 1\r\nx\r\nEND\r\n");
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
    void shouldServeUnixSocketAndRemoveItsFile() throws Exception {
        Path folder = Files.createTempDirectory(
                "mc"); // a short name: a socket's path is limited to about a hundred characters
        Path file = folder.resolve("socket");
        Process process = run("-s", file.toString(), "-a", "0770");
        try {
            eventually("the server listens", () -> Files.exists(file));
            eventually("the permissions are set", () -> permissions(file).equals("rwxrwx---"));
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
                channel.write(ByteBuffer.wrap("get k\r\n".getBytes(StandardCharsets.US_ASCII)));
                ByteBuffer reply = ByteBuffer.allocate(5);
                while (reply.hasRemaining() && channel.read(reply) >= 0) {}
                assertThat(new String(reply.array(), StandardCharsets.US_ASCII)).isEqualTo("END\r\n");
            }
            process.toHandle().destroy();
            assertThat(exitStatus(process)).isZero();
            assertThat(file).doesNotExist();
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldExitWithMemcachedStatusForInvalidOption() throws Exception {
        Process process = run("-I", "1");
        assertThat(exitStatus(process)).isEqualTo(64);
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("-I")
                .contains("1024");
    }
}
