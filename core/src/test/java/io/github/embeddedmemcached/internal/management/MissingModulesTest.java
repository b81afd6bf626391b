package io.github.embeddedmemcached.internal.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that has neither java.management nor jdk.jfr. */
class MissingModulesTest {
    /** Uses a named server, evicts enough for an event, and writes both to a file. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            try (EmbeddedMemcached memcached =
                    EmbeddedMemcached.builder().name("pages").start()) {
                for (int i = 0; i < 50_000; i++) {
                    memcached.cache().set("key" + i, new byte[100]);
                }
                memcached.cache().resize(1 << 20);
                boolean hasJfr = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
                boolean hasJmx =
                        ModuleLayer.boot().findModule("java.management").isPresent();
                Files.writeString(
                        Path.of(arguments[0]),
                        "modules " + (hasJfr || hasJmx) + " " + memcached + " " + memcached.cache());
            }
        }
    }

    @Test
    @Timeout(60)
    void shouldWorkWithoutTheModules(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("output");
        Process process = new ProcessBuilder(
                        new File(System.getProperty("java.home"), "bin/java").getPath(),
                        "--limit-modules",
                        "java.base",
                        "-cp",
                        new File("target/classes").getPath()
                                + File.pathSeparator
                                + new File("target/test-classes").getPath(),
                        Program.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).isEmpty();
        assertThat(Files.readString(file))
                .startsWith("modules false EmbeddedMemcached[pages: ")
                .contains("Cache[pages: items=");
    }
}
