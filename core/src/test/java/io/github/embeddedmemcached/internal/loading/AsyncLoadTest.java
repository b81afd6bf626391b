package io.github.embeddedmemcached.internal.loading;

import static io.github.embeddedmemcached.internal.loading.LoadFixture.MINUTE;
import static io.github.embeddedmemcached.internal.loading.LoadFixture.bytes;
import static io.github.embeddedmemcached.internal.loading.LoadFixture.loaded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.CacheLoadException;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.loading.LoadFixture.Call;
import io.github.embeddedmemcached.internal.loading.LoadFixture.GatedLoader;
import io.github.embeddedmemcached.internal.loading.LoadFixture.ManualExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Loads by an executor, and loads of several keys by one call. */
class AsyncLoadTest {
    private final LoadFixture fixture = new LoadFixture();
    private final ManualExecutor executor = new ManualExecutor();

    @AfterEach
    void close() {
        assertThat(fixture.loads.runningCount()).isZero();
        fixture.close();
    }

    private CompletableFuture<byte @Nullable []> getAsync(String key, Callable<@Nullable LoadedValue> action) {
        return fixture.loads.getAsync(bytes(key), MINUTE, action, executor);
    }

    private List<@Nullable String> getAll(BulkLoadAction action, String... keys) {
        return fixture.getAll(MINUTE, action, keys);
    }

    // ---- asynchronous

    @Test
    void shouldLoadByTheExecutorAndReturnAHitAtOnce() {
        CompletableFuture<byte @Nullable []> first = getAsync("k", () -> loaded("v"));
        CompletableFuture<byte @Nullable []> second = getAsync("k", () -> loaded("x"));
        assertThat(first).isNotDone();
        assertThat(executor.size()).isEqualTo(1);
        executor.runNext();
        assertThat(first).isCompletedWithValueMatching(value -> "v".equals(LoadFixture.text(value)));
        assertThat(second).isCompletedWithValueMatching(value -> "v".equals(LoadFixture.text(value)));
        assertThat(first.join()).isNotSameAs(second.join());
        assertThat(getAsync("k", () -> loaded("x")))
                .isCompletedWithValueMatching(value -> "v".equals(LoadFixture.text(value)));
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
    }

    @Test
    void shouldNotAffectOtherCallersIfAFutureIsCancelledOrCompleted() {
        CompletableFuture<byte @Nullable []> first = getAsync("k", () -> loaded("v"));
        CompletableFuture<byte @Nullable []> second = getAsync("k", () -> loaded("x"));
        first.cancel(true);
        executor.runNext();
        assertThat(first).isCancelled();
        assertThat(second).isCompletedWithValueMatching(value -> "v".equals(LoadFixture.text(value)));
        assertThat(fixture.stored("k")).isEqualTo("v");
    }

    @Test
    void shouldCompleteTheFutureWithTheFailureItself() {
        IOException cause = new IOException();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CompletableFuture<byte @Nullable []> future = getAsync("k", () -> {
            throw cause;
        });
        future.whenComplete((value, thrown) -> failure.set(thrown));
        executor.runNext();
        assertThat(failure.get())
                .isInstanceOf(CacheLoadException.class)
                .hasMessage("loading \"k\" failed")
                .cause()
                .isSameAs(cause);
    }

    @Test
    void shouldRethrowAnErrorInTheThreadOfTheExecutor() {
        CompletableFuture<byte @Nullable []> future = getAsync("k", () -> {
            throw new LinkageError("shop");
        });
        assertThatThrownBy(executor::runNext).isInstanceOf(LinkageError.class);
        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(CacheLoadException.class)
                .hasCauseInstanceOf(LinkageError.class);
    }

    @Test
    void shouldFailIfTheExecutorRejectsTheLoad() {
        executor.rejects(true);
        CompletableFuture<byte @Nullable []> future = getAsync("k", () -> loaded("v"));
        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(CacheLoadException.class)
                .hasCauseInstanceOf(RejectedExecutionException.class);
        assertThat(fixture.get("k", "v")).isEqualTo("v");
    }

    @Test
    void shouldRunAQueuedLoadInTheThreadThatNeedsIt() {
        CompletableFuture<byte @Nullable []> future = getAsync("k", () -> loaded("v"));
        assertThat(fixture.get("k", "x")).isEqualTo("v");
        assertThat(future).isCompletedWithValueMatching(value -> "v".equals(LoadFixture.text(value)));
        executor.runNext();
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
    }

