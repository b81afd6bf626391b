package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.fail;

import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int THREADS = 16;

    private final TestClock clock = new TestClock();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Cache cache =
            Cache.builder().clock(clock).executor(tasks::add).build();

    @BeforeEach
    void freezeTheClock() {
        clock.freeze();
    }

    @AfterEach
    void checkAndClose() {
        Caches.checkAndClose(cache);
    }

    @Test
    void shouldLoadAMissingValueOnce() {
        AtomicInteger loads = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            assertThat(cache.get("k", MINUTE, key -> bytes(key + loads.incrementAndGet())))
                    .isEqualTo(bytes("k1"));
        }
        assertThat(Objects.requireNonNull(cache.getItem("k")).timeToLive()).isEqualTo(MINUTE);
        clock.advance(MINUTE);
        assertThat(cache.get("k", MINUTE, key -> bytes("new"))).isEqualTo(bytes("new"));
        assertThat(cache.statistics().get(Statistic.LOADS)).isEqualTo(2);
    }

    @Test
    void shouldLoadOnceForManyThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch started = new CountDownLatch(THREADS);
            AtomicInteger loads = new AtomicInteger();
            List<Future<byte[]>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                results.add(threads.submit(() -> {
                    started.countDown();
                    return cache.get("k", MINUTE, key -> {
                        started.await();
                        return bytes("v" + loads.incrementAndGet());
                    });
                }));
            }
            for (Future<byte[]> result : results) {
                assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo(bytes("v1"));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldSaveAllItemsIfALoadEndsWhileTheCacheIsBeingClosed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("items");
        Cache persisted = Cache.builder().persistTo(file).build();
        for (int i = 0; i < 100; i++) {
            persisted.set("k" + i, bytes("v"));
        }
        CountDownLatch storing = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        persisted.addRemovalListener(
                removal -> {
                    storing.countDown();
                    awaitUninterruptibly(closing);
                },
                RemovalCause.REJECTED);
        byte[] large = new byte[2 * persisted.maxItemSizeBytes()];
        FutureTask<byte @Nullable []> load = new FutureTask<>(() -> persisted.get("large", MINUTE, key -> large));
        new Thread(load).start();
        assertThat(storing.await(30, TimeUnit.SECONDS)).isTrue();
        // the future of a queued load ends after the cache has begun to close, and before its items are saved
        CompletableFuture<byte @Nullable []> ended = persisted
                .getAsync("queued", MINUTE, key -> bytes("v"), tasks::add)
                .handle((value, failure) -> {
                    closing.countDown();
                    return get(load);
                });
        persisted.close();
        assertThat(ended.join()).isEqualTo(large);
        assertThat(persisted.statistics().items()).isZero();
        try (Cache restored = Cache.builder().restoreFrom(file).build()) {
            assertThat(restored.statistics().items()).isEqualTo(100);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static byte @Nullable [] get(FutureTask<byte @Nullable []> task) {
        try {
            return task.get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldReturnNullWithoutStoringIt() {
        assertThat(cache.get("k", MINUTE, key -> null)).isNull();
        assertThat(cache.statistics().items()).isZero();
    }

    @Test
    void shouldWrapTheExceptionOfALoader() {
        IOException failure = new IOException("no connection");
        assertThatExceptionOfType(CacheLoadException.class)
                .isThrownBy(() -> cache.get("k", MINUTE, key -> {
                    throw failure;
                }))
                .withMessageContaining("k")
                .withCause(failure);
        assertThat(cache.statistics().get(Statistic.LOAD_FAILURES)).isEqualTo(1);
    }

    @Test
    void shouldStoreTheTimeToLiveThatALoaderChooses() {
        assertThat(cache.get("k", key -> new TimedLoader.Loaded<>(bytes("v"), Duration.ofSeconds(7))))
                .isEqualTo(bytes("v"));
        assertThat(Objects.requireNonNull(cache.getItem("k")).timeToLive()).isEqualTo(Duration.ofSeconds(7));
        assertThat(cache.get("none", key -> null)).isNull();
    }

    @Test
    void shouldNotStoreAValueIfTheKeyWasSetOrDeletedMeanwhile() {
        assertThat(cache.get("k", MINUTE, key -> {
                    cache.set("k", bytes("set"));
                    return bytes("loaded");
                }))
                .isEqualTo(bytes("loaded"));
        assertThat(cache.get("k")).isEqualTo(bytes("set"));
        assertThat(cache.get("d", MINUTE, key -> {
                    cache.delete("d");
                    return bytes("loaded");
                }))
                .isEqualTo(bytes("loaded"));
        assertThat(cache.get("d")).isNull();
    }

    @Test
    void shouldNotStoreAValueIfItsViewWasClearedMeanwhile() {
        TypedCache<String, String> view =
                cache.typed(Codecs.utf8(), Codecs.utf8()).prefix("p:");
        assertThat(view.get("k", MINUTE, key -> {
                    view.clear();
                    return "loaded";
                }))
                .isEqualTo("loaded");
        assertThat(view.get("k")).isNull();
    }

    @Test
    void shouldLoadMissingValuesInOneCall() {
        cache.set("b", bytes("2"));
        List<Set<String>> calls = new ArrayList<>();
        Map<String, byte[]> found = cache.getAll(List.of("a", "b", "c", "d", "a"), MINUTE, keys -> {
            calls.add(new HashSet<>(keys));
            return Map.of("a", bytes("1"), "c", bytes("3"), "other", bytes("x"));
        });
        assertThat(found.keySet()).containsExactly("a", "b", "c");
        assertThat(calls).containsExactly(Set.of("a", "c", "d"));
        assertThat(cache.get("c")).isEqualTo(bytes("3"));
        assertThat(cache.get("other")).isNull();
    }

    @Test
    void shouldLoadInTheExecutor() {
        CompletableFuture<byte @Nullable []> future = cache.getAsync("k", MINUTE, key -> bytes("v"), tasks::add);
        assertThat(future).isNotDone();
        Objects.requireNonNull(tasks.poll()).run();
        assertThat(future.join()).isEqualTo(bytes("v")).isEqualTo(cache.get("k"));
        assertThat(cache.getAsync("k", MINUTE, key -> bytes("w"), tasks::add)).isDone();
    }

    @Test
    void shouldPassTheFailureOfAnAsynchronousLoadWithoutAWrapper() {
        IllegalStateException failure = new IllegalStateException("by a test");
        List<Throwable> failures = new ArrayList<>();
        cache.getAsync(
                        "k",
                        MINUTE,
                        key -> {
                            throw failure;
                        },
                        Runnable::run)
                .whenComplete((value, thrown) -> failures.add(thrown));
        assertThat(failures).singleElement().isInstanceOf(CacheLoadException.class);
        assertThat(failures.get(0)).hasCause(failure);
    }

    @Test
    void shouldRefreshAheadInTheBackground() {
        AtomicInteger loads = new AtomicInteger();
        TypedCache<String, String> view = cache.typed(Codecs.utf8(), Codecs.utf8())
                .prefix("p:")
                .timeToLive(Duration.ofMinutes(10))
                .refreshAfter(MINUTE)
                .loadingWith(key -> key + loads.incrementAndGet());
        assertThat(view.get("k")).isEqualTo("k1");
        clock.advance(MINUTE.minusMillis(1));
        assertThat(view.get("k")).isEqualTo("k1");
        assertThat(tasks).isEmpty();
        clock.advance(Duration.ofSeconds(2));
        assertThat(view.get("k")).isEqualTo("k1");
        assertThat(view.get("k")).isEqualTo("k1");
        assertThat(tasks).hasSize(1);
        Objects.requireNonNull(tasks.poll()).run();
        assertThat(view.get("k")).isEqualTo("k2");
        clock.advance(MINUTE.plusSeconds(2));
        assertThat(view.getAsync("k", task -> fail("it is refreshed by the cache's executor")))
                .isCompletedWithValue("k2");
        assertThat(tasks).hasSize(1);
    }

    @Test
    void shouldForgetFailedRefreshesAfterAReset() {
        AtomicInteger loads = new AtomicInteger();
        TypedCache<String, String> view = cache.typed(Codecs.utf8(), Codecs.utf8())
                .timeToLive(Duration.ofMinutes(10))
                .refreshAfter(Duration.ofMillis(500))
                .loadingWith(key -> {
                    if (loads.incrementAndGet() == 2) {
                        throw new IOException("no connection");
                    }
                    return "v" + loads;
                });
        assertThat(view.get("k")).isEqualTo("v1");
        clock.advance(Duration.ofSeconds(2));
        assertThat(view.get("k")).isEqualTo("v1");
        Objects.requireNonNull(tasks.poll()).run();
        assertThat(view.get("k")).isEqualTo("v1");
        assertThat(tasks).isEmpty(); // tried again after a second
        cache.reset();
        cache.typed(Codecs.utf8(), Codecs.utf8()).set("k", "old", Duration.ofMinutes(1));
        assertThat(view.get("k")).isEqualTo("old");
        assertThat(tasks).hasSize(1);
    }

    @Test
    void shouldRejectARefreshAfterTheTimeToLive() {
        TypedCache<String, String> view =
                cache.typed(Codecs.utf8(), Codecs.utf8()).refreshAfter(MINUTE).loadingWith(key -> key);
        assertThatIllegalArgumentException().isThrownBy(() -> view.get("k"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.timeToLive(MINUTE).get("k"));
        assertThat(view.timeToLive(Duration.ofHours(1)).get("k")).isEqualTo("k");
    }
}
