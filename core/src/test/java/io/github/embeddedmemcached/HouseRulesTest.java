package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of this house that no compiler knows: which room may import which, what nobody calls, how files look.
 *
 * <p>Each rule is shown a snippet that breaks it, so that a rule which notices nothing fails too.
 */
class HouseRulesTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final String ROOT_PACKAGE = "io.github.embeddedmemcached";
    private static final int CLASS_LINES_MAX = 600;

    /** The rooms, the root package being the one without a name, and the rooms that each may import. */
    private static final Map<String, Set<String>> ARROWS = Map.of(
            "", Set.of("testing", "server", "protocol", "cache"),
            "server", Set.of("protocol"),
            "protocol", Set.of("cache"),
            "cache", Set.of(),
            "junit", Set.of("", "testing", "protocol", "cache"),
            "testing", Set.of("protocol", "cache"));

    /** {@code <root>.<room>.<Type>} and {@code <root>.<Type>}, imported or written out. */
    private static final Pattern USED_ROOM =
            Pattern.compile("\\b" + Pattern.quote(ROOT_PACKAGE) + "(?:\\.([a-z]\\w*))?\\.(?:[A-Z]\\w*|\\*)");

    /** What nobody calls, and why. */
    private static final Map<Pattern, String> BANNED_EVERYWHERE = Map.of(
            Pattern.compile("\\bSystem\\s*\\.\\s*currentTimeMillis\\b"), "time is handed in: take an InstantSource",
            Pattern.compile("\\b(Instant|Local(Date)?(Time)?|ZonedDateTime|OffsetDateTime)\\s*\\.\\s*now\\b"),
                    "time is handed in: take an InstantSource",
            Pattern.compile("\\bnew Date\\(\\)"), "time is handed in: take an InstantSource",
            Pattern.compile("\\.\\s*sleep\\s*\\("), "nothing sleeps: wait for what is to happen",
            Pattern.compile("\\bsun\\.(misc|nio|reflect)\\b|\\bjdk\\.internal\\b"), "the JDK's insides are not ours",
            Pattern.compile("\\bprintStackTrace\\b"), "answer the caller or close the connection");

    private static final Map<Pattern, String> BANNED_IN_THE_LIBRARY = Map.of(
            Pattern.compile("\\bSystem\\s*\\.\\s*(out|err)\\b"), "a library prints nothing",
            Pattern.compile(
                            "\\bSystem\\s*\\.\\s*exit\\b|\\bRuntime\\s*\\.\\s*getRuntime\\(\\)\\s*\\.\\s*(exit|halt)\\b"),
                    "a library ends no JVM");

    /** The stand-alone server, which has a terminal to write to and a process to end; and the output of a failed test. */
    private static final Set<String> PROGRAMS = Set.of("Main.java", "CommandLine.java", "RecordedCommands.java");

    /** Written in two halves, so as not to be found here. */
    private static final Pattern LEFT_OVER = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

    /** Literals and comments, which may say what code may not. */
    private static final Pattern LITERAL_OR_COMMENT = Pattern.compile(
            "\"\"\".*?(?<!\\\\)\"\"\""
                    + "|\"[^\"\\\\\n]*(?:\\\\.[^\"\\\\\n]*)*\""
                    + "|'(?:\\\\.[^']*|[^'\\\\])'"
                    + "|//[^\n]*"
                    + "|/\\*.*?\\*/",
            Pattern.DOTALL);

    private static final Pattern EXPORTED = Pattern.compile("\\bexports\\s+([\\w.]+)\\s*;");

    /** One file, by its path below the project's folder, with slashes on every system. */
    private record SourceFile(String path, String text) {
        static SourceFile read(Path file) {
            try {
                String path = PROJECT.relativize(file).toString().replace('\\', '/');
                return new SourceFile(path, Files.readString(file));
            } catch (IOException e) {
                throw new IllegalStateException(file + " could not be read", e);
            }
        }

        boolean isJava() {
            return path.endsWith(".java");
        }

        boolean isLibrary() {
            return isJava() && path.startsWith("core/src/main/java/");
        }

        String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        /** The room that a class of the library stands in; empty for the root package. */
        String room() {
            String inRoot = path.substring("core/src/main/java/".length() + ROOT_PACKAGE.length() + 1);
            int slash = inRoot.indexOf('/');
            return slash < 0 ? "" : inRoot.substring(0, slash);
        }

        String code() {
            return LITERAL_OR_COMMENT.matcher(text).replaceAll("");
        }
    }

    private static List<String> brokenRules(SourceFile file) {
        var broken = new ArrayList<String>();
        if (!file.text.endsWith("\n")) {
            broken.add(file.path + ": ends without a newline");
        }
        if (LEFT_OVER.matcher(file.text).find()) {
            broken.add(file.path + ": has a left-over marker");
        }
        if (file.isJava()) {
            addBrokenInJava(file, broken);
        }
        if (file.isLibrary() && !file.name().equals("module-info.java")) {
            addBrokenArrows(file, broken);
        }
        return broken;
    }

    private static void addBrokenInJava(SourceFile file, List<String> broken) {
        if (file.text.lines().count() > CLASS_LINES_MAX) {
            broken.add(file.path + ": is over " + CLASS_LINES_MAX + " lines long");
        }
        addBanned(file, BANNED_EVERYWHERE, broken);
        if (file.isLibrary() && !PROGRAMS.contains(file.name())) {
            addBanned(file, BANNED_IN_THE_LIBRARY, broken);
        }
        if (file.isLibrary()
                && file.name().equals("package-info.java")
                && !file.code().contains("@NullMarked")) {
            broken.add(file.path + ": is not @NullMarked");
        }
    }

    private static void addBanned(SourceFile file, Map<Pattern, String> banned, List<String> broken) {
        String code = file.code();
        banned.forEach((call, reason) -> {
            var found = call.matcher(code);
            if (found.find()) {
                broken.add(file.path + ": " + found.group().strip() + ", but " + reason);
            }
        });
    }

    private static void addBrokenArrows(SourceFile file, List<String> broken) {
        String room = file.room();
        Set<String> allowed = ARROWS.get(room);
        if (allowed == null) {
            broken.add(file.path + ": stands in a room that DESIGN doesn't know");
            return;
        }
        var used = USED_ROOM.matcher(file.code());
        while (used.find()) {
            String usedRoom = used.group(1) == null ? "" : used.group(1);
            if (!usedRoom.equals(room) && !allowed.contains(usedRoom)) {
                broken.add(file.path + ": uses " + used.group() + ", but there is no arrow from here to there");
            }
        }
    }

    private static Stream<SourceFile> allFiles() throws IOException {
        Set<String> kinds = Set.of("java", "xml", "md", "py", "txt");
        var files = new ArrayList<Path>();
        for (String module : List.of("core/src", "embed-example/src")) {
            try (Stream<Path> found = Files.walk(PROJECT.resolve(module))) {
                found.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        for (String folder : List.of(".", "core", "embed-example")) {
            try (Stream<Path> found = Files.list(PROJECT.resolve(folder).normalize())) {
                found.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        return files.stream()
                .filter(file ->
                        kinds.contains(file.toString().substring(file.toString().lastIndexOf('.') + 1)))
                .map(SourceFile::read);
    }

    @Test
    void shouldKeepTheRulesOfTheHouse() throws IOException {
        try (Stream<SourceFile> files = allFiles()) {
            assertThat(files.flatMap(file -> brokenRules(file).stream())).isEmpty();
        }
    }

    @Test
    void shouldMarkEveryPackageForNullChecks() throws IOException {
        Path sources = PROJECT.resolve("core/src/main/java");
        var packages = new TreeSet<String>();
        var exported = EXPORTED.matcher(
                SourceFile.read(sources.resolve("module-info.java")).code());
        while (exported.find()) {
            packages.add(exported.group(1));
        }
        assertThat(packages).contains(ROOT_PACKAGE, ROOT_PACKAGE + ".cache", ROOT_PACKAGE + ".protocol");
        for (String name : packages) {
            assertThat(sources.resolve(name.replace('.', '/')).resolve("package-info.java"))
                    .content()
                    .contains("@NullMarked");
        }
    }

    @Test
    void shouldLookAtEverySource() throws IOException {
        try (Stream<SourceFile> files = allFiles()) {
            assertThat(files.map(SourceFile::path))
                    .contains(
                            "pom.xml",
                            "README.md",
                            "core/src/main/java/module-info.java",
                            "core/src/main/java/io/github/embeddedmemcached/cache/Cache.java",
                            "core/src/test/java/io/github/embeddedmemcached/HouseRulesTest.java");
        }
    }

    static Stream<Arguments> badSnippets() {
        String library = "core/src/main/java/io/github/embeddedmemcached/";
        String test = "core/src/test/java/io/github/embeddedmemcached/";
        return Stream.of(
                arguments(library + "cache/A.java", "import io.github.embeddedmemcached.protocol.B;\n", "no arrow"),
                arguments(library + "cache/A.java", "io.github.embeddedmemcached.Main.main();\n", "no arrow"),
                arguments(
                        library + "protocol/A.java",
                        "import static io.github.embeddedmemcached.server.B.*;\n",
                        "arrow"),
                arguments(library + "server/A.java", "import io.github.embeddedmemcached.cache.*;\n", "no arrow"),
                arguments(library + "junit/A.java", "import io.github.embeddedmemcached.server.B;\n", "no arrow"),
                arguments(library + "util/A.java", "class A {}\n", "a room that"),
                arguments(library + "cache/A.java", "long t = System.currentTimeMillis();\n", "time is handed in"),
                arguments(test + "A.java", "var t = Instant.now();\n", "time is handed in"),
                arguments(test + "A.java", "Thread.sleep(1);\n", "nothing sleeps"),
                arguments(test + "A.java", "TimeUnit.SECONDS.sleep(1);\n", "nothing sleeps"),
                arguments(library + "cache/A.java", "import sun.misc.Unsafe;\n", "insides"),
                arguments(library + "cache/A.java", "e.printStackTrace();\n", "printStackTrace"),
                arguments(library + "cache/A.java", "System.out.println();\n", "prints nothing"),
                arguments(library + "server/A.java", "System.exit(1);\n", "ends no JVM"),
                arguments(library + "cache/A.java", "// TO" + "DO\n", "left-over"),
                arguments("README.md", "FIX" + "ME\n", "left-over"),
                arguments(library + "cache/package-info.java", "package a;\n", "@NullMarked"),
                arguments(library + "cache/A.java", "class A {}", "newline"),
                arguments(test + "A.java", "\n".repeat(CLASS_LINES_MAX + 1), "lines long"));
    }

    @ParameterizedTest
    @MethodSource("badSnippets")
    void shouldNoticeABrokenRule(String path, String text, String complaint) {
        assertThat(brokenRules(new SourceFile(path, text)))
                .singleElement()
                .asString()
                .startsWith(path)
                .contains(complaint);
    }

    @Test
    void shouldLetCommentsAndLiteralsSayWhatTheyLike() {
        String text = """
                /** Never {@code Thread.sleep(1)}, see io.github.embeddedmemcached.Main. */
                String s = "System.out \\" Thread.sleep(1)"; // System.exit(1)
                char c = '"';
                """;
        assertThat(brokenRules(new SourceFile("core/src/main/java/io/github/embeddedmemcached/cache/A.java", text)))
                .isEmpty();
    }
}