    @Test
    void shouldNotStarveAPoolOfOneThreadThatWaitsForItsOwnQueue() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            CountDownLatch queued = new CountDownLatch(1);
            CompletableFuture<byte @Nullable []> outer = fixture.loads.getAsync(
                    bytes("outer"),
                    MINUTE,
                    () -> {
                        queued.await();
                        return loaded("outer " + fixture.get("inner", "x"));
                    },
                    pool);
            CompletableFuture<byte @Nullable []> inner =
                    fixture.loads.getAsync(bytes("inner"), MINUTE, () -> loaded("inner"), pool);
            queued.countDown();
            assertThat(outer.get(20, TimeUnit.SECONDS)).isEqualTo(bytes("outer inner"));
            assertThat(inner.get(20, TimeUnit.SECONDS)).isEqualTo(bytes("inner"));
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void shouldWaitForAnAsynchronousLoadThatIsRunning() throws Exception {
        GatedLoader loader = new GatedLoader("v");
        CompletableFuture<byte @Nullable []> future = getAsync("k", loader);
        Call<Void> runner = new Call<>(() -> {
            executor.runNext();
            return null;
        });
        loader.awaitCall();
        Call<@Nullable String> waiting = fixture.start("k", MINUTE, () -> loaded("x"));
        fixture.awaitWaiting(1);
        loader.gate.countDown();
        assertThat(waiting.get()).isEqualTo("v");
        runner.get();
        assertThat(future).isCompletedWithValueMatching(value -> "v".equals(LoadFixture.text(value)));
    }

    @Test
    void shouldRejectACycleOfAsynchronousLoads() throws Exception {
        CountDownLatch bothLoading = new CountDownLatch(2);
        List<CompletableFuture<byte @Nullable []>> futures = new ArrayList<>();
        List<Call<Void>> runners = new ArrayList<>();
        for (String key : List.of("a", "b")) {
            futures.add(getAsync(key, () -> {
                bothLoading.countDown();
                bothLoading.await();
                try {
                    return loaded("" + fixture.get(key.equals("a") ? "b" : "a", "x"));
                } catch (IllegalStateException e) {
                    return loaded("" + e.getMessage());
                }
            }));
            runners.add(new Call<>(() -> {
                executor.runNext();
                return null;
            }));
        }
        for (Call<Void> runner : runners) {
            runner.get();
        }
        for (CompletableFuture<byte @Nullable []> future : futures) {
            assertThat(new String(future.join()))
                    .startsWith("loaders must not wait for each other: the load of \"")
                    .contains("\"a\"", "\"b\"");
        }
    }

    @Test
    void shouldRejectAFutureOfTheKeyThatTheThreadLoads() {
        CompletableFuture<byte @Nullable []> future = getAsync("k", () -> {
            getAsync("k", () -> loaded("x"));
            return loaded("v");
        });
        executor.runNext();
        assertThatThrownBy(future::join)
                .rootCause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("\"k\"");
    }

