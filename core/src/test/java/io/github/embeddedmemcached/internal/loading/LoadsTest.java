package io.github.embeddedmemcached.internal.loading;

import static io.github.embeddedmemcached.internal.loading.LoadFixture.MINUTE;
import static io.github.embeddedmemcached.internal.loading.LoadFixture.bytes;
import static io.github.embeddedmemcached.internal.loading.LoadFixture.loaded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheLoadException;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.loading.LoadFixture.Call;
import io.github.embeddedmemcached.internal.loading.LoadFixture.GatedLoader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads of one key: which values are stored, which threads wait, and how failures are reported. */
class LoadsTest {
    private static final int THREADS = 16;

    private final LoadFixture fixture = new LoadFixture();

    @AfterEach
    void close() {
        assertThat(fixture.loads.runningCount()).isZero();
        fixture.close();
    }

    @Test
    void shouldLoadAMissingValueAndStoreIt() {
        assertThat(fixture.get("k", "v1")).isEqualTo("v1");
        assertThat(fixture.get("k", "v2")).isEqualTo("v1");
        assertThat(fixture.stored("k")).isEqualTo("v1");
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
        assertThat(fixture.count(Statistic.LOAD_FAILURES)).isZero();
        assertThat(fixture.count(Statistic.GET_HITS)).isEqualTo(1);
        assertThat(fixture.count(Statistic.GET_MISSES)).isEqualTo(1);
        assertThat(fixture.count(Statistic.TOTAL_ITEMS)).isEqualTo(1);
    }

    @Test
    void shouldCountEachOfManyHitsOnce() {
        fixture.get("k", "v");
        for (int i = 0; i < 10; i++) {
            assertThat(fixture.get("k", "x")).isEqualTo("v");
        }
        assertThat(fixture.count(Statistic.GET_HITS)).isEqualTo(10);
    }

    @Test
    void shouldExpireAfterTheTimeToLiveOfThePolicyAndLoadAgain() {
        fixture.get("k", "v1");
        fixture.advanceSeconds(59);
        assertThat(fixture.get("k", "v2")).isEqualTo("v1");
        fixture.advanceSeconds(1);
        assertThat(fixture.get("k", "v2")).isEqualTo("v2");
    }

    @Test
    void shouldStoreForTheTimeAndWithTheFlagsThatTheLoaderChooses() {
        fixture.get("k", MINUTE, () -> new LoadedValue(bytes("v"), 5_000, 7));
        fixture.get("forever", MINUTE, () -> new LoadedValue(bytes("v"), 0, 0));
        ItemView view = new ItemView();
        assertThat(fixture.engine.peek(bytes("k"), 0, 1, view)).isTrue();
        assertThat(view.flags()).isEqualTo(7);
        assertThat(view.millisToLive()).isEqualTo(5_000);
        fixture.advanceSeconds(5);
        assertThat(fixture.stored("k")).isNull();
        fixture.advanceSeconds(1_000_000);
        assertThat(fixture.stored("forever")).isEqualTo("v");
    }

    @Test
    void shouldNeverExpireWithoutATimeToLive() {
        fixture.get("k", LoadPolicy.of(0), () -> loaded("v"));
        fixture.advanceSeconds(100_000_000);
        assertThat(fixture.stored("k")).isEqualTo("v");
    }

