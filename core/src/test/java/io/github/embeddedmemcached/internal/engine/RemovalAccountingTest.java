package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each stored item is in the cache, or its removal was reported once, under any load. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RemovalAccountingTest {
    private static final int THREADS = 4;
    private static final int OPERATIONS = 60_000;
    private static final int KEYS = 6_000;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private final Cache cache =
            Cache.builder().memoryLimitBytes(3 << 20).clock(clock).build();
    private final AtomicLongArray counts = new AtomicLongArray(RemovalCause.values().length);

    private long count(RemovalCause cause) {
        return counts.get(cause.ordinal());
    }

    @Test
    void shouldReportEachStoredItemOnceUnlessItIsLive() throws Exception {
        cache.addRemovalListener(
                removal -> counts.incrementAndGet(removal.cause().ordinal()));
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            workers.add(executor.submit(() -> work(random)));
        }
        executor.shutdown();
        for (Future<?> worker : workers) {
            worker.get();
        }
        cache.checkIntegrity();

        long items = cache.statistics().items(); // sweeps, before the counts are read
        long stored = cache.statistics().get(Statistic.TOTAL_ITEMS);
        long removed = 0;
        for (RemovalCause cause : RemovalCause.values()) {
            assertThat(count(cause)).as(cause.toString()).isPositive();
            removed += cause == RemovalCause.REJECTED ? 0 : count(cause);
        }
        assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isZero();
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isEqualTo(count(RemovalCause.EVICTED));
        assertThat(removed + cache.statistics().items()).isEqualTo(stored);
        assertThat(items).isPositive();

        cache.flushAll();
        assertThat(removedInTotal()).isEqualTo(stored);
    }

    private long removedInTotal() {
        long sum = -count(RemovalCause.REJECTED);
        for (int i = 0; i < counts.length(); i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    private void work(SplittableRandom random) {
        for (int i = 0; i < OPERATIONS; i++) {
            String key = "key" + random.nextInt(KEYS);
            int exptime = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0;
            int choice = random.nextInt(1_000);
            if (choice < 450) {
                int length = random.nextInt(200) == 0 ? 30_000 : random.nextInt(1_500);
                MemcachedOperations.set(cache, key, new byte[length], random.nextInt(2), exptime);
            } else if (choice < 500) {
                MemcachedOperations.add(cache, key, new byte[random.nextInt(100)], 0, exptime);
            } else if (choice < 550) {
                cache.append(key, new byte[random.nextInt(100)]);
            } else if (choice < 600) {
                cache.delete(key);
            } else if (choice < 620) {
                cache.set(key, new byte[] {'9'});
                cache.increment(key, 1);
            } else if (choice < 640) {
                MemcachedOperations.touch(cache, key, 1 + random.nextInt(20));
            } else if (choice < 641) {
                cache.set(key, new byte[cache.maxItemSizeBytes()]);
            } else if (choice < 660) {
                clock.advance(Duration.ofMillis(200));
            } else if (random.nextInt(5_000) == 0) {
                MemcachedOperations.flushAll(cache, random.nextInt(2) * 5);
            } else {
                cache.get(key);
            }
        }
    }
}
