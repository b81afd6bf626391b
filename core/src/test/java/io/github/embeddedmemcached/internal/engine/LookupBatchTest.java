package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LookupBatchTest {
    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-26T12:00:00Z"));
    private final Cache cache =
            Cache.builder().memoryLimitBytes(4 << 20).clock(clock).build();
    private final LookupBatch batch = new LookupBatch(Engines.of(cache));
    private final ItemView view = new ItemView();

    @AfterEach
    void closeCache() {
        cache.close();
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.US_ASCII);
    }

    private boolean add(String key) {
        byte[] bytes = bytes(key);
        return batch.add(bytes, 0, bytes.length);
    }

    private boolean get(String key) {
        byte[] bytes = bytes(key);
        return batch.get(bytes, 0, bytes.length, view);
    }

    private long count(Statistic counter) {
        batch.flushCounts();
        return cache.statistics().get(counter);
    }

    @Test
    void shouldAcceptABoundedNumberOfKeysAtOnce() {
        for (int round = 0; round < 3; round++) {
            for (int i = 1; i < LookupBatch.KEYS_MAX; i++) {
                assertThat(add("key" + i)).isTrue();
            }
            assertThat(add("last")).isFalse(); // the next one prefetches the others
        }
        batch.prefetch();
        assertThat(add("key")).isTrue();
    }

    @Test
    void shouldFindTheSameItemsWithAndWithoutPrefetching() {
        for (int i = 0; i < 20_000; i++) { // some buckets have several lines
            cache.set("key" + i, bytes("value" + i));
        }
        for (int i = 0; i < 20_000; i += 40) {
            for (int j = i; j < i + 60; j++) {
                add("key" + j);
            }
            batch.prefetch();
            for (int j = i; j < i + 60; j++) {
                boolean isPresent = cache.get("key" + j) != null;
                assertThat(get("key" + j)).isEqualTo(isPresent);
                if (isPresent) {
                    assertThat(view.value()).isEqualTo(bytes("value" + j));
                }
            }
        }
        batch.prefetch(); // no keys
        assertThat(get("none")).isFalse();
    }

    @Test
    void shouldCountByOutcomeAndSlabClass() {
        cache.set("small", new byte[1]);
        cache.set("large", new byte[5000]);
        MemcachedOperations.set(cache, "expired", new byte[1], 0, 1);
        clock.advance(Duration.ofSeconds(2));
        for (int i = 0; i < 3; i++) {
            assertThat(get("small")).isTrue();
        }
        assertThat(get("large")).isTrue();
        assertThat(get("expired")).isFalse();
        assertThat(get("none")).isFalse();
        assertThat(get("none")).isFalse();

        assertThat(cache.statistics().get(Statistic.GET_HITS)).isZero(); // until the counts are flushed
        assertThat(count(Statistic.GET_HITS)).isEqualTo(4);
        assertThat(Engines.of(cache).counterValue(Statistic.GET_HITS, SlabClasses.classOf(Cache.itemSize(5, 0, 1))))
                .isEqualTo(3);
        assertThat(Engines.of(cache).counterValue(Statistic.GET_HITS, SlabClasses.classOf(Cache.itemSize(5, 0, 5000))))
                .isEqualTo(1);
        assertThat(count(Statistic.GET_MISSES)).isEqualTo(3);
        assertThat(count(Statistic.GET_EXPIRED)).isEqualTo(1);

        assertThat(get("small")).isTrue();
        assertThat(count(Statistic.GET_HITS)).isEqualTo(5); // hits are not counted twice
    }

    @Test
    void shouldReadTheClockOnceUntilTheTimeIsInvalidated() {
        MemcachedOperations.set(cache, "key", new byte[1], 0, 10);
        assertThat(get("key")).isTrue();
        clock.advance(Duration.ofSeconds(11));
        assertThat(get("key")).isTrue();
        batch.invalidateTime();
        assertThat(get("key")).isFalse();
    }
}
