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
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.loading.LoadFixture.Call;
import io.github.embeddedmemcached.internal.loading.LoadFixture.GatedLoader;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Refreshes of items that are stale or expire soon, together with wire clients. */
class RefreshTest {
    private final LoadFixture fixture = new LoadFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private @Nullable String get(String loaded) {
        return fixture.getRefreshed(loaded);
    }

    // ---- asynchronous

    @Test
    void shouldServeTheOldValueWhileTheExecutorRefreshesIt() {
        assertThat(get("v1")).isEqualTo("v1");
        fixture.advanceSeconds(10);
        assertThat(get("v2")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isZero();
        fixture.clock.advance(Duration.ofMillis(1));
        assertThat(get("v2")).isEqualTo("v1");
        assertThat(get("v3")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isEqualTo(1);
        fixture.refresher.runNext();
        assertThat(get("v4")).isEqualTo("v2");
        assertThat(fixture.refresher.size()).isZero();
        assertThat(fixture.count(Statistic.REFRESHES)).isEqualTo(1);
        assertThat(fixture.count(Statistic.STALE_HITS)).isEqualTo(2);
        assertThat(fixture.count(Statistic.GET_HITS)).isEqualTo(4);
        assertThat(fixture.count(Statistic.GET_MISSES)).isEqualTo(1);
        assertThat(fixture.loads.runningCount()).isZero();
    }

    @Test
    void shouldRefreshAnItemThatIsReadOftenToo() {
        for (int i = 0; i < 10; i++) {
            get("v1"); // from now on by the fast path
        }
        fixture.advanceSeconds(20);
        assertThat(get("v2")).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(get("v3")).isEqualTo("v2");
        ItemView view = new ItemView();
        assertThat(fixture.engine.peek(bytes("k"), 0, 1, view)).isTrue();
        assertThat(view.millisToLive()).isEqualTo(60_000);
    }

    @Test
    void shouldNotRefreshAValueWhoseLoaderChoseAShortTimeToLive() {
        Callable<@Nullable LoadedValue> loader = () -> new LoadedValue(bytes("v"), 50_000, 0);
        for (int i = 0; i < 10; i++) {
            assertThat(fixture.get("k", REFRESHED, loader)).isEqualTo("v");
            fixture.advanceSeconds(1);
        }
        assertThat(fixture.refresher.size()).isZero();
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
        assertThat(fixture.wire("mg k R60 v|")).isEqualTo("VA 1 W|v|");
    }

    @Test
    void shouldRefreshAnItemThatAWireClientStoredForAShortTime() {
        fixture.wire("set k 0 20 3|old|");
        assertThat(get("v")).isEqualTo("old");
        fixture.refresher.runNext();
        assertThat(get("x")).isEqualTo("v");
    }

    @Test
    void shouldNotRefreshAnItemThatNeverExpires() {
        fixture.set("k", "v", 0);
        fixture.advanceSeconds(1_000_000);
        assertThat(get("x")).isEqualTo("v");
        assertThat(fixture.refresher.size()).isZero();
    }

    @Test
    void shouldRemoveTheItemIfTheRefreshReturnsNull() {
        get("v1");
        fixture.advanceSeconds(20);
        assertThat(fixture.get("k", REFRESHED, () -> null)).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(fixture.stored("k")).isNull();
    }

    @Test
    void shouldNotStoreTheResultOfARefreshIfTheItemIsChangedMeanwhile() {
        get("v1");
        fixture.advanceSeconds(20);
        fixture.get("k", REFRESHED, () -> {
            fixture.wire("set k 0 60 3|new|");
            return loaded("v2");
        });
        fixture.refresher.runNext();
        assertThat(fixture.stored("k")).isEqualTo("new");
        fixture.advanceSeconds(20);
        fixture.get("k", REFRESHED, () -> {
            fixture.wire("delete k|");
            return null;
        });
        fixture.refresher.runNext();
        assertThat(fixture.stored("k")).isNull();
    }

    @Test
    void shouldRunAQueuedRefreshInTheThreadThatNeedsItAfterTheHardTimeToLive() {
        get("v1");
        fixture.advanceSeconds(59);
        assertThat(get("v2")).isEqualTo("v1");
        fixture.advanceSeconds(1);
        assertThat(get("v3")).isEqualTo("v2");
        fixture.refresher.runNext(); // nothing remains to be done
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(2);
    }

    // ---- hanging refreshes

    @Test
    void shouldJoinARunningRefreshAfterTheHardTimeToLive() throws Exception {
        GatedLoader hanging = new GatedLoader("v2");
        get("v1");
        fixture.advanceSeconds(59);
        assertThat(fixture.get("k", REFRESHED, hanging)).isEqualTo("v1");
        Call<Void> executor = fixture.runRefresh(hanging);
        fixture.advanceSeconds(1);
        assertThat(fixture.stored("k")).isNull();
        Call<@Nullable String> waiting = fixture.start("k", REFRESHED, () -> loaded("v3"));
        fixture.awaitWaiting(1);
        hanging.gate.countDown();
        assertThat(waiting.get()).isEqualTo("v2");
        executor.get();
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(2);
    }

    @Test
    void shouldTakeOverARefreshThatExceedsItsLease() throws Exception {
        GatedLoader hanging = new GatedLoader("late");
        get("v1");
        fixture.advanceSeconds(11);
        fixture.get("k", REFRESHED, hanging);
        Call<Void> executor = fixture.runRefresh(hanging);
        fixture.clock.advance(Duration.ofMillis(29_999));
        assertThat(get("v2")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isZero();
        fixture.clock.advance(Duration.ofMillis(1));
        assertThat(get("v2")).isEqualTo("v1");
        fixture.refresher.runNext();
        assertThat(get("v3")).isEqualTo("v2");
        hanging.gate.countDown();
        executor.get();
        assertThat(fixture.stored("k")).isEqualTo("v2");
    }

    @Test
    void shouldLoadAfterTheHardTimeToLiveIfTheRefreshExceedsItsLeaseAndReleaseItsCallers() throws Exception {
        GatedLoader hanging = new GatedLoader("late");
        get("v1");
        fixture.advanceSeconds(50);
        fixture.get("k", REFRESHED, hanging);
        Call<Void> executor = fixture.runRefresh(hanging);
        fixture.advanceSeconds(29);
        Call<@Nullable String> joined = fixture.start("k", REFRESHED, () -> loaded("v3"));
        fixture.awaitWaiting(1);
        fixture.advanceSeconds(1);
        assertThat(get("v2")).isEqualTo("v2");
        assertThat(joined.get()).isEqualTo("v2");
        hanging.gate.countDown();
        executor.get();
        assertThat(fixture.stored("k")).isEqualTo("v2");
    }

    @Test
    void shouldTakeOverARefreshByTheCallerThatWaitsForIt() throws Exception {
        GatedLoader hanging = new GatedLoader("late");
        LoadPolicy shortLease = REFRESHED.lease(50);
        get("v1");
        fixture.advanceSeconds(59);
        fixture.get("k", shortLease, hanging);
        Call<Void> executor = fixture.runRefresh(hanging);
        fixture.clock.advance(Duration.ofMillis(1_000));
        fixture.clock.advance(Duration.ofMillis(-970)); // 30 ms of the lease are over, but the item was dropped
        fixture.cache.evict("k");
        Call<@Nullable String> joined = fixture.start("k", shortLease, () -> loaded("v2"));
        fixture.awaitWaiting(1);
        fixture.advanceSeconds(1);
        assertThat(joined.get()).isEqualTo("v2");
        hanging.gate.countDown();
        executor.get();
    }

    // ---- synchronous

    @Test
    void shouldReturnTheNewValueToTheCallerThatRefreshesAndTheOldOneToOthers() throws Exception {
        GatedLoader loader = new GatedLoader("v2");
        fixture.get("k", "v1");
        assertThat(fixture.wire("md k I T30|")).isEqualTo("HD|");
        Call<@Nullable String> winner = fixture.start("k", MINUTE, loader);
        loader.awaitCall();
        assertThat(fixture.get("k", "v3")).isEqualTo("v1");
        assertThat(fixture.wire("mg k v|")).isEqualTo("VA 2 Z X|v1|");
        loader.gate.countDown();
        assertThat(winner.get()).isEqualTo("v2");
        assertThat(fixture.wire("mg k v|")).isEqualTo("VA 2|v2|");
    }

    @Test
    void shouldReturnNullAndRemoveTheStaleItemIfTheLoaderReturnsNull() {
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        assertThat(fixture.get("k", MINUTE, () -> null)).isNull();
        assertThat(fixture.stored("k")).isNull();
    }

    @Test
    void shouldServeTheOldValueToALoaderThatRefreshesTheSameKey() {
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        assertThat(fixture.get("k", MINUTE, () -> loaded(fixture.get("k", "x") + " again")))
                .isEqualTo("v1 again");
    }

    // ---- together with wire clients

    @Test
    void shouldServeTheOldValueWhileAWireClientRefreshesIt() {
        get("v1");
        fixture.advanceSeconds(20);
        assertThat(fixture.wire("mg k v s R50|")).isEqualTo("VA 2 s2 W|v1|");
        assertThat(get("v2")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isZero();
        assertThat(fixture.wire("ms k 4 T60|wire|")).isEqualTo("HD|");
        assertThat(get("v2")).isEqualTo("wire");
        assertThat(fixture.refresher.size()).isZero();
    }

    @Test
    void shouldNotLetAWireClientRefreshWhatTheApplicationRefreshes() {
        get("v1");
        fixture.advanceSeconds(20);
        get("v2");
        GatedLoader none = new GatedLoader("x");
        fixture.get("k", REFRESHED, none);
        assertThat(none.calls).hasValue(0);
        fixture.cache.delete("other");
        fixture.refresher.runNext();
        fixture.advanceSeconds(20);
        fixture.get("k", REFRESHED, () -> {
            assertThat(fixture.wire("mg k v R50|")).isEqualTo("VA 2 Z|v2|");
            return loaded("v3");
        });
        fixture.refresher.runNext();
        assertThat(fixture.wire("mg k v R50|")).isEqualTo("VA 2|v3|");
    }

    @Test
    void shouldNotRefreshIfAWireClientWasChosenBeforeTheExecutorBegins() {
        get("v1");
        fixture.advanceSeconds(20);
        get("v2");
        assertThat(fixture.wire("mg k v R50|")).isEqualTo("VA 2 W|v1|");
        fixture.refresher.runNext();
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
        fixture.wire("ms k 4 T60|wire|");
        assertThat(get("v3")).isEqualTo("wire");
        assertThat(fixture.loads.runningCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTakeOverTheRefreshOfAWireClientThatDied(boolean hasCasUniques) {
        try (LoadFixture other = new LoadFixture(Cache.builder().casEnabled(hasCasUniques))) {
            other.get("k", REFRESHED, () -> loaded("v1"));
            other.advanceSeconds(15);
            assertThat(other.wire("mg k v R50|")).isEqualTo("VA 2 W|v1|");
            other.advanceSeconds(5);
            assertThat(other.get("k", REFRESHED, () -> loaded("v2"))).isEqualTo("v1"); // first seen
            other.clock.advance(Duration.ofMillis(29_999));
            assertThat(other.get("k", REFRESHED, () -> loaded("v2"))).isEqualTo("v1");
            assertThat(other.refresher.size()).isZero();
            other.clock.advance(Duration.ofMillis(1));
            assertThat(other.get("k", REFRESHED, () -> loaded("v2"))).isEqualTo("v1");
            other.refresher.runNext();
            assertThat(other.get("k", REFRESHED, () -> loaded("v3"))).isEqualTo("v2");
            // the lease of the next winner begins anew
            other.advanceSeconds(15);
            assertThat(other.wire("mg k v R50|")).isEqualTo("VA 2 W|v2|");
            assertThat(other.get("k", REFRESHED, () -> loaded("v3"))).isEqualTo("v2");
            assertThat(other.refresher.size()).isZero();
        }
    }

    @Test
    void shouldBeginALeaseAnewForTheNextWinnerOfAnItem() {
        get("v1");
        fixture.advanceSeconds(15);
        fixture.wire("mg k v R50|");
        assertThat(get("x")).isEqualTo("v1");
        fixture.wire("ms k 4 T40|wire|");
        fixture.advanceSeconds(29);
        fixture.wire("mg k v R50|");
        fixture.advanceSeconds(1);
        assertThat(get("x")).isEqualTo("wire");
        assertThat(fixture.refresher.size()).isZero();
    }

    @Test
    void shouldTreatAPlaceholderOfAWireClientAsAMiss() {
        assertThat(fixture.wire("mg k N30 v|")).isEqualTo("VA 0 W||");
        assertThat(get("v1")).isEqualTo("v1");
        assertThat(fixture.refresher.size()).isZero();
        assertThat(fixture.wire("mg k N30 v|")).isEqualTo("VA 2|v1|");
    }

    // ---- close

    @Test
    void shouldDiscardQueuedRefreshesWhenTheCacheIsClosed() {
        get("v1");
        fixture.advanceSeconds(20);
        get("v2");
        fixture.loads.close();
        fixture.refresher.runNext();
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(1);
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isZero();
        assertThat(fixture.loads.runningCount()).isZero();
    }

    // ---- asynchronous and bulk gets of items that are due

    @Test
    void shouldRefreshByAsynchronousGets() {
        LoadFixture.ManualExecutor executor = new LoadFixture.ManualExecutor();
        fixture.get("k", "v1");
        fixture.wire("md k I|");
        var refreshed = fixture.loads.getAsync(bytes("k"), MINUTE, () -> loaded("v2"), executor);
        assertThat(refreshed).isNotDone();
        executor.runNext();
        assertThat(refreshed).isCompletedWithValueMatching(value -> "v2".equals(LoadFixture.text(value)));
        fixture.wire("md k I|");
        Callable<@Nullable LoadedValue> failing = () -> {
            throw new TimeoutException();
        };
        var failed = fixture.loads.getAsync(bytes("k"), MINUTE, failing, executor);
        executor.runNext();
        assertThat(failed).isCompletedWithValueMatching(value -> "v2".equals(LoadFixture.text(value)));
        assertThat(fixture.count(Statistic.REFRESH_FAILURES)).isEqualTo(1);
    }

    @Test
    void shouldRefreshSeveralKeysByOneCall() {
        String[] keys = {"a", "b", "c"};
        BulkLoadAction loader = wanted -> wanted.stream()
                .map(key -> loaded(new String(key) + wanted.size()))
                .toArray(LoadedValue[]::new);
        assertThat(fixture.getAll(MINUTE, loader, "a", "b")).containsExactly("a2", "b2");
        fixture.wire("md a I|md b I|");
        assertThat(fixture.getAll(MINUTE, loader, keys)).containsExactly("a3", "b3", "c3");
        assertThat(fixture.count(Statistic.REFRESHES)).isEqualTo(2);
        assertThat(fixture.count(Statistic.LOADS)).isEqualTo(2);
        fixture.wire("md a I|md b I|md c I|");
        BulkLoadAction failing = wanted -> {
            throw new IOException();
        };
        assertThat(fixture.getAll(MINUTE, failing, keys)).containsExactly("a3", "b3", "c3");
        ItemUpdate update = new ItemUpdate().key(bytes("a"), 0, 1);
        assertThat(fixture.engine.delete(update)).isNotNull();
        fixture.advanceSeconds(1);
        assertThatThrownBy(() -> fixture.getAll(MINUTE, failing, keys))
                .isInstanceOf(CacheLoadException.class)
                .hasMessage("loading \"a\", \"b\", \"c\" failed");
    }
}
