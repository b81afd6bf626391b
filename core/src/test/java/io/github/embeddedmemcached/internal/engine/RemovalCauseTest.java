package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Removal;
import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which removals the in-process operations report, and their properties. */
class RemovalCauseTest {
    private static final byte[] VALUE = new byte[100];

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private final Cache cache =
            Cache.builder().memoryLimitBytes(4 << 20).clock(clock).build();
    private final List<Removal> removals = new ArrayList<>();

    @BeforeEach
    void listen() {
        clock.freeze();
        cache.addRemovalListener(removals::add);
        cache.set("a", VALUE);
        assertReported();
    }

    @AfterEach
    void stopRefusing() {
        HeapArrays.refusal = null;
        cache.checkIntegrity();
    }

    /** Checks the removals that were reported since the last call. */
    private void assertReported(String... causesAndKeys) {
        assertThat(removals)
                .extracting(removal -> removal.cause() + " " + removal.keyText())
                .containsExactly(causesAndKeys);
        removals.clear();
    }

    private static ItemUpdate update(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
        return new ItemUpdate().key(bytes, 0, bytes.length);
    }

    private CacheEngine engine() {
        return Engines.of(cache);
    }

    @Test
    void shouldDescribeTheRemovedItem() {
        MemcachedOperations.set(cache, "flagged", new byte[7], -1, 100);
        clock.advance(Duration.ofMillis(2_500));
        cache.get("flagged"); // the access time is updated from the second read on
        MemcachedOperations.getAndTouch(cache, "flagged", 97);
        clock.advance(Duration.ofSeconds(3));
        cache.delete("flagged");
        cache.delete("a");

        Removal flagged = removals.get(0);
        assertThat(flagged.cause()).isEqualTo(RemovalCause.DELETED);
        assertThat(flagged.key()).isEqualTo("flagged".getBytes(StandardCharsets.US_ASCII));
        assertThat(flagged.flags()).isEqualTo(-1);
        assertThat(flagged.valueLength()).isEqualTo(7);
        assertThat(flagged.itemSize()).isEqualTo(Cache.itemSize("flagged".length(), -1, 7));
        assertThat(flagged.wasFetched()).isTrue();
        assertThat(flagged.timeToLive()).isEqualTo(Duration.ofSeconds(94));
        assertThat(flagged.timeSinceAccess()).isEqualTo(Duration.ofSeconds(3));
        assertThat(flagged)
                .hasToString("Removal[DELETED flagged, valueLength=7, itemSize=" + flagged.itemSize()
                        + ", flags=4294967295, wasFetched=true, timeToLive=PT1M34S, timeSinceAccess=PT3S]");

        Removal unread = removals.get(1);
        assertThat(unread.wasFetched()).isFalse();
        assertThat(unread.timeToLive()).isNull();
        assertThat(unread.timeSinceAccess()).isEqualTo(Duration.ofSeconds(5));
        assertThat(unread.toString()).contains("timeToLive=unlimited");
    }

    @Test
    void shouldNotShareTheKeyWithTheCaller() {
        cache.delete("a");
        removals.get(0).key()[0] = 'b';
        assertThat(removals.get(0).keyText()).isEqualTo("a");
    }

    @Test
    void shouldReportReplacedItems() {
        cache.set("a", VALUE);
        assertReported("REPLACED a");
        cache.replace("a", VALUE);
        assertReported("REPLACED a");
        cache.append("a", VALUE);
        assertReported("REPLACED a");
        assertThat(cache.append("a", VALUE)).isEqualTo(StoreResult.STORED);
        cache.prepend("a", VALUE);
        assertThat(removals).extracting(Removal::valueLength).containsExactly(200L, 300L);
        assertReported("REPLACED a", "REPLACED a");
        cache.cas("a", VALUE, casUnique("a"));
        assertReported("REPLACED a");
        engine().delete(update("a").dropValue());
        assertReported("REPLACED a");
    }

    @Test
    void shouldNotReportStoresWhoseConditionIsNotMet() {
        cache.add("a", VALUE);
        cache.replace("absent", VALUE);
        cache.append("absent", VALUE);
        cache.cas("a", VALUE, 1 + casUnique("a"));
        cache.cas("absent", VALUE, 1);
        engine().delete(update("a").expectCas(-1));
        cache.delete("absent");
        cache.evict("absent");
        assertReported();
    }

