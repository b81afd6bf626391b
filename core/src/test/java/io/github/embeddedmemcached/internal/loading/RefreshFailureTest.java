package io.github.embeddedmemcached.internal.loading;

import static io.github.embeddedmemcached.internal.loading.LoadFixture.MINUTE;
import static io.github.embeddedmemcached.internal.loading.LoadFixture.REFRESHED;
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
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Refreshes that fail: the old value is served, and the next refresh is delayed. */
class RefreshFailureTest {
    private final LoadFixture fixture = new LoadFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private @Nullable String get(String loaded) {
        return fixture.getRefreshed(loaded);
    }

    private @Nullable String fail(LoadPolicy policy) {
        return fixture.get("k", policy, () -> {
            throw new IOException("the source is down");
        });
    }

    @Test
    void shouldServeTheOldValueAfterAFailureAndTryAgainAfterABackOff() {
        get("v1");
        fixture.advanceSeconds(11);
        long[] backOffSeconds = {1, 2, 4, 8};
        assertThat(fail(REFRESHED)).isEqualTo("v1");
        fixture.refresher.runNext();
        for (long seconds : backOffSeconds) {
            assertThat(fail(REFRESHED)).isEqualTo("v1");
            fixture.clock.advance(Duration.ofMillis(seconds * 1000 - 1));
            assertThat(fail(REFRESHED)).isEqualTo("v1");
            assertThat(fixture.refresher.size()).isZero();
            fixture.clock.advance(Duration.ofMillis(1));
            assertThat(fail(REFRESHED)).isEqualTo("v1");
            fixture.refresher.runNext();
        }
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isEqualTo(5);
        assertThat(fixture.count(Statistic.LOAD_FAILURES)).isEqualTo(5);
        fixture.advanceSeconds(16);
        assertThat(get("v2")).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(get("v3")).isEqualTo("v2");
        assertThat(fixture.loads.refreshTimes().size()).isZero();
    }

    @Test
    void shouldServeTheOldValueAfterARefreshWhoseValueIsTooLarge() {
        Callable<@Nullable LoadedValue> tooLarge = () -> new LoadedValue(new byte[2 << 20]);
        get("v1");
        fixture.advanceSeconds(20);
        assertThat(fixture.get("k", REFRESHED, tooLarge)).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(fixture.count(Statistic.STORE_TOO_LARGE)).isEqualTo(1);
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isEqualTo(1);
        assertThat(fixture.count(Statistic.REFRESHES)).isZero();
        assertThat(get("v2")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isZero(); // the back-off
        fixture.advanceSeconds(1);
        assertThat(get("v2")).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(get("v3")).isEqualTo("v2");
        assertThat(fixture.count(Statistic.REFRESHES)).isEqualTo(1);
    }

    @Test
    void shouldReturnAValueThatIsTooLargeAndLetAWireClientRefreshTheItem() {
        byte[] large = new byte[2 << 20];
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        assertThat(fixture.loads.get(bytes("k"), MINUTE, () -> new LoadedValue(large)))
                .isEqualTo(large);
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isEqualTo(1);
        assertThat(fixture.get("k", "v2")).isEqualTo("v1");
        assertThat(fixture.wire("mg k v|")).isEqualTo("VA 2 X W|v1|");
    }

    @Test
    void shouldKeepTheOldItemIfThereIsNoMemoryForItsRefresh() {
        try (LoadFixture full = new LoadFixture(
                Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN).eviction(false))) {
            full.get("k", "v1");
            full.wire("md k I|");
            byte[] value = new byte[10_000];
            for (int i = 0; full.count(Statistic.STORE_NO_MEMORY) == 0; i++) {
                full.loads.get(bytes("k" + i), MINUTE, () -> new LoadedValue(value));
            }
            assertThat(full.loads.get(bytes("k"), MINUTE, () -> new LoadedValue(value)))
                    .isEqualTo(value);
            assertThat(full.stored("k")).isEqualTo("v1");
            assertThat(full.count(Statistic.REFRESH_FAILURES)).isEqualTo(1);
            assertThat(full.count(Statistic.REFRESHES)).isZero();
        }
    }

    @Test
    void shouldNotWaitLongerThanAMinuteAfterManyFailures() {
        RefreshTimes times = new RefreshTimes();
        ItemView view = new ItemView();
        byte[] key = bytes("k");
        for (int i = 0; i < 100; i++) {
            times.recordFailure(key, i);
        }
        assertThat(times.allowRefresh(key, view, 99 + 59_999, 1)).isFalse();
        assertThat(times.allowRefresh(key, view, 99 + 60_000, 1)).isTrue();
        assertThat(times.allowRefresh(key, view, 98, 1)).isTrue(); // the clock was set back
        times.recordFailure(key, 99 + 120_000); // long after the others
        assertThat(times.allowRefresh(key, view, 99 + 121_000, 1)).isTrue();
    }

    @Test
    void shouldForgetTheFailuresOfAKeyAfterALoad() {
        failUntilTheBackOffIsAMinute();
        fixture.cache.delete("k");
        assertThat(get("v2")).isEqualTo("v2");
        assertThat(fixture.loads.refreshTimes().size()).isZero();
        fixture.advanceSeconds(11);
        assertThat(get("v3")).isEqualTo("v2");
        fixture.refresher.runNext();
        assertThat(get("v4")).isEqualTo("v3");
    }

    @Test
    void shouldForgetFailuresWhenTheCacheIsReset() {
        failUntilTheBackOffIsAMinute();
        fixture.loads.reset();
        assertThat(fixture.loads.refreshTimes().size()).isZero();
        assertThat(get("v2")).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(get("v3")).isEqualTo("v2");
    }

