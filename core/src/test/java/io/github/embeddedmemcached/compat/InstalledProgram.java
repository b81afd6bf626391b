package io.github.embeddedmemcached.compat;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A program that one machine has and another hasn't. Where it is missing the test is skipped, with a sentence that says what
 * to install; with {@code -Dmemcached.required=true} it fails instead.
 */
record InstalledProgram(List<String> command) {
    private static final boolean REQUIRED = Boolean.getBoolean("memcached.required");
    private static final long RUN_SECONDS_MAX = 60;

    /** What a run came to: its exit status, and what it wrote to stdout and stderr. */
    record Outcome(int exitStatus, String output) {}

    /** Finds a program on the path, or where Debian puts servers, which not everybody's path leads to. */
    static InstalledProgram require(String name, String debianPackage) {
        Stream<Path> places = Stream.concat(onPath(name), Stream.of(Path.of("/usr/sbin", name)));
        return orSkip(
                places.filter(Files::isExecutable).map(InstalledProgram::of).findFirst(), name, debianPackage);
    }

    /** Finds a Python that has a module; Debian's modules belong to Debian's Python, which need not be first on the path. */
    static InstalledProgram requirePythonWith(String module, String debianPackage) {
        Optional<InstalledProgram> python = Stream.concat(onPath("python3"), Stream.of(Path.of("/usr/bin/python3")))
                .filter(Files::isExecutable)
                .map(InstalledProgram::of)
                .filter(candidate -> candidate.run("-c", "import " + module).exitStatus == 0)
                .findFirst();
        return orSkip(python, "Python's " + module, debianPackage);
    }

    private static InstalledProgram of(Path executable) {
        return new InstalledProgram(List.of(executable.toString()));
    }

    private static Stream<Path> onPath(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(path)
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable);
    }

    private static InstalledProgram orSkip(Optional<InstalledProgram> found, String name, String debianPackage) {
        String sentence = name + " is not installed here, so nothing was compared with it; on Debian: apt-get install "
                + debianPackage;
        if (REQUIRED) {
            assertTrue(found.isPresent(), sentence);
        }
        assumeTrue(found.isPresent(), sentence);
        return found.orElseThrow();
    }

    /** Has an interpreter run a script that lies beside this class, with a port as its first argument. */
    Outcome runScript(Path folder, String script, int port, String... arguments) throws IOException {
        Path copy = folder.resolve(script);
        try (InputStream source = Objects.requireNonNull(InstalledProgram.class.getResourceAsStream(script))) {
            Files.copy(source, copy);
        }
        var line = new ArrayList<>(List.of(copy.toString(), String.valueOf(port)));
        line.addAll(List.of(arguments));
        return run(line.toArray(String[]::new));
    }

    /** Runs the program to its end, with nothing to read on stdin. */
    Outcome run(String... arguments) {
        var line = new ArrayList<>(command);
        line.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("program", ".txt");
            try {
                Process process = new ProcessBuilder(line)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                process.getOutputStream().close();
                if (!process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                    fail(line + " did not end; it wrote:\n" + Files.readString(output));
                }
                return new Outcome(process.exitValue(), Files.readString(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new IllegalStateException(line + " could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(line + " was interrupted", e);
        }
    }
}
