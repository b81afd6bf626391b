package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that the Java code in the README is copied from this example, so that it compiles and runs. */
class ReadmeTest {
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void shouldContainOnlyCodeOfTheExample() throws IOException {
        var readmeBlocks = new ArrayList<String>();
        var blocks = JAVA_BLOCK.matcher(Files.readString(Path.of("../README.md")));
        while (blocks.find()) {
            readmeBlocks.add(withoutIndent(blocks.group(1)));
        }
        assertThat(readmeBlocks).isNotEmpty();
        List<String> sources = sources();
        for (String block : readmeBlocks) {
            assertThat(sources).as(block).anyMatch(source -> source.contains(block));
        }
    }

    private static List<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            var sources = new ArrayList<String>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                sources.add(withoutIndent(Files.readString(file)));
            }
            return sources;
        }
    }

    private static String withoutIndent(String code) {
        return code.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
