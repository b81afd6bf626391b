package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.embeddedmemcached.testing.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What an application that calls the cache directly sees. */
class CacheTest {
    private static final long THIRTY_DAYS = 60L * 60 * 24 * 30;

    private final ManualClock clock = ManualClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private final Cache cache = Cache.builder().clock(clock).build();

    @Test
    void shouldGiveBackWhatWasStored() {
        assertThat(cache.set("key", bytes("value"), 0xFFFFFFFF, 0)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("value"));
        Item item = cache.gets("key");
        assertThat(item).isNotNull();
        if (item != null) {
            assertThat(item.flags()).isEqualTo(0xFFFFFFFF);
            assertThat(item.casUnique()).isNotZero();
        }
        assertThat(cache.get("other")).isNull();
        assertThat(cache.gets("other")).isNull();
    }

    @Test
    void shouldLookAtTheClockOnlyWhereSomethingDependsOnIt() {
        AtomicInteger looks = new AtomicInteger();
        Cache counted = Cache.builder()
                .clock(() -> {
                    looks.incrementAndGet();
                    return clock.instant();
                })
                .build();
        counted.set("for ever", bytes("value"));
        counted.set("for a while", bytes("value"), 0, 100);
        for (int i = 0; i < Slot.FREQUENCY_MAX; i++) {
            counted.get("for ever");
            counted.get("for a while");
        }
        looks.set(0);

        assertThat(counted.get("for ever")).isEqualTo(bytes("value"));
        assertThat(looks).hasValue(0);
        assertThat(counted.get("for a while")).isEqualTo(bytes("value"));
        assertThat(looks).hasPositiveValue();

        counted.flushAll(50);
        assertThat(counted.get("for ever")).isEqualTo(bytes("value"));
        clock.advance(Duration.ofSeconds(50));
        assertThat(counted.get("for ever")).isNull();
        assertThat(counted.statistics().get(Counter.GET_HITS)).isEqualTo(2 * Slot.FREQUENCY_MAX + 3);
        counted.checkIntegrity();
    }

