package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations near the end of the stack, at every depth at which a StackOverflowError can interrupt one. */
class StackOverflowTest {
    /** Outside the nightly tests, only every STRIDE-th operation is run. */
    private static final int STRIDE = 4;

    @Test
    void shouldCompleteOrNotBeginWithAnyRemainingStack() throws Exception {
        StackOverflowProgram.run(STRIDE);
    }

    @Test
    void shouldCompleteOrNotBeginInTheInterpreter(@TempDir Path folder) throws Exception {
        runChild("-Xint", 3 * STRIDE, folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:-TieredCompilation"})
    @Tag("nightly")
    void shouldCompleteOrNotBeginInEveryCompilationModeOfTheJvm(String option, @TempDir Path folder) throws Exception {
        runChild(option, 1, folder);
    }

    private static void runChild(String option, int stride, Path folder) throws Exception {
        Path output = folder.resolve("output");
        String classPath = String.join(
                File.pathSeparator,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""),
                new File("target/classes").getPath(),
                new File("target/test-classes").getPath());
        Process process = new ProcessBuilder(
                        new File(System.getProperty("java.home"), "bin/java").getPath(),
                        option,
                        "-cp",
                        classPath,
                        StackOverflowProgram.class.getName(),
                        Integer.toString(stride))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(() -> read(output)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