    @Test
    void shouldRejectTimesThatMakeNoSense() {
        assertThatThrownBy(() -> LoadPolicy.of(-1)).hasMessage("the time to live must be positive, not -1 ms");
        assertThatThrownBy(() -> new LoadedValue(bytes("v"), -2, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the time to live must be positive, not -2 ms");
        assertThatThrownBy(() -> MINUTE.refreshAfter(60_000))
                .hasMessage("items that live for 60000 ms cannot be refreshed after 60000 ms: the time to live must be"
                        + " longer");
        assertThatThrownBy(() -> LoadPolicy.of(0).refreshAfter(5)).hasMessageContaining("an unlimited time");
        assertThatThrownBy(() -> MINUTE.refreshAfter(-5)).hasMessageContaining("must be positive, not -5 ms");
        assertThatThrownBy(() -> MINUTE.lease(0)).hasMessageContaining("at least 1 ms, not 0");
    }

    @Test
    void shouldLoadOnceForAStampedeOf16Threads() throws Exception {
        GatedLoader loader = new GatedLoader("v");
        List<Call<byte[]>> calls = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            calls.add(new Call<>(() -> fixture.loads.get(bytes("k"), MINUTE, loader)));
        }
        fixture.awaitWaiting(THREADS - 1);
        loader.gate.countDown();
        List<byte[]> values = new ArrayList<>();
        for (Call<byte[]> call : calls) {
            byte[] value = call.get();
            assertThat(value).isEqualTo(bytes("v"));
            assertThat(values).noneMatch(other -> other == value);
            values.add(value);
        }
        assertThat(loader.calls).hasValue(1);
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
        assertThat(fixture.count(Statistic.GET_MISSES)).isEqualTo(THREADS);
    }

    @Test
    void shouldReturnACopyThatTheCallerMayChange() {
        byte[] original = bytes("v");
        byte[] returned =
                Objects.requireNonNull(fixture.loads.get(bytes("k"), MINUTE, () -> new LoadedValue(original)));
        assertThat(returned).isEqualTo(original).isNotSameAs(original);
        returned[0] = 'x';
        assertThat(fixture.stored("k")).isEqualTo("v");
    }

    @Test
    void shouldNotBeAffectedWhenTheCallerChangesTheKeyDuringTheLoad() {
        byte[] key = bytes("k");
        fixture.loads.get(key, MINUTE, () -> {
            key[0] = 'x';
            return loaded("v");
        });
        assertThat(fixture.stored("k")).isEqualTo("v");
        assertThat(fixture.stored("x")).isNull();
    }

    @Test
    void shouldReturnNullToAllCallersAndNotStoreIt() throws Exception {
        GatedLoader loader = new GatedLoader(() -> null);
        Call<@Nullable String> first = fixture.start("k", MINUTE, loader);
        loader.awaitCall();
        Call<@Nullable String> second = fixture.start("k", MINUTE, loader);
        fixture.awaitWaiting(1);
        loader.gate.countDown();
        assertThat(first.get()).isNull();
        assertThat(second.get()).isNull();
        assertThat(loader.calls).hasValue(1);
        assertThat(fixture.stored("k")).isNull();
        assertThat(fixture.get("k", "v")).isEqualTo("v");
    }

    @Test
    void shouldThrowTheSameExceptionToAllCallersAndLoadAgainAfterwards() throws Exception {
        IOException cause = new IOException("no route to host");
        GatedLoader loader = new GatedLoader(() -> {
            throw cause;
        });
        Call<@Nullable String> first = fixture.start("a\nb", MINUTE, loader);
        loader.awaitCall();
        Call<@Nullable String> second = fixture.start("a\nb", MINUTE, loader);
        Call<@Nullable String> third = fixture.start("a\nb", MINUTE, loader);
        fixture.awaitWaiting(2);
        loader.gate.countDown();
        Throwable failure = first.failure();
        assertThat(failure).isInstanceOf(CacheLoadException.class).hasMessage("loading \"a\\nb\" failed");
        assertThat(failure.getCause()).isSameAs(cause);
        assertThat(second.failure()).isSameAs(failure);
        assertThat(third.failure()).isSameAs(failure);
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
        assertThat(fixture.count(Statistic.LOAD_FAILURES)).isEqualTo(1);
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isZero();
        assertThat(fixture.get("a\nb", "v")).isEqualTo("v");
    }

    @Test
    void shouldRethrowAnErrorInTheThreadOfTheLoaderAndWrapItForOthers() throws Exception {
        Error error = new NoClassDefFoundError("shop/Product");
        GatedLoader loader = new GatedLoader(() -> {
            throw error;
        });
        Call<@Nullable String> first = fixture.start("k", MINUTE, loader);
        loader.awaitCall();
        Call<@Nullable String> second = fixture.start("k", MINUTE, loader);
        fixture.awaitWaiting(1);
        loader.gate.countDown();
        assertThat(first.failure()).isSameAs(error);
        assertThat(second.failure())
                .isInstanceOf(CacheLoadException.class)
                .cause()
                .isSameAs(error);
        assertThat(fixture.count(Statistic.LOAD_FAILURES)).isEqualTo(1);
    }

    @Test
    void shouldInterruptTheThreadAgainWhoseLoaderWasInterrupted() throws Exception {
        GatedLoader loader = new GatedLoader("v");
        Call<Boolean> first = new Call<>(() -> {
            assertThatThrownBy(() -> fixture.get("k", MINUTE, loader))
                    .isInstanceOf(CacheLoadException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
            return Thread.currentThread().isInterrupted();
        });
        loader.awaitCall();
        Call<Boolean> second = new Call<>(() -> {
            assertThatThrownBy(() -> fixture.get("k", MINUTE, loader)).hasCauseInstanceOf(InterruptedException.class);
            return Thread.currentThread().isInterrupted();
        });
        fixture.awaitWaiting(1);
        first.thread.interrupt();
        assertThat(first.get()).isTrue();
        assertThat(second.get()).isFalse();
    }

    @Test
    void shouldStopWaitingWhenAWaitingThreadIsInterrupted() throws Exception {
        GatedLoader loader = new GatedLoader("v");
        Call<@Nullable String> first = fixture.start("k", MINUTE, loader);
        loader.awaitCall();
        Call<Boolean> second = new Call<>(() -> {
            assertThatThrownBy(() -> fixture.get("k", MINUTE, loader))
                    .isInstanceOf(CacheLoadException.class)
                    .hasMessage("the thread was interrupted while it waited for the load of \"k\"")
                    .hasCauseInstanceOf(InterruptedException.class);
            return Thread.currentThread().isInterrupted();
        });
        fixture.awaitWaiting(1);
        second.thread.interrupt();
        assertThat(second.get()).isTrue();
        loader.gate.countDown();
        assertThat(first.get()).isEqualTo("v");
    }

    @Test
    void shouldLoadDifferentKeysAtTheSameTime() throws Exception {
        GatedLoader slow = new GatedLoader("v");
        Call<@Nullable String> first = fixture.start("slow", MINUTE, slow);
        slow.awaitCall();
        assertThat(fixture.get("fast", "f")).isEqualTo("f");
        slow.gate.countDown();
        assertThat(first.get()).isEqualTo("v");
    }

    @Test
    void shouldReturnAValueThatIsTooLargeToStore() {
        byte[] large = new byte[2 << 20];
        assertThat(fixture.loads.get(bytes("k"), MINUTE, () -> new LoadedValue(large)))
                .isEqualTo(large);
        assertThat(fixture.stored("k")).isNull();
        assertThat(fixture.count(Statistic.STORE_TOO_LARGE)).isEqualTo(1);
    }

    @Test
    void shouldReturnAValueForWhichThereIsNoMemory() {
        try (LoadFixture full = new LoadFixture(
                Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN).eviction(false))) {
            byte[] value = new byte[10_000];
            for (int i = 0; full.count(Statistic.STORE_NO_MEMORY) == 0; i++) {
                assertThat(full.loads.get(bytes("k" + i), MINUTE, () -> new LoadedValue(value)))
                        .isEqualTo(value);
            }
            assertThat(full.loads.runningCount()).isZero();
        }
    }

    @Test
    void shouldMeasureTheDurationOfLoads() {
        fixture.get("k", MINUTE, () -> {
            fixture.nanos.addAndGet(123);
            return loaded("v");
        });
        assertThatThrownBy(() -> fixture.get("l", MINUTE, () -> {
                    fixture.nanos.addAndGet(1_000);
                    throw new IOException();
                }))
                .isInstanceOf(CacheLoadException.class);
        assertThat(fixture.count(Statistic.LOAD_NANOS)).isEqualTo(1_123);
    }

    @Test
    void shouldStoreAnEmptyValue() {
        assertThat(fixture.get("k", "")).isEmpty();
        assertThat(fixture.get("k", "v")).isEmpty();
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
    }

    // ---- loaders that use the cache

    @ParameterizedTest
    @ValueSource(ints = {2, 100})
    void shouldLetLoadersLoadOtherKeysToAnyDepth(int depth) {
        assertThat(nested(depth)).isEqualTo(depth);
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(depth + 1);
        assertThat(fixture.stored("1")).isEqualTo("1");
    }

    private int nested(int depth) {
        String value = fixture.get("" + depth, MINUTE, () -> loaded("" + (depth == 0 ? 0 : nested(depth - 1) + 1)));
        return Integer.parseInt(String.valueOf(value));
    }

    @Test
    void shouldRejectALoaderThatRequestsItsOwnKey() {
        assertThatThrownBy(() -> fixture.get("k", MINUTE, () -> loaded("" + fixture.get("k", "inner"))))
                .isInstanceOf(CacheLoadException.class)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a loader must not request the key that it loads: \"k\"");
        assertThat(fixture.stored("k")).isNull();
    }

