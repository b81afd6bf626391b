package io.github.embeddedmemcached.internal.cli;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
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

/** Signals and the pid file of the stand-alone server. */
@Timeout(60)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class MainSignalTest {
    @TempDir
    private Path folder;

    private Path ports = Path.of("");
    private Path output = Path.of("");

    private Process run(String... arguments) throws IOException {
        ports = folder.resolve("ports");
        output = folder.resolve("output");
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", Path.of("target", "classes").toString(), Main.class.getName(), "-p", "-1"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("MEMCACHED_PORT_FILENAME", ports.toString());
        Process process = builder.start();
        eventually("the server listens", () -> Files.exists(ports) || !process.isAlive());
        return process;
    }

    private String output() {
        return read(output);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InetSocketAddress address() {
        String first = read(ports).lines().findFirst().orElseThrow();
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(first.substring(first.lastIndexOf(' ') + 1)));
    }

    private static void signal(String name, Process process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private boolean canAuthenticate(String user, String password) {
        String credentials = user + " " + password;
        try (SocketClient client = SocketClient.connect(address())) {
            client.send("set login 0 0 " + credentials.length() + "\r\n" + credentials + "\r\nquit\r\n");
            return client.readUntilClosed().equals("STORED\r\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldReloadUsersOnHangupAndKeepThemIfFileIsInvalid() throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "jane:old\n");
        Process process = run("-Y", users.toString(), "-v");
        try {
            assertThat(canAuthenticate("jane", "old")).as(output()).isTrue();
            assertThat(canAuthenticate("jane", "new")).isFalse();
            Files.writeString(users, "jane:new\n");
            signal("HUP", process);
            eventually("the users are replaced", () -> canAuthenticate("jane", "new"));
            assertThat(canAuthenticate("jane", "old")).isFalse();

            Files.writeString(users, "nothing\n");
            signal("HUP", process);
            String message = "embedded-memcached: the password file (-Y) can't be used: line 1 of " + users
                    + " must be name:password; the users are unchanged\n";
            eventually("the invalid file is reported", () -> output().contains(message));
            assertThat(canAuthenticate("jane", "new")).isTrue();
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldStopGracefullyOnUsr1AsSoonAsItListens() throws Exception {
        Process process = run();
        try {
            signal("USR1", process);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(output()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldIgnoreHangupWithoutFilesAndKeepPidFile() throws Exception {
        Path pid = folder.resolve("pid");
        Process process = run("-P", pid.toString());
        try {
            eventually("the pid file is written", () -> Files.exists(pid));
            assertThat(pid).hasContent(process.pid() + "\n");
            signal("HUP", process);
            try (SocketClient client = SocketClient.connect(address())) {
                client.send("get k\r\n").expect("END\r\n");
            }
            signal("TERM", process);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(pid).hasContent(process.pid() + "\n");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldRemovePidFileOfDaemonAndReportThatServerStaysInForeground() throws Exception {
        Path pid = folder.resolve("pid");
        Process process = run("-d", "-A", "-P", pid.toString());
        try {
            eventually("the pid file is written", () -> Files.exists(pid));
            assertThat(output()).contains("embedded-memcached: -d has no effect, the server stays in the foreground\n");
            try (SocketClient client = SocketClient.connect(address())) {
                client.send("shutdown\r\n");
                assertThat(client.readUntilClosed()).isEmpty();
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(pid).doesNotExist();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldReportPidFileThatCannotBeWrittenOrBelongsToOtherProcess() throws IOException {
        var messages = new ArrayList<String>();
        Path missing = folder.resolve("no").resolve("pid");
        PidFile.write(missing, ProcessHandle.current(), messages::add);
        assertThat(messages)
                .containsExactly("the pid file (-P) can't be written, its directory does not exist: " + missing);

        messages.clear();
        Path pid = folder.resolve("pid");
        ProcessHandle other = ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .findFirst()
                .orElseThrow();
        Files.writeString(pid, other.pid() + "\n");
        PidFile pidFile = PidFile.write(pid, ProcessHandle.current(), messages::add);
        assertThat(messages)
                .containsExactly("the pid file (-P) had the id of a running process, " + other.pid() + ": " + pid);
        assertThat(pid).hasContent(ProcessHandle.current().pid() + "\n");
        Files.writeString(pid, "1\n");
        pidFile.remove();
        assertThat(pid).hasContent("1\n");
    }

    @Test
    void shouldReportJavaRuntimeWithoutSignals() {
        assertThat(Signals.handle("no.such.Signal", "HUP", "reloads nothing", () -> {}))
                .isEqualTo("SIGHUP ends the server and reloads nothing: this Java runtime lacks the module "
                        + "jdk.unsupported");
    }
}
