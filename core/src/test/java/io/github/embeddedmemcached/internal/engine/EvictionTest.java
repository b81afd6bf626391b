package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.cache.Item;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The choice of evicted items. */
class EvictionTest {
    private static final byte[] VALUE = new byte[1000];
    private static final long LIMIT_BYTES = 8 << 20;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private final Cache cache = Caches.builder(KeyHash.withSeed(1))
            .memoryLimitBytes(LIMIT_BYTES)
            .clock(clock)
            .build();

    @Test
    void shouldKeepItemsThatAreReadWhileOthersAreStoredOnce() {
        for (int i = 0; i < 1_000; i++) {
            cache.set("read" + i, VALUE);
        }
        for (int i = 0; i < 100_000; i++) {
            cache.set("once" + i, VALUE);
            cache.get("read" + i % 1_000);
        }
        assertThat(count("read", 1_000)).isEqualTo(1_000);
        cache.checkIntegrity();
    }

    @Test
    void shouldOverwriteAnItemOfTheSameSizeInPlace() {
        byte[] key = {'k'};
        CacheEngine engine = Engines.of(cache);
        ItemView view = new ItemView();
        cache.set("k", new byte[100]);
        assertThat(engine.get(key, 0, 1, view)).isTrue();
        byte[] value = new byte[99]; // padded to the same size
        value[98] = 1;
        cache.set("k", value, Duration.ofSeconds(10));
        assertThat(view.isInPlace()).isTrue();
        assertThat(view.copyValue(new byte[100], 0)).isFalse();
        assertThat(view.refresh()).isTrue();
        assertThat(view.value()).isEqualTo(value);
        assertThat(view.secondsToLive()).isEqualTo(10);
        cache.checkIntegrity();
    }

    @Test
    void shouldOverwriteAnItemByOneWithClientFlagsAndAShorterValue() {
        byte[] value = new byte[96]; // the client flags take four bytes
        value[95] = 1;
        cache.set("k", new byte[100]);
        long casUnique = item("k").casUnique();
        cache.setItem("k", Item.of(value).withFlags(4));
        assertThat(item("k").flags()).isEqualTo(4);
        assertThat(item("k").value()).isEqualTo(value);
        assertThat(item("k").casUnique()).isGreaterThan(casUnique);
        cache.set("k", new byte[100]);
        assertThat(item("k").flags()).isZero();
        assertThat(cache.get("k")).isEqualTo(new byte[100]);
        cache.checkIntegrity();
    }

    private Item item(String key) {
        return Objects.requireNonNull(cache.getItem(key));
    }

    @Test
    void shouldKeepItemsThatAreOverwrittenWhileOthersAreStoredOnce() {
        for (int i = 0; i < 100_000; i++) {
            cache.set("once" + i, VALUE);
            cache.set("often" + i % 1_000, VALUE);
        }
        assertThat(count("often", 1_000)).isEqualTo(1_000);
        cache.checkIntegrity();
    }

    @Test
    void shouldKeepRecentItemsOfSmallCacheWhoseItemsHaveSegmentsOfTheirOwn() {
        byte[] value = new byte[2_500];
        try (Cache small = Caches.builder(KeyHash.withSeed(1))
                .memoryLimitBytes(1 << 20)
                .clock(clock)
                .build()) {
            Random random = new Random(1);
            int hits = 0;
            int reads = 20_000;
            for (int i = 0; i < reads; i++) { // of a window that contains fewer items than the cache, and moves
                String key = "key" + (i / 20 + random.nextInt(280));
                if (small.get(key) == null) {
                    small.set(key, value);
                } else {
                    hits++;
                }
            }
            assertThat(hits).isGreaterThan(reads * 92 / 100);
            small.checkIntegrity();
        }
    }

    /** Of several caches: which segment contains an item depends on the last kilobytes of the limit, and segments are kept or rewritten as a whole. */
    @Test
    void shouldKeepSmallItemsLongerThanLargerOnes() {
        int caches = 9;
        long allSmall = 0;
        for (int i = 0; i < caches; i++) {
            long limit = LIMIT_BYTES + (i - caches / 2) * 4096L;
            try (Cache tested = Caches.builder(KeyHash.withSeed(1))
                    .memoryLimitBytes(limit)
                    .clock(clock)
                    .build()) {
                storeSmallAndOrdinary(tested);
                long small = count(tested, "small", 500);
                allSmall += small;
                assertThat(small).isGreaterThan(420);
                assertThat(count(tested, "ordinary", 500)).isLessThanOrEqualTo(limit == LIMIT_BYTES ? 0 : 28);
                tested.checkIntegrity();
            }
        }
        assertThat(allSmall / caches)
                .isGreaterThan(450); // those of a segment may win too few bytes to rewrite another one
    }

    private static void storeSmallAndOrdinary(Cache cache) {
        byte[] small = new byte[50];
        for (int i = 0; i < 500; i++) {
            cache.set("small" + i, small);
            cache.set("ordinary" + i, VALUE);
        }
        for (int i = 0; i < 60_000; i++) {
            cache.set("passing" + i, new byte[200]); // worth more than ordinary ones, although they are new
        }
    }

    @Test
    void shouldNotEvictLargerItemsThatAreReadForSmallOnes() {
        for (int i = 0; i < 1_000; i++) {
            cache.set("read" + i, VALUE);
        }
        for (int i = 0; i < 400_000; i++) {
            cache.set("once" + i, new byte[50]);
            cache.get("read" + i % 1_000);
        }
        assertThat(count("read", 1_000))
                .isGreaterThan(600); // fourteen of the others take as much memory as one of these
        cache.checkIntegrity();
    }

