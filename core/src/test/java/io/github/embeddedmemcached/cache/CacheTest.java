package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The behaviour of the cache for applications that call it directly. */
class CacheTest {
    private static final long THIRTY_DAYS = 60L * 60 * 24 * 30;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private final Cache cache = Cache.builder().clock(clock).build();

    @Test
    void shouldReturnStoredValues() {
        assertThat(MemcachedOperations.set(cache, "key", bytes("value"), 0xFFFFFFFF, 0))
                .isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("value"));
        Item item = cache.getItem("key");
        assertThat(item).isNotNull();
        if (item != null) {
            assertThat(item.flags()).isEqualTo(0xFFFFFFFF);
            assertThat(item.casUnique()).isNotZero();
        }
        assertThat(cache.get("other")).isNull();
        assertThat(cache.getItem("other")).isNull();
    }

    @Test
    void shouldReadTheClockOnlyIfTheItemExpires() {
        AtomicInteger clockReads = new AtomicInteger();
        Cache counted = Cache.builder()
                .clock(() -> {
                    clockReads.incrementAndGet();
                    return clock.instant();
                })
                .build();
        counted.set("permanent", bytes("value"));
        MemcachedOperations.set(counted, "expiring", bytes("value"), 0, 100);
        for (int i = 0; i < Slot.FREQUENCY_MAX; i++) {
            counted.get("permanent");
            counted.get("expiring");
        }
        clockReads.set(0);

        assertThat(counted.get("permanent")).isEqualTo(bytes("value"));
        assertThat(clockReads).hasValue(0);
        assertThat(counted.get("expiring")).isEqualTo(bytes("value"));
        assertThat(clockReads).hasPositiveValue();

        counted.flushAll(Duration.ofSeconds(50));
        assertThat(counted.get("permanent")).isEqualTo(bytes("value"));
        clock.advance(Duration.ofSeconds(50));
        assertThat(counted.get("permanent")).isNull();
        assertThat(counted.statistics().get(Statistic.GET_HITS)).isEqualTo(2 * Slot.FREQUENCY_MAX + 3);
        counted.checkIntegrity();
    }

    @Test
    void shouldAcceptKeysAsBytes() {
        TypedCache<byte[], byte[]> binary = cache.typed(Codecs.bytes(), Codecs.bytes());
        byte[] key = {0, 10, 32, (byte) 0xFF};
        assertThat(binary.set(key, bytes("value"))).isEqualTo(StoreResult.STORED);
        assertThat(binary.get(key)).isEqualTo(bytes("value"));
        assertThat(cache.set("schlüssel", bytes("utf-8"))).isEqualTo(StoreResult.STORED);
        assertThat(binary.get("schlüssel".getBytes(StandardCharsets.UTF_8))).isEqualTo(bytes("utf-8"));
        assertThat(binary.delete(key)).isEqualTo(DeleteResult.DELETED);
        assertThat(binary.get(key)).isNull();
    }

    @Test
    void shouldReturnCopies() {
        byte[] value = bytes("value");
        cache.set("key", value);
        value[0] = 'X';
        byte[] got = cache.get("key");
        assertThat(got).isEqualTo(bytes("value"));
        if (got != null) {
            got[0] = 'X';
        }
        assertThat(cache.get("key")).isEqualTo(bytes("value"));
    }

    @Test
    void shouldAddOnlyIfAbsentAndReplaceOnlyIfPresent() {
        assertThat(cache.replace("key", bytes("0"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.add("key", bytes("1"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.add("key", bytes("2"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("1"));
        assertThat(cache.replace("key", bytes("3"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("3"));
    }

    @Test
    void shouldKeepFlagsAndExptimeOnAppendAndPrepend() {
        assertThat(cache.append("key", bytes("x"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.prepend("key", bytes("x"))).isEqualTo(StoreResult.NOT_STORED);
        MemcachedOperations.set(cache, "key", bytes("b"), 7, 10);
        long first = cas("key");
        assertThat(cache.append("key", bytes("c"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.prepend("key", bytes("a"))).isEqualTo(StoreResult.STORED);
        Item item = cache.getItem("key");
        assertThat(item).isNotNull();
        if (item != null) {
            assertThat(item.value()).isEqualTo(bytes("abc"));
            assertThat(item.flags()).isEqualTo(7);
            assertThat(item.casUnique()).isNotEqualTo(first);
        }
        clock.advance(Duration.ofSeconds(10));
        assertThat(cache.get("key")).isNull();
    }

    @Test
    void shouldStoreByCasOnlyIfTheItemIsUnchanged() {
        assertThat(cache.cas("key", bytes("x"), 1)).isEqualTo(StoreResult.NOT_FOUND);
        cache.set("key", bytes("1"));
        long casUnique = cas("key");
        assertThat(cache.cas("key", bytes("2"), casUnique + 1)).isEqualTo(StoreResult.EXISTS);
        assertThat(cache.cas("key", bytes("2"), 0)).isEqualTo(StoreResult.EXISTS);
        assertThat(cache.cas("key", bytes("2"), casUnique)).isEqualTo(StoreResult.STORED);
        assertThat(cache.cas("key", bytes("3"), casUnique)).isEqualTo(StoreResult.EXISTS);
        assertThat(cache.get("key")).isEqualTo(bytes("2"));
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.get(Statistic.CAS_HITS)).isEqualTo(1);
        assertThat(statistics.get(Statistic.CAS_MISSES)).isEqualTo(1);
        assertThat(statistics.get(Statistic.CAS_BADVAL)).isEqualTo(3);
    }

    @Test
    void shouldKeepTheCasUniqueOfAnItemThatIsOnlyTouchedOrRead() {
        cache.set("key", bytes("1"));
        long casUnique = cas("key");
        MemcachedOperations.touch(cache, "key", 100);
        MemcachedOperations.getAndTouch(cache, "key", 200);
        cache.add("key", bytes("2"));
        assertThat(cas("key")).isEqualTo(casUnique);
    }

    @Test
    void shouldDeleteAnItem() {
        assertThat(cache.delete("key")).isEqualTo(DeleteResult.NOT_FOUND);
        cache.set("key", bytes("1"));
        assertThat(cache.delete("key")).isEqualTo(DeleteResult.DELETED);
        assertThat(cache.get("key")).isNull();
        assertThat(cache.delete("key")).isEqualTo(DeleteResult.NOT_FOUND);
        cache.checkIntegrity();
    }

    @Test
    void shouldExpireInTheSecondOfTheExptime() {
        MemcachedOperations.set(cache, "relative", bytes("1"), 0, 2);
        MemcachedOperations.set(
                cache, "absolute", bytes("1"), 0, clock.instant().getEpochSecond() + 2);
        MemcachedOperations.set(cache, "past", bytes("1"), 0, clock.instant().getEpochSecond() - 1);
        MemcachedOperations.set(cache, "negative", bytes("1"), 0, -1);
        MemcachedOperations.set(cache, "longest", bytes("1"), 0, THIRTY_DAYS);
        MemcachedOperations.set(cache, "unix", bytes("1"), 0, THIRTY_DAYS + 1);
        cache.set("never", bytes("1"));
        assertThat(cache.get("past")).isNull();
        assertThat(cache.get("negative")).isNull();
        assertThat(cache.get("unix")).isNull();
        clock.advance(Duration.ofSeconds(1));
        assertThat(cache.get("relative")).isNotNull();
        assertThat(cache.get("absolute")).isNotNull();
        clock.advance(Duration.ofSeconds(1));
        assertThat(cache.get("relative")).isNull();
        assertThat(cache.get("absolute")).isNull();
        clock.advance(Duration.ofSeconds(THIRTY_DAYS - 3));
        assertThat(cache.get("longest")).isNotNull();
        clock.advance(Duration.ofSeconds(1));
        assertThat(cache.get("longest")).isNull();
        assertThat(cache.get("never")).isNotNull();
        cache.checkIntegrity();
    }

    @Test
    void shouldTreatAnExpiredItemAsAbsentInEveryOperation() {
        for (String key : new String[] {"add", "replace", "append", "cas", "delete", "touch", "gat", "incr"}) {
            MemcachedOperations.set(cache, key, bytes("1"), 0, 1);
        }
        long casUnique = cas("cas");
        clock.advance(Duration.ofSeconds(1));
        assertThat(cache.add("add", bytes("2"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.replace("replace", bytes("2"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.append("append", bytes("2"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.cas("cas", bytes("2"), casUnique)).isEqualTo(StoreResult.NOT_FOUND);
        assertThat(cache.delete("delete")).isEqualTo(DeleteResult.NOT_FOUND);
        assertThat(MemcachedOperations.touch(cache, "touch", 10)).isFalse();
        assertThat(MemcachedOperations.getAndTouch(cache, "gat", 10)).isNull();
        assertThat(cache.increment("incr", 1).status()).isEqualTo(CounterStatus.NOT_FOUND);
        assertThat(cache.get("add")).isEqualTo(bytes("2"));
        cache.checkIntegrity();
    }

    @Test
    void shouldChangeTheExptimeOnTouch() {
        MemcachedOperations.set(cache, "key", bytes("1"), 0, 1);
        assertThat(MemcachedOperations.touch(cache, "key", 100)).isTrue();
        clock.advance(Duration.ofSeconds(99));
        assertThat(MemcachedOperations.getAndTouch(cache, "key", 0)).isNotNull();
        clock.advance(Duration.ofSeconds(1_000_000));
        assertThat(cache.get("key")).isNotNull();
        assertThat(MemcachedOperations.getAndTouch(cache, "key", -1)).isNotNull();
        assertThat(cache.get("key")).isNull();
        assertThat(MemcachedOperations.touch(cache, "key", 1)).isFalse();
    }

    @Test
    void shouldIncrementAndDecrementUnsigned() {
        assertThat(cache.increment("n", 1).status()).isEqualTo(CounterStatus.NOT_FOUND);
        MemcachedOperations.set(cache, "n", bytes("18446744073709551614"), 5, 0);
        assertThat(cache.increment("n", 1)).isEqualTo(new CounterResult(CounterStatus.STORED, -1));
        assertThat(cache.increment("n", 11)).isEqualTo(new CounterResult(CounterStatus.STORED, 10));
        assertThat(cache.get("n")).isEqualTo(bytes("10" + " ".repeat(18)));
        MemcachedOperations.set(cache, "n", bytes("10"), 5, 0);
        assertThat(cache.decrement("n", 1)).isEqualTo(new CounterResult(CounterStatus.STORED, 9));
        assertThat(cache.get("n")).isEqualTo(bytes("9 "));
        assertThat(cache.increment("n", 991)).isEqualTo(new CounterResult(CounterStatus.STORED, 1000));
        assertThat(cache.decrement("n", 1001)).isEqualTo(new CounterResult(CounterStatus.STORED, 0));
        Item item = cache.getItem("n");
        assertThat(item).isNotNull();
        if (item != null) {
            assertThat(item.flags()).isEqualTo(5);
            assertThat(item.value()).isEqualTo(bytes("0   "));
        }
        cache.set("n", bytes("12a"));
        assertThat(cache.increment("n", 1).status()).isEqualTo(CounterStatus.NON_NUMERIC);
        assertThat(cache.get("n")).isEqualTo(bytes("12a"));
        cache.checkIntegrity();
    }

    @Test
    void shouldFlushImmediatelyOrAfterADelay() {
        cache.set("key", bytes("1"));
        cache.flushAll();
        assertThat(cache.get("key")).isNull();
        cache.set("before", bytes("1"));
        MemcachedOperations.flushAll(cache, 10);
        cache.set("after", bytes("1"));
        clock.advance(Duration.ofSeconds(8));
        assertThat(cache.get("before")).isNotNull();
        clock.advance(Duration.ofSeconds(1));
        assertThat(cache.get("before")).isNull();
        assertThat(cache.get("after")).isNull();
        cache.set("new", bytes("1"));
        clock.advance(Duration.ofSeconds(100));
        assertThat(cache.get("new")).isNotNull();
    }

    @Test
    void shouldLoseItemsStoredInTheSecondOfAFlushWithoutCasUniques() {
        Cache withoutCas = Cache.builder().casEnabled(false).clock(clock).build();
        withoutCas.set("key", bytes("1"));
        withoutCas.flushAll();
        assertThat(withoutCas.set("key", bytes("2"))).isEqualTo(StoreResult.STORED);
        assertThat(withoutCas.get("key")).isNull();
        clock.advance(Duration.ofSeconds(1));
        withoutCas.set("key", bytes("3"));
        assertThat(withoutCas.get("key")).isEqualTo(bytes("3"));
    }

    @Test
    void shouldKeepItemsStoredInTheSecondOfAResetWithoutCasUniques() {
        Cache withoutCas = Cache.builder().casEnabled(false).clock(clock).build();
        withoutCas.flushAll();
        withoutCas.reset();
        withoutCas.set("key", bytes("1"));
        assertThat(withoutCas.get("key")).isEqualTo(bytes("1"));
    }

    @Test
    void shouldReplaceAPendingFlushByALaterOne() {
        cache.set("key", bytes("1"));
        MemcachedOperations.flushAll(cache, 10);
        MemcachedOperations.flushAll(cache, 100);
        clock.advance(Duration.ofSeconds(50));
        assertThat(cache.get("key")).isNotNull();
        cache.flushAll();
        cache.set("key", bytes("2"));
        clock.advance(Duration.ofSeconds(100));
        assertThat(cache.get("key")).isNotNull();
    }

    @Test
    void shouldComputeItemSizesLikeMemcached() {
        int lengthMax = (1 << 20) - 60;
        assertThat(cache.set("k", new byte[lengthMax])).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("k")).hasSize(lengthMax);
        assertThat(cache.add("l", new byte[lengthMax + 1])).isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.replace("k", new byte[lengthMax + 1])).isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.append("k", new byte[1])).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.get("k")).hasSize(lengthMax);
        assertThat(MemcachedOperations.set(cache, "k", new byte[lengthMax], 1, 0))
                .isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.get("k")).isNull();
        assertThat(MemcachedOperations.set(cache, "k", new byte[lengthMax - 4], 1, 0))
                .isEqualTo(StoreResult.STORED);
        assertThat(cache.statistics().get(Statistic.STORE_TOO_LARGE)).isEqualTo(3);
        cache.checkIntegrity();
    }

    @Test
    void shouldCountHitsAndMisses() {
        MemcachedOperations.set(cache, "key", bytes("1"), 0, 5);
        cache.get("key");
        cache.get("other");
        MemcachedOperations.touch(cache, "key", 5);
        MemcachedOperations.touch(cache, "other", 5);
        clock.advance(Duration.ofSeconds(5));
        cache.get("key");
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.get(Statistic.GET_HITS)).isEqualTo(1);
        assertThat(statistics.get(Statistic.GET_MISSES)).isEqualTo(2);
        assertThat(statistics.get(Statistic.GET_EXPIRED)).isEqualTo(1);
        assertThat(statistics.get(Statistic.CMD_TOUCH)).isEqualTo(2);
        assertThat(statistics.get(Statistic.TOUCH_HITS)).isEqualTo(1);
        assertThat(statistics.get(Statistic.TOUCH_MISSES)).isEqualTo(1);
        assertThat(statistics.get(Statistic.CMD_SET)).isEqualTo(1);
        cache.resetStatistics();
        statistics = cache.statistics();
        assertThat(statistics.get(Statistic.GET_HITS)).isZero();
        assertThat(statistics.items())
                .as("dropped by the get that found it expired")
                .isZero();
    }

    @Test
    void shouldCountItemsAndBytes() {
        cache.set("key", bytes("value"));
        MemcachedOperations.set(cache, "flags", bytes("value"), 1, 0);
        assertThat(cache.statistics().items()).isEqualTo(2);
        assertThat(cache.statistics().itemBytes()).isEqualTo(Cache.itemSize(3, 0, 5) + Cache.itemSize(5, 1, 5));
        cache.set("flags", bytes("v"));
        cache.delete("key");
        assertThat(cache.statistics().items()).isEqualTo(1);
        assertThat(cache.statistics().itemBytes()).isEqualTo(Cache.itemSize(5, 0, 1));
    }

    @Test
    void shouldCountTheBytesOfTheIndex() {
        long before = cache.statistics().indexBytes();
        assertThat(before).isPositive();
        for (int i = 0; i < 50_000; i++) {
            cache.set("key" + i, new byte[1]);
        }
        assertThat(cache.statistics().indexBytes())
                .isGreaterThan(before)
                .isGreaterThanOrEqualTo(50_000 * Long.BYTES)
                .isLessThan(cache.statistics().usedBytes() / 2);
    }

    @Test
    void shouldReturnWhetherEvictionIsEnabled() {
        assertThat(cache.isEvictionEnabled()).isTrue();
        assertThat(Cache.builder().eviction(false).build().isEvictionEnabled()).isFalse();
    }

    @Test
    void shouldAcceptTheSmallestAndTheLargestItemSize() {
        assertThat(Cache.builder().maxItemSizeBytes(ItemSize.LIMIT_MIN).build().maxItemSizeBytes())
                .isEqualTo(ItemSize.LIMIT_MIN);
        assertThat(Cache.builder().maxItemSizeBytes(ItemSize.LIMIT_MAX)).isNotNull();
    }

    @Test
    void shouldCountATouchThatFindsAnExpiredItem() {
        MemcachedOperations.set(cache, "key", new byte[1], 0, 10);
        clock.advance(Duration.ofSeconds(10));
        assertThat(MemcachedOperations.touch(cache, "key", 10)).isFalse();
        assertThat(cache.statistics().get(Statistic.GET_EXPIRED)).isEqualTo(1);
        assertThat(cache.statistics().items()).isZero();
    }

    @Test
    void shouldRejectInvalidKeysWithAMessage() {
        assertThat(cache.set("k".repeat(65_535), bytes("1"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("k".repeat(65_535))).isNotNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.get("k".repeat(65_536)))
                .withMessage("the key must have 1 to 65535 bytes: 65536");
        assertThatIllegalArgumentException().isThrownBy(() -> cache.set("", bytes("1")));
        assertThatIllegalArgumentException().isThrownBy(() -> cache.delete(""));
    }

    @Test
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    void shouldRejectNull() {
        String noKey = null;
        byte[] noValue = null;
        assertThatNullPointerException().isThrownBy(() -> cache.get(noKey));
        assertThatNullPointerException().isThrownBy(() -> cache.set("key", noValue));
    }

    @Test
    void shouldRejectInvalidSettingsWithAMessage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN - 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Cache.builder().maxItemSizeBytes(1023));
        assertThatIllegalArgumentException().isThrownBy(() -> Cache.builder().maxItemSizeBytes((1 << 30) + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cache.builder()
                        .memoryLimitBytes(10 << 20)
                        .maxItemSizeBytes((5 << 20) + 1)
                        .build())
                .withMessage("the largest item, 5242881 bytes, is over half of the memory limit, 10485760 bytes");
    }

    @Test
    void shouldExpireItemsAfterTheClockWasSetBack() {
        MemcachedOperations.set(cache, "key", bytes("1"), 0, 100);
        clock.advance(Duration.ofSeconds(-1_000_000));
        assertThat(cache.get("key")).isNotNull();
        assertThat(MemcachedOperations.set(cache, "key", bytes("2"), 0, 10)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("2"));
        cache.checkIntegrity();
    }

    @Test
    void shouldShowItsContentsAndTheHitRatio() {
        cache.set("key", bytes("value"));
        String contents = "\\[items=1, used=[0-9.]+ KB of 64 MB, hitRatio=%s, evictions=0, expirations=0]";
        assertThat(cache.toString()).matches("Cache" + contents.formatted("n/a"));
        cache.get("key");
        cache.get("key");
        cache.get("other");
        assertThat(cache.toString()).matches("Cache" + contents.formatted("0.667"));
        assertThat(cache.statistics().toString()).matches("CacheStatistics" + contents.formatted("0.667"));
    }

    private long cas(String key) {
        Item item = cache.getItem(key);
        return item == null ? 0 : item.casUnique();
    }
}