    @Test
    void shouldReportNumbersOnlyWhenANewItemIsWritten() {
        cache.set("number", new byte[] {'8'});
        cache.increment("number", 1);
        assertReported();
        cache.increment("number", 1);
        assertReported("REPLACED number");
        cache.decrement("number", 5);
        assertReported();
        byte[] large = new byte[400_000];
        Arrays.fill(large, (byte) ' ');
        large[0] = '5';
        cache.set("large", large);
        assertThat(cache.increment("large", 1).status()).isEqualTo(CounterStatus.STORED);
        assertReported();
    }

    @Test
    void shouldNotReportItemsThatRemain() {
        MemcachedOperations.touch(cache, "a", 100);
        MemcachedOperations.getAndTouch(cache, "a", 200);
        engine().delete(update("a").invalidate());
        engine().fetch(update("a").exptime(10), new ItemView());
        assertReported();
        assertThat(cache.get("a")).isNotNull();
    }

    @Test
    void shouldReportDeletedAndEvictedItems() {
        cache.delete("a");
        assertReported("DELETED a");
        cache.set("a", VALUE);
        cache.evict("a");
        assertReported("EVICTED a");
        cache.set("a", VALUE);
        engine().delete(update("a"));
        assertReported("DELETED a");
    }

    /** Operations that find the item {@code x} expired. */
    enum Lookup {
        GET,
        TOUCH,
        GET_AND_TOUCH,
        SET,
        ADD,
        APPEND,
        DELETE,
        INCREMENT,
        EVICT,
        META_GET,
        VIVIFY,
        RECLAIM,
        BATCH
    }

    @ParameterizedTest
    @EnumSource
    void shouldReportAnExpiredItemThatIsLookedUp(Lookup lookup) {
        MemcachedOperations.set(cache, "x", VALUE, 0, 5);
        clock.advance(Duration.ofSeconds(4));
        assertThat(cache.get("x")).isNotNull();
        clock.advance(Duration.ofSeconds(1));
        assertReported();
        byte[] key = {'x'};
        switch (lookup) {
            case GET -> cache.get("x");
            case TOUCH -> MemcachedOperations.touch(cache, "x", 1);
            case GET_AND_TOUCH -> MemcachedOperations.getAndTouch(cache, "x", 1);
            case SET -> cache.set("x", VALUE);
            case ADD -> cache.add("x", VALUE);
            case APPEND -> cache.append("x", VALUE);
            case DELETE -> cache.delete("x");
            case INCREMENT -> cache.increment("x", 1);
            case EVICT -> cache.evict("x");
            case META_GET -> engine().fetch(update("x"), new ItemView());
            case VIVIFY -> engine().fetch(update("x").vivify(0), new ItemView());
            case RECLAIM -> engine().reclaim(update("x"));
            case BATCH -> engine().get(key, 0, 1, new ItemView());
        }
        assertThat(removals).extracting(Removal::timeToLive).containsExactly(Duration.ZERO);
        assertReported("EXPIRED x");
        cache.get("x");
        cache.delete("x");
        assertThat(removals).extracting(Removal::cause).doesNotContain(RemovalCause.EXPIRED);
    }

    @Test
    void shouldReportExpiredItemsThatAreReclaimedWithoutALookup() {
        for (int i = 0; i < 20_000; i++) {
            MemcachedOperations.set(cache, "expiring" + i, VALUE, 0, 10);
        }
        assertReported();
        clock.advance(Duration.ofSeconds(60));
        for (int i = 0; i < 20_000; i++) {
            cache.set("other" + i, VALUE);
        }
        assertThat(removals).allMatch(removal -> removal.cause() == RemovalCause.EXPIRED);
        long reclaimed = cache.statistics().get(Statistic.RECLAIMED);
        assertThat(removals).hasSize((int) reclaimed).hasSizeGreaterThan(10_000);
        assertThat(removals).extracting(Removal::keyText).doesNotHaveDuplicates();
    }