    @Test
    void shouldComeCloseToTheBestHitRatioOnASkewedLoad() {
        Random random = new Random(5);
        int hits = 0;
        int requests = 400_000;
        for (int i = 0; i < requests; i++) {
            String key = "key" + (int) Math.pow(100_000, random.nextDouble());
            if (cache.get(key) != null) {
                hits++;
            } else {
                cache.set(key, VALUE);
            }
        }
        // About 7,800 items fit: the best 7,800 keys of this load get log(7,800) / log(100,000) = 0.78 of the requests.
        assertThat((double) hits / requests).isBetween(0.72, 0.79);
        cache.checkIntegrity();
    }

    @Test
    void shouldRecoverInSecondRoundOfLoopAfterOtherPattern() {
        Random random = new Random(6);
        for (int i = 0; i < 400_000; i++) {
            hits("old" + (int) Math.pow(50_000, random.nextDouble()));
        }
        int keys = 22_000; // a third of them fits
        int hits = 0;
        for (int i = 0; i < 2 * keys; i++) {
            hits += hits("loop" + i % keys) ? 1 : 0;
        }
        assertThat((double) hits / keys).isGreaterThan(0.3);
        cache.checkIntegrity();
    }

    /** A get, and a set if it misses. */
    private boolean hits(String key) {
        boolean isHit = cache.get(key) != null;
        if (!isHit) {
            cache.set(key, VALUE);
        }
        return isHit;
    }

    @Test
    void shouldFreeMemoryEvenIfEveryItemIsReadOften() {
        for (int i = 0; i < 30_000; i++) {
            assertThat(cache.set("key" + i, VALUE)).isEqualTo(StoreResult.STORED);
            for (int back = 0; back < 5; back++) {
                cache.get("key" + (i - back * 100));
            }
        }
        assertThat(cache.get("key29999")).isNotNull();
        cache.checkIntegrity();
    }

    @Test
    void shouldEvictLargeItems() {
        byte[] large = new byte[700_000];
        for (int i = 0; i < 100; i++) {
            assertThat(cache.set("large" + i, large)).isEqualTo(StoreResult.STORED);
            cache.get("large0");
        }
        assertThat(cache.get("large0")).isNotNull();
        assertThat(cache.get("large99")).isNotNull();
        assertThat(cache.get("large50")).isNull();
        cache.checkIntegrity();
    }

    @Test
    void shouldCountEvictions() {
        for (int i = 0; i < 10_000; i++) {
            cache.set("key" + i, VALUE);
        }
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.get(Statistic.EVICTIONS)).isEqualTo(10_000 - statistics.items());
        assertThat(statistics.get(Statistic.EVICTED_UNFETCHED)).isEqualTo(statistics.get(Statistic.EVICTIONS));
        assertThat(statistics.get(Statistic.TOTAL_ITEMS)).isEqualTo(10_000);
        assertThat(statistics.itemBytes())
                .isBetween(
                        statistics.items() * Cache.itemSize(4, 0, 1000),
                        statistics.items() * Cache.itemSize(7, 0, 1000));
    }

    @Test
    void shouldKeepTheTimesOfItemsThatAreMoved() {
        for (int i = 0; i < 500; i++) {
            MemcachedOperations.set(cache, "kept" + i, VALUE, 0, 10_000);
            cache.set("passing" + i, VALUE);
        }
        for (int second = 0; second < 100; second++) {
            clock.advance(Duration.ofSeconds(1));
            for (int i = 0; i < 1_000; i++) {
                cache.set("passing" + i, VALUE);
            }
        }
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
        ItemView view = new ItemView();
        for (int i = 0; i < 500; i++) {
            byte[] key = ("kept" + i).getBytes(StandardCharsets.US_ASCII);
            assertThat(Engines.of(cache).fetch(new ItemUpdate().key(key, 0, key.length), view))
                    .isTrue();
            assertThat(view.secondsToLive()).isEqualTo(9_900);
            assertThat(view.secondsSinceAccess()).isEqualTo(100);
        }
        cache.checkIntegrity();
    }

    @Test
    void shouldEvictOnDemand() {
        List<String> reported = new ArrayList<>();
        cache.addRemovalListener(removal -> reported.add(removal.cause() + " " + removal.keyText()
                + (removal.wasFetched() ? " fetched " : " unfetched ")
                + removal.valueLength()));
        cache.set("a", VALUE);
        cache.set("large", new byte[700_000]);
        cache.get("large");

        assertThat(cache.evict("a")).isTrue();
        assertThat(cache.evict("large")).isTrue();
        assertThat(cache.evict("a")).isFalse();

        assertThat(cache.get("a")).isNull();
        assertThat(reported).containsExactly("EVICTED a unfetched 1000", "EVICTED large fetched 700000");
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.items()).isZero();
        assertThat(statistics.get(Statistic.EVICTIONS)).isEqualTo(2);
        assertThat(statistics.get(Statistic.EVICTED_UNFETCHED)).isEqualTo(1);
        cache.checkIntegrity();
    }

    @Test
    void shouldNotEvictExpiredItems() {
        MemcachedOperations.set(cache, "a", VALUE, 0, -1);
        assertThat(cache.evict("a")).isFalse();
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
    }

    private long count(String prefix, int keys) {
        return count(cache, prefix, keys);
    }

    private static long count(Cache cache, String prefix, int keys) {
        long found = 0;
        for (int i = 0; i < keys; i++) {
            found += cache.get(prefix + i) == null ? 0 : 1;
        }
        return found;
    }
}
