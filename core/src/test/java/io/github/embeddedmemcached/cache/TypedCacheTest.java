package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TypedCacheTest {
    private final TestClock clock = new TestClock();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Cache cache =
            Cache.builder().clock(clock).executor(tasks::add).build();
    private final TypedCache<Path, String> files =
            cache.typed(Codecs.utf8(Path::toString, Path::of), Codecs.utf8()).prefix("file:");

    @BeforeEach
    void freezeTheClock() {
        clock.freeze();
    }

    @AfterEach
    void checkAndClose() {
        Caches.checkAndClose(cache);
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Test
    void shouldConvertKeysAndValues() {
        Path path = Path.of("a", "b");
        assertThat(files.set(path, "text")).isEqualTo(StoreResult.STORED);
        assertThat(files.get(path)).isEqualTo("text");
        assertThat(cache.get("file:" + path)).isEqualTo(bytes("text"));
        assertThat(files.getAll(List.of(path, Path.of("c")))).isEqualTo(Map.of(path, "text"));
        assertThat(files.compute(path, (key, old) -> old + key.getFileName())).isEqualTo("textb");
        assertThat(files.append(path, "!")).isEqualTo(StoreResult.STORED);
        assertThat(files.getAndDelete(path)).isEqualTo("textb!");
    }

    @Test
    void shouldVisitOnlyItemsWithItsPrefix() {
        files.set(Path.of("a"), "1");
        cache.set("other", bytes("2"));
        assertThat(files.keys()).containsExactly(Path.of("a"));
        files.forEach((key, value) -> assertThat(value).isEqualTo("1"));
        assertThat(files.removeIf((key, value) -> true)).isEqualTo(1);
        assertThat(cache.keys()).containsExactly("other");
    }

    @Test
    void shouldCountItsGetsAndLoads() {
        Path key = Path.of("a");
        assertThat(files.statistics().hitRatio()).isNaN();
        TypedCache<Path, String> loading = files.loadingWith(path -> {
            clock.advance(Duration.ofMillis(1));
            return path.equals(key) ? "text" : null;
        });
        assertThat(files.get(key)).isNull();
        assertThat(loading.get(key)).isEqualTo("text");
        assertThat(loading.get(key)).isEqualTo("text");
        assertThat(files.getItem(key)).isNotNull();
        assertThat(files.getAll(List.of(key, Path.of("b")))).hasSize(1);
        assertThatExceptionOfType(CacheLoadException.class)
                .isThrownBy(() -> files.get(Path.of("c"), Duration.ofMinutes(1), path -> {
                    throw new IOException("broken");
                }));
        ViewStatistics statistics = files.statistics();
        assertThat(statistics.hits()).isEqualTo(3);
        assertThat(statistics.misses()).isEqualTo(4);
        assertThat(statistics.hitRatio()).isEqualTo(3.0 / 7);
        assertThat(statistics.loads()).isEqualTo(2);
        assertThat(statistics.loadFailures()).isEqualTo(1);
        assertThat(statistics.totalLoadTime()).isPositive();
        assertThat(statistics.averageLoadTime())
                .isEqualTo(statistics.totalLoadTime().dividedBy(2));
        assertThat(loading.statistics()).isEqualTo(statistics);
        assertThat(files.timeToLive(Duration.ofDays(1)).statistics()).isEqualTo(statistics);
        assertThat(files.prefix("other:").statistics().misses()).isZero();
        assertThat(cache.statistics().get(Statistic.LOADS)).isEqualTo(2);
    }

    @Test
    void shouldKeepAnItemThatCannotBeDecodedWhenItIsTaken() {
        cache.set("n", bytes("text"));
        TypedCache<String, Long> numbers = cache.typed(Codecs.utf8(), Codecs.decimal());
        assertThatExceptionOfType(CodecException.class).isThrownBy(() -> numbers.getAndDelete("n"));
        assertThat(cache.get("n")).isEqualTo(bytes("text"));
    }

    @Test
    void shouldApplyItsTimeToLiveWhereNoneIsGiven() {
        TypedCache<Path, String> view = files.timeToLive(Duration.ofMinutes(5));
        Path key = Path.of("a");
        view.set(key, "1");
        assertThat(timeToLive(key)).isEqualTo(Duration.ofMinutes(5));
        view.set(key, "1", Duration.ofMinutes(1));
        assertThat(timeToLive(key)).isEqualTo(Duration.ofMinutes(1));
        view.setAll(Map.of(key, "2"));
        assertThat(timeToLive(key)).isEqualTo(Duration.ofMinutes(5));
        view.delete(key);
        view.compute(key, (k, old) -> "3");
        assertThat(timeToLive(key)).isEqualTo(Duration.ofMinutes(5));
        view.delete(key);
        view.add(key, "4");
        assertThat(timeToLive(key)).isEqualTo(Duration.ofMinutes(5));
        files.set(key, "5");
        assertThat(timeToLive(key)).isNull();
        assertThatIllegalArgumentException().isThrownBy(() -> files.timeToLive(Duration.ZERO));
    }

    private @Nullable Duration timeToLive(Path key) {
        return Objects.requireNonNull(files.getItem(key)).timeToLive();
    }

    @Test
    void shouldIncrementDecimalNumbers() {
        TypedCache<String, Long> counters = cache.typed(Codecs.utf8(), Codecs.decimal());
        counters.set("hits", 99L);
        assertThat(counters.increment("hits", 1).number()).isEqualTo(100);
        assertThat(counters.decrement("hits", 1).number()).isEqualTo(99); // "99 ", padded
        assertThat(counters.get("hits")).isEqualTo(99);
        counters.set("debt", -5L);
        assertThat(counters.get("debt")).isEqualTo(-5);
        assertThat(counters.increment("debt", 1).status()).isEqualTo(CounterStatus.NON_NUMERIC);
    }

    @Test
    void shouldReportACodecThatFails() {
        IOException failure = new IOException("broken");
        Codec<Integer> codec = Codecs.of(
                Integer.class,
                number -> {
                    if (number < 0) {
                        throw failure;
                    }
                    return new byte[] {number.byteValue()};
                },
                bytes -> {
                    if (bytes.length != 1) {
                        throw failure;
                    }
                    return (int) bytes[0];
                });
        TypedCache<String, Integer> numbers = cache.typed(Codecs.utf8(), codec).prefix("n:");
        numbers.set("k", 1);
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> numbers.set("k", -1))
                .withMessage("the value for the key \"n:k\" cannot be encoded as java.lang.Integer")
                .withCause(failure);
        assertThat(numbers.get("k")).isEqualTo(1);
        cache.set("n:bad\n", bytes("xyz"));
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> numbers.get("bad\n"))
                .withMessage("the value of the key \"n:bad.\", 3 bytes, cannot be decoded as java.lang.Integer")
                .withCause(failure);
        assertThat(cache.get("n:bad\n")).isEqualTo(bytes("xyz"));
        TypedCache<Integer, Integer> byNumber = cache.typed(codec, codec);
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> byNumber.get(-7))
                .withMessage("the key -7 cannot be encoded as java.lang.Integer");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> byNumber.keys().count())
                .withMessageStartingWith("the key \"");
    }

    @Test
    void shouldRejectAKeyWhoseBytesAreTooLongWithThePrefix() {
        TypedCache<String, String> view = cache.typed(Codecs.utf8(), Codecs.utf8());
        String longest = "k".repeat(Cache.KEY_LENGTH_MAX);
        assertThat(view.set(longest, "v")).isEqualTo(StoreResult.STORED);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.prefix("p").set(longest, "v"))
                .withMessageContaining(Integer.toString(Cache.KEY_LENGTH_MAX + 1));
        assertThatIllegalArgumentException().isThrownBy(() -> view.get(""));
        assertThat(view.prefix("p").set("", "v")).isEqualTo(StoreResult.STORED);
    }

    @Test
    void shouldHideClearedItemsAtOnceAndRemoveThemInTheBackground() {
        for (int i = 0; i < 100; i++) {
            files.set(Path.of("f" + i), "old");
        }
        cache.set("other", bytes("v"));
        files.clear();
        assertThat(cache.statistics().items()).isEqualTo(101);
        assertThat(files.keys()).isEmpty();
        assertThat(cache.keys()).containsExactly("other");
        assertThat(files.get(Path.of("f1"))).isNull();
        assertThat(cache.get("file:f2")).isNull();
        assertThat(files.getAll(List.of(Path.of("f3")))).isEmpty();
        assertThat(files.delete(Path.of("f4"))).isEqualTo(DeleteResult.NOT_FOUND);
        assertThat(files.touch(Path.of("f5"), Duration.ofHours(1))).isFalse();
        assertThat(files.replace(Path.of("f6"), "new")).isEqualTo(StoreResult.NOT_STORED);
        assertThat(files.append(Path.of("f7"), "new")).isEqualTo(StoreResult.NOT_STORED);
        assertThat(files.add(Path.of("f8"), "new")).isEqualTo(StoreResult.STORED);
        files.set(Path.of("f9"), "new");

        runTasks();
        assertThat(cache.statistics().items()).isEqualTo(3);
        assertThat(files.keys()).containsExactlyInAnyOrder(Path.of("f8"), Path.of("f9"));
        assertThat(files.get(Path.of("f9"))).isEqualTo("new");
    }

    @Test
    void shouldNotSaveItemsThatWereCleared(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("file");
        files.set(Path.of("a"), "1");
        cache.set("other", bytes("2"));
        files.clear();
        assertThat(cache.saveTo(file).items()).isEqualTo(1);
        try (Cache persisted =
                Cache.builder().persistTo(file).executor(tasks::add).build()) {
            TypedCache<String, String> view = persisted.typed(Codecs.utf8(), Codecs.utf8());
            view.set("a", "3");
            view.clear(); // the task has not run when the cache is closed
        }
        try (Cache restored = Cache.builder().restoreFrom(file).build()) {
            assertThat(restored.statistics().items()).isZero();
        }
    }

    @Test
    void shouldComputeAgainIfTheViewIsClearedMeanwhile() {
        Path key = Path.of("a");
        files.set(key, "old");
        List<Optional<String>> calls = new ArrayList<>();
        String computed = files.compute(key, (same, old) -> {
            calls.add(Optional.ofNullable(old));
            if (calls.size() == 1) {
                files.clear();
            }
            return "new";
        });
        assertThat(computed).isEqualTo("new");
        assertThat(calls).containsExactly(Optional.of("old"), Optional.empty());
    }

    @Test
    void shouldLoadMissingValuesOfSeveralKeys() {
        TypedCache<Path, String> loading = files.loadingWith(path -> path.endsWith("none") ? null : "text of " + path);
        files.set(Path.of("a"), "1");
        assertThat(loading.getAll(List.of(Path.of("b"), Path.of("a"), Path.of("none"))))
                .containsExactly(Map.entry(Path.of("b"), "text of b"), Map.entry(Path.of("a"), "1"));
        assertThat(files.get(Path.of("b"))).isEqualTo("text of b");
        assertThat(loading.getAsync(Path.of("c"), Runnable::run).join()).isEqualTo("text of c");
        assertThat(files.getAsync(Path.of("d"), Runnable::run).join()).isNull();
        assertThat(files.getAsync(Path.of("c"), Runnable::run).join()).isEqualTo("text of c");
    }

    @Test
    @SuppressWarnings("NullAway") // the codec violates its contract
    void shouldReportACodecThatReturnsNull() {
        Codec<String> codec = Codecs.of(String.class, text -> null, bytes -> null);
        TypedCache<String, String> view = cache.typed(Codecs.utf8(), codec);
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> view.set("k", "v"))
                .withMessageContaining("\"k\"");
        cache.set("k", bytes("v"));
        assertThatExceptionOfType(CodecException.class).isThrownBy(() -> view.get("k"));
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> cache.typed(codec, Codecs.utf8()).get("k"))
                .withMessageContaining("cannot be encoded");
    }

    @Test
    void shouldRejectTextThatUtf8CannotRepresent() {
        TypedCache<String, String> texts = cache.typed(Codecs.utf8(), Codecs.utf8());
        texts.set("a?", "?");
        assertThat(texts.get("a?")).isEqualTo("?");
        texts.set("a\uD83D\uDE00?", "\uD83D\uDE00?");
        assertThat(texts.get("a\uD83D\uDE00?")).isEqualTo("\uD83D\uDE00?");
        assertThatExceptionOfType(CodecException.class).isThrownBy(() -> texts.get("a\uD800"));
        assertThatExceptionOfType(CodecException.class).isThrownBy(() -> cache.get("a\uD800"));
        assertThatExceptionOfType(CodecException.class).isThrownBy(() -> texts.set("k", "\uDC00"));
    }

    @Test
    void shouldShowItsTypesAndStatistics() {
        TypedCache<String, Long> numbers =
                cache.typed(Codecs.utf8(), Codecs.decimal()).prefix("n:");
        assertThat(numbers.get("a")).isNull();
        assertThat(numbers.toString())
                .startsWith("TypedCache[\"n:\": java.lang.String to java.lang.Long, ViewStatistics[hits=0, misses=1");
    }

    @Test
    void shouldClearInTheCallingThreadIfTheExecutorRejectsTheTask() {
        try (Cache rejecting = Cache.builder()
                .executor(task -> {
                    throw new RejectedExecutionException("shut down");
                })
                .build()) {
            TypedCache<String, String> view =
                    rejecting.typed(Codecs.utf8(), Codecs.utf8()).prefix("p:");
            view.set("k", "v");
            view.clear();
            assertThat(rejecting.statistics().items()).isZero();
        }
    }

    @Test
    void shouldClearBeforeReturningIfTheCacheHasNoCasUniques() {
        try (Cache plain =
                Cache.builder().casEnabled(false).executor(tasks::add).build()) {
            TypedCache<String, String> view =
                    plain.typed(Codecs.utf8(), Codecs.utf8()).prefix("p:");
            view.set("k", "v");
            plain.set("other", bytes("v"));
            view.clear();
            assertThat(plain.statistics().items()).isEqualTo(1);
            assertThat(tasks).isEmpty();
        }
    }

    @Test
    void shouldStopClearingWhenTheCacheIsClosed() {
        files.set(Path.of("a"), "1");
        files.clear();
        cache.close();
        runTasks();
        assertThatThrownBy(() -> files.get(Path.of("a"))).hasMessageContaining("the cache has been closed");
        assertThatThrownBy(files::clear).hasMessageContaining("the cache has been closed");
    }
}
