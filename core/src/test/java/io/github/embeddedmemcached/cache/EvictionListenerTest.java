package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvictionListenerTest {
    private static final int ITEMS = 5_000;
    private static final byte[] VALUE = new byte[1000];

    private final Cache cache =
            Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_MIN).build();

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class, OutOfMemoryError.class})
    void shouldNotHarmTheCacheByThrowing(Class<? extends Throwable> type) throws Exception {
        Throwable thrown = type.getConstructor(String.class).newInstance("thrown by a test");
        AtomicInteger calls = new AtomicInteger();
        cache.raw().evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) -> {
            calls.incrementAndGet();
            EvictionListenerTest.<RuntimeException>sneakyThrow(thrown);
        });
        for (int i = 0; i < ITEMS; i++) {
            assertThat(cache.set("key" + i, VALUE)).isEqualTo(StoreResult.STORED);
        }
        assertThat(cache.evict("key" + (ITEMS - 1))).isTrue();
        assertThat(calls)
                .hasValue((int) cache.statistics().get(Counter.EVICTIONS))
                .hasPositiveValue();
        assertThat(cache.statistics().get(Counter.PARTITION_RESETS)).isZero();
        CacheScript.verify(cache, "a listener that throws");
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneakyThrow(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void shouldBeAllowedToUseTheCache() {
        List<String> evicted = new ArrayList<>();
        cache.raw().evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) -> {
            String key = new String(bytes, offset, length, StandardCharsets.US_ASCII);
            assertGone(key);
            evicted.add(key);
            if (key.startsWith("key")) { // evicts others in turn
                cache.set("again" + key, VALUE);
            }
            cache.delete("key" + evicted.size() % 10);
        });
        for (int i = 0; i < ITEMS; i++) {
            cache.set("key" + i, VALUE);
        }
        assertThat(evicted)
                .hasSize((int) cache.statistics().get(Counter.EVICTIONS))
                .doesNotHaveDuplicates()
                .anyMatch(key -> key.startsWith("again"))
                .noneMatch(key -> key.startsWith("still there"));
        CacheScript.verify(cache, "a listener that uses the cache");
    }

    private void assertGone(String key) {
        if (cache.get(key) != null) {
            throw new AssertionError("still there: " + key);
        }
    }

    @Test
    void shouldBeCalledWithoutALock() {
        AtomicInteger blocked = new AtomicInteger();
        AtomicLong calls = new AtomicLong();
        cache.raw().evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) -> {
            if (calls.incrementAndGet() > 10) {
                return;
            }
            CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 64; i++) { // some of them in the same partition
                    cache.touch("absent" + i, 1);
                }
            });
            try {
                other.get(20, TimeUnit.SECONDS);
            } catch (Exception e) {
                blocked.incrementAndGet();
            }
        });
        for (int i = 0; i < ITEMS && blocked.get() == 0; i++) {
            cache.set("key" + i, VALUE);
        }
        assertThat(calls).hasPositiveValue();
        assertThat(blocked).hasValue(0);
    }

    @Test
    void shouldReportEachItemOnceWhenTheLimitIsLowered() {
        Cache shrinking = Cache.builder().memoryLimitBytes(8 << 20).build();
        for (int i = 0; i < ITEMS; i++) {
            shrinking.set("key" + i, VALUE);
        }
        Set<String> evicted = new HashSet<>();
        shrinking
                .raw()
                .evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) ->
                        evicted.add(new String(bytes, offset, length, StandardCharsets.US_ASCII)));
        shrinking.memoryLimitBytes(2 << 20);
        assertThat(evicted)
                .hasSize((int) shrinking.statistics().get(Counter.EVICTIONS))
                .isNotEmpty();
        assertThat(shrinking.statistics().items()).isEqualTo(ITEMS - evicted.size());
        shrinking.checkIntegrity();
    }

    @Test
    void shouldBeToldByTheThreadOfAnotherCacheThatNeedsTheRoom() {
        HeapAccount account = new HeapAccount(24 << 20);
        Cache idle =
                Cache.builder().memoryLimitBytes(16 << 20).heapAccount(account).build();
        for (int i = 0; i < 15_000; i++) {
            idle.set("key" + i, VALUE);
        }
        AtomicLong told = new AtomicLong();
        idle.raw().evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) -> {
            assertThat(idle.get(new String(bytes, offset, length, StandardCharsets.US_ASCII)))
                    .isNull();
            told.incrementAndGet();
        });
        Cache busy =
                Cache.builder().memoryLimitBytes(16 << 20).heapAccount(account).build();
        for (int i = 0; i < 15_000; i++) {
            busy.set("key" + i, VALUE);
        }
        long toldBeforeIdleIsUsed = told.get();
        assertThat(idle.statistics().get(Counter.EVICTIONS))
                .isEqualTo(toldBeforeIdleIsUsed)
                .isPositive();
        idle.checkIntegrity();
        busy.checkIntegrity();
    }

    /** Commands that make an item where there is none. */
    enum Making {
        INCREMENT {
            @Override
            void make(RawCache cache, ItemUpdate update) {
                cache.increment(update.vivify(0), 1);
            }
        },
        FETCH {
            @Override
            void make(RawCache cache, ItemUpdate update) {
                cache.fetch(update.vivify(0), new ItemView());
            }
        };

        abstract void make(RawCache cache, ItemUpdate update);
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeToldByAThreadThatMakesItemsWithoutAStore(Making making) {
        HeapAccount account = new HeapAccount(24 << 20);
        Cache[] idle = new Cache[2];
        AtomicLong told = new AtomicLong();
        for (int i = 0; i < idle.length; i++) {
            idle[i] = Cache.builder()
                    .memoryLimitBytes(16 << 20)
                    .heapAccount(account)
                    .build();
            idle[i].raw()
                    .evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) ->
                            told.incrementAndGet());
        }
        for (int i = 0; i < 30_000; i++) {
            idle[i % 2].set("key" + i, VALUE);
        }
        long toldBefore = told.get();
        Cache busy =
                Cache.builder().memoryLimitBytes(16 << 20).heapAccount(account).build();
        for (int i = 0; i < 100_000; i++) {
            byte[] key = ("number" + i).getBytes(StandardCharsets.US_ASCII);
            making.make(busy.raw(), new ItemUpdate().key(key, 0, key.length));
        }
        long toldBeforeOthersAreUsed = told.get();
        assertThat(idle[0].statistics().get(Counter.EVICTIONS)
                        + idle[1].statistics().get(Counter.EVICTIONS))
                .isEqualTo(toldBeforeOthersAreUsed)
                .isGreaterThan(toldBefore);
        idle[0].checkIntegrity();
        idle[1].checkIntegrity();
        busy.checkIntegrity();
    }

    @Test
    void shouldLeaveTheObserversOfServersAlone() {
        CountingObserver first = new CountingObserver(false);
        CountingObserver second = new CountingObserver(true);
        cache.raw().addEvictionObserver(first);
        cache.raw().addEvictionObserver(second);
        AtomicInteger told = new AtomicInteger();
        cache.raw()
                .evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) ->
                        told.incrementAndGet());
        cache.set("a", VALUE);
        cache.evict("a");
        cache.raw().evictionListener(null);
        cache.raw().removeEvictionObserver(second);
        cache.set("b", VALUE);
        cache.evict("b");

        assertThat(told).hasValue(1);
        assertThat(first.counted).isEqualTo(2);
        assertThat(first.told).isZero();
        assertThat(second.counted).isEqualTo(1);
        assertThat(second.told).isEqualTo(1);
    }

    /** Throws whenever it counts, which must not matter. */
    private static final class CountingObserver implements EvictionObserver {
        private final boolean isListening;
        private int counted;
        private int told;

        CountingObserver(boolean isListening) {
            this.isListening = isListening;
        }

        @Override
        public void countEviction(long secondsToLive, long secondsSinceAccess, long itemSize) {
            counted++;
            if (!isListening) {
                throw new IllegalStateException("thrown by a test");
            }
        }

        @Override
        public boolean isListening() {
            return isListening;
        }

        @Override
        public void onEviction(
                byte[] bytes,
                int keyOffset,
                int keyLength,
                boolean wasFetched,
                long secondsToLive,
                long secondsSinceAccess,
                int valueLength,
                long itemSize) {
            told++;
        }
    }
}
