package io.github.embeddedmemcached.internal.snapshot;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import io.github.embeddedmemcached.attack.ChildJvm;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheBuilder;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a cache is restored and saved: by the builders' settings, periodically, on close and at shutdown. */
@Timeout(120)
class PersistenceTest {
    private static final byte[] VALUE = "value".getBytes(UTF_8);

    @TempDir
    private Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void setUp() {
        file = folder.resolve("cache");
    }

    private CacheBuilder builder() {
        return Cache.builder().persistTo(file);
    }

    private static long savers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("embedded-memcached-saver"))
                .count();
    }

    @Test
    void shouldSaveOnCloseAndRestoreWhenBuiltAgain() throws IOException {
        try (Cache cache = builder().build()) {
            assertThat(cache.statistics().restored()).isNull();
            eventually("only this cache has a thread", () -> savers() == 1); // those of earlier tests may be ending
            MemcachedOperations.set(cache, "k", VALUE, 3, 0);
        }
        eventually("the thread has ended", () -> savers() == 0);
        Cache cache = builder().build();
        assertThat(Objects.requireNonNull(cache.getItem("k")).flags()).isEqualTo(3);
        cache.delete("k");
        cache.close();
        cache.close();
        assertThat(cache.statistics().get(Statistic.SAVES)).isEqualTo(1);
        assertThat(cache.statistics().items()).isZero();
        try (Cache third = builder().build()) {
            assertThat(third.get("k")).isNull();
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(file, folder.resolve("cache.lock"));
        }
    }

    @Test
    void shouldPersistTheItemsOfAServer() throws IOException {
        try (EmbeddedMemcached server = EmbeddedMemcached.builder()
                .persistTo(file)
                .saveEvery(Duration.ofDays(1))
                .saveAtShutdown(true)
                .start()) {
            server.cache().set("k", VALUE);
        }
        try (EmbeddedMemcached server =
                EmbeddedMemcached.builder().restoreFrom(file).start()) {
            assertThat(server.cache().get("k")).isEqualTo(VALUE);
        }
        try (ServerSocket socket = new ServerSocket(0)) {
            var taken = EmbeddedMemcached.builder().persistTo(file).port(socket.getLocalPort());
            assertThatThrownBy(taken::start).isInstanceOf(UncheckedIOException.class);
        }
        try (Cache cache = builder().build()) { // the server that did not start has released the file
            assertThat(cache.get("k")).isEqualTo(VALUE);
        }
        var nodes = EmbeddedMemcached.builder().persistTo(file);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddedMemcachedCluster.start(2, nodes))
                .withMessage("the nodes of a cluster can't share a file: " + file);
    }

    @Test
    void shouldSavePeriodicallyIfChanged() {
        try (Cache cache = builder().saveEvery(Duration.ofMillis(1)).build()) {
            assertThat(file).doesNotExist();
            cache.set("k", VALUE);
            eventually("the item is saved", () -> Files.exists(file));
            eventually(
                    "the change is recorded",
                    () -> cache.statistics().lastSave() != null
                            && Objects.requireNonNull(cache.statistics().lastSave())
                                            .items()
                                    == 1);
            long saves = cache.statistics().get(Statistic.SAVES);
            cache.get("k");
            cache.set("k", VALUE);
            eventually("the item is saved again", () -> cache.statistics().get(Statistic.SAVES) > saves);
        }
    }

    @Test
    void shouldNotSaveUnchangedItems() throws IOException {
        Persistence[] persistence = new Persistence[1];
        var engine = new io.github.embeddedmemcached.internal.engine.CacheEngine(
                io.github.embeddedmemcached.internal.engine.EngineSettings.defaults());
        persistence[0] = Persistence.open(
                engine, PersistenceSettings.NONE.persistTo(file).saveEvery(Duration.ZERO), warning -> {});
        try (Persistence saved = persistence[0]) {
            saved.saveIfChanged();
            assertThat(file).doesNotExist();
            engine.flushAll(0);
            saved.saveIfChanged();
            assertThat(file).exists();
            Files.delete(file);
            saved.saveIfChanged();
            assertThat(file).doesNotExist();
            saved.saveTo(folder.resolve("other"));
            engine.touch(VALUE, 0, 1, 0);
            saved.saveTo(folder.resolve("other"));
            saved.saveIfChanged(); // another file does not count
            assertThat(file).exists();
        }
    }

    @Test
    void shouldRejectSecondCacheOnOnePath() throws IOException {
        try (Cache first = builder().build()) {
            first.set("k", VALUE);
            assertThatThrownBy(() -> builder().build())
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage("another cache, in this process or another one, uses the file " + file);
        }
        try (Cache second = builder().build()) {
            assertThat(second.get("k")).isEqualTo(VALUE);
        }
    }

    @Test
    void shouldRejectCacheOfAnotherProcess() throws Exception {
        try (ChildJvm child = ChildJvm.start(List.of(), SavingProgram.class, file.toString(), "wait")) {
            assertThat(child.readLine()).isEqualTo("built");
            assertThatThrownBy(() -> builder().build())
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage("another cache, in this process or another one, uses the file " + file);
            assertThat(child.execute("end")).isEqualTo("ended");
            assertThat(child.exitValue()).isZero();
        }
        try (Cache cache = builder().build()) { // saved by the shutdown hook
            assertThat(cache.get("key-0")).isNotNull();
        }
    }

    @Test
    void shouldRemoveShutdownHookAndKeepNothingReachable() {
        WeakReference<Cache> closed = new WeakReference<>(builtAndClosed());
        eventually("a closed cache is collected", () -> {
            System.gc();
            return closed.get() == null;
        });
    }

    private Cache builtAndClosed() {
        Cache cache =
                builder().saveAtShutdown(true).saveEvery(Duration.ofHours(1)).build();
        cache.set("k", VALUE);
        cache.close();
        return cache;
    }

    @Test
    void shouldEndTheThreadOfACacheThatWasNotClosed() {
        WeakReference<Cache> dropped =
                new WeakReference<>(builder().saveEvery(Duration.ofMillis(1)).build());
        eventually("the cache is collected and its thread ends", () -> {
            System.gc();
            return dropped.get() == null && savers() == 0;
        });
    }

    @Test
    void shouldReportDamagedFile() throws IOException {
        try (Cache cache = builder().build()) {
            cache.set("k", VALUE);
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[SnapshotFormat.HEADER_BYTES + SnapshotFormat.BLOCK_HEADER_BYTES] ^= 1;
        Files.write(file, bytes);
        List<String> warnings = new ArrayList<>();
        try (Cache cache = builder().onWarning(warnings::add).build()) {
            assertThat(warnings)
                    .containsExactly("the file " + file
                            + " is damaged: 1 blocks with at least 1 items are lost, 0 items have been restored");
            assertThat(cache.statistics().get(Statistic.BLOCKS_LOST)).isEqualTo(1);
        }
    }

    @Test
    void shouldUseOneFileAsSeedOfAnother() throws IOException {
        Path seed = folder.resolve("seed");
        try (Cache cache = Cache.builder().build()) {
            cache.set("k", "seed".getBytes(UTF_8));
            cache.saveTo(seed);
        }
        try (Cache cache = builder().restoreFrom(seed).build()) {
            assertThat(cache.get("k")).isEqualTo("seed".getBytes(UTF_8));
            cache.set("k", VALUE);
        }
        try (Cache cache = builder().restoreFrom(seed).build()) {
            assertThat(cache.get("k")).isEqualTo(VALUE);
        }
    }

    @Test
    void shouldRejectInvalidSettings() {
        CacheBuilder missing = Cache.builder().restoreFrom(file);
        assertThatThrownBy(missing::build)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("the cache cannot be restored from " + file + ": it does not exist");
        CacheBuilder noFolder = Cache.builder().persistTo(folder.resolve("no").resolve("cache"));
        assertThatThrownBy(noFolder::build)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("the cache cannot be saved to "
                        + folder.resolve("no").resolve("cache") + ": its directory does not exist");
        assertThatIllegalStateException()
                .isThrownBy(() -> Cache.builder().saveAtShutdown(true).build())
                .withMessage("saveAtShutdown needs a file: call persistTo");
        Duration second = Duration.ofSeconds(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> Cache.builder().saveEvery(second).build())
                .withMessage("saveEvery needs a file: call persistTo");
        assertThatIllegalStateException()
                .isThrownBy(() -> EmbeddedMemcached.builder().saveEvery(second).start())
                .withMessage("saveEvery needs a file: call persistTo");
        Cache.builder().saveEvery(Duration.ZERO).build().close(); // no saves are requested
        for (Duration interval : List.of(Duration.ofNanos(1), Duration.ofMillis(-1), Duration.ofDays(366))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Cache.builder().saveEvery(interval))
                    .withMessage(
                            "the interval of saves must be 1 millisecond to 365 days, or zero for none: " + interval);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cache.builder().persistTo(Path.of("/")))
                .withMessageContaining("default file system");
    }
}