    @Test
    void shouldRejectALoaderThatRequestsItsOwnKeyThroughAnotherLoader() {
        assertThatThrownBy(() -> fixture.get(
                        "k",
                        MINUTE,
                        () -> loaded("" + fixture.get("l", MINUTE, () -> loaded("" + fixture.get("k", "inner"))))))
                .rootCause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("\"k\"");
    }

    @Test
    void shouldReturnTheValueOfALoaderThatCatchesTheRejection() {
        assertThat(fixture.get("k", MINUTE, () -> {
                    try {
                        return loaded("" + fixture.get("k", "inner"));
                    } catch (IllegalStateException e) {
                        return loaded("default");
                    }
                }))
                .isEqualTo("default");
        assertThat(fixture.stored("k")).isEqualTo("default");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void shouldRejectACycleOfThreadsThatWaitForEachOther(int threads) throws Exception {
        CountDownLatch allLoading = new CountDownLatch(threads);
        AtomicInteger rejections = new AtomicInteger();
        List<String> messages = new ArrayList<>();
        List<Call<@Nullable String>> calls = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            String key = "k" + i;
            String next = "k" + (i + 1) % threads;
            calls.add(fixture.start(key, MINUTE, () -> {
                allLoading.countDown();
                allLoading.await();
                try {
                    return loaded("" + fixture.get(next, "unused"));
                } catch (IllegalStateException e) {
                    rejections.incrementAndGet();
                    synchronized (messages) {
                        messages.add(e.getMessage());
                    }
                    return loaded("broken");
                }
            }));
        }
        for (Call<@Nullable String> call : calls) {
            assertThat(call.get()).isEqualTo("broken");
        }
        assertThat(rejections).hasValue(1);
        assertThat(messages.get(0))
                .startsWith("loaders must not wait for each other: the load of \"k")
                .contains("whose load needs");
        for (int i = 0; i < threads; i++) {
            assertThat(messages.get(0)).contains("\"k" + i + "\"");
        }
    }