    @Test
    void shouldTakeKeysAsBytesToo() {
        byte[] key = {0, 10, 32, (byte) 0xFF};
        assertThat(cache.store(StoreMode.SET, key, bytes("value"), 0, 0)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get(key)).isEqualTo(bytes("value"));
        assertThat(cache.set("schlüssel", bytes("utf-8"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("schlüssel".getBytes(StandardCharsets.UTF_8))).isEqualTo(bytes("utf-8"));
        assertThat(cache.touch(key, -1)).isTrue();
        assertThat(cache.get(key)).isNull();
    }

    @Test
    void shouldHandOutCopies() {
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
    void shouldAnswerAddAndReplaceByWhetherThereIsAnItem() {
        assertThat(cache.replace("key", bytes("0"), 0, 0)).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.add("key", bytes("1"), 0, 0)).isEqualTo(StoreResult.STORED);
        assertThat(cache.add("key", bytes("2"), 0, 0)).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("1"));
        assertThat(cache.replace("key", bytes("3"), 0, 0)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("3"));
    }

    @Test
    void shouldKeepFlagsAndExptimeOfAnItemThatIsJoined() {
        assertThat(cache.append("key", bytes("x"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.prepend("key", bytes("x"))).isEqualTo(StoreResult.NOT_STORED);
        cache.set("key", bytes("b"), 7, 10);
        long first = cas("key");
        assertThat(cache.append("key", bytes("c"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.prepend("key", bytes("a"))).isEqualTo(StoreResult.STORED);
        Item item = cache.gets("key");
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
    void shouldStoreByCasOnlyWhatNobodyChanged() {
        assertThat(cache.cas("key", bytes("x"), 0, 0, 1)).isEqualTo(StoreResult.NOT_FOUND);
        cache.set("key", bytes("1"));
        long casUnique = cas("key");
        assertThat(cache.cas("key", bytes("2"), 0, 0, casUnique + 1)).isEqualTo(StoreResult.EXISTS);
        assertThat(cache.cas("key", bytes("2"), 0, 0, 0)).isEqualTo(StoreResult.EXISTS);
        assertThat(cache.cas("key", bytes("2"), 0, 0, casUnique)).isEqualTo(StoreResult.STORED);
        assertThat(cache.cas("key", bytes("3"), 0, 0, casUnique)).isEqualTo(StoreResult.EXISTS);
        assertThat(cache.get("key")).isEqualTo(bytes("2"));
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.get(Counter.CAS_HITS)).isEqualTo(1);
        assertThat(statistics.get(Counter.CAS_MISSES)).isEqualTo(1);
        assertThat(statistics.get(Counter.CAS_BADVAL)).isEqualTo(3);
    }

    @Test
    void shouldKeepTheCasUniqueOfAnItemThatIsOnlyTouchedOrRead() {
        cache.set("key", bytes("1"));
        long casUnique = cas("key");
        cache.touch("key", 100);
        cache.getAndTouch("key", 200);
        cache.add("key", bytes("2"), 0, 0);
        assertThat(cas("key")).isEqualTo(casUnique);
    }

    @Test
    void shouldDelete() {
        assertThat(cache.delete("key")).isEqualTo(DeleteResult.NOT_FOUND);
        cache.set("key", bytes("1"));
        assertThat(cache.delete("key")).isEqualTo(DeleteResult.DELETED);
        assertThat(cache.get("key")).isNull();
        assertThat(cache.delete("key")).isEqualTo(DeleteResult.NOT_FOUND);
        cache.checkIntegrity();
    }

    @Test
    void shouldExpireToTheSecond() {
        cache.set("relative", bytes("1"), 0, 2);
        cache.set("absolute", bytes("1"), 0, clock.instant().getEpochSecond() + 2);
        cache.set("past", bytes("1"), 0, clock.instant().getEpochSecond() - 1);
        cache.set("negative", bytes("1"), 0, -1);
        cache.set("longest", bytes("1"), 0, THIRTY_DAYS);
        cache.set("unix", bytes("1"), 0, THIRTY_DAYS + 1);
        cache.set("never", bytes("1"), 0, 0);
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
    void shouldTreatAnExpiredItemAsGoneInEveryOperation() {
        for (String key : new String[] {"add", "replace", "append", "cas", "delete", "touch", "gat", "incr"}) {
            cache.set(key, bytes("1"), 0, 1);
        }
        long casUnique = cas("cas");
        clock.advance(Duration.ofSeconds(1));
        assertThat(cache.add("add", bytes("2"), 0, 0)).isEqualTo(StoreResult.STORED);
        assertThat(cache.replace("replace", bytes("2"), 0, 0)).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.append("append", bytes("2"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.cas("cas", bytes("2"), 0, 0, casUnique)).isEqualTo(StoreResult.NOT_FOUND);
        assertThat(cache.delete("delete")).isEqualTo(DeleteResult.NOT_FOUND);
        assertThat(cache.touch("touch", 10)).isFalse();
        assertThat(cache.getAndTouch("gat", 10)).isNull();
        assertThat(cache.increment("incr", 1).result()).isEqualTo(DeltaResult.NOT_FOUND);
        assertThat(cache.get("add")).isEqualTo(bytes("2"));
        cache.checkIntegrity();
    }

    @Test
    void shouldMoveTheExptimeByTouch() {
        cache.set("key", bytes("1"), 0, 1);
        assertThat(cache.touch("key", 100)).isTrue();
        clock.advance(Duration.ofSeconds(99));
        assertThat(cache.getAndTouch("key", 0)).isNotNull();
        clock.advance(Duration.ofSeconds(1_000_000));
        assertThat(cache.get("key")).isNotNull();
        assertThat(cache.getAndTouch("key", -1)).isNotNull();
        assertThat(cache.get("key")).isNull();
        assertThat(cache.touch("key", 1)).isFalse();
    }

    @Test
    void shouldCountUpAndDownUnsigned() {
        assertThat(cache.increment("n", 1).result()).isEqualTo(DeltaResult.NOT_FOUND);
        cache.set("n", bytes("18446744073709551614"), 5, 0);
        assertThat(cache.increment("n", 1)).isEqualTo(new DeltaOutcome(DeltaResult.STORED, -1));
        assertThat(cache.increment("n", 11)).isEqualTo(new DeltaOutcome(DeltaResult.STORED, 10));
        assertThat(cache.get("n")).isEqualTo(bytes("10" + " ".repeat(18)));
        cache.set("n", bytes("10"), 5, 0);
        assertThat(cache.decrement("n", 1)).isEqualTo(new DeltaOutcome(DeltaResult.STORED, 9));
        assertThat(cache.get("n")).isEqualTo(bytes("9 "));
        assertThat(cache.increment("n", 991)).isEqualTo(new DeltaOutcome(DeltaResult.STORED, 1000));
        assertThat(cache.decrement("n", 1001)).isEqualTo(new DeltaOutcome(DeltaResult.STORED, 0));
        Item item = cache.gets("n");
        assertThat(item).isNotNull();
        if (item != null) {
            assertThat(item.flags()).isEqualTo(5);
            assertThat(item.value()).isEqualTo(bytes("0   "));
        }
        cache.set("n", bytes("12a"));
        assertThat(cache.increment("n", 1).result()).isEqualTo(DeltaResult.NON_NUMERIC);
        assertThat(cache.get("n")).isEqualTo(bytes("12a"));
        cache.checkIntegrity();
    }

    @Test
    void shouldFlushNowAndLater() {
        cache.set("key", bytes("1"));
        cache.flushAll();
        assertThat(cache.get("key")).isNull();
        cache.set("before", bytes("1"));
        cache.flushAll(10);
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
    void shouldLoseWhatIsStoredInTheSecondOfAFlushWithoutCasUniques() {
        Cache without = Cache.builder().casUnique(false).clock(clock).build();
        without.set("key", bytes("1"));
        without.flushAll();
        assertThat(without.set("key", bytes("2"))).isEqualTo(StoreResult.STORED);
        assertThat(without.get("key")).isNull();
        clock.advance(Duration.ofSeconds(1));
        without.set("key", bytes("3"));
        assertThat(without.get("key")).isEqualTo(bytes("3"));
    }

    @Test
    void shouldKeepWhatIsStoredInTheSecondOfAResetWithoutCasUniques() {
        Cache without = Cache.builder().casUnique(false).clock(clock).build();
        without.flushAll();
        without.reset();
        without.set("key", bytes("1"));
        assertThat(without.get("key")).isEqualTo(bytes("1"));
    }

    @Test
    void shouldLetALaterFlushReplaceAPendingOne() {
        cache.set("key", bytes("1"));
        cache.flushAll(10);
        cache.flushAll(100);
        clock.advance(Duration.ofSeconds(50));
        assertThat(cache.get("key")).isNotNull();
        cache.flushAll(0);
        cache.set("key", bytes("2"));
        clock.advance(Duration.ofSeconds(100));
        assertThat(cache.get("key")).isNotNull();
    }

    @Test
    void shouldMeasureItemsAsMemcachedDoes() {
        int fits = (1 << 20) - 60;
        assertThat(cache.set("k", new byte[fits], 0, 0)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("k")).hasSize(fits);
        assertThat(cache.add("l", new byte[fits + 1], 0, 0)).isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.replace("k", new byte[fits + 1], 0, 0)).isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.append("k", new byte[1])).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.get("k")).hasSize(fits);
        assertThat(cache.set("k", new byte[fits], 1, 0)).isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.get("k")).isNull();
        assertThat(cache.set("k", new byte[fits - 4], 1, 0)).isEqualTo(StoreResult.STORED);
        assertThat(cache.statistics().get(Counter.STORE_TOO_LARGE)).isEqualTo(3);
        cache.checkIntegrity();
    }

    @Test
    void shouldCountHitsAndMisses() {
        cache.set("key", bytes("1"), 0, 5);
        cache.get("key");
        cache.get("other");
        cache.touch("key", 5);
        cache.touch("other", 5);
        clock.advance(Duration.ofSeconds(5));
        cache.get("key");
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.get(Counter.GET_HITS)).isEqualTo(1);
        assertThat(statistics.get(Counter.GET_MISSES)).isEqualTo(2);
        assertThat(statistics.get(Counter.GET_EXPIRED)).isEqualTo(1);
        assertThat(statistics.get(Counter.CMD_TOUCH)).isEqualTo(2);
        assertThat(statistics.get(Counter.TOUCH_HITS)).isEqualTo(1);
        assertThat(statistics.get(Counter.TOUCH_MISSES)).isEqualTo(1);
        assertThat(statistics.get(Counter.CMD_SET)).isEqualTo(1);
        cache.resetStatistics();
        statistics = cache.statistics();
        assertThat(statistics.get(Counter.GET_HITS)).isZero();
        assertThat(statistics.items())
                .as("dropped by the get that found it expired")
                .isZero();
    }

    @Test
    void shouldKeepAccountOfItemsAndBytes() {
        cache.set("key", bytes("value"), 0, 0);
        cache.set("flags", bytes("value"), 1, 0);
        assertThat(cache.statistics().items()).isEqualTo(2);
        assertThat(cache.statistics().itemBytes()).isEqualTo(Cache.itemSize(3, 0, 5) + Cache.itemSize(5, 1, 5));
        cache.set("flags", bytes("v"), 0, 0);
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
    void shouldTellWhetherItEvicts() {
        assertThat(cache.evicts()).isTrue();
        assertThat(Cache.builder().eviction(false).build().evicts()).isFalse();
    }

    @Test
    void shouldTakeTheSmallestAndTheLargestItemSize() {
        assertThat(Cache.builder()
                        .itemSizeMaxBytes(Cache.ITEM_SIZE_MAX_MIN)
                        .build()
                        .itemSizeMaxBytes())
                .isEqualTo(Cache.ITEM_SIZE_MAX_MIN);
        assertThat(Cache.builder().itemSizeMaxBytes(Cache.ITEM_SIZE_MAX_MAX)).isNotNull();
    }

    @Test
    void shouldCountATouchThatFindsAnExpiredItem() {
        cache.set("key", new byte[1], 0, 10);
        clock.advance(Duration.ofSeconds(10));
        assertThat(cache.touch("key", 10)).isFalse();
        assertThat(cache.statistics().get(Counter.GET_EXPIRED)).isEqualTo(1);
        assertThat(cache.statistics().items()).isZero();
    }

    @Test
    void shouldSayWhatIsWrongWithAKey() {
        assertThat(cache.set("k".repeat(250), bytes("1"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("k".repeat(250))).isNotNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.get("k".repeat(251)))
                .withMessage("a key has 1 to 250 bytes, this one has 251");
        assertThatIllegalArgumentException().isThrownBy(() -> cache.set("", bytes("1")));
        assertThatIllegalArgumentException().isThrownBy(() -> cache.delete(new byte[0]));
    }

    @Test
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    void shouldRefuseNull() {
        String noKey = null;
        byte[] noValue = null;
        assertThatNullPointerException().isThrownBy(() -> cache.get(noKey));
        assertThatNullPointerException().isThrownBy(() -> cache.set("key", noValue));
    }

    @Test
    void shouldSayWhatIsWrongWithTheSettings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_MIN - 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Cache.builder().itemSizeMaxBytes(1023));
        assertThatIllegalArgumentException().isThrownBy(() -> Cache.builder().itemSizeMaxBytes((1 << 30) + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cache.builder()
                        .memoryLimitBytes(10 << 20)
                        .itemSizeMaxBytes((5 << 20) + 1)
                        .build())
                .withMessage("the largest item, 5242881 bytes, is over half of the memory limit, 10485760 bytes");
    }

    @Test
    void shouldSurviveAClockThatIsSetBack() {
        cache.set("key", bytes("1"), 0, 100);
        clock.advance(Duration.ofSeconds(-1_000_000));
        assertThat(cache.get("key")).isNotNull();
        assertThat(cache.set("key", bytes("2"), 0, 10)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get("key")).isEqualTo(bytes("2"));
        cache.checkIntegrity();
    }

    private long cas(String key) {
        Item item = cache.gets(key);
        return item == null ? 0 : item.casUnique();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
