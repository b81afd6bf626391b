package io.github.embeddedmemcached.bench.wire;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process started for a benchmark. Its standard input and output are read and written by lines. */
public final class ChildProcess implements AutoCloseable {
    private static final long EXIT_SECONDS_MAX = 10;

    private final Process process;
    private final BufferedReader out;
    private final Writer in;

    private ChildProcess(Process process) {
        this.process = process;
        out = process.inputReader(StandardCharsets.UTF_8);
        in = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Starts a program, which inherits the standard error of this process. */
    public static ChildProcess start(Core core, List<String> command) throws IOException {
        return new ChildProcess(new ProcessBuilder(core.pin(command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Starts a program in another JVM, with the Java version and class path of this one. */
    public static ChildProcess startJava(Core core, List<String> flags, Class<?> program, String... arguments)
            throws IOException {
        List<String> command = java(flags, System.getProperty("java.class.path"));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        return start(core, command);
    }

    /** Returns {@code java FLAGS}, with the Java version of this JVM. */
    static List<String> java(List<String> flags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        return command;
    }

    /** Returns {@code java FLAGS -cp PATH}, with the Java version of this JVM. */
    static List<String> java(List<String> flags, String classPath) {
        List<String> command = java(flags);
        command.add("-cp");
        command.add(classPath);
        return command;
    }

    /** Returns the class path entry that contains a class. */
    static String classPathOf(Class<?> type) {
        return new File(type.getProtectionDomain().getCodeSource().getLocation().getPath()).getPath();
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a line, and waits for the line of the reply. */
    public String request(String line) throws IOException {
        in.write(line);
        in.write('\n');
        in.flush();
        String reply = readLine();
        if (reply.startsWith("error ")) {
            throw new IOException(line + ": " + reply.substring("error ".length()));
        }
        return reply;
    }

    /** Waits for a line and returns it. */
    public String readLine() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("process " + process.pid() + " has ended");
        }
        return line;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(EXIT_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
