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

/** A process that was started for a benchmark, and that ends with it. One that listens can be talked to, line by line. */
public final class ChildProcess implements AutoCloseable {
    private static final long END_SECONDS_MAX = 10;

    private final Process process;
    private final BufferedReader out;
    private final Writer in;

    private ChildProcess(Process process) {
        this.process = process;
        out = process.inputReader(StandardCharsets.UTF_8);
        in = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Starts a program. What it writes to its standard error goes to this one's. */
    public static ChildProcess start(Core core, List<String> command) throws IOException {
        return new ChildProcess(new ProcessBuilder(core.pin(command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Starts a program in a JVM like this one, with the class path of this one. */
    public static ChildProcess startJava(Core core, List<String> flags, Class<?> program, String... arguments)
            throws IOException {
        List<String> command = java(flags, System.getProperty("java.class.path"));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        return start(core, command);
    }

    /** {@code java FLAGS -cp PATH}, with the java that runs this. */
    static List<String> java(List<String> flags, String classPath) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.add("-cp");
        command.add(classPath);
        return command;
    }

    /** The classes of this project alone, as a user has them. */
    static String ownClasses(Class<?> one) {
        return new File(one.getProtectionDomain().getCodeSource().getLocation().getPath()).getPath();
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a line and waits for the one that answers it. */
    public String ask(String line) throws IOException {
        in.write(line);
        in.write('\n');
        in.flush();
        String answer = readLine();
        if (answer.startsWith("error ")) {
            throw new IOException(line + ": " + answer.substring("error ".length()));
        }
        return answer;
    }

    /** Waits for a line. */
    public String readLine() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("process " + process.pid() + " has ended");
        }
        return line;
    }

    /** Waits for the end of a program that ends by itself, and returns what it wrote. */
    public List<String> readAll() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            lines.add(line);
        }
        return lines;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
