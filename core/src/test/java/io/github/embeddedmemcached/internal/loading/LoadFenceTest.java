package io.github.embeddedmemcached.internal.loading;

import static io.github.embeddedmemcached.internal.loading.LoadFixture.MINUTE;
import static io.github.embeddedmemcached.internal.loading.LoadFixture.bytes;
import static io.github.embeddedmemcached.internal.loading.LoadFixture.loaded;
import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.fence.LoadFence;
import io.github.embeddedmemcached.internal.engine.fence.LoadFences;
import io.github.embeddedmemcached.internal.loading.LoadFixture.Call;
import io.github.embeddedmemcached.internal.loading.LoadFixture.GatedLoader;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of an item while it is loaded, by callers in the process and by wire clients. */
class LoadFenceTest {
    private final LoadFixture fixture = new LoadFixture();

    @AfterEach
    void close() {
        assertThat(fixture.loads.runningCount()).isZero();
        fixture.close();
    }

    /** Loads a key, and lets the loader call an action before it returns its value. */
    private String loadDuring(Runnable action) {
        return String.valueOf(fixture.get("k", MINUTE, () -> {
            action.run();
            return loaded("loaded");
        }));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "set k 0 0 3|new|; STORED|; new",
                "add k 0 0 3|new|; STORED|; new",
                "delete k|; NOT_FOUND|; ",
                "ms k 3|new|; HD|; new",
                "md k|; NF|; ",
                "mn|ms k 3|new|; MN|HD|; new",
                "flush_all|; OK|; ",
                "ma k N0 J5|; HD|; 5",
                "ms k 3 MA N60|new|; HD|; new",
                "set k 0 0 3|new|delete k|; STORED|DELETED|; ",
            })
    void shouldNotStoreAValueIfAWireClientChangesTheItemDuringTheLoad(String requests, String replies, String stored) {
        assertThat(loadDuring(() -> assertThat(fixture.wire(requests)).isEqualTo(replies)))
                .isEqualTo("loaded");
        assertThat(fixture.stored("k")).isEqualTo(stored);
        assertThat(fixture.get("k", "next")).isEqualTo(stored == null ? "next" : stored);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "replace k 0 0 3|new|; NOT_STORED|",
                "append k 0 0 3|new|; NOT_STORED|",
                "cas k 0 0 3 1|new|; NOT_FOUND|",
                "ms k 3 C1|new|; NF|",
                "incr k 1|; NOT_FOUND|",
                "touch k 100|; NOT_FOUND|",
                "get k|; END|",
                "mg k v t|; EN|",
                "set other 0 0 3|new|delete other|; STORED|DELETED|",
                "mg k N30 v|; VA 0 W||",
                "flush_all 100|; OK|",
            })
    void shouldStoreAValueIfNoClientChangesTheItem(String requests, String replies) {
        assertThat(loadDuring(() -> assertThat(fixture.wire(requests)).isEqualTo(replies)))
                .isEqualTo("loaded");
        assertThat(fixture.stored("k")).isEqualTo("loaded");
    }

    @Test
    void shouldNotStoreAValueIfTheApplicationChangesTheItemDuringTheLoad() {
        loadDuring(() -> fixture.cache.delete("k"));
        assertThat(fixture.stored("k")).isNull();
        loadDuring(() -> fixture.set("k", "new", 0));
        assertThat(fixture.stored("k")).isEqualTo("new");
        fixture.cache.delete("k");
        loadDuring(() -> {
            fixture.set("k", "5", 0);
            fixture.cache.increment("k", 1);
            fixture.cache.evict("k");
        });
        assertThat(fixture.stored("k")).isNull();
        loadDuring(fixture.engine::clear);
        assertThat(fixture.stored("k")).isNull();
        loadDuring(fixture.engine::reset);
        assertThat(fixture.stored("k")).isNull();
        loadDuring(() -> {
            fixture.set("k", "v", 0);
            ItemUpdate update = new ItemUpdate().key(bytes("k"), 0, 1);
            assertThat(fixture.engine.take(update, new ItemView())).isTrue();
        });
        assertThat(fixture.stored("k")).isNull();
    }

    @Test
    void shouldNotStoreAValueIfASetDuringTheLoadFails() {
        loadDuring(() -> fixture.set("k", "x".repeat(2 << 20), 0));
        assertThat(fixture.stored("k")).isNull();
        loadDuring(() -> fixture.wire("set k 0 0 9999999|"));
        assertThat(fixture.stored("k")).isNull();
    }

    @Test
    void shouldNotStoreAValueIfADelayedFlushBecomesDueDuringTheLoad() {
        fixture.wire("flush_all 100|");
        assertThat(loadDuring(() -> fixture.advanceSeconds(100))).isEqualTo("loaded");
        assertThat(fixture.stored("k")).isNull();
    }

    @Test
    void shouldStoreAValueIfTheItemIsEvictedOrExpiresDuringTheRefresh() {
        fixture.set("k", "old", 5_000);
        fixture.wire("md k I|");
        assertThat(loadDuring(() -> assertThat(fixture.cache.evict("k")).isTrue()))
                .isEqualTo("loaded");
        assertThat(fixture.stored("k")).isEqualTo("loaded");
        fixture.set("k", "old", 5_000);
        fixture.wire("md k I|");
        assertThat(loadDuring(() -> {
                    fixture.advanceSeconds(5);
                    assertThat(fixture.cache.get("k")).isNull();
                }))
                .isEqualTo("loaded");
        assertThat(fixture.stored("k")).isEqualTo("loaded");
    }

    @Test
    void shouldReplaceAPlaceholderUnlessItsClientFillsIt() {
        assertThat(fixture.wire("mg k N30 v|")).isEqualTo("VA 0 W||");
        assertThat(fixture.get("k", "loaded")).isEqualTo("loaded");
        assertThat(fixture.wire("mg k v|")).isEqualTo("VA 6|loaded|");
        fixture.cache.delete("k");
        assertThat(fixture.wire("mg k N30 v|")).isEqualTo("VA 0 W||");
        assertThat(loadDuring(() -> fixture.wire("ms k 3|own|"))).isEqualTo("loaded");
        assertThat(fixture.stored("k")).isEqualTo("own");
    }

    @Test
    void shouldStoreNothingWhileAKeyIsLoaded() {
        loadDuring(() -> {
            assertThat(fixture.wire("mg k v t|get k|")).isEqualTo("EN|END|");
            assertThat(fixture.cache.statistics().items()).isZero();
        });
        assertThat(fixture.cache.statistics().items()).isEqualTo(1);
    }

    @Test
    void shouldKeepAPlaceholderIfTheLoaderReturnsNull() {
        assertThat(fixture.wire("mg k N30 v|")).isEqualTo("VA 0 W||");
        assertThat(fixture.get("k", MINUTE, () -> null)).isNull();
        assertThat(fixture.wire("mg k N30 v|")).isEqualTo("VA 0 Z||");
        assertThat(fixture.get("k", "v")).isEqualTo("v");
    }

    @Test
    void shouldLoadAgainForACallThatBeginsAfterADelete() throws Exception {
        GatedLoader before = new GatedLoader("before");
        Call<@Nullable String> first = fixture.start("k", MINUTE, before);
        before.awaitCall();
        Call<@Nullable String> joined = fixture.start("k", MINUTE, before);
        fixture.awaitWaiting(1);
        fixture.cache.delete("k");
        assertThat(fixture.get("k", "after")).isEqualTo("after");
        before.gate.countDown();
        assertThat(first.get()).isEqualTo("before");
        assertThat(joined.get()).isEqualTo("before");
        assertThat(fixture.stored("k")).isEqualTo("after");
    }

    @Test
    void shouldNotReturnALoadedValueToAGetThatBeginsAfterItWasStoredAndDeleted() {
        byte[] tooLarge = new byte[fixture.cache.maxItemSizeBytes()];
        List<@Nullable String> values = new ArrayList<>();
        fixture.cache.addRemovalListener(
                removal -> { // called while "a" is stored and the load of both keys has not ended
                    fixture.cache.delete("a");
                    values.add(fixture.get("a", "after"));
                },
                RemovalCause.REJECTED);
        fixture.loads.getAll(List.of(bytes("a"), bytes("b")), MINUTE, keys ->
                new LoadedValue[] {loaded("before"), new LoadedValue(tooLarge)});
        assertThat(values).containsExactly("after");
        assertThat(fixture.stored("a")).isEqualTo("after");
    }

    @Test
    void shouldNotReturnAnItemThatALoadHasFoundToAGetThatBeginsAfterItWasDeleted() {
        List<byte[]> keys = new AbstractList<>() { // stores "a" after it was looked up and before it is loaded
                    @Override
                    public byte[] get(int index) {
                        if (index == 1 && fixture.count(Statistic.GET_MISSES) == 1) {
                            fixture.set("a", "before", 0);
                        }
                        return bytes(index == 0 ? "a" : "b");
                    }

                    @Override
                    public int size() {
                        return 2;
                    }
                };
        List<@Nullable String> values = new ArrayList<>();
        byte[] @Nullable [] loaded = fixture.loads.getAll(keys, MINUTE, missing -> {
            assertThat(missing).containsExactly(bytes("b"));
            fixture.cache.delete("a");
            values.add(fixture.get("a", "after"));
            return new LoadedValue[] {loaded("b")};
        });
        assertThat(loaded).isDeepEqualTo(new byte[][] {bytes("before"), bytes("b")});
        assertThat(values).containsExactly("after");
    }

    @Test
    void shouldNotStoreAValueIfItsPrefixIsInvalidated() {
        loadDuring(() -> fixture.loads.invalidate(bytes("other:")));
        assertThat(fixture.stored("k")).isEqualTo("loaded");
        fixture.cache.delete("k");
        loadDuring(() -> fixture.loads.invalidate(bytes("k")));
        assertThat(fixture.stored("k")).isNull();
        loadDuring(() -> fixture.loads.invalidate(bytes("")));
        assertThat(fixture.stored("k")).isNull();
    }

    // ---- the table

    @Test
    void shouldKeepTheFencesOfManyKeys() {
        LoadFences fences = new LoadFences();
        List<LoadFence> added = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            LoadFence fence = new LoadFence();
            fences.prepareToAdd();
            fences.add(fence, i / 2 * 2 + (i % 2) * 1_000_003L);
            added.add(fence);
        }
        assertThat(fences.count()).isEqualTo(1_000);
        for (int i = 0; i < 1_000; i += 4) {
            fences.breakFences(i);
            assertThat(fences.remove(added.get(i))).isFalse();
            assertThat(fences.remove(added.get(i + 1))).isTrue();
            assertThat(fences.remove(added.get(i + 1))).isFalse();
        }
        assertThat(fences.count()).isEqualTo(500);
        fences.breakAll();
        assertThat(fences.count()).isZero();
        assertThat(added.get(2).isBroken()).isTrue();
        assertThat(fences.remove(added.get(2))).isFalse();
        assertThat(fences.remove(null)).isTrue();
    }

    @Test
    void shouldBreakTheFenceOfAnEarlierLoadOfTheSameKey() {
        LoadFences fences = new LoadFences();
        LoadFence first = new LoadFence();
        LoadFence second = new LoadFence();
        fences.prepareToAdd();
        fences.add(first, 7);
        fences.prepareToAdd();
        fences.add(second, 7);
        assertThat(first.isBroken()).isTrue();
        assertThat(second.isBroken()).isFalse();
        assertThat(fences.count()).isEqualTo(1);
        assertThat(fences.remove(second)).isTrue();
        assertThat(second.isBroken()).isTrue();
    }

    // ---- concurrency

    /** A source whose version grows, and after each growth a change of the cache: then no get may see an older version. */
    @ParameterizedTest
    @ValueSource(strings = {"delete", "set", "wire delete", "wire set", "flush", "mark as stale"})
    void shouldNeverReturnOrKeepAVersionOlderThanTheLastChange(String change) throws Exception {
        int changes = 3_000;
        AtomicLong source = new AtomicLong();
        AtomicLong changed = new AtomicLong();
        AtomicBoolean stopped = new AtomicBoolean();
        CountDownLatch reading = new CountDownLatch(3); // the changes are concurrent with all readers
        List<Call<Long>> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(new Call<>(() -> {
                long loads = 0;
                Random random = new Random(1);
                while (!stopped.get()) {
                    long oldest = changed.get();
                    long value = Long.parseLong(String.valueOf(fixture.get("k", MINUTE, () -> {
                        long read = source.get();
                        for (int spins = random.nextInt(200); spins > 0; spins--) {
                            Thread.onSpinWait();
                        }
                        return loaded("" + read);
                    })));
                    if (!change.equals("mark as stale")) { // a stale value may be returned
                        assertThat(value).isGreaterThanOrEqualTo(oldest);
                    }
                    if (loads++ == 0) {
                        reading.countDown();
                    }
                }
                return loads;
            }));
        }
        assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < changes; i++) {
            long version = source.incrementAndGet();
            switch (change) {
                case "delete" -> fixture.cache.delete("k");
                case "set" -> fixture.set("k", "" + version, 0);
                case "wire delete" -> fixture.wire("delete k noreply|");
                case "wire set" -> fixture.wire("ms k " + ("" + version).length() + " q|" + version + "|");
                case "flush" -> fixture.wire("flush_all noreply|");
                default -> fixture.wire("md k I q|");
            }
            changed.set(version);
            String stored = fixture.stored("k");
            if (stored != null && !change.equals("mark as stale")) {
                assertThat(Long.parseLong(stored)).isGreaterThanOrEqualTo(version);
            }
        }
        stopped.set(true);
        for (Call<Long> reader : readers) {
            assertThat(reader.get()).isPositive();
        }
        // the last load was not older than the last change either
        assertThat(Long.parseLong(String.valueOf(fixture.get("k", "" + source.get()))))
                .isEqualTo(changes);
        eventually("all loads have ended", () -> fixture.loads.runningCount() == 0);
        assertThat(fixture.count(Statistic.LOAD_FAILURES)).isZero();
    }
}
