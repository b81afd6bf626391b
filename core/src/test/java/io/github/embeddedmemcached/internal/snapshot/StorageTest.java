package io.github.embeddedmemcached.internal.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.RestoreResult;
import io.github.embeddedmemcached.cache.SaveResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Saves that fail, and saves that succeed in spite of obstacles: one complete file remains, and the cache keeps working. */
class StorageTest {
    @TempDir
    private Path folder;

    private Path file = Path.of("");
    private final CacheEngine engine = new CacheEngine(EngineSettings.defaults());
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void setUp() {
        file = folder.resolve("cache");
    }

    private void set(int items, int valueLength) {
        for (int i = 0; i < items; i++) {
            byte[] key = ("key-" + i).getBytes(UTF_8);
            engine.store(
                    StoreMode.SET,
                    new ItemUpdate().key(key, 0, key.length).value(new byte[valueLength], 0, valueLength));
        }
    }

    private Persistence with(Storage storage) {
        return Persistence.open(engine, PersistenceSettings.NONE, warnings::add, storage);
    }

    private long counter(Statistic statistic) {
        return engine.statistics().get(statistic);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Fails at the n-th operation on the output, after a part of the bytes was written. */
    private static final class FailingStorage extends Storage {
        private int remaining;

        FailingStorage(int successes) {
            remaining = successes;
        }

        private void count() throws IOException {
            if (remaining-- == 0) {
                throw new IOException("No space left on device");
            }
        }

        @Override
        Output open(Path temporary) throws IOException {
            return new Output(temporary) {
                @Override
                void write(byte[] bytes, int offset, int length) throws IOException {
                    super.write(bytes, offset, remaining == 0 ? length / 2 : length);
                    count();
                }

                @Override
                void force() throws IOException {
                    count();
                    super.force();
                }

                @Override
                public void close() throws IOException {
                    super.close();
                    count();
                }
            };
        }

        @Override
        void move(Path temporary, Path target) throws IOException {
            count();
            super.move(temporary, target);
        }
    }

    @Test
    void shouldKeepOldFileWheneverAnOperationFails() throws IOException {
        set(3000, 100);
        SaveResult old = with(new Storage()).saveTo(file);
        byte[] before = Files.readAllBytes(file);
        set(4000, 100);
        int failures = 0;
        while (true) {
            Persistence persistence = with(new FailingStorage(failures));
            try {
                SaveResult result = persistence.saveTo(file);
                assertThat(result.items()).isEqualTo(4000);
                break;
            } catch (IOException e) {
                failures++;
                assertThat(e).hasMessage("the cache cannot be saved to " + file + ": No space left on device");
                assertThat(warnings).hasSize(failures).last().isEqualTo(e.getMessage());
                assertThat(Files.readAllBytes(file)).isEqualTo(before);
                assertThat(files()).containsExactly(file);
                assertThat(persistence.lastSave()).isNull();
                assertThat(counter(Statistic.SAVES_FAILED)).isEqualTo(failures);
            }
        }
        assertThat(failures).isGreaterThan(8);
        assertThat(counter(Statistic.SAVES)).isEqualTo(2);
        assertThat(Files.size(file)).isGreaterThan(old.bytes());
        engine.checkIntegrity();
    }

    @Test
    void shouldReplaceFileThatAnotherProcessHoldsOpenForAMoment() throws IOException {
        set(10, 10);
        int[] pauses = {0};
        Storage storage = new Storage() {
            @Override
            void move(Path temporary, Path target) throws IOException {
                if (pauses[0] < 5) {
                    throw pauses[0] % 2 == 0
                            ? new AccessDeniedException(target.toString())
                            : new FileSystemException(target.toString(), null, "used by another process");
                }
                super.move(temporary, target);
            }

            @Override
            void pause() {
                pauses[0]++;
            }
        };
        assertThat(with(storage).saveTo(file).items()).isEqualTo(10);
        assertThat(pauses[0]).isEqualTo(5);
    }

    @Test
    void shouldGiveUpReplacingFileThatAnotherProcessHoldsOpen() throws IOException {
        int[] pauses = {0};
        Storage storage = new Storage() {
            @Override
            void move(Path temporary, Path target) throws IOException {
                throw new AccessDeniedException(target.toString());
            }

            @Override
            void pause() {
                pauses[0]++;
            }
        };
        assertThatThrownBy(() -> with(storage).saveTo(file))
                .isInstanceOf(IOException.class)
                .hasMessage("the cache cannot be saved to " + file + ": permission denied");
        assertThat(pauses[0]).isEqualTo(19);
        assertThat(files()).isEmpty();
    }

    @Test
    void shouldCompleteSaveAndRestoreOfInterruptedThread() throws IOException {
        set(10_000, 100);
        Thread.currentThread().interrupt();
        try {
            assertThat(with(new Storage()).saveTo(file).items()).isEqualTo(10_000);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            try (Cache cache = Cache.builder()
                    .restoreFrom(file)
                    .persistTo(folder.resolve("other"))
                    .build()) {
                assertThat(Objects.requireNonNull(cache.statistics().restored()).items())
                        .isEqualTo(10_000);
            }
            assertThat(folder.resolve("other")).exists();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void shouldSaveCacheOfSeveralPartitionsCompletely() throws IOException {
        set(150_000, 100);
        SaveResult saved = with(new Storage()).saveTo(file);
        assertThat(saved.items()).isEqualTo(150_000);
        assertThat(Files.size(file)).isEqualTo(saved.bytes());
        try (Cache cache = Cache.builder().restoreFrom(file).build()) {
            RestoreResult restored = Objects.requireNonNull(cache.statistics().restored());
            assertThat(restored.items()).isEqualTo(150_000);
            assertThat(restored.lostBlocks()).isZero();
            assertThat(cache.get("key-149999")).hasSize(100);
            cache.checkIntegrity();
        }
    }

    @Test
    void shouldReportDeletedFolderAndKeepWorking() throws IOException {
        Path deleted = Files.createDirectory(folder.resolve("deleted"));
        Path saved = deleted.resolve("cache");
        Cache cache = Cache.builder().persistTo(saved).onWarning(warnings::add).build();
        cache.set("k", new byte[1]);
        cache.saveTo(saved);
        try (Stream<Path> files = Files.list(deleted)) {
            for (Path path : files.toList()) {
                Files.delete(path);
            }
        }
        Files.delete(deleted);
        String message = "the cache cannot be saved to " + saved + ": its directory does not exist";
        assertThatThrownBy(() -> cache.saveTo(saved))
                .isInstanceOf(IOException.class)
                .hasMessage(message);
        assertThat(cache.get("k")).isNotNull();
        cache.close(); // reports the failure and releases the memory
        assertThat(warnings).containsExactly(message, message);
        assertThat(cache.statistics().items()).isZero();
    }

    @Test
    void shouldRemoveTemporaryFilesOfEndedProcessesOnly() throws IOException {
        Path left = Files.writeString(folder.resolve("cache.1a2b.tmp"), "left");
        Path other = Files.writeString(folder.resolve("cache.mine.tmp"), "not ours");
        Path similar = Files.writeString(folder.resolve("cache2.1a2b.tmp"), "of another file");
        Path used = Files.writeString(folder.resolve("cache.3c.tmp"), "of a save in progress");
        try (FileChannel channel = FileChannel.open(used, StandardOpenOption.WRITE);
                var lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            with(new Storage()).saveTo(file);
        }
        assertThat(left).doesNotExist();
        assertThat(files()).containsExactlyInAnyOrder(file, other, similar, used);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldReplaceTargetOfSymbolicLink() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "old");
        Path link = Files.createSymbolicLink(file, target);
        with(new Storage()).saveTo(link);
        assertThat(link).isSymbolicLink();
        assertThat(target).hasSize(Files.size(link));
        assertThat(Files.size(target)).isGreaterThan(100);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldCreateTargetOfSymbolicLink() throws IOException {
        Path target = Files.createDirectory(folder.resolve("targets")).resolve("target");
        Path second = Files.createSymbolicLink(folder.resolve("second"), Path.of("targets/target"));
        Path link = Files.createSymbolicLink(file, second);
        with(new Storage()).saveTo(link);
        assertThat(link).isSymbolicLink();
        assertThat(second).isSymbolicLink();
        assertThat(target).isRegularFile();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldRejectSymbolicLinksWithoutTarget() throws IOException {
        Path missing = folder.resolve("missing");
        Path link = Files.createSymbolicLink(file, missing.resolve("target"));
        assertThatThrownBy(() -> with(new Storage()).saveTo(link))
                .isInstanceOf(IOException.class)
                .hasMessage("the cache cannot be saved to " + link + ": the directory " + missing + " does not exist");
        Path cycle = Files.createSymbolicLink(folder.resolve("cycle"), Path.of("cycle"));
        assertThatThrownBy(() -> with(new Storage()).saveTo(cycle))
                .isInstanceOf(IOException.class)
                .hasMessage("the cache cannot be saved to " + cycle + ": it is a chain of too many symbolic links");
        assertThat(files()).containsExactlyInAnyOrder(link, cycle);
    }

    @Test
    void shouldRejectDirectory() {
        assertThatThrownBy(() -> with(new Storage()).saveTo(folder))
                .isInstanceOf(IOException.class)
                .hasMessage("the cache cannot be saved to " + folder + ": it is a directory");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldKeepOldFileOnFullFileSystem() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.toString()), "needs root");
        try {
            Path saved = small.resolve("cache");
            set(2000, 100);
            with(new Storage()).saveTo(saved);
            byte[] before = Files.readAllBytes(saved);
            set(20_000, 100);
            Persistence persistence = with(new Storage());
            assertThatThrownBy(() -> persistence.saveTo(saved))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the cache cannot be saved to " + saved + ": No space left on device");
            assertThat(Files.readAllBytes(saved)).isEqualTo(before);
            assertThat(counter(Statistic.SAVES_FAILED)).isEqualTo(1);
            try (Stream<Path> files = Files.list(small)) {
                assertThat(files).containsExactly(saved);
            }
        } finally {
            run("umount", small.toString());
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
