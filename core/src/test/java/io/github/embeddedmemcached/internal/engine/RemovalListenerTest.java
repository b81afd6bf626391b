package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.RemovalListener;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.removal.EvictionObserver;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecord;
import io.github.embeddedmemcached.internal.view.Engines;
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

class RemovalListenerTest {
    private static final int ITEMS = 5_000;
    private static final byte[] VALUE = new byte[1000];

    private final Cache cache =
            Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN).build();

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class, OutOfMemoryError.class})
    void shouldNotAffectTheCacheIfTheListenerThrows(Class<? extends Throwable> type) throws Exception {
        Throwable thrown = type.getConstructor(String.class).newInstance("thrown by a test");
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger afterThrowing = new AtomicInteger();
        cache.addRemovalListener(removal -> {
            calls.incrementAndGet();
            RemovalListenerTest.<RuntimeException>sneakyThrow(thrown);
        });
        cache.addRemovalListener(removal -> afterThrowing.incrementAndGet());
        for (int i = 0; i < ITEMS; i++) {
            assertThat(cache.set("key" + i, VALUE)).isEqualTo(StoreResult.STORED);
        }
        assertThat(cache.evict("key" + (ITEMS - 1))).isTrue();
        assertThat(calls)
                .hasValue((int) cache.statistics().get(Statistic.EVICTIONS))
                .hasPositiveValue();
        assertThat(afterThrowing).hasValue(calls.get());
        assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isZero();
        CacheScript.verify(cache, "a listener that throws");
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneakyThrow(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void shouldAllowTheListenerToUseTheCache() {
        List<String> evicted = new ArrayList<>();
        cache.addRemovalListener(
                removal -> {
                    String key = removal.keyText();
                    assertAbsent(key);
                    evicted.add(key);
                    if (key.startsWith("key")) { // evicts others in turn
                        cache.set("again" + key, VALUE);
                    }
                    cache.delete("key" + evicted.size() % 10);
                },
                RemovalCause.EVICTED);
        for (int i = 0; i < ITEMS; i++) {
            cache.set("key" + i, VALUE);
        }
        assertThat(evicted)
                .hasSize((int) cache.statistics().get(Statistic.EVICTIONS))
                .doesNotHaveDuplicates()
                .anyMatch(key -> key.startsWith("again"))
                .noneMatch(key -> key.startsWith("still present"));
        CacheScript.verify(cache, "a listener that uses the cache");
    }

    private void assertAbsent(String key) {
        if (cache.get(key) != null) {
            throw new AssertionError("still present: " + key);
        }
    }

    @Test
    void shouldBeCalledWithoutHoldingALock() {
        AtomicInteger blocked = new AtomicInteger();
        AtomicLong calls = new AtomicLong();
        cache.addRemovalListener(
                removal -> {
                    if (calls.incrementAndGet() > 10) {
                        return;
                    }
                    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
                        for (int i = 0; i < 64; i++) { // some of them in the same partition
                            MemcachedOperations.touch(cache, "absent" + i, 1);
                        }
                    });
                    try {
                        other.get(20, TimeUnit.SECONDS);
                    } catch (Exception e) {
                        blocked.incrementAndGet();
                    }
                },
                RemovalCause.EVICTED);
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
        shrinking.addRemovalListener(removal -> evicted.add(removal.keyText()), RemovalCause.EVICTED);
        shrinking.resize(2 << 20);
        assertThat(evicted)
                .hasSize((int) shrinking.statistics().get(Statistic.EVICTIONS))
                .isNotEmpty();
        assertThat(shrinking.statistics().items()).isEqualTo(ITEMS - evicted.size());
        shrinking.checkIntegrity();
    }

    @Test
    void shouldBeCalledByTheThreadOfAnotherCacheThatNeedsTheMemory() {
        HeapAccount account = new HeapAccount(24 << 20);
        Cache idle = Caches.builder(account).memoryLimitBytes(16 << 20).build();
        for (int i = 0; i < 15_000; i++) {
            idle.set("key" + i, VALUE);
        }
        AtomicLong reported = new AtomicLong();
        idle.addRemovalListener(
                removal -> {
                    assertThat(idle.get(removal.keyText())).isNull();
                    reported.incrementAndGet();
                },
                RemovalCause.EVICTED);
        Cache busy = Caches.builder(account).memoryLimitBytes(16 << 20).build();
        for (int i = 0; i < 15_000; i++) {
            busy.set("key" + i, VALUE);
        }
        long reportedBeforeIdleIsUsed = reported.get();
        assertThat(idle.statistics().get(Statistic.EVICTIONS))
                .isEqualTo(reportedBeforeIdleIsUsed)
                .isPositive();
        idle.checkIntegrity();
        busy.checkIntegrity();
    }

    /** Commands that create an item if there is none. */
    enum Creation {
        INCREMENT {
            @Override
            void create(CacheEngine cache, ItemUpdate update) {
                cache.increment(update.vivify(0), 1);
            }
        },
        FETCH {
            @Override
            void create(CacheEngine cache, ItemUpdate update) {
                cache.fetch(update.vivify(0), new ItemView());
            }
        };

        abstract void create(CacheEngine cache, ItemUpdate update);
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeCalledByAThreadThatCreatesItemsWithoutAStorageCommand(Creation creation) {
        HeapAccount account = new HeapAccount(24 << 20);
        Cache[] idle = new Cache[2];
        AtomicLong reported = new AtomicLong();
        for (int i = 0; i < idle.length; i++) {
            idle[i] = Caches.builder(account).memoryLimitBytes(16 << 20).build();
            idle[i].addRemovalListener(removal -> reported.incrementAndGet(), RemovalCause.EVICTED);
        }
        for (int i = 0; i < 30_000; i++) {
            idle[i % 2].set("key" + i, VALUE);
        }
        long reportedBefore = reported.get();
        Cache busy = Caches.builder(account).memoryLimitBytes(16 << 20).build();
        for (int i = 0; i < 100_000; i++) {
            byte[] key = ("number" + i).getBytes(StandardCharsets.US_ASCII);
            creation.create(Engines.of(busy), new ItemUpdate().key(key, 0, key.length));
        }
        long reportedBeforeOthersAreUsed = reported.get();
        assertThat(idle[0].statistics().get(Statistic.EVICTIONS)
                        + idle[1].statistics().get(Statistic.EVICTIONS))
                .isEqualTo(reportedBeforeOthersAreUsed)
                .isGreaterThan(reportedBefore);
        idle[0].checkIntegrity();
        idle[1].checkIntegrity();
        busy.checkIntegrity();
    }

    @Test
    void shouldNotReplaceTheObserversOfServers() {
        CountingObserver first = new CountingObserver(false);
        CountingObserver second = new CountingObserver(true);
        Engines.of(cache).removals().add(first);
        Engines.of(cache).removals().add(second);
        AtomicInteger reported = new AtomicInteger();
        RemovalListener listener = removal -> reported.incrementAndGet();
        cache.addRemovalListener(listener);
        cache.set("a", VALUE);
        cache.evict("a");
        cache.removeRemovalListener(listener);
        Engines.of(cache).removals().remove(second);
        cache.set("b", VALUE);
        cache.evict("b");

        assertThat(reported).hasValue(1);
        assertThat(first.counted).isEqualTo(2);
        assertThat(first.reported).isZero();
        assertThat(second.counted).isEqualTo(1);
        assertThat(second.reported).isEqualTo(1);
    }

    /** Unless it is listening, it throws when it counts, which must have no effect. */
    private static final class CountingObserver implements EvictionObserver {
        private final boolean isListening;
        private int counted;
        private int reported;

        CountingObserver(boolean isListening) {
            this.isListening = isListening;
        }

        @Override
        public void countEviction(RemovalRecord eviction) {
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
        public void onRemoval(RemovalRecord eviction) {
            reported++;
        }
    }
}
