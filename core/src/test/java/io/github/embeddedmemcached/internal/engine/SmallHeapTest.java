package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Caches in heaps that are too small for their limits, or full at times: items are evicted or rejected, and the host application is not affected. */
@Timeout(120)
class SmallHeapTest {
    private static void run(String mode, String heap) throws Exception {
        try (ChildJvm jvm = ChildJvm.start(SmallHeapProgram.class.getName(), List.of("-Xmx" + heap), mode)) {
            assertThat(jvm.awaitExit(100)).isEqualTo("exit status 0");
        }
    }

    @Test
    void shouldEvictInsteadOfRunningOutOfHeap() throws Exception {
        run("limit-over-heap", "48m");
    }

    @Test
    void shouldGrowAgainAfterTheApplicationHasFilledTheHeap() throws Exception {
        run("heap-full-at-times", "128m");
    }

    @Test
    void shouldUseAtMostHalfOfTheDirectMemoryAndThenTheHeap() throws Exception {
        try (ChildJvm jvm = ChildJvm.start(
                SmallHeapProgram.class.getName(),
                List.of("-Xmx96m", "-XX:MaxDirectMemorySize=16m"),
                "little-direct-memory")) {
            assertThat(jvm.awaitExit(100)).isEqualTo("exit status 0");
        }
    }

    @Test
    void shouldShareTheHeapAmongCachesAndEndOnSigterm() throws Exception {
        try (ChildJvm jvm = ChildJvm.start(SmallHeapProgram.class.getName(), List.of("-Xmx256m"), "eight-caches")) {
            assertThat(jvm.awaitLine("filled"::equals)).isEqualTo("filled");
            jvm.terminate();
            assertThat(jvm.awaitExit(20)).startsWith("exit status 143");
        }
    }

    @Test
    void shouldWarnOnStandardErrorThatTheHeapAllowsLess() throws Exception {
        try (ChildJvm jvm = ChildJvm.start(
                "io.github.embeddedmemcached.internal.cli.Main", List.of("-Xmx64m"), "-p", "-1", "-m", "1024")) {
            assertThat(jvm.awaitLine(line -> line.contains("-Xmx")))
                    .isEqualTo("embedded-memcached: the heap of 64 MB allows 42 MB of the memory limit of 1024 MB;"
                            + " start Java with -Xmx1756m for all of it");
        }
    }
}
