package io.github.embeddedmemcached.internal.snapshot;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Saves that end with an exception or error, warnings whose consumer fails or calls the cache, and saves of a closed cache. */
@Timeout(120)
class FailedSaveTest {
    @TempDir
    private Path folder;

    private Path file = Path.of("");
    private final CacheEngine engine = new CacheEngine(EngineSettings.defaults());
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void setUp() {
        file = folder.resolve("cache");
        byte[] key = "k".getBytes(UTF_8);
        engine.store(StoreMode.SET, new ItemUpdate().key(key, 0, key.length).value(new byte[10], 0, 10));
    }

    /** Throws an exception or error during the first saves. */
    private static Storage failing(Throwable failure, int times) {
        AtomicInteger remaining = new AtomicInteger(times);
        return new Storage() {
            @Override
            Output open(Path temporary) throws IOException {
                if (remaining.getAndDecrement() > 0) {
                    if (failure instanceof Error error) {
                        throw error;
                    }
                    if (failure instanceof RuntimeException exception) {
                        throw exception;
                    }
                    throw (IOException) failure;
                }
                return super.open(temporary);
            }
        };
    }

    private PersistenceSettings settings() {
        return PersistenceSettings.NONE.persistTo(file).saveEvery(Duration.ofDays(1));
    }

    private Persistence open(Storage storage) {
        return Persistence.open(engine, settings().saveAtShutdown(true), warnings::add, storage);
    }

    private long failedSaves() {
        return engine.statistics().get(Statistic.SAVES_FAILED);
    }

    private void assertReleased() {
        eventually(
                "the thread has ended",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("embedded-memcached-saver")));
        Persistence.open(new CacheEngine(EngineSettings.defaults()), settings(), warnings::add)
                .close();
        assertThat(file).exists();
    }

    @Test
    void shouldReleaseTheFileOnCloseAlthoughTheSaveThrowsAnError() {
        Persistence persistence = open(failing(new OutOfMemoryError("test"), 1));
        assertThatThrownBy(persistence::close)
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("test");
        persistence.close();
        assertThat(warnings)
                .containsExactly("the cache cannot be saved to " + file + ": java.lang.OutOfMemoryError: test");
        assertThat(failedSaves()).isEqualTo(1);
        assertReleased();
    }

    @Test
    void shouldReportAnUncheckedExceptionToTheCallerOfASaveAndAsAWarningOnClose() {
        Persistence persistence = open(failing(new IllegalArgumentException("test"), 2));
        assertThatThrownBy(() -> persistence.saveTo(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("test");
        assertThat(failedSaves()).isEqualTo(1);
        persistence.close();
        assertThat(failedSaves()).isEqualTo(2);
        String warning = "the cache cannot be saved to " + file + ": java.lang.IllegalArgumentException: test";
        assertThat(warnings).containsExactly(warning, warning);
        assertReleased();
    }

    @Test
    void shouldContinuePeriodicSavesAfterAnError() {
        for (Throwable failure : List.of(new OutOfMemoryError("test"), new IllegalStateException("test"))) {
            Path saved = folder.resolve(failure.getClass().getSimpleName());
            CacheEngine other = new CacheEngine(EngineSettings.defaults());
            PersistenceSettings often =
                    PersistenceSettings.NONE.persistTo(saved).saveEvery(Duration.ofMillis(1));
            Consumer<String> consumer = warning -> {
                throw new IllegalStateException(warning);
            };
            try (Persistence persistence = Persistence.open(other, often, consumer, failing(failure, 2))) {
                other.flushAll(0); // a change
                eventually("the third save succeeds", () -> persistence.lastSave() != null);
            }
            assertThat(other.statistics().get(Statistic.SAVES_FAILED)).isEqualTo(2);
        }
    }

    @Test
    void shouldCloseACacheAlthoughTheConsumerOfWarningsThrows() throws IOException {
        Path deleted = Files.createDirectory(folder.resolve("deleted"));
        Cache cache = Cache.builder()
                .persistTo(deleted.resolve("cache"))
                .onWarning(warning -> {
                    warnings.add(warning);
                    throw new IllegalStateException(warning);
                })
                .build();
        cache.set("k", new byte[10]);
        Files.delete(deleted.resolve("cache.lock"));
        Files.delete(deleted);
        cache.close();
        cache.close();
        assertThat(warnings).hasSize(1);
        assertThat(cache.statistics().items()).isZero();
        assertThat(cache.statistics().get(Statistic.SAVES_FAILED)).isEqualTo(1);
    }

    @Test
    void shouldCloseACacheAlthoughTheSaveThrowsAnError() {
        AtomicBoolean isBroken = new AtomicBoolean();
        Cache cache = Cache.builder()
                .persistTo(file)
                .onWarning(warnings::add)
                .clock(() -> {
                    if (isBroken.getAndSet(false)) {
                        throw new StackOverflowError("test");
                    }
                    return Instant.EPOCH;
                })
                .build();
        cache.set("k", new byte[10]);
        isBroken.set(true);
        assertThatThrownBy(cache::close).isInstanceOf(StackOverflowError.class);
        cache.close();
        assertThat(warnings)
                .containsExactly("the cache cannot be saved to " + file + ": java.lang.StackOverflowError: test");
        assertThat(cache.statistics().items()).isZero();
        assertReleased();
    }

    @Test
    void shouldNotCallTheConsumerOfWarningsForItsOwnSaves() {
        Persistence[] persistence = new Persistence[1];
        Consumer<String> consumer = warning -> {
            warnings.add(warning);
            assertThatThrownBy(() -> persistence[0].saveTo(file)).isInstanceOf(IOException.class);
            persistence[0].close();
        };
        persistence[0] = Persistence.open(engine, settings(), consumer, failing(new IOException("test"), 3));
        assertThatThrownBy(() -> persistence[0].saveTo(file)).isInstanceOf(IOException.class);
        assertThat(warnings).containsExactly("the cache cannot be saved to " + file + ": test");
        assertThat(failedSaves()).isEqualTo(3);
        assertReleased();
    }

    @Test
    void shouldNotHoldALockWhileAWarningIsPassedOn() {
        Persistence[] persistence = new Persistence[1];
        Consumer<String> consumer = warning -> {
            warnings.add(warning);
            CompletableFuture.runAsync(persistence[0]::save).join();
        };
        persistence[0] = Persistence.open(engine, settings(), consumer, failing(new IOException("test"), 1));
        assertThatThrownBy(() -> persistence[0].save()).hasMessageEndingWith(": test");
        assertThat(Objects.requireNonNull(persistence[0].lastSave()).items()).isEqualTo(1);
        persistence[0].close();
        assertThat(warnings).hasSize(1);
    }

    @Test
    void shouldRejectToSaveAClosedCacheWhoseItemsAreDropped() throws IOException {
        Persistence persistence = open(new Storage());
        persistence.close();
        byte[] saved = Files.readAllBytes(file);
        engine.clear();
        assertThatIllegalStateException()
                .isThrownBy(() -> persistence.saveTo(file))
                .withMessage("the cache has been closed");
        assertThatIllegalStateException().isThrownBy(persistence::save).withMessage("the cache has been closed");
        assertThat(Files.readAllBytes(file)).isEqualTo(saved);
    }
}
