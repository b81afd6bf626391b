package io.github.embeddedmemcached.internal.engine;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A separate JVM, mostly with a small heap, that runs a main class of the project or its tests. */
final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private ChildJvm(Process process) {
        this.process = process;
        output = process.inputReader();
    }

    /** Starts a JVM with options such as {@code -Xmx64m}. */
    static ChildJvm start(String mainClass, List<String> javaOptions, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(new File(System.getProperty("java.home"), "bin/java").getPath());
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", classPath(), mainClass));
        command.addAll(List.of(arguments));
        return new ChildJvm(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""),
                locationOf(ChildJvm.class),
                new File("target/classes").getPath(),
                new File("target/test-classes").getPath());
    }

    private static String locationOf(Class<?> type) {
        try {
            return new File(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .getPath();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads lines of standard output and error until one matches. Returns that line, or all lines if none matches. */
    String awaitLine(Predicate<String> predicate) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (predicate.test(line)) {
                return line;
            }
            all.append(line).append('\n');
        }
        return all.toString();
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.toHandle().destroy(); // process.destroy() would close its output too
    }

    /** Waits until it exits. Returns the exit status and its output, or a sentence if it does not exit in time. */
    String awaitExit(long timeoutSeconds) throws IOException, InterruptedException {
        if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
            return "still running after " + timeoutSeconds + " s";
        }
        StringBuilder all = new StringBuilder("exit status " + process.exitValue());
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            all.append('\n').append(line);
        }
        return all.toString();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
