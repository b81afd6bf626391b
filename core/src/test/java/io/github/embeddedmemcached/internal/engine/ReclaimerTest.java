package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.memory.EmptyMember;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import io.github.embeddedmemcached.internal.engine.policy.ShadowCaches;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Emptying segments in steps between which items are changed, for each rule of eviction. */
class ReclaimerTest {
    private static final long LIMIT = 2 << 20;
    private static final int SEGMENT_BYTES = 16_368;
    private static final HeapAccount.Member OWNER = new EmptyMember();
    private static final KeyHash KEY_HASH = KeyHash.withSeed(1);

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private double smallShare;

    private PartitionSettings settings(boolean evicts) {
        return settings(evicts, LIMIT, SEGMENT_BYTES);
    }

    private PartitionSettings settings(boolean evicts, long limitBytes, int segmentBytes) {
        HeapAccount.Share heap = new HeapAccount(Long.MAX_VALUE).open(OWNER);
        return new PartitionSettings(
                heap,
                new UploadBudget(heap, limitBytes),
                new ExpiredSpace(),
                limitBytes,
                segmentBytes,
                Index.CHUNK_BYTES_MAX,
                8 * ItemSize.LIMIT_MIN,
                evicts,
                KEY_HASH,
                new CacheClock(SystemTime.elapsingAs(clock)),
                new AtomicLong(),
                new Counters(),
                new Removals(null),
                new ShadowCaches(0, 1, heap) {
                    @Override
                    public double smallShare() {
                        return smallShare;
                    }
                });
    }

    private static ItemUpdate update(int key) {
        byte[] bytes = ("key" + key).getBytes(StandardCharsets.US_ASCII);
        return new ItemUpdate().key(bytes, 0, bytes.length);
    }

    private static long hash(ItemUpdate update) {
        return KEY_HASH.hash(update.keyBytes, update.keyOffset, update.keyLength);
    }

    private static StoreResult set(Partition partition, int key, int number, int valueLength, int exptime) {
        byte[] value = ByteBuffer.allocate(valueLength).putInt(number).array();
        ItemUpdate update = update(key).value(value, 0, valueLength).exptime(exptime);
        return partition.store(StoreMode.SET, update, hash(update));
    }

    private @Nullable Integer get(Partition partition, int key) {
        ItemUpdate update = update(key);
        ItemView view = new ItemView();
        view.seek(partition, hash(update), update.keyBytes, update.keyOffset, update.keyLength);
        return partition.get(view, partition.clock().now()) == Partition.Read.HIT
                ? (Integer)
                        ByteBuffer.wrap(Objects.requireNonNull(view.value())).getInt()
                : null;
    }

    private static DeleteResult delete(Partition partition, int key) {
        ItemUpdate update = update(key);
        return partition.delete(update, hash(update));
    }

