package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.server.SocketClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The program as a process of its own. */
@Timeout(60)
class MainTest {
    private static Process run(String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", Path.of("target", "classes").toString(), Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static int exitStatus(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "a process can't be asked to end there")
    void shouldServeUntilToldToEndAndEndWell() throws Exception {
        Process process = run("-p", "-1", "-v");
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            String line = said.readLine();
            assertThat(line).startsWith("embedded-memcached: listening on ");
            int port = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
            try (SocketClient client =
                    SocketClient.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                client.send("set k 0 0 1\r\nx\r\n").expect("STORED\r\n");
                process.toHandle().destroy(); // SIGTERM; Process.destroy() would also close what we read from
                assertThat(client.readUntilClosed()).isEmpty();
            }
            assertThat(exitStatus(process)).isZero();
            assertThat(said.readLine()).isNull();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldExitWithMemcachedsStatusForABadOption() throws Exception {
        Process process = run("-I", "1");
        assertThat(exitStatus(process)).isEqualTo(64);
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("-I")
                .contains("1024");
    }
}
