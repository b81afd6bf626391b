package io.github.embeddedmemcached.internal.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.ItemCursor;
import io.github.embeddedmemcached.internal.engine.removal.EvictionObserver;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecord;
import io.github.embeddedmemcached.internal.view.Engines;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Caches that share an account smaller than the sum of their limits, and a heap that is full at times. */
class HeapAccountTest {
    private static final long ACCOUNT = 24 << 20;
    private static final long LIMIT = 16 << 20;
    private static final byte[] VALUE = new byte[1000];

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong clockMillis = new AtomicLong(1_700_000_000_000L);
    private final TestAccount account = new TestAccount();
    private final List<Cache> caches = new ArrayList<>();

    /** An account whose heap the test sets to full. */
    private final class TestAccount extends HeapAccount {
        private boolean isHeapFull;
        private boolean hasSpace = true;

        TestAccount() {
            super(ACCOUNT, nanos::get);
        }

        @Override
        public byte @Nullable [] newBytes(int length) {
            return isHeapFull ? null : super.newBytes(length);
        }

        @Override
        boolean heapHasSpace(long bytes) {
            return hasSpace && !isHeapFull;
        }
    }

    @AfterEach
    void checkIntegrity() {
        for (Cache cache : caches) {
            cache.checkIntegrity();
            cache.close();
        }
        assertThat(account.usedBytes()).isLessThan(1 << 20);
    }

    private Cache newCache(boolean evicts) {
        Cache cache =
                Caches.builder(account).memoryLimitBytes(LIMIT).eviction(evicts).build();
        caches.add(cache);
        return cache;
    }

    private static void fill(Cache cache, String prefix) {
        set(cache, prefix, (int) (3 * LIMIT / 2 / VALUE.length));
    }