    @Test
    void shouldNotRejectThreadsThatWaitWithoutACycle() throws Exception {
        GatedLoader last = new GatedLoader("v");
        Call<@Nullable String> first = fixture.start("c", MINUTE, last);
        last.awaitCall();
        Call<@Nullable String> second = fixture.start("b", MINUTE, () -> loaded("" + fixture.get("c", "x")));
        fixture.awaitWaiting(1);
        Call<@Nullable String> third = fixture.start("a", MINUTE, () -> loaded("" + fixture.get("b", "x")));
        fixture.awaitWaiting(2);
        last.gate.countDown();
        assertThat(List.of(first.get(), second.get(), third.get())).containsOnly("v");
    }

    // ---- no monitor

    @Test
    void shouldHoldNoMonitorWhileALoaderRunsOrAThreadWaits() throws Exception {
        AtomicInteger values = new AtomicInteger();
        GatedLoader loader = new GatedLoader("v");
        List<Thread> threads = new ArrayList<>();
        int count = 4 * Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < count; i++) {
            threads.add(startVirtual(() -> {
                if ("v".equals(fixture.get("k", MINUTE, loader))) {
                    values.incrementAndGet();
                }
            }));
        }
        // more threads than carriers wait: if one was pinned, the last ones would not get there
        fixture.awaitWaiting(count - 1);
        startVirtual(loader.gate::countDown).join(20_000);
        for (Thread thread : threads) {
            thread.join(20_000);
        }
        assertThat(values).hasValue(count);
    }

    /** Starts a virtual thread, or an ordinary one where there are none. */
    private static Thread startVirtual(Runnable action) throws ReflectiveOperationException {
        try {
            return (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, action);
        } catch (NoSuchMethodException | InvocationTargetException e) {
            Thread thread = new Thread(action);
            thread.start();
            return thread;
        }
    }

    // ---- close

    @Test
    void shouldReleaseWaitingCallersWhenTheCacheIsClosed() throws Exception {
        GatedLoader loader = new GatedLoader("v");
        Call<@Nullable String> first = fixture.start("k", MINUTE, loader);
        loader.awaitCall();
        Call<@Nullable String> second = fixture.start("k", MINUTE, loader);
        fixture.awaitWaiting(1);
        fixture.loads.close();
        assertThat(second.failure())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the cache has been closed: build a new one");
        loader.gate.countDown();
        assertThat(first.get()).isEqualTo("v");
        assertThat(fixture.stored("k")).isNull();
        assertThatThrownBy(() -> fixture.get("k", "v"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
