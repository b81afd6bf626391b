package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.testing.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the meta commands ask of the engine: renewal by one, invalidation, CAS uniques that the client gives. */
class MetaItemTest {
    private static final byte[] KEY = {'k'};
    private static final long START_SECOND = 1_700_000_000;
    private static final int KEYS_PER_SECOND = 10;

    private final ManualClock clock = ManualClock.startingAt(Instant.ofEpochSecond(START_SECOND));
    private final Cache cache = Cache.builder().clock(clock).build();
    private final ItemView view = new ItemView();

    @Test
    void shouldMakeAnEmptyItemOnAMissAndChooseItsReader() {
        assertThat(cache.raw().fetch(update(), view)).isFalse();
        assertThat(cache.raw().fetch(update().vivify(30), view)).isTrue();
        assertThat(view.hasWon()).isTrue();
        assertThat(view.isBeingRenewed()).isFalse();
        assertThat(view.valueLength()).isZero();
        assertThat(view.secondsToLive()).isEqualTo(30);
        assertThat(cache.raw().fetch(update().vivify(30), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isTrue();
        cache.set("k", new byte[1]);
        assertThat(cache.raw().fetch(update().vivify(30), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isFalse();
        cache.checkIntegrity();
    }

    @Test
    void shouldKnowThatALongNumberWasReadBeforeItChanged() {
        cache.set("k", bytes("12" + " ".repeat(300_000)));
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isFalse();
        assertThat(cache.raw().decrement(update(), 5)).isEqualTo(DeltaResult.STORED);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isTrue();
        assertThat(cache.get("k")).isEqualTo(bytes("7" + " ".repeat(300_001)));
        cache.checkIntegrity();
    }

    @Test
    void shouldChooseOneReaderToRenewWhatExpiresSoon() {
        cache.set("k", new byte[1], 0, 30);
        assertThat(cache.raw().fetch(update().recache(30), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(cache.raw().fetch(update().recache(31), view)).isTrue();
        assertThat(view.hasWon()).isTrue();
        assertThat(cache.raw().fetch(update().recache(31), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isTrue();
        cache.set("k", new byte[1]);
        assertThat(cache.raw().fetch(update().recache(1_000), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
    }

    @Test
    void shouldServeAStaleItemUntilItIsRenewed() {
        cache.set("k", bytes("old"), 0, 100);
        long casUnique = casUnique();
        ItemUpdate invalidation = update().invalidate().exptime(30);
        assertThat(cache.raw().delete(invalidation)).isEqualTo(DeleteResult.DELETED);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.hasWon()).isTrue();
        assertThat(view.casUnique()).isEqualTo(invalidation.casUnique()).isGreaterThan(casUnique);
        assertThat(view.secondsToLive()).isEqualTo(30);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(view.isBeingRenewed()).isTrue();
        // Somebody who fetched before the invalidation stores: it is taken, but stays stale, for its old time.
        ItemUpdate late = update().value(bytes("late"), 0, 4)
                .expectCas(casUnique)
                .invalidate()
                .exptime(1000);
        assertThat(cache.raw().store(StoreMode.SET, late)).isEqualTo(StoreResult.STORED);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.isBeingRenewed()).isTrue();
        assertThat(view.secondsToLive()).isEqualTo(30);
        assertThat(cache.get("k")).isEqualTo(bytes("late"));
        ItemUpdate renewal =
                update().value(bytes("new"), 0, 3).expectCas(late.casUnique()).invalidate();
        assertThat(cache.raw().store(StoreMode.SET, renewal)).isEqualTo(StoreResult.STORED);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isFalse();
        assertThat(view.isBeingRenewed()).isFalse();
        ItemUpdate future = update().value(bytes("new"), 0, 3)
                .expectCas(renewal.casUnique() + 1)
                .invalidate();
        assertThat(cache.raw().store(StoreMode.SET, future)).isEqualTo(StoreResult.EXISTS);
        cache.checkIntegrity();
    }

    @Test
    void shouldDropTheValueButKeepTheItem() {
        cache.set("k", bytes("value"), 5, 100);
        long casUnique = casUnique();
        assertThat(cache.raw().delete(update().dropValue())).isEqualTo(DeleteResult.DELETED);
        assertThat(cache.raw().peek(KEY, 0, 1, view)).isTrue();
        assertThat(view.valueLength()).isZero();
        assertThat(view.flags()).isZero();
        assertThat(view.secondsToLive()).isEqualTo(-1);
        assertThat(view.casUnique()).isEqualTo(casUnique);
        assertThat(cache.raw()
                        .delete(update().dropValue()
                                .invalidate()
                                .flags(9)
                                .exptime(7)
                                .giveCas(77)))
                .isEqualTo(DeleteResult.DELETED);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isTrue();
        assertThat(view.flags()).isEqualTo(9);
        assertThat(view.secondsToLive()).isEqualTo(7);
        assertThat(view.casUnique()).isEqualTo(77);
        cache.checkIntegrity();
    }

    @Test
    void shouldTakeTheCasUniqueThatItIsGiven() {
        cache.raw().store(StoreMode.SET, update().value(bytes("1"), 0, 1).giveCas(-5));
        assertThat(casUnique()).isEqualTo(-5);
        ItemUpdate increment = update().giveCas(1234);
        assertThat(cache.raw().increment(increment, 1)).isEqualTo(DeltaResult.STORED);
        assertThat(increment.casUnique()).isEqualTo(1234);
        assertThat(casUnique()).isEqualTo(1234);
    }

    @Test
    void shouldMakeWhatAnAppendOrIncrementMisses() {
        ItemUpdate append = update().value(bytes("x"), 0, 1).vivify(10).flags(3);
        assertThat(cache.raw().store(StoreMode.APPEND, append)).isEqualTo(StoreResult.STORED);
        assertThat(cache.raw().peek(KEY, 0, 1, view)).isTrue();
        assertThat(view.secondsToLive()).isEqualTo(10);
        assertThat(view.flags()).isEqualTo(3);
        cache.delete("k");
        ItemUpdate increment = update().vivify(20).initialNumber(13);
        assertThat(cache.raw().increment(increment, 5)).isEqualTo(DeltaResult.STORED);
        assertThat(increment.number()).isEqualTo(13);
        assertThat(increment.secondsToLive()).isEqualTo(20);
        assertThat(cache.raw().increment(increment.key(KEY, 0, 1).exptime(50), 5))
                .isEqualTo(DeltaResult.STORED);
        assertThat(increment.number()).isEqualTo(18);
        assertThat(increment.secondsToLive()).isEqualTo(50);
        cache.checkIntegrity();
    }

    @Test
    void shouldTellOfTheAccessBeforeThisOne() {
        cache.set("k", new byte[1]);
        clock.advance(Duration.ofSeconds(3));
        assertThat(cache.raw().fetch(update().leaveNoTrace(), view)).isTrue();
        assertThat(view.wasFetched()).isFalse();
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isFalse();
        assertThat(view.secondsSinceAccess()).isEqualTo(3);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.wasFetched()).isTrue();
        assertThat(view.secondsSinceAccess())
                .isEqualTo(3); // the first read is not noted, as in memcached's segmented LRU
        clock.advance(Duration.ofSeconds(4));
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.secondsSinceAccess()).isEqualTo(4);
    }

    @Test
    void shouldTellTheOldAndTheNewTimeToLive() {
        cache.set("k", new byte[1], 0, 100);
        assertThat(cache.raw().fetch(update().exptime(30), view)).isTrue();
        assertThat(view.secondsToLiveBefore()).isEqualTo(100);
        assertThat(view.secondsToLive()).isEqualTo(30);
    }

    @Test
    void shouldGoByTheExptimeThatWasGivenFirst() {
        cache.set("k", new byte[1], 0, 100);
        assertThat(cache.raw().fetch(update().recache(30).exptime(10), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(cache.raw().fetch(update().exptime(20).recache(30), view)).isTrue();
        assertThat(view.hasWon()).isTrue();
        cache.delete("k");
        assertThat(cache.raw().fetch(update().vivify(5).exptime(50), view)).isTrue();
        assertThat(view.secondsToLiveBefore()).isEqualTo(-1);
        assertThat(view.secondsToLive()).isEqualTo(50);
        cache.delete("k");
        ItemUpdate increment = update().exptime(50).vivify(5);
        assertThat(cache.raw().increment(increment, 1)).isEqualTo(DeltaResult.STORED);
        assertThat(increment.hasMadeItem()).isTrue();
        assertThat(increment.secondsToLiveBefore()).isEqualTo(-1);
        assertThat(increment.secondsToLive()).isEqualTo(5);
    }

    @Test
    void shouldTakeSoonForAnExptime() {
        cache.set("k", new byte[1], 0, 100);
        long unixSecond = clock.millis() / 1000;
        assertThat(cache.raw().fetch(update().recache(0), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(cache.raw().fetch(update().recache(-1), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(cache.raw().fetch(update().recache(unixSecond + 100), view)).isTrue();
        assertThat(view.hasWon()).isFalse();
        assertThat(cache.raw().fetch(update().recache(unixSecond + 101), view)).isTrue();
        assertThat(view.hasWon()).isTrue();
    }

    @Test
    void shouldNotTakeWhatReplacesAStaleItemForStale() {
        cache.set("k", bytes("9"));
        cache.raw().delete(update().invalidate());
        assertThat(cache.raw().increment(update(), 1)).isEqualTo(DeltaResult.STORED);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isFalse();
        cache.raw().delete(update().invalidate());
        cache.append("k", bytes("x"));
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.isStale()).isFalse();
    }

    @Test
    void shouldTellOfEachEviction() {
        Cache small = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        List<String> told = new ArrayList<>();
        small.raw().evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) -> {
            String key = new String(bytes, offset, length, StandardCharsets.US_ASCII);
            boolean isAsExpected = key.startsWith("key")
                    && !fetched
                    && toLive == -1
                    && sinceAccess == clock.instant().getEpochSecond() - START_SECOND - storedAfter(key)
                    && valueLength == 1000
                    && size == Cache.itemSize(length, 0, 1000);
            told.add(isAsExpected ? key : "unexpected: " + key);
        });
        for (int i = 0; i < 5_000; i++) {
            small.set("key" + i, new byte[1000]);
            if (i % KEYS_PER_SECOND == KEYS_PER_SECOND - 1) {
                clock.advance(Duration.ofSeconds(1));
            }
        }
        assertThat(told)
                .isNotEmpty()
                .hasSize((int) small.statistics().get(Counter.EVICTIONS))
                .doesNotHaveDuplicates()
                .allMatch(key -> key.startsWith("key"));
    }

    private static long storedAfter(String key) {
        return Integer.parseInt(key.substring("key".length())) / KEYS_PER_SECOND;
    }

    @Test
    void shouldTellWhetherAnIncrementMadeTheItem() {
        ItemUpdate update = update().vivify(30).initialNumber(7).exptime(60);
        assertThat(cache.raw().increment(update, 1)).isEqualTo(DeltaResult.STORED);
        assertThat(update.hasMadeItem()).isTrue();
        assertThat(update.secondsToLiveMade()).isEqualTo(30);
        assertThat(update.secondsToLiveSet()).isEqualTo(60);
        update = update().vivify(30).initialNumber(7);
        assertThat(cache.raw().increment(update, 1)).isEqualTo(DeltaResult.STORED);
        assertThat(update.hasMadeItem()).isFalse();
        assertThat(update.secondsToLiveMade()).isZero();
    }

    @Test
    void shouldKnowWhetherTheKeyWasBinary() {
        cache.raw().store(StoreMode.SET, update().binaryKey(true).value(new byte[1], 0, 1));
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.hasBinaryKey()).isTrue();
        cache.set("k", new byte[1]);
        assertThat(cache.raw().fetch(update(), view)).isTrue();
        assertThat(view.hasBinaryKey()).isFalse();
    }

    @Test
    void shouldTellThatAnItemWasFlushedUntilItIsLookedUp() {
        assertThat(cache.raw().peekFlushed(KEY, 0, 1)).isFalse();
        cache.set("k", new byte[1]);
        assertThat(cache.raw().peekFlushed(KEY, 0, 1)).isFalse();
        cache.flushAll();
        assertThat(cache.raw().peekFlushed(KEY, 0, 1)).isTrue();
        assertThat(cache.touch("k", 1)).isFalse();
        assertThat(cache.raw().peekFlushed(KEY, 0, 1)).isFalse();
        assertThat(cache.statistics().get(Counter.GET_FLUSHED)).isEqualTo(1);
    }

    private static ItemUpdate update() {
        return new ItemUpdate().key(KEY, 0, 1);
    }

    private long casUnique() {
        Item item = cache.gets("k");
        return item == null ? 0 : item.casUnique();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