    private static void set(Cache cache, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            cache.set(prefix + i, VALUE);
        }
    }

    private static long used(Cache cache) {
        return cache.statistics().usedBytes();
    }

    @Test
    void shouldChargeTheMemoryInUseAndNotTheLimit() {
        for (int i = 0; i < 20; i++) {
            assertThat(newCache(true).set("key", VALUE)).isEqualTo(StoreResult.STORED);
        }
        assertThat(account.usedBytes()).isLessThan(ACCOUNT / 4);
    }

    @Test
    void shouldKeepAllCachesTogetherWithinTheAccount() {
        for (int i = 0; i < 8; i++) {
            fill(newCache(true), "key");
            assertThat(account.usedBytes()).isLessThanOrEqualTo(ACCOUNT);
        }
        assertThat(caches.stream().mapToLong(HeapAccountTest::used).sum()).isBetween(ACCOUNT * 3 / 4, ACCOUNT);
    }

    @Test
    void shouldMoveMemoryFromAnIdleCacheToALaterOne() {
        Cache greedy = newCache(true);
        fill(greedy, "key");
        Cache idle = newCache(true);
        fill(idle, "key");
        Cache late = newCache(true);
        fill(late, "key");
        assertThat(used(late)).isGreaterThan(ACCOUNT / 5);
        assertThat(used(greedy)).isGreaterThan(ACCOUNT / 5);
        assertThat(greedy.statistics().get(Statistic.EVICTIONS)).isPositive();
    }

    @Test
    void shouldReserveMemoryForALateCacheIfTheOthersMayNotEvict() {
        Cache first = newCache(false);
        fill(first, "key");
        Cache second = newCache(false);
        fill(second, "key");
        long items = first.statistics().items() + second.statistics().items();

        Cache late = newCache(true);
        fill(late, "key");

        assertThat(late.statistics().items()).isGreaterThan(100);
        assertThat(first.statistics().items() + second.statistics().items()).isEqualTo(items);
    }

    @Test
    void shouldRejectSetsIfTheAccountIsExhaustedAndEvictionIsDisabled() {
        fill(newCache(false), "key");
        Cache cache = newCache(false);
        int stored = 0;
        while (cache.set("key" + stored, VALUE) == StoreResult.STORED) {
            stored++;
        }
        assertThat(stored * (long) VALUE.length).isLessThan(LIMIT / 2);
        for (int i = 0; i < stored; i++) {
            assertThat(cache.get("key" + i)).isNotNull();
        }
    }

    @Test
    void shouldRejectNoSetIfALargerCacheCanReleaseMemory() {
        fill(newCache(true), "key");
        fill(newCache(true), "key");
        Cache cache = newCache(false);
        for (int i = 0; i < 4_000; i++) {
            assertThat(cache.set("key" + i, VALUE)).as("item %d", i).isEqualTo(StoreResult.STORED);
        }
    }

    @Test
    void shouldReleaseItsMemoryToOthersWhenFlushedOrClosed() {
        Cache first = newCache(false);
        Cache second = newCache(false);
        fill(first, "key");
        fill(second, "key");
        long before = used(second);
        first.flushAll();
        fill(second, "key");
        assertThat(used(second)).isGreaterThan(before + LIMIT / 4);
        second.close();
        assertThat(account.usedBytes()).isLessThan(1 << 20);
    }

    @Test
    void shouldReleaseTheShareOfACacheThatBecameUnreachableWithoutClose() {
        fillUnreachable();
        assertThat(account.usedBytes()).isGreaterThan(LIMIT / 2);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (account.usedBytes() > 1 << 20 && System.nanoTime() < deadline) {
            System.gc();
            newCache(true); // removes unreachable caches
        }
        assertThat(account.usedBytes()).isLessThan(LIMIT / 2);
    }

    private void fillUnreachable() {
        Cache cache = Caches.builder(account).memoryLimitBytes(LIMIT).build();
        fill(cache, "key");
    }

    @Test
    void shouldNotBeChargedForAnUnreachableCache() {
        ItemCursor cursor = fillWithPendingFlush();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (account.usedBytes() > 1 << 20 && System.nanoTime() < deadline) {
            System.gc();
            newCache(true);
        }
        long before = account.usedBytes();
        clockMillis.addAndGet(TimeUnit.HOURS.toMillis(1));
        assertThat(cursor.next()).isFalse(); // the flush acquires memory for an empty index
        assertThat(account.usedBytes()).isEqualTo(before);
    }

    private ItemCursor fillWithPendingFlush() {
        Cache cache = Caches.builder(account)
                .memoryLimitBytes(LIMIT)
                .clock(() -> Instant.ofEpochMilli(clockMillis.get()))
                .build();
        set(cache, "key", 2000);
        MemcachedOperations.flushAll(cache, 1000);
        return Engines.of(cache).cursor();
    }

    @Test
    void shouldNotFailIfTheClockOfTheReleasingCacheThrows() {
        FailingTime time = new FailingTime();
        Cache other =
                Caches.builder(account).memoryLimitBytes(LIMIT).clock(time).build();
        caches.add(other);
        other.addRemovalListener(removal -> {}); // recording a removal reads the clock
        set(other, "key", 15_000);
        Cache cache = newCache(true);
        cache.set("first", VALUE);
        time.fails = true;
        set(cache, "key", 7000);
        time.fails = false;
        assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isZero();
        assertThat(other.statistics().get(Statistic.PARTITION_RESETS)).isPositive();
    }

    @Test
    void shouldWaitForAnotherThreadThatAcquiresMemoryFromTheLargestCache() throws Exception {
        Cache refusing = newCache(false);
        set(refusing, "first", 1000);
        Cache second = newCache(true);
        set(second, "first", 1000);
        Cache large = newCache(true);
        fill(large, "key");
        Queue<Thread> waiting = new ArrayBlockingQueue<>(1);
        AtomicInteger stored = new AtomicInteger();
        Engines.of(large).removals().add(new EvictionCounter(() -> {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 2000 && refusing.set("key" + i, VALUE) == StoreResult.STORED; i++) {
                    stored.incrementAndGet();
                }
            });
            if (waiting.offer(thread)) {
                thread.start();
                while (thread.isAlive() && thread.getState() != Thread.State.BLOCKED) {
                    Thread.onSpinWait();
                }
            }
        }));
        set(second, "key", 6000);
        Thread thread = Objects.requireNonNull(waiting.peek()); // not removed, so that no further thread is started
        thread.join(TimeUnit.SECONDS.toMillis(60));
        assertThat(stored).hasValue(2000);
    }

    /** Runs something for each eviction, by the thread that evicts. */
    private record EvictionCounter(Runnable action) implements EvictionObserver {
        @Override
        public void countEviction(RemovalRecord eviction) {
            action.run();
        }

        @Override
        public boolean isListening() {
            return false;
        }

        @Override
        public void onRemoval(RemovalRecord eviction) {}
    }

    /** Throws from a method that must not throw. */
    private static final class FailingTime implements ElapsedTimeSource {
        private boolean fails;

        @Override
        public long elapsedMillis() {
            return 1_700_000_000_000L;
        }

        @Override
        public long unixOffsetMillis() {
            return 0;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(elapsedMillis());
        }

        @Override
        public long secondsOriginMillis() {
            if (fails) {
                throw new IllegalStateException("the clock failed");
            }
            return CACHE_START;
        }
    }

    @Test
    void shouldGrowAgainAfterTheHeapWasFull() {
        Cache cache = newCache(true);
        fill(cache, "key");
        long full = used(cache);
        for (int round = 0; round < 50; round++) {
            account.isHeapFull = true;
            for (int i = 0; i < 20; i++) {
                cache.set("large" + i, new byte[500_000]); // each needs a new array
            }
            account.isHeapFull = false;
        }
        cache.checkIntegrity();
        long lowered = used(cache);
        assertThat(lowered).isLessThan(full * 7 / 8);

        fill(cache, "new");
        assertThat(used(cache)).isLessThan(full * 15 / 16); // not at once

        for (int i = 0; i < 40; i++) {
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
            set(cache, "other" + i + ":", 3000);
        }
        assertThat(used(cache)).isGreaterThanOrEqualTo(full * 31 / 32);
    }

    @Test
    void shouldNotGrowWhileTheHeapIsFull() {
        Cache cache = newCache(true);
        fill(cache, "key");
        account.isHeapFull = true;
        cache.set("large", new byte[500_000]);
        account.isHeapFull = false;
        account.hasSpace = false;
        long lowered = used(cache);
        for (int i = 0; i < 10; i++) {
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
            set(cache, "key", 3000);
        }
        assertThat(used(cache)).isLessThanOrEqualTo(lowered);
    }

    @Test
    void shouldContinueIfTheFirstSegmentsCannotBeAllocated() {
        account.isHeapFull = true;
        Cache cache = newCache(true);
        assertThat(cache.set("key", VALUE)).isEqualTo(StoreResult.OUT_OF_MEMORY);
        assertThat(cache.set("large", new byte[500_000])).isEqualTo(StoreResult.OUT_OF_MEMORY);
        cache.checkIntegrity();
        account.isHeapFull = false;
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(cache.set("key", VALUE)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(VALUE);
    }
}
