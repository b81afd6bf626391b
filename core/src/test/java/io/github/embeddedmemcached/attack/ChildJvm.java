package io.github.embeddedmemcached.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Java program in a separate process, for tests that need a small heap, few descriptors, or signals. */
public final class ChildJvm implements AutoCloseable {
    private static final int EXIT_SECONDS_MAX = 60;

    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;

    private ChildJvm(Process process) {
        this.process = process;
        output = process.inputReader(StandardCharsets.UTF_8);
        input = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Starts a class of the tests with options for the JVM and arguments. */
    public static ChildJvm start(List<String> jvmOptions, Class<?> program, String... arguments) throws IOException {
        return start(List.of(), jvmOptions, program, arguments);
    }

    /** Starts a class with a limited number of file descriptors, if there is a shell that can limit them. */
    public static ChildJvm startWithDescriptors(
            int descriptors, List<String> jvmOptions, Class<?> program, String... arguments) throws IOException {
        List<String> shell = List.of("/bin/sh", "-c", "ulimit -n " + descriptors + "; exec \"$0\" \"$@\"");
        return start(shell, jvmOptions, program, arguments);
    }

    private static ChildJvm start(List<String> prefix, List<String> jvmOptions, Class<?> program, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", classPath(), program.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        return new ChildJvm(builder.start());
    }

    /** Returns a class path with the main and test classes: Surefire puts the main classes on the module path. */
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""),
                new File("target/classes").getPath(),
                new File("target/test-classes").getPath());
    }

    /** Sends a line to the program's standard input and returns the next line of its output. */
    public String execute(String line) throws IOException {
        input.write(line + "\n");
        input.flush();
        return readLine();
    }

    /** Returns the next line of the program's standard output. */
    public String readLine() throws IOException {
        String line = output.readLine();
        assertThat(line).as("a line of output (the program has exited if null)").isNotNull();
        return line;
    }

    /** Sends a signal by name, such as STOP. */
    public void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** Kills the program at once, and waits until it has ended. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(EXIT_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    }

    public Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Returns the number of open file descriptors of the process; 0 if the system does not report it. */
    public long openDescriptors() {
        Path descriptors = Path.of("/proc", Long.toString(process.pid()), "fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> list = Files.list(descriptors)) {
            return list.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the program exits, and returns its exit status. */
    public int exitValue() throws InterruptedException {
        assertThat(process.waitFor(EXIT_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
