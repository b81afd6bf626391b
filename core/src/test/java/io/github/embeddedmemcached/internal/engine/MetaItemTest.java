package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Item;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Engine operations of the meta commands: renewal by one client, invalidation, CAS uniques that the client assigns. */
class MetaItemTest {
    private static final byte[] KEY = {'k'};
    private static final long START_SECOND = 1_700_000_000;
    private static final int KEYS_PER_SECOND = 10;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(START_SECOND));
    private final Cache cache = Cache.builder().clock(clock).build();
    private final ItemView view = new ItemView();

    @Test
    void shouldCreateAnEmptyItemOnAMissAndChooseOneReaderToFillIt() {
        assertThat(Engines.of(cache).fetch(update(), view)).isFalse();
        assertThat(Engines.of(cache).fetch(update().vivify(30), view)).isTrue();
        assertThat(view.hasWon()).isTrue();
        assertThat(view.isBeingRenewed()).isFalse();
        assertThat(view.valueLength()).isZero();
        assertThat(view.secondsToLive()).isEqualTo(30);
        assertThat(Engines.of(cache).fetch(update().vivify(30), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isTrue();
        cache.set("k", new byte[1]);
        assertThat(Engines.of(cache).fetch(update().vivify(30), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isFalse();
        cache.checkIntegrity();
    }

    @Test
    void shouldRemainFetchedWhenALongNumberIsChanged() {
        cache.set("k", bytes("12" + " ".repeat(300_000)));
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isFalse();
        assertThat(Engines.of(cache).decrement(update(), 5)).isEqualTo(CounterStatus.STORED);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isTrue();
        assertThat(cache.get("k")).isEqualTo(bytes("7" + " ".repeat(300_001)));
        cache.checkIntegrity();
    }

    @Test
    void shouldChooseOneReaderToRenewAnItemThatExpiresSoon() {
        MemcachedOperations.set(cache, "k", new byte[1], 0, 30);
        assertThat(Engines.of(cache).fetch(update().recache(30), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(Engines.of(cache).fetch(update().recache(31), view)).isTrue();
        assertThat(view.hasWon()).isTrue();
        assertThat(Engines.of(cache).fetch(update().recache(31), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isTrue();
        cache.set("k", new byte[1]);
        assertThat(Engines.of(cache).fetch(update().recache(1_000), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
    }

    @Test
    void shouldReturnAStaleItemUntilItIsRenewed() {
        MemcachedOperations.set(cache, "k", bytes("old"), 0, 100);
        long casUnique = casUnique();
        ItemUpdate invalidation = update().invalidate().exptime(30);
        assertThat(Engines.of(cache).delete(invalidation)).isEqualTo(DeleteResult.DELETED);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.hasWon()).isTrue();
        assertThat(view.casUnique()).isEqualTo(invalidation.casUnique()).isGreaterThan(casUnique);
        assertThat(view.secondsToLive()).isEqualTo(30);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isTrue();
        // A store by a client that fetched before the invalidation: it succeeds, but the item stays stale and keeps its
        // old exptime.
        ItemUpdate late = update().value(bytes("late"), 0, 4)
                .expectCas(casUnique)
                .invalidate()
                .exptime(1000);
        assertThat(Engines.of(cache).store(StoreMode.SET, late)).isEqualTo(StoreResult.STORED);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.isBeingRenewed()).isTrue();
        assertThat(view.secondsToLive()).isEqualTo(30);
        assertThat(cache.get("k")).isEqualTo(bytes("late"));
        ItemUpdate renewal =
                update().value(bytes("new"), 0, 3).expectCas(late.casUnique()).invalidate();
        assertThat(Engines.of(cache).store(StoreMode.SET, renewal)).isEqualTo(StoreResult.STORED);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isFalse();
        assertThat(view.isBeingRenewed()).isFalse();
        ItemUpdate future = update().value(bytes("new"), 0, 3)
                .expectCas(renewal.casUnique() + 1)
                .invalidate();
        assertThat(Engines.of(cache).store(StoreMode.SET, future)).isEqualTo(StoreResult.EXISTS);
        cache.checkIntegrity();
    }

    @Test
    void shouldDropTheValueButKeepTheItem() {
        MemcachedOperations.set(cache, "k", bytes("value"), 5, 100);
        long casUnique = casUnique();
        assertThat(Engines.of(cache).delete(update().dropValue())).isEqualTo(DeleteResult.DELETED);
        assertThat(Engines.of(cache).peek(KEY, 0, 1, view)).isTrue();
        assertThat(view.valueLength()).isZero();
        assertThat(view.flags()).isZero();
        assertThat(view.secondsToLive()).isEqualTo(-1);
        assertThat(view.casUnique()).isEqualTo(casUnique);
        assertThat(Engines.of(cache)
                        .delete(update().dropValue()
                                .invalidate()
                                .flags(9)
                                .exptime(7)
                                .assignCas(77)))
                .isEqualTo(DeleteResult.DELETED);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.flags()).isEqualTo(9);
        assertThat(view.secondsToLive()).isEqualTo(7);
        assertThat(view.casUnique()).isEqualTo(77);
        cache.checkIntegrity();
    }

    @Test
    void shouldUseTheAssignedCasUnique() {
        Engines.of(cache).store(StoreMode.SET, update().value(bytes("1"), 0, 1).assignCas(-5));
        assertThat(casUnique()).isEqualTo(-5);
        ItemUpdate increment = update().assignCas(1234);
        assertThat(Engines.of(cache).increment(increment, 1)).isEqualTo(CounterStatus.STORED);
        assertThat(increment.casUnique()).isEqualTo(1234);
        assertThat(casUnique()).isEqualTo(1234);
    }

    @Test
    void shouldCreateAMissingItemOnAppendOrIncrement() {
        ItemUpdate append = update().value(bytes("x"), 0, 1).vivify(10).flags(3);
        assertThat(Engines.of(cache).store(StoreMode.APPEND, append)).isEqualTo(StoreResult.STORED);
        assertThat(Engines.of(cache).peek(KEY, 0, 1, view)).isTrue();
        assertThat(view.secondsToLive()).isEqualTo(10);
        assertThat(view.flags()).isEqualTo(3);
        cache.delete("k");
        ItemUpdate increment = update().vivify(20).initialNumber(13);
        assertThat(Engines.of(cache).increment(increment, 5)).isEqualTo(CounterStatus.STORED);
        assertThat(increment.number()).isEqualTo(13);
        assertThat(increment.secondsToLive()).isEqualTo(20);
        assertThat(Engines.of(cache).increment(increment.key(KEY, 0, 1).exptime(50), 5))
                .isEqualTo(CounterStatus.STORED);
        assertThat(increment.number()).isEqualTo(18);
        assertThat(increment.secondsToLive()).isEqualTo(50);
        cache.checkIntegrity();
    }

    @Test
    void shouldReturnThePreviousAccess() {
        cache.set("k", new byte[1]);
        clock.advance(Duration.ofSeconds(3));
        assertThat(Engines.of(cache).fetch(update().skipAccessUpdate(), view)).isTrue();
        assertThat(view.wasFetched()).isFalse();
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isFalse();
        assertThat(view.secondsSinceAccess()).isEqualTo(3);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isTrue();
        assertThat(view.secondsSinceAccess())
                .isEqualTo(3); // the first read is not recorded, as in memcached's segmented LRU
        clock.advance(Duration.ofSeconds(4));
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.secondsSinceAccess()).isEqualTo(4);
    }

    @Test
    void shouldReturnTheOldAndTheNewTimeToLive() {
        MemcachedOperations.set(cache, "k", new byte[1], 0, 100);
        assertThat(Engines.of(cache).fetch(update().exptime(30), view)).isTrue();
        assertThat(view.secondsToLiveBefore()).isEqualTo(100);
        assertThat(view.secondsToLive()).isEqualTo(30);
    }

    @Test
    void shouldApplyTheTimesInTheOrderInWhichTheyWereSet() {
        MemcachedOperations.set(cache, "k", new byte[1], 0, 100);
        assertThat(Engines.of(cache).fetch(update().recache(30).exptime(10), view))
                .isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(Engines.of(cache).fetch(update().exptime(20).recache(30), view))
                .isTrue();
        assertThat(view.hasWon()).isTrue();
        cache.delete("k");
        assertThat(Engines.of(cache).fetch(update().vivify(5).exptime(50), view))
                .isTrue();
        assertThat(view.secondsToLiveBefore()).isEqualTo(-1);
        assertThat(view.secondsToLive()).isEqualTo(50);
        cache.delete("k");
        ItemUpdate increment = update().exptime(50).vivify(5);
        assertThat(Engines.of(cache).increment(increment, 1)).isEqualTo(CounterStatus.STORED);
        assertThat(increment.hasCreatedItem()).isTrue();
        assertThat(increment.secondsToLiveBefore()).isEqualTo(-1);
        assertThat(increment.secondsToLive()).isEqualTo(5);
    }

    @Test
    void shouldInterpretTheRecacheTimeAsAnExptime() {
        MemcachedOperations.set(cache, "k", new byte[1], 0, 100);
        long unixSecond = clock.millis() / 1000;
        assertThat(Engines.of(cache).fetch(update().recache(0), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(Engines.of(cache).fetch(update().recache(-1), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(Engines.of(cache).fetch(update().recache(unixSecond + 100), view))
                .isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(Engines.of(cache).fetch(update().recache(unixSecond + 101), view))
                .isTrue();
        assertThat(view.hasWon()).isTrue();
    }

    @Test
    void shouldNotMarkTheReplacementOfAStaleItemAsStale() {
        cache.set("k", bytes("9"));
        Engines.of(cache).delete(update().invalidate());
        assertThat(Engines.of(cache).increment(update(), 1)).isEqualTo(CounterStatus.STORED);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isFalse();
        Engines.of(cache).delete(update().invalidate());
        cache.append("k", bytes("x"));
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isFalse();
    }

    @Test
    void shouldReportEachEviction() {
        Cache small = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        List<String> reported = new ArrayList<>();
        small.addRemovalListener(removal -> {
            String key = removal.keyText();
            boolean isExpected = key.startsWith("key")
                    && !removal.wasFetched()
                    && removal.timeToLive() == null
                    && removal.timeSinceAccess().toSeconds()
                            == clock.instant().getEpochSecond() - START_SECOND - storedAfterSeconds(key)
                    && removal.valueLength() == 1000
                    && removal.itemSize() == Cache.itemSize(key.length(), 0, 1000);
            reported.add(isExpected ? key : "unexpected: " + key);
        });
        for (int i = 0; i < 5_000; i++) {
            small.set("key" + i, new byte[1000]);
            if (i % KEYS_PER_SECOND == KEYS_PER_SECOND - 1) {
                clock.advance(Duration.ofSeconds(1));
            }
        }
        assertThat(reported)
                .isNotEmpty()
                .hasSize((int) small.statistics().get(Statistic.EVICTIONS))
                .doesNotHaveDuplicates()
                .allMatch(key -> key.startsWith("key"));
    }

    private static long storedAfterSeconds(String key) {
        return Integer.parseInt(key.substring("key".length())) / KEYS_PER_SECOND;
    }

    @Test
    void shouldReturnWhetherAnIncrementCreatedTheItem() {
        ItemUpdate update = update().vivify(30).initialNumber(7).exptime(60);
        assertThat(Engines.of(cache).increment(update, 1)).isEqualTo(CounterStatus.STORED);
        assertThat(update.hasCreatedItem()).isTrue();
        assertThat(update.secondsToLiveByVivify()).isEqualTo(30);
        assertThat(update.secondsToLiveByExptime()).isEqualTo(60);
        update = update().vivify(30).initialNumber(7);
        assertThat(Engines.of(cache).increment(update, 1)).isEqualTo(CounterStatus.STORED);
        assertThat(update.hasCreatedItem()).isFalse();
        assertThat(update.secondsToLiveByVivify()).isZero();
    }

    @Test
    void shouldReturnWhetherTheKeyWasBinary() {
        Engines.of(cache).store(StoreMode.SET, update().binaryKey(true).value(new byte[1], 0, 1));
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.hasBinaryKey()).isTrue();
        cache.set("k", new byte[1]);
        assertThat(Engines.of(cache).fetch(update(), view)).isTrue();
        assertThat(view.hasBinaryKey()).isFalse();
    }

    @Test
    void shouldReportAnItemAsFlushedUntilItIsLookedUp() {
        assertThat(Engines.of(cache).peekFlushed(KEY, 0, 1)).isFalse();
        cache.set("k", new byte[1]);
        assertThat(Engines.of(cache).peekFlushed(KEY, 0, 1)).isFalse();
        cache.flushAll();
        assertThat(Engines.of(cache).peekFlushed(KEY, 0, 1)).isTrue();
        assertThat(MemcachedOperations.touch(cache, "k", 1)).isFalse();
        assertThat(Engines.of(cache).peekFlushed(KEY, 0, 1)).isFalse();
        assertThat(cache.statistics().get(Statistic.GET_FLUSHED)).isEqualTo(1);
    }

    private static ItemUpdate update() {
        return new ItemUpdate().key(KEY, 0, 1);
    }

    private long casUnique() {
        Item item = cache.getItem("k");
        return item == null ? 0 : item.casUnique();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