    @Test
    void shouldFailTheFuturesOfQueuedLoadsWhenTheCacheIsClosed() {
        CompletableFuture<byte @Nullable []> future = getAsync("k", () -> loaded("v"));
        fixture.loads.close();
        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        executor.runNext();
        assertThat(fixture.count(Statistic.LOADS)).isZero();
        assertThatThrownBy(() -> getAsync("l", () -> loaded("v"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldLetTheActionOfAFutureUseTheCache() {
        List<@Nullable String> values = new ArrayList<>();
        BulkLoadAction both = keys -> new LoadedValue[] {loaded("1"), null};
        CompletableFuture<byte @Nullable []> future = getAsync("k", () -> loaded("v"));
        future.thenRun(() -> {
            values.add(fixture.get("k", "x"));
            values.add(fixture.get("other", "y"));
            getAll(both, "m", "n");
            values.add(fixture.stored("m"));
        });
        executor.runNext();
        assertThat(values).containsExactly("v", "y", "1");
    }

    // ---- bulk

    @Test
    void shouldLoadTheMissingKeysInOneCall() {
        fixture.get("b", "b0");
        List<List<@Nullable String>> calls = new ArrayList<>();
        BulkLoadAction loader = keys -> {
            calls.add(keys.stream().map(String::new).toList());
            return keys.stream().map(key -> loaded(new String(key) + 1)).toArray(LoadedValue[]::new);
        };
        assertThat(getAll(loader, "a", "b", "c", "a")).containsExactly("a1", "b0", "c1", "a1");
        assertThat(calls).containsExactly(List.of("a", "c"));
        assertThat(getAll(loader, "c", "a")).containsExactly("c1", "a1");
        assertThat(getAll(loader)).isEmpty();
        assertThat(calls).hasSize(1);
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(2);
    }

    @Test
    void shouldNotStoreKeysWithoutAValue() {
        assertThat(getAll(keys -> new LoadedValue[] {null, loaded("v")}, "a", "b"))
                .containsExactly(null, "v");
        assertThat(fixture.stored("a")).isNull();
        assertThat(fixture.stored("b")).isEqualTo("v");
    }

    @Test
    void shouldWaitForKeysThatAnotherThreadLoadsAfterLoadingTheOthers() throws Exception {
        GatedLoader loader = new GatedLoader("single");
        Call<@Nullable String> first = fixture.start("b", MINUTE, loader);
        loader.awaitCall();
        AtomicInteger loadedKeys = new AtomicInteger();
        Call<List<@Nullable String>> second = new Call<>(() -> getAll(
                keys -> {
                    loadedKeys.addAndGet(keys.size());
                    return new LoadedValue[] {loaded("1"), loaded("3")};
                },
                "a",
                "b",
                "c"));
        fixture.awaitWaiting(1);
        assertThat(fixture.stored("a")).isEqualTo("1");
        loader.gate.countDown();
        assertThat(second.get()).containsExactly("1", "single", "3");
        assertThat(first.get()).isEqualTo("single");
        assertThat(loadedKeys).hasValue(2);
    }

    @Test
    void shouldFailForAllKeysOfACallAndForTheThreadsThatWait() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch called = new CountDownLatch(1);
        Call<List<@Nullable String>> first = new Call<>(() -> getAll(
                keys -> {
                    called.countDown();
                    gate.await();
                    throw new IOException();
                },
                "a",
                "b",
                "c",
                "d",
                "e"));
        called.await();
        Call<@Nullable String> second = fixture.start("b", MINUTE, () -> loaded("x"));
        fixture.awaitWaiting(1);
        gate.countDown();
        assertThat(first.failure())
                .isInstanceOf(CacheLoadException.class)
                .hasMessage("loading \"a\", \"b\", \"c\" and 2 other keys failed")
                .hasCauseInstanceOf(IOException.class);
        assertThat(second.failure()).isSameAs(first.failure());
        assertThat(fixture.get("a", "v")).isEqualTo("v");
    }

    @Test
    void shouldFailIfTheLoaderReturnsAnotherNumberOfValues() {
        assertThatThrownBy(() -> getAll(keys -> new LoadedValue[1], "a", "b"))
                .isInstanceOf(CacheLoadException.class)
                .cause()
                .hasMessage("the loader returned 1 values for 2 keys");
    }

    @Test
    void shouldRejectABulkLoaderThatRequestsOneOfItsKeys() {
        assertThatThrownBy(() ->
                        getAll(keys -> new LoadedValue[] {loaded("" + fixture.get("b", "x")), loaded("v")}, "a", "b"))
                .isInstanceOf(CacheLoadException.class)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a loader must not request the key that it loads: \"b\"");
    }

    @Test
    void shouldRejectACycleWithABulkLoad() throws Exception {
        CountDownLatch bothLoading = new CountDownLatch(2);
        Call<List<@Nullable String>> bulk = new Call<>(() -> getAll(
                keys -> {
                    bothLoading.countDown();
                    bothLoading.await();
                    return new LoadedValue[] {loaded("1"), loaded("" + fixture.get("c", "x"))};
                },
                "a",
                "b"));
        Call<@Nullable String> single = fixture.start("c", MINUTE, () -> {
            bothLoading.countDown();
            bothLoading.await();
            return loaded("" + getAll(keys -> new LoadedValue[] {loaded("4")}, "d", "a"));
        });
        // the wait of the second thread is rejected, and its failure is the cause of that of the first one
        assertThat(bulk.failure()).rootCause().isInstanceOf(IllegalStateException.class);
        assertThat(single.failure()).rootCause().isInstanceOf(IllegalStateException.class);
        assertThat(fixture.stored("d")).isEqualTo("4");
    }

    @Test
    void shouldLetChangesTakePrecedenceForEachKeyOfABulkLoad() {
        BulkLoadAction loader = keys -> {
            fixture.cache.delete("a");
            fixture.wire("set c 0 0 3|new|");
            return keys.stream().map(key -> loaded("v")).toArray(LoadedValue[]::new);
        };
        assertThat(getAll(loader, "a", "b", "c")).containsOnly("v");
        assertThat(fixture.stored("a")).isNull();
        assertThat(fixture.stored("b")).isEqualTo("v");
        assertThat(fixture.stored("c")).isEqualTo("new");
    }

    @Test
    void shouldLoadManyKeysInOneCall() {
        String[] keys = new String[20_000];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "key" + i;
        }
        BulkLoadAction loader = wanted -> wanted.stream().map(LoadedValue::new).toArray(LoadedValue[]::new);
        List<@Nullable String> values = getAll(loader, keys);
        for (int i = 0; i < keys.length; i++) {
            assertThat(values.get(i)).isEqualTo(keys[i]);
        }
        assertThat(fixture.cache.statistics().items()).isEqualTo(keys.length);
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
    }
}
