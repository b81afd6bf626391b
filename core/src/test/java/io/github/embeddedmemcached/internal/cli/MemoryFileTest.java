package io.github.embeddedmemcached.internal.cli;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stand-alone server with a memory file, as memcached's warm restart. */
@Timeout(60)
class MemoryFileTest {
    @TempDir
    private Path folder;

    private Process run(String... arguments) throws IOException {
        Path ports = folder.resolve("ports");
        Files.deleteIfExists(ports);
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", Path.of("target", "classes").toString(), Main.class.getName(), "-p", "-1"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        builder.environment().put("MEMCACHED_PORT_FILENAME", ports.toString());
        Process process = builder.start();
        eventually("the server listens", () -> Files.exists(ports) || !process.isAlive());
        return process;
    }

    private String output() throws IOException {
        return Files.readString(folder.resolve("output"));
    }

    private SocketClient connect() throws IOException {
        String first = Files.readAllLines(folder.resolve("ports")).get(0);
        int port = Integer.parseInt(first.substring(first.lastIndexOf(' ') + 1));
        return SocketClient.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private static void end(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "USR1"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
    void shouldRestartWithItemsAfterSignal(String signal) throws Exception {
        Path file = folder.resolve("items");
        Process first = run("-e", file.toString());
        try {
            try (SocketClient client = connect()) {
                client.send("set k 5 0 5\r\nvalue\r\n").expect("STORED\r\n");
                client.send("set gone 0 -1 1\r\nx\r\n").expect("STORED\r\n");
            }
            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(first.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            end(first);
            assertThat(output().contains("Gracefully stopping\n")).isEqualTo(signal.equals("USR1"));
        } finally {
            first.destroyForcibly();
        }
        assertThat(file).exists();

        Process second = run("--memory-file=" + file, "-A", "-m", "100");
        try {
            try (SocketClient client = connect()) {
                client.send("get k gone\r\n").expect("VALUE k 5 5\r\nvalue\r\nEND\r\n");
                client.send("set k 6 0 5\r\nother\r\n").expect("STORED\r\n");
                client.send("shutdown graceful\r\n");
                assertThat(client.readUntilClosed()).isEmpty();
            }
            end(second);
        } finally {
            second.destroyForcibly();
        }
        Process third = run("-e", file.toString());
        try (SocketClient client = connect()) {
            client.send("get k\r\n").expect("VALUE k 6 5\r\nother\r\nEND\r\n");
        } finally {
            third.destroyForcibly();
        }
    }

    @Test
    void shouldRejectForeignMemoryFile() throws Exception {
        Path file = Files.writeString(folder.resolve("letter"), "Dear Jane,\n".repeat(20));
        Process process = run("-e", file.toString());
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(CommandLineException.EXIT_OS_ERROR);
            assertThat(output())
                    .isEqualTo("embedded-memcached: the cache cannot be restored from " + file
                            + ": the file is not a saved cache" + System.lineSeparator());
            assertThat(file).hasContent("Dear Jane,\n".repeat(20));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldShowMemoryFileInSettings() throws Exception {
        Path file = folder.resolve("items");
        Process process = run("-e", file.toString());
        try (SocketClient client = connect()) {
            client.send("stats settings\r\nquit\r\n");
            assertThat(client.readUntilClosed()).contains("\r\nSTAT memory_file " + file + "\r\n");
        } finally {
            process.destroyForcibly();
        }
    }
}