    @Test
    void shouldReportItemsOfOtherPartitionsThatWereReclaimedBeforeTheOperationReturns() {
        Cache large = Cache.builder().memoryLimitBytes(64 << 20).clock(clock).build();
        List<Removal> ofLarge = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            MemcachedOperations.set(large, "expiring" + i, VALUE, 0, 10);
        }
        clock.advance(Duration.ofSeconds(60));
        large.addRemovalListener(ofLarge::add);
        byte[] value = new byte[100_000];
        for (int i = 0; i < 300; i++) {
            large.set("other" + i, value);
            assertThat(ofLarge).hasSize((int) reclaimed(large));
        }
        assertThat(ofLarge).hasSizeGreaterThan(90_000).allMatch(removal -> removal.cause() == RemovalCause.EXPIRED);
    }

    /** Returns the counter without the sweep that {@link Cache#statistics} causes. */
    private static long reclaimed(Cache cache) {
        return IntStream.rangeClosed(1, SlabClasses.count())
                .mapToLong(id -> Engines.of(cache).counterValue(Statistic.RECLAIMED, id))
                .sum();
    }

    @Test
    void shouldReportFlushedItems() {
        MemcachedOperations.set(cache, "expired", VALUE, 0, 5);
        MemcachedOperations.set(cache, "later", VALUE, 0, 50);
        clock.advance(Duration.ofSeconds(10));
        cache.get("later");
        cache.flushAll();
        assertThat(removals)
                .filteredOn(removal -> removal.keyText().equals("later"))
                .allMatch(removal ->
                        removal.wasFetched() && Duration.ofSeconds(40).equals(removal.timeToLive()))
                .hasSize(1);
        assertThat(removals)
                .extracting(removal -> removal.cause() + " " + removal.keyText())
                .containsExactlyInAnyOrder("FLUSHED a", "EXPIRED expired", "FLUSHED later");
        removals.clear();
        cache.flushAll();
        assertReported();
        assertThat(cache.get("a")).isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReportTheItemsOfADelayedFlushWhenItIsExecuted(boolean byReader) {
        MemcachedOperations.flushAll(cache, 10);
        MemcachedOperations.set(cache, "stored before it takes effect", VALUE, 0, 15);
        clock.advance(Duration.ofSeconds(8));
        cache.get("a");
        assertReported();
        clock.advance(Duration.ofSeconds(10)); // the other item would have expired after the flush
        for (String key : List.of("a", "stored before it takes effect")) { // in their partitions
            if (byReader) {
                cache.get(key);
            } else {
                cache.delete(key);
            }
        }
        assertThat(removals)
                .extracting(removal -> removal.cause() + " " + removal.keyText())
                .containsExactlyInAnyOrder("FLUSHED a", "FLUSHED stored before it takes effect");
    }

    @Test
    void shouldReportEachOfManyFlushedItemsOnce() {
        for (int i = 0; i < 10_000; i++) {
            cache.set("key" + i, VALUE);
        }
        cache.set("large", new byte[300_000]);
        cache.flushAll();
        assertThat(removals).hasSize(10_002).allMatch(removal -> removal.cause() == RemovalCause.FLUSHED);
        assertThat(removals)
                .extracting(Removal::keyText)
                .doesNotHaveDuplicates()
                .contains("a", "large", "key9999");
    }

    @Test
    void shouldReportNothingOnResetAndClose() {
        cache.reset();
        assertReported();
        cache.set("a", VALUE);
        cache.close();
        assertReported();
    }

    @Test
    void shouldReportAndCountValuesThatAreTooLarge() {
        byte[] tooLarge = new byte[cache.maxItemSizeBytes()];
        assertThat(MemcachedOperations.set(cache, "a", tooLarge, 7, 20)).isEqualTo(StoreResult.TOO_LARGE);
        Removal rejected = removals.get(1);
        assertReported("DELETED a", "REJECTED a");
        assertThat(rejected.valueLength()).isEqualTo(tooLarge.length);
        assertThat(rejected.itemSize()).isEqualTo(Cache.itemSize(1, 7, tooLarge.length));
        assertThat(rejected.flags()).isEqualTo(7);
        assertThat(rejected.timeToLive()).isEqualTo(Duration.ofSeconds(20));
        assertThat(rejected.timeSinceAccess()).isZero();

        cache.set("a", VALUE);
        long casUnique = casUnique("a");
        assertThat(cache.add("b", tooLarge)).isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.replace("a", tooLarge)).isEqualTo(StoreResult.TOO_LARGE);
        assertThat(cache.cas("a", tooLarge, casUnique)).isEqualTo(StoreResult.TOO_LARGE);
        assertReported("REJECTED b", "REJECTED a", "REJECTED a");
        assertThat(cache.statistics().get(Statistic.STORE_TOO_LARGE)).isEqualTo(4);

        assertThat(cache.append("a", new byte[tooLarge.length - 150])).isEqualTo(StoreResult.NOT_STORED);
        assertThat(removals).extracting(Removal::valueLength).containsExactly(tooLarge.length - 50L);
        assertReported("REJECTED a");
        assertThat(casUnique("a")).isEqualTo(casUnique);
    }

    private void assertRefused(Function<Cache, Object> operation, Enum<?> result, String... causesAndKeys) {
        try (Cache fresh = Cache.builder().memoryLimitBytes(4 << 20).build()) {
            fresh.set("a", new byte[300_000]);
            fresh.set("number", "5".concat(" ".repeat(200_000)).getBytes(StandardCharsets.US_ASCII));
            fresh.addRemovalListener(removals::add);
            HeapArrays.refusal = bytes -> bytes > 50_000;
            assertThat(operation.apply(fresh)).isEqualTo(result);
            HeapArrays.refusal = null;
            assertThat(fresh.statistics().get(Statistic.STORE_NO_MEMORY))
                    .isEqualTo(result instanceof StoreResult ? 1 : 0); // as in memcached
            assertReported(causesAndKeys);
        }
    }

    @Test
    void shouldReportAndCountValuesForWhichThereIsNoMemory() {
        byte[] large = new byte[300_000];
        assertRefused(each -> each.set("a", large), StoreResult.OUT_OF_MEMORY, "DELETED a", "REJECTED a");
        assertRefused(each -> each.add("b", large), StoreResult.OUT_OF_MEMORY, "REJECTED b");
        assertRefused(each -> each.replace("a", large), StoreResult.OUT_OF_MEMORY, "REJECTED a");
        assertRefused(each -> each.append("a", VALUE), StoreResult.OUT_OF_MEMORY, "REJECTED a");
        assertRefused(each -> each.increment("number", 1).status(), CounterStatus.OUT_OF_MEMORY, "REJECTED number");
    }

    @Test
    void shouldRejectNewItemsWithoutEvictionAndReportThem() {
        Cache full = Cache.builder().memoryLimitBytes(1 << 20).eviction(false).build();
        List<Removal> ofFull = new ArrayList<>();
        full.addRemovalListener(ofFull::add);
        long stored = 0;
        for (int i = 0; i < 20_000; i++) {
            stored += full.set("key" + i, VALUE) == StoreResult.STORED ? 1 : 0;
        }
        assertThat(stored).isEqualTo(full.statistics().items()).isPositive();
        assertThat(ofFull)
                .hasSize((int) full.statistics().get(Statistic.STORE_NO_MEMORY))
                .hasSize((int) (20_000 - stored))
                .allMatch(removal -> removal.cause() == RemovalCause.REJECTED && removal.valueLength() == VALUE.length);
    }

    @Test
    void shouldLoseOnlyTheEventIfThereIsNoMemoryToRecordIt() {
        HeapArrays.refusal = bytes -> bytes == 512; // the first events of an operation
        cache.delete("a");
        assertReported();
        assertThat(cache.get("a")).isNull();
        HeapArrays.refusal = null;
        cache.set("a", VALUE);
        cache.delete("a");
        assertReported("DELETED a");
    }

    @Test
    void shouldCallAListenerOnlyForItsCauses() {
        List<RemovalCause> deleted = new ArrayList<>();
        List<RemovalCause> replacedOrFlushed = new ArrayList<>();
        cache.addRemovalListener(removal -> deleted.add(removal.cause()), RemovalCause.DELETED);
        cache.addRemovalListener(
                removal -> replacedOrFlushed.add(removal.cause()), RemovalCause.REPLACED, RemovalCause.FLUSHED);
        cache.set("a", VALUE);
        cache.delete("a");
        cache.set("a", VALUE);
        cache.evict("a");
        cache.set("a", VALUE);
        cache.flushAll();
        assertThat(deleted).containsExactly(RemovalCause.DELETED);
        assertThat(replacedOrFlushed).containsExactly(RemovalCause.REPLACED, RemovalCause.FLUSHED);
        assertReported("REPLACED a", "DELETED a", "EVICTED a", "FLUSHED a");
    }

    private long casUnique(String key) {
        return Objects.requireNonNull(cache.getItem(key)).casUnique();
    }
}
