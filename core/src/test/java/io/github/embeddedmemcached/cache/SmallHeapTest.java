package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A memory limit over the heap is a mistake of the host's; it costs items, not the host. */
class SmallHeapTest {
    @Test
    void shouldEvictInsteadOfRunningOutOfHeap() throws Exception {
        String classPath = String.join(
                File.pathSeparator,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""),
                new File(SmallHeapTest.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI())
                        .getPath(),
                new File("target/classes").getPath(),
                new File("target/test-classes").getPath());
        Process process = new ProcessBuilder(
                        new File(System.getProperty("java.home"), "bin/java").getPath(),
                        "-Xmx48m",
                        "-cp",
                        classPath,
                        SmallHeapProgram.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
