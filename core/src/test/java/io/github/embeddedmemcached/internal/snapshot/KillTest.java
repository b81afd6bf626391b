package io.github.embeddedmemcached.internal.snapshot;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.attack.ChildJvm;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.RestoreResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed during saves leaves one complete file. */
@Timeout(300)
class KillTest {
    private static final long DELAY_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(300);

    @TempDir
    private Path folder;

    @Test
    void shouldLeaveCompleteFileWhenKilled() throws Exception {
        killRepeatedly(5);
    }

    @Test
    @Tag("nightly")
    @Timeout(1800)
    void shouldLeaveCompleteFileWhenKilled200Times() throws Exception {
        killRepeatedly(200);
    }

    private void killRepeatedly(int times) throws Exception {
        Path file = folder.resolve("cache");
        SplittableRandom random = new SplittableRandom(11);
        int complete = 0;
        for (int i = 0; i < times; i++) {
            try (ChildJvm child = ChildJvm.start(List.of(), SavingProgram.class, file.toString(), "save")) {
                assertThat(child.readLine()).isEqualTo("built");
                eventually("the first file is complete", () -> Files.exists(file));
                long end = System.nanoTime() + random.nextLong(DELAY_NANOS_MAX);
                while (System.nanoTime() < end) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
                child.kill();
            }
            if (Files.exists(file)) {
                complete++;
                checkFile(file);
            }
        }
        assertThat(complete).isPositive();
        try (Cache cache = Cache.builder().persistTo(file).build()) {
            cache.set("last", new byte[1]);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).as("no temporary files").hasSize(2);
        }
    }

    private static void checkFile(Path file) throws IOException {
        try (Cache cache = Cache.builder().restoreFrom(file).build()) {
            RestoreResult result = Objects.requireNonNull(cache.statistics().restored());
            assertThat(result.items()).isEqualTo(SavingProgram.ITEMS);
            assertThat(result.lostBlocks()).isZero();
            byte[] expected = new byte[300];
            Arrays.fill(expected, Objects.requireNonNull(cache.get("key-0"))[0]);
            for (int i = 0; i < SavingProgram.ITEMS; i++) {
                assertThat(cache.get("key-" + i)).isEqualTo(expected);
            }
        }
    }
}