    /** Leaves an item that is due for a refresh. */
    private void failUntilTheBackOffIsAMinute() {
        fixture.set("k", "v1", 40_000);
        for (int i = 0; i < 7; i++) {
            fixture.loads.refreshTimes().recordFailure(bytes("k"), fixture.clock.millis());
        }
        assertThat(get("x")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isZero();
    }

    @Test
    void shouldNotRecordAFailureOfAnItemThatWasDroppedMeanwhile() {
        get("v1");
        fixture.advanceSeconds(20);
        assertThat(fixture.get("k", REFRESHED, () -> {
                    fixture.cache.reset();
                    fixture.loads.reset();
                    throw new IOException("the source is down");
                }))
                .isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(fixture.loads.refreshTimes().size()).isZero();
        assertThat(get("v2")).isEqualTo("v2");
    }

    @Test
    void shouldKeepTheTimesOfABoundedNumberOfKeys() {
        RefreshTimes times = new RefreshTimes();
        for (int i = 0; i < RefreshTimes.KEYS_MAX + 10; i++) {
            times.recordFailure(bytes("k" + i), 0);
        }
        assertThat(times.size()).isEqualTo(RefreshTimes.KEYS_MAX);
        assertThat(times.allowRefresh(bytes("k0"), new ItemView(), 0, 1)).isTrue();
        assertThat(times.allowRefresh(bytes("k10"), new ItemView(), 0, 1)).isFalse();
    }

    @Test
    void shouldLoadAfterTheHardTimeToLiveEvenDuringTheBackOff() {
        get("v1");
        fixture.advanceSeconds(59);
        fail(REFRESHED);
        fixture.clock.advance(Duration.ofMillis(500));
        fixture.refresher.runNext();
        assertThat(get("v2")).isEqualTo("v1");
        fixture.clock.advance(Duration.ofMillis(500));
        assertThat(get("v2")).isEqualTo("v2");
    }

    @Test
    void shouldCountARejectionByTheExecutorAsAFailedRefresh() {
        get("v1");
        fixture.advanceSeconds(20);
        fixture.refresher.rejects(true);
        assertThat(get("v2")).isEqualTo("v1");
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isEqualTo(1);
        assertThat(fixture.loads.runningCount()).isZero();
        fixture.refresher.rejects(false);
        assertThat(get("v2")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isZero();
        fixture.advanceSeconds(1);
        assertThat(get("v2")).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(get("v3")).isEqualTo("v2");
    }

    @Test
    void shouldReturnTheStaleValueIfTheRefreshFails() {
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        assertThat(fail(MINUTE)).isEqualTo("v1");
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isEqualTo(1);
        assertThat(fixture.get("k", "v2")).isEqualTo("v1"); // the back-off
        fixture.advanceSeconds(1);
        assertThat(fixture.get("k", "v2")).isEqualTo("v2");
    }

    @Test
    void shouldReleaseAllCallersBeforeAFailedRefreshIsLogged() throws Exception {
        GatedLoader failing = new GatedLoader(() -> {
            throw new IOException("the source is down");
        });
        AtomicReference<@Nullable Throwable> ofWaiting = new AtomicReference<>();
        get("v1");
        fixture.advanceSeconds(59);
        assertThat(fixture.get("k", REFRESHED, failing)).isEqualTo("v1");
        Call<Void> executor = fixture.runRefresh(failing);
        fixture.advanceSeconds(1);
        Call<@Nullable String> waiting = fixture.start("k", REFRESHED, () -> loaded("v2"));
        fixture.awaitWaiting(1);
        fixture.logger.action = () -> {
            try {
                ofWaiting.set(waiting.failure());
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError(e);
            }
            throw new IllegalStateException("the disk is full");
        };
        failing.gate.countDown();
        executor.get();
        assertThat(ofWaiting.get()).isInstanceOf(CacheLoadException.class);
        assertThat(fixture.logger.messages)
                .containsExactly("DEBUG a refresh failed, and the old value is served until it expires: loading \"k\""
                        + " failed");
        assertThat(fixture.loads.runningCount()).isZero();
        assertThat(get("v3")).isEqualTo("v3");
    }

    @Test
    void shouldReturnTheStaleValueIfTheLoggerFails() {
        fixture.logger.action = () -> {
            throw new IllegalStateException("the disk is full");
        };
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        assertThat(fail(MINUTE)).isEqualTo("v1");
        assertThat(fixture.logger.messages).hasSize(1);
        assertThat(fixture.loads.runningCount()).isZero();
    }

    @Test
    void shouldLetAWireClientRefreshAnItemAtOnceAfterAFailure() {
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        assertThat(fail(MINUTE)).isEqualTo("v1");
        assertThat(fixture.wire("mg k v|")).isEqualTo("VA 2 X W|v1|");
    }

    @Test
    void shouldNotReturnAStaleValueThatExpiredDuringTheRefresh() {
        fixture.get("k", "v1");
        fixture.wire("md k I T5|");
        assertThatThrownBy(() -> fixture.get("k", MINUTE, () -> {
                    fixture.advanceSeconds(5);
                    throw new IOException();
                }))
                .isInstanceOf(CacheLoadException.class)
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void shouldRethrowAnErrorOfASynchronousRefresh() {
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        assertThatThrownBy(() -> fixture.get("k", MINUTE, () -> {
                    throw new LinkageError("shop");
                }))
                .isInstanceOf(LinkageError.class);
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isEqualTo(1);
        assertThat(fixture.get("k", "x")).isEqualTo("v1");
    }
}
