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
 * A program that may be installed on this machine. If it is missing, the test is skipped with a message that names the package to
 * install; with {@code -Dmemcached.required=true} the test fails instead.
 */
record InstalledProgram(List<String> command) {
    private static final boolean REQUIRED = Boolean.getBoolean("memcached.required");
    private static final long RUN_SECONDS_MAX = 60;

    /** The exit status of a program, and its output on stdout and stderr. */
    record Outcome(int exitStatus, String output) {}

    /** Finds a program on the path, or in Debian's directory for servers, which may not be on the path. */
    static InstalledProgram require(String name, String debianPackage) {
        Stream<Path> candidates = Stream.concat(onPath(name), Stream.of(Path.of("/usr/sbin", name)));
        return orSkip(
                candidates.filter(Files::isExecutable).map(InstalledProgram::of).findFirst(), name, debianPackage);
    }

    /** Finds a Python that has a module. Debian's modules belong to Debian's Python, which may not be the first on the path. */
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
        String message =
                name + " is not installed, so the test is skipped; on Debian: apt-get install " + debianPackage;
        if (REQUIRED) {
            assertTrue(found.isPresent(), message);
        }
        assumeTrue(found.isPresent(), message);
        return found.orElseThrow();
    }

    /** Runs a script with this interpreter. The script is a resource of this package; its first argument is the port. */
    Outcome runScript(Path folder, String script, int port, String... arguments) throws IOException {
        Path copy = folder.resolve(script);
        try (InputStream source = Objects.requireNonNull(InstalledProgram.class.getResourceAsStream(script))) {
            Files.copy(source, copy);
        }
        var scriptArguments = new ArrayList<>(List.of(copy.toString(), String.valueOf(port)));
        scriptArguments.addAll(List.of(arguments));
        return run(scriptArguments.toArray(String[]::new));
    }

    /** Runs the program until it exits, with an empty stdin. */
    Outcome run(String... arguments) {
        var commandLine = new ArrayList<>(command);
        commandLine.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("program", ".txt");
            try {
                Process process = new ProcessBuilder(commandLine)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                process.getOutputStream().close();
                if (!process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                    fail(commandLine + " did not exit; its output:\n" + Files.readString(output));
                }
                return new Outcome(process.exitValue(), Files.readString(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new IllegalStateException(commandLine + " could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(commandLine + " was interrupted", e);
        }
    }
}
