package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks conventions that are only visible in source files; see {@link ArchitectureTest} for the others. */
class SourceFilesTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path LIBRARY = PROJECT.resolve("core/src/main/java");
    private static final int CLASS_LINES_MAX = 600;
    private static final int PACKAGE_FILES_MAX = 26; // with package-info.java

    /** In two parts, so that this file does not match. */
    private static final Pattern LEFT_OVER = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

    /**
     * A file of the project.
     *
     * @param path relative to the project's directory, with slashes on every system
     */
    private record SourceFile(String path, String text) {
        static SourceFile read(Path file) {
            try {
                return new SourceFile(PROJECT.relativize(file).toString().replace('\\', '/'), Files.readString(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        List<String> violations() {
            List<String> violations = new ArrayList<>();
            if (!text.endsWith("\n")) {
                violations.add(path + ": no newline at the end");
            }
            if (LEFT_OVER.matcher(text).find()) {
                violations.add(path + ": a left-over marker");
            }
            if (path.endsWith(".java") && text.lines().count() > CLASS_LINES_MAX) {
                violations.add(path + ": more than " + CLASS_LINES_MAX + " lines");
            }
            if (path.startsWith("core/src/main/")
                    && path.endsWith("/package-info.java")
                    && !text.contains("\n@NullMarked\n")) {
                violations.add(path + ": not @NullMarked");
            }
            return violations;
        }
    }

    private static Stream<SourceFile> files() throws IOException {
        Set<String> types = Set.of("java", "xml", "md", "py", "txt");
        List<Path> files = new ArrayList<>();
        for (String module : List.of("core/src", "embed-example/src")) {
            try (Stream<Path> found = Files.walk(PROJECT.resolve(module))) {
                found.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        for (String directory : List.of(".", "core", "embed-example")) {
            try (Stream<Path> found = Files.list(PROJECT.resolve(directory).normalize())) {
                found.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        return files.stream()
                .filter(file ->
                        types.contains(file.toString().substring(file.toString().lastIndexOf('.') + 1)))
                .map(SourceFile::read);
    }

    @Test
    void shouldFollowTheConventions() throws IOException {
        try (Stream<SourceFile> files = files()) {
            assertThat(files.flatMap(file -> file.violations().stream())).isEmpty();
        }
    }

    @Test
    void shouldCheckEverySourceDirectory() throws IOException {
        try (Stream<SourceFile> files = files()) {
            assertThat(files.map(SourceFile::path))
                    .contains(
                            "pom.xml",
                            "README.md",
                            "core/src/main/java/module-info.java",
                            "core/src/main/java/io/github/embeddedmemcached/cache/Cache.java",
                            "core/src/test/java/io/github/embeddedmemcached/SourceFilesTest.java",
                            "embed-example/pom.xml");
        }
    }

    @Test
    void shouldDocumentEveryPackageAndKeepItSmall() throws IOException {
        int packages = 0;
        for (Path directory : directories()) {
            List<String> names = javaFiles(directory);
            if (!names.isEmpty() && !directory.equals(LIBRARY)) {
                packages++;
                assertThat(names)
                        .as(directory.toString())
                        .contains("package-info.java")
                        .hasSizeLessThanOrEqualTo(PACKAGE_FILES_MAX);
            }
        }
        assertThat(packages).isGreaterThan(20);
    }

    private static List<Path> directories() throws IOException {
        try (Stream<Path> found = Files.walk(LIBRARY)) {
            return found.filter(Files::isDirectory).toList();
        }
    }

    private static List<String> javaFiles(Path directory) throws IOException {
        try (Stream<Path> found = Files.list(directory)) {
            return found.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .toList();
        }
    }

    static Stream<Arguments> violations() {
        String library = "core/src/main/java/io/github/embeddedmemcached/";
        return Stream.of(
                arguments(library + "cache/A.java", "// TO" + "DO\n", "left-over"),
                arguments("README.md", "FIX" + "ME\n", "left-over"),
                arguments(library + "cache/package-info.java", "package a;\n", "@NullMarked"),
                arguments(library + "cache/A.java", "class A {}", "newline"),
                arguments(library + "cache/A.java", "\n".repeat(CLASS_LINES_MAX + 1), "lines"));
    }

    @ParameterizedTest
    @MethodSource("violations")
    void shouldDetectViolation(String path, String text, String violation) {
        assertThat(new SourceFile(path, text).violations())
                .singleElement()
                .asString()
                .startsWith(path)
                .contains(violation);
    }
}
