package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory of expired items, in any partition, is reused before a cache acquires more. */
class ExpiredSpaceTest {
    private static final int SEEDS = 40;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));

    private Cache cache(long seed) {
        return Caches.builder(KeyHash.withSeed(seed)).clock(clock).build();
    }

    private static void set(Cache cache, String prefix, int count, int length, long exptime) {
        for (int i = 0; i < count; i++) {
            assertThat(MemcachedOperations.set(cache, prefix + i, new byte[length], 0, exptime))
                    .isEqualTo(StoreResult.STORED);
        }
    }

    private static long usedBytes(Cache cache) {
        return cache.statistics().usedBytes();
    }

    @ParameterizedTest
    @ValueSource(ints = {65 << 10, 65_000, 200_000, 1_000_000})
    void shouldReuseTheMemoryOfExpiredLargeValuesInEveryPartition(int length) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Cache cache = cache(seed);
            set(cache, "old", 10, length, 2);
            long before = usedBytes(cache);
            clock.advance(Duration.ofSeconds(4));
            set(cache, "new", 10, length, 2);
            assertThat(usedBytes(cache)).as("seed %d", seed).isEqualTo(before);
            cache.checkIntegrity();
            cache.close();
        }
    }

    @Test
    void shouldReuseTheMemoryOfLargeValuesThatAreFilledInPlace() {
        ItemUpdate update = new ItemUpdate();
        for (int seed = 0; seed < SEEDS; seed++) {
            Cache cache = cache(seed);
            long before = 0;
            for (int i = 0; i < 20; i++) {
                if (i == 10) {
                    before = usedBytes(cache);
                    clock.advance(Duration.ofSeconds(4));
                }
                byte[] key = {(byte) ('a' + i)};
                LargeValue value = Engines.of(cache).reserve(update.key(key, 0, 1), 65 << 10);
                assertThat(value).isNotNull();
                if (value != null) {
                    assertThat(Engines.of(cache)
                                    .store(StoreMode.SET, update.value(value).exptime(2)))
                            .isEqualTo(StoreResult.STORED);
                }
            }
            assertThat(usedBytes(cache)).as("seed %d", seed).isEqualTo(before);
            cache.checkIntegrity();
            cache.close();
        }
    }

    @Test
    void shouldReuseTheMemoryOfExpiredSmallValues() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Cache cache = cache(seed);
            set(cache, "old", 3_000, 1_000, 2);
            long before = usedBytes(cache);
            clock.advance(Duration.ofSeconds(4));
            set(cache, "new", 2_500, 1_000, 2);
            assertThat(usedBytes(cache)).as("seed %d", seed).isLessThanOrEqualTo(before);
            cache.checkIntegrity();
            cache.close();
        }
    }

    @Test
    void shouldReleaseNoMoreThanNeeded() {
        Cache cache = cache(1);
        set(cache, "old", 64, 65 << 10, 2);
        long before = usedBytes(cache);
        clock.advance(Duration.ofSeconds(4));
        set(cache, "new", 1, 65 << 10, 2);
        assertThat(usedBytes(cache)).isBetween(before - 4 * (65 << 10), before);
    }

    @Test
    void shouldKeepItemsThatHaveNotExpired() {
        Cache cache = cache(1);
        set(cache, "live", 10, 65 << 10, 100);
        set(cache, "old", 10, 65 << 10, 2);
        clock.advance(Duration.ofSeconds(4));
        set(cache, "new", 30, 65 << 10, 2);
        for (int i = 0; i < 10; i++) {
            assertThat(cache.get("live" + i)).hasSize(65 << 10);
        }
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
        cache.checkIntegrity();
    }
}