    private static long steps(Partition partition) {
        return partition.contents().reclaimer().steps();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.2, 1})
    void shouldKeepTheRightItemsWhileTheyAreChangedBetweenSteps(double share) {
        smallShare = share;
        PartitionSettings settings = settings(true);
        Partition partition = new Partition(settings);
        Map<Integer, Integer> expected = new HashMap<>();
        Random random = new Random(3);
        int hits = 0;
        for (int i = 0; i < 300_000; i++) {
            int key = (int) Math.pow(40_000, random.nextDouble());
            int choice = random.nextInt(100);
            if (choice < 60) {
                Integer found = get(partition, key);
                if (found != null) {
                    hits++;
                    assertThat(found).isEqualTo(expected.get(key));
                }
            } else if (choice < 95) {
                int length = choice == 94 ? 6_000 : 4 + random.nextInt(200);
                int exptime = random.nextInt(20) == 0 ? 5 : 0;
                assertThat(set(partition, key, i, length, exptime)).isEqualTo(StoreResult.STORED);
                expected.put(key, i);
            } else if (choice < 99) {
                if (delete(partition, key) == DeleteResult.DELETED) {
                    assertThat(expected).containsKey(key);
                }
                expected.remove(key);
            } else if (i % 3 == 0) {
                clock.advance(Duration.ofSeconds(1));
            }
            if (i % 5_000 == 0 || (i > 200_000 && i < 200_300)) {
                partition.checkIntegrity();
            }
            if (i == 250_000) {
                partition.flushAll(0);
                expected.clear();
            }
        }
        partition.checkIntegrity();
        assertThat(hits).isGreaterThan(80_000);
        assertThat(count(settings, Statistic.EVICTIONS)).isGreaterThan(5_000);
        assertThat(count(settings, Statistic.RECLAIMED)).isPositive();
    }

    @Test
    void shouldFollowTheShareWhenItChanges() {
        smallShare = 0.02;
        Partition partition = new Partition(settings(true));
        Random random = new Random(4);
        for (int i = 0; i < 400_000; i++) {
            if (i % 10_000 == 0) {
                smallShare = random.nextInt(3) == 0 ? 1 : random.nextDouble();
            }
            int key = random.nextInt(30_000);
            if (get(partition, key) == null) {
                assertThat(set(partition, key, i, 100, 0)).isEqualTo(StoreResult.STORED);
            }
        }
        smallShare = 1;
        for (int i = 0; i < 60_000; i++) {
            set(partition, 30_000 + i, i, 100, 0);
        }
        partition.checkIntegrity();
        assertThat(partition.contents().main.bytes()).isLessThanOrEqualTo(SEGMENT_BYTES);
        smallShare = 0.5;
        for (int i = 0; i < 60_000; i++) {
            set(partition, 100_000 + i, i, 100, 0);
        }
        partition.checkIntegrity();
        assertThat(partition.contents().main.bytes()).isBetween(LIMIT * 3 / 10, LIMIT * 6 / 10);
    }

    /** The segments are as small as possible: compacting them takes most of the sets that fill another one. */
    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.2, 1})
    void shouldExecuteAtMostOneStepForNearlyEverySet(double share) {
        smallShare = share;
        Partition partition = new Partition(settings(true));
        Random random = new Random(5);
        int exceptions = 0;
        long most = 0;
        for (int i = 0; i < 100_000; i++) {
            get(partition, random.nextInt(20_000));
            long before = steps(partition);
            set(partition, random.nextInt(20_000), i, 100, 0);
            exceptions += steps(partition) - before > 1 ? 1 : 0;
            most = Math.max(most, steps(partition) - before);
        }
        assertThat(exceptions).isLessThan(500);
        assertThat(most).isLessThan(50);
        partition.checkIntegrity();
    }

    @Test
    void shouldCompactInStepsIfNothingMayBeEvicted() {
        PartitionSettings settings = settings(false);
        Partition partition = new Partition(settings);
        Random random = new Random(6);
        long most = 0;
        for (int i = 0; i < 200_000; i++) {
            long before = steps(partition);
            assertThat(set(partition, random.nextInt(9_000), i, 100, 0)).isEqualTo(StoreResult.STORED);
            most = Math.max(most, steps(partition) - before);
            if (i % 10 == 0) {
                delete(partition, random.nextInt(9_000));
            }
        }
        assertThat(most).isEqualTo(1);
        assertThat(count(settings, Statistic.EVICTIONS)).isZero();
        partition.checkIntegrity();
    }

    @Test
    void shouldEvictNothingWhileExpiredItemsTakeTheSpace() {
        PartitionSettings settings = settings(true);
        Partition partition = new Partition(settings);
        for (int i = 0; i < 3_000; i++) {
            set(partition, i, i, 100, 0);
        }
        for (int i = 0; i < 200_000; i++) {
            if (i % 500 == 0) {
                clock.advance(Duration.ofSeconds(1));
            }
            assertThat(set(partition, 3_000 + i, i, 100, 10)).isEqualTo(StoreResult.STORED);
        }
        assertThat(count(settings, Statistic.EVICTIONS)).isZero();
        for (int i = 0; i < 3_000; i++) {
            assertThat(get(partition, i)).isEqualTo(i);
        }
        partition.checkIntegrity();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.2, 1})
    void shouldSearchAllSegmentsForExpiredItemsBeforeEvictionBegins(double share) {
        smallShare = share;
        PartitionSettings settings = settings(true);
        Partition partition = new Partition(settings);
        int items = 0;
        while (!partition.contents().pool.isExhausted(0)) {
            set(partition, items, items, 100, items < 11_000 ? 0 : 10);
            items++;
        }
        assertThat(items).isGreaterThan(12_000);
        clock.advance(Duration.ofSeconds(11));
        for (int i = 0; i < 500; i++) {
            set(partition, 100_000 + i, i, 100, 0);
        }
        assertThat(count(settings, Statistic.EVICTIONS)).isZero();
        partition.checkIntegrity();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.2, 1})
    void shouldEmptySegmentsInStepsWhileTheIndexGrowsAndItemsOfTheMainLogChange(double share) {
        smallShare = share;
        Partition partition = new Partition(settings(true, 8 * LIMIT, 65_520));
        for (int i = 0; i < 150_000; i++) {
            set(partition, i, i, 100, 0);
        }
        long items = partition.contents().index.items();
        long longest = 0;
        Random random = new Random(1);
        for (int i = 0; i < 300_000; i++) {
            int key = random.nextInt(4) == 0 ? random.nextInt(150_000 + i) : 150_000 + i;
            long before = partition.contents().reclaimer().steps();
            set(partition, key, i, 20 + random.nextInt(50), 0);
            longest = Math.max(longest, partition.contents().reclaimer().steps() - before);
        }
        assertThat(partition.contents().index.items()).isGreaterThan(items * 5 / 4);
        assertThat(longest).isEqualTo(1);
        partition.checkIntegrity();
    }

    @Test
    void shouldSearchSegmentsAgainThatWereSearchedInAnEarlierSecond() {
        PartitionSettings settings = settings(true);
        Partition partition = new Partition(settings);
        for (int i = 0; i < 8_000; i++) {
            set(partition, i, i, 100, i < 2_000 ? 100 : 0);
        }
        clock.advance(Duration.ofSeconds(50));
        set(partition, 8_000, 0, 100, 0); // begins a search
        clock.advance(Duration.ofSeconds(51));
        for (int i = 0; i < 10; i++) {
            set(partition, 8_001 + i, 0, 100, 0);
        }
        assertThat(partition.contents().reclaimer().reclaimExpired(partition.lastMoment()))
                .isTrue();
    }

    @Test
    void shouldReleaseMemoryToAnotherCacheWhenTheMainLogIsEmpty() {
        smallShare = 0.05;
        PartitionSettings settings = settings(true);
        Partition partition = new Partition(settings);
        for (int i = 0; i < 8_000; i++) {
            set(partition, i, i, 100, 0);
        }
        assertThat(partition.contents().main.bytes()).isZero();
        for (int i = 0; i < 5; i++) {
            assertThat(partition.memory().releaseMemory()).isTrue();
        }
        partition.checkIntegrity();
    }

    @Test
    void shouldReleaseTheSketchWhenTheLimitIsLowered() {
        smallShare = 0.05;
        PartitionSettings settings = settings(true);
        Partition partition = new Partition(settings);
        for (int i = 0; i < 200_000; i++) {
            set(partition, i, i, 4, 0);
        }
        long sketchBytes = partition.contents().sketch.bytes();
        assertThat(sketchBytes).isGreaterThan(4 * SEGMENT_BYTES);
        assertThat(partition.memory().resize(partition.contents().fixedBytes() + sketchBytes / 2))
                .isTrue();
        partition.checkIntegrity();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCompactWithoutEvictionIfTheLiveItemsFitIntoALowerLimit(boolean evicts) {
        PartitionSettings settings = settings(evicts);
        Partition partition = new Partition(settings);
        for (int i = 0; i < 10_000; i++) {
            set(partition, i, i, 100, 0);
        }
        for (int i = 0; i < 10_000; i++) {
            if (i % 10 < 6) {
                delete(partition, i);
            }
        }
        assertThat(partition.memory().resize(LIMIT / 2)).isTrue();
        assertThat(count(settings, Statistic.EVICTIONS)).isZero();
        assertThat(partition.contents().index.items()).isEqualTo(4_000);
        partition.checkIntegrity();
    }

    private static long count(PartitionSettings settings, Statistic statistic) {
        return settings.counters().values()[statistic.ordinal()];
    }
}
