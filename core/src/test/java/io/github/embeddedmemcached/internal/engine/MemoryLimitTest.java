package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The memory limit: items that fit are kept, others cause evictions, and the limit is never exceeded. */
class MemoryLimitTest {
    private static final long LIMIT = 16 << 20;
    private static final int ITEM_MAX = 1 << 20;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));

    @Test
    void shouldStayWithinTheLimitWhileTenTimesItsSizeIsWritten() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        Random random = new Random(1);
        long written = 0;
        for (int i = 0; written < 10 * LIMIT; i++) {
            byte[] value = new byte[mixedLength(random)];
            random.nextBytes(value);
            String key = "key" + random.nextInt(100_000);
            assertThat(cache.set(key, value)).isEqualTo(StoreResult.STORED);
            assertThat(cache.get(key)).isEqualTo(value);
            assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(LIMIT);
            written += value.length;
        }
        cache.checkIntegrity();
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isPositive();
    }

    @Test
    void shouldUseMostOfItsMemory() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        byte[] value = new byte[1000];
        for (int i = 0; i < 40_000; i++) {
            cache.set("key" + i, value);
        }
        assertThat(cache.statistics().items() * 1000).isGreaterThan(LIMIT * 9 / 10);
    }

    @Test
    void shouldRejectSetsAndLoseNoItemIfEvictionIsDisabled() {
        Cache cache = Cache.builder()
                .memoryLimitBytes(LIMIT)
                .eviction(false)
                .clock(clock)
                .build();
        Random random = new Random(2);
        Map<String, byte[]> stored = new HashMap<>();
        int refused = 0;
        for (int i = 0; refused < 1000; i++) {
            byte[] value = new byte[mixedLength(random) / 8];
            random.nextBytes(value);
            StoreResult result = cache.add("key" + i, value);
            if (result == StoreResult.STORED) {
                stored.put("key" + i, value);
            } else {
                assertThat(result).isEqualTo(StoreResult.OUT_OF_MEMORY);
                refused++;
            }
        }
        cache.checkIntegrity();
        stored.forEach((key, value) -> assertThat(cache.get(key)).isEqualTo(value));
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
        assertThat(cache.statistics().get(Statistic.STORE_NO_MEMORY)).isEqualTo(refused);
    }

    @Test
    void shouldAcceptNewItemsAfterDeletesIfEvictionIsDisabled() {
        Cache cache = Cache.builder()
                .memoryLimitBytes(LIMIT)
                .eviction(false)
                .clock(clock)
                .build();
        byte[] value = new byte[500];
        int count = 0;
        while (cache.set("key" + count, value) == StoreResult.STORED) {
            count++;
        }
        for (int i = 0; i < count; i += 3) {
            assertThat(cache.delete("key" + i)).isEqualTo(DeleteResult.DELETED);
        }
        for (int i = 0; i < count / 4; i++) {
            assertThat(cache.set("new" + i, value)).isEqualTo(StoreResult.STORED);
        }
        cache.checkIntegrity();
        for (int i = 0; i < count; i++) {
            assertThat(cache.get("key" + i) == null).isEqualTo(i % 3 == 0);
        }
    }

    @Test
    void shouldRemoveTheOldItemWhenASetIsRejected() {
        Cache cache = Cache.builder()
                .memoryLimitBytes(LIMIT)
                .eviction(false)
                .clock(clock)
                .build();
        cache.set("key", new byte[10]);
        for (int i = 0; cache.set("large" + i, new byte[ITEM_MAX - 1000]) == StoreResult.STORED; i++) {}
        assertThat(cache.set("key", new byte[ITEM_MAX - 1000])).isEqualTo(StoreResult.OUT_OF_MEMORY);
        assertThat(cache.get("key")).isNull();
    }

    @Test
    void shouldEvictNothingWhileTheLiveItemsFitHoweverOftenTheyAreOverwritten() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        Random random = new Random(3);
        int keys = (int) (LIMIT * 85 / 100 / 1050);
        for (int i = 0; i < keys; i++) {
            cache.set("key" + i, new byte[1000]);
        }
        for (int i = 0; i < 20 * keys; i++) {
            assertThat(cache.set("key" + random.nextInt(keys), new byte[900 + random.nextInt(100)]))
                    .isEqualTo(StoreResult.STORED);
        }
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
        assertThat(cache.statistics().items()).isEqualTo(keys);
        cache.checkIntegrity();
    }

    @Test
    void shouldEvictNothingWhileMixedItemsFit() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        Random random = new Random(4);
        int[] lengths = new int[10_000];
        long live = 0;
        for (int i = 0; i < 100_000; i++) {
            int key = random.nextInt(lengths.length);
            int length = mixedLength(random);
            if (live - lengths[key] + length > LIMIT * 70 / 100) {
                cache.delete("key" + key);
                live -= lengths[key];
                lengths[key] = 0;
                continue;
            }
            assertThat(cache.set("key" + key, new byte[length])).isEqualTo(StoreResult.STORED);
            live += length - lengths[key];
            lengths[key] = length;
        }
        cache.checkIntegrity();
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
    }

    @Test
    void shouldReclaimExpiredItemsBeforeEvictingLiveOnes() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        byte[] value = new byte[1000];
        int lasting = 5_000;
        for (int i = 0; i < lasting; i++) {
            cache.set("lasting" + i, value);
        }
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 6_000; i++) {
                MemcachedOperations.set(cache, "expiring" + round + ":" + i, value, 0, 10);
            }
            clock.advance(Duration.ofSeconds(20));
        }
        cache.checkIntegrity();
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.get(Statistic.EVICTIONS)).isZero();
        assertThat(statistics.get(Statistic.RECLAIMED)).isGreaterThan(40_000);
        for (int i = 0; i < lasting; i++) {
            assertThat(cache.get("lasting" + i)).isNotNull();
        }
    }

    @Test
    void shouldReclaimExpiredItemsDuringOtherOperations() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        for (int i = 0; i < 5_000; i++) {
            MemcachedOperations.set(cache, "expiring" + i, new byte[1000], 0, 10);
        }
        clock.advance(Duration.ofSeconds(20));
        for (int i = 0; i < 300; i++) {
            cache.set("other", new byte[1]);
        }
        assertThat(cache.statistics().items()).isLessThan(300); // the items in the open segment
        assertThat(cache.statistics().get(Statistic.EXPIRED_UNFETCHED)).isGreaterThan(4_700);
        cache.checkIntegrity();
    }

    @Test
    void shouldShrinkAndGrowWhileItIsInUse() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        for (int i = 0; i < 20_000; i++) {
            cache.set("key" + i, new byte[1000]);
        }
        assertThat(cache.resize(LIMIT / 2)).isTrue();
        cache.checkIntegrity();
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(LIMIT / 2);
        assertThat(cache.statistics().limitBytes()).isEqualTo(LIMIT / 2);
        long fewer = cache.statistics().items();
        assertThat(fewer).isGreaterThan(LIMIT / 2 / 1000 * 8 / 10);
        assertThat(cache.resize(2 * LIMIT)).isTrue();
        for (int i = 0; i < 20_000; i++) {
            cache.set("new" + i, new byte[1000]);
        }
        assertThat(cache.statistics().items()).isEqualTo(fewer + 20_000);
        cache.checkIntegrity();
    }

    @Test
    void shouldEvictNothingIfReceivedValuesExceedTheLowerLimit() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        for (int i = 0; i < 1000; i++) {
            cache.set("key" + i, new byte[1000]);
        }
        byte[] key = {'k'};
        List<LargeValue> received = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            received.add(Engines.of(cache).reserve(new ItemUpdate().key(key, 0, 1), 1_000_000));
        }
        assertThat(cache.resize(LIMIT / 4)).isFalse();
        assertThat(cache.memoryLimitBytes()).isEqualTo(LIMIT);
        assertThat(cache.statistics().items()).isEqualTo(1000);
        received.forEach(LargeValue::release);
        assertThat(cache.resize(LIMIT / 4)).isTrue();
        assertThat(cache.statistics().items()).isEqualTo(1000);
        cache.checkIntegrity();
    }

    @Test
    void shouldEvictNothingForAnItemThatDoesNotFitAfterTheLimitWasLowered() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        assertThat(cache.resize(Cache.MEMORY_LIMIT_BYTES_MIN)).isTrue();
        for (int i = 0; i < 500; i++) {
            cache.set("key" + i, new byte[1000]);
        }
        byte[] value = new byte[(int) Cache.MEMORY_LIMIT_BYTES_MIN - 1000]; // an item of the largest size
        byte[] key = {'k'};
        ItemUpdate update = new ItemUpdate().key(key, 0, 1);
        LargeValue received = Engines.of(cache).reserve(update, value.length);

        assertThat(cache.set("large", value)).isEqualTo(StoreResult.OUT_OF_MEMORY);
        if (received != null) {
            assertThat(Engines.of(cache).store(StoreMode.SET, update.value(received)))
                    .isEqualTo(StoreResult.OUT_OF_MEMORY);
        }

        assertThat(received).isNotNull();
        assertThat(cache.statistics().items()).isEqualTo(500);
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
        assertThat(cache.set("half", new byte[value.length / 2])).isEqualTo(StoreResult.STORED);
        cache.checkIntegrity();
    }

    @Test
    void shouldRejectToShrinkIfEvictionIsDisabled() {
        Cache cache = Cache.builder()
                .memoryLimitBytes(LIMIT)
                .eviction(false)
                .clock(clock)
                .build();
        for (int i = 0; i < 10_000; i++) {
            cache.set("key" + i, new byte[1000]);
        }
        assertThat(cache.resize(LIMIT / 4)).isFalse();
        assertThat(cache.memoryLimitBytes()).isEqualTo(LIMIT);
        assertThat(cache.statistics().items()).isEqualTo(10_000);
        cache.checkIntegrity();
    }

    @Test
    void shouldReleaseItsMemoryWhenFlushedAndClosed() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        long empty = cache.statistics().usedBytes();
        for (int i = 0; i < 10_000; i++) {
            cache.set("key" + i, new byte[i]);
        }
        assertThat(cache.statistics().usedBytes()).isGreaterThan(LIMIT / 2);
        cache.flushAll();
        assertThat(cache.statistics().usedBytes()).isEqualTo(empty);
        cache.set("key", new byte[1000]);
        cache.close();
        assertThat(cache.statistics().usedBytes()).isEqualTo(empty);
        assertThat(cache.statistics().items()).isZero();
        cache.checkIntegrity();
    }

    @Test
    void shouldCountARetainedReservationTowardsTheLimitUntilItIsReleased() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        cache.set("first", new byte[1]);
        long before = cache.statistics().usedBytes();
        byte[] key = {'k'};
        ItemUpdate update = new ItemUpdate().key(key, 0, 1);
        LargeValue value = Engines.of(cache).reserve(update, 1_000_000);
        assertThat(value).isNotNull();
        assertThat(cache.statistics().usedBytes()).isGreaterThan(before + 1_000_000);
        if (value != null) {
            value.release();
            value.release();
        }
        assertThat(cache.statistics().usedBytes()).isEqualTo(before);
    }

    @Test
    void shouldEvictNothingForValuesThatAreNeverCompleted() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        for (int i = 0; i < 20_000; i++) {
            cache.set("key" + i, new byte[1000]);
        }
        long items = cache.statistics().items();
        long evictions = cache.statistics().get(Statistic.EVICTIONS);
        byte[] key = {'k'};
        List<LargeValue> received = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            LargeValue value = Engines.of(cache).reserve(new ItemUpdate().key(key, 0, 1), 1_000_000);
            if (value != null) {
                received.add(value);
            }
        }
        assertThat(received).hasSizeBetween(3, 16);
        assertThat(cache.statistics().usedBytes()).isBetween(LIMIT + 2_000_000L, LIMIT + LIMIT / 4);
        assertThat(cache.statistics().items()).isEqualTo(items);
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isEqualTo(evictions);
        received.forEach(LargeValue::release);
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(LIMIT);
        cache.checkIntegrity();
    }

    @Test
    void shouldLeaveSpaceForItemsBesideReceivedValues() {
        Cache cache = Cache.builder().memoryLimitBytes(LIMIT).clock(clock).build();
        byte[] key = {'k'};
        for (int i = 0; i < 200; i++) {
            Engines.of(cache).reserve(new ItemUpdate().key(key, 0, 1), 1_000_000);
        }
        for (int i = 0; i < 3000; i++) {
            cache.set("key" + i, new byte[1000]);
        }
        assertThat(cache.statistics().items()).isEqualTo(3000);
        cache.checkIntegrity();
    }

    @Test
    void shouldWorkWithTheSmallestLimit() {
        Cache cache = Cache.builder()
                .memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN)
                .clock(clock)
                .build();
        for (int i = 0; i < 20_000; i++) {
            assertThat(cache.set("key" + i, new byte[i % 3000])).isEqualTo(StoreResult.STORED);
            assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(Cache.MEMORY_LIMIT_BYTES_MIN);
        }
        assertThat(cache.set("half", new byte[500_000])).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("half")).hasSize(500_000);
        cache.checkIntegrity();
    }

    /** Returns a length from 1 byte to 1 MiB; each power of two is equally likely. */
    private static int mixedLength(Random random) {
        return Math.min(1 + random.nextInt(1 << random.nextInt(21)), ITEM_MAX - 200);
    }
}
