package io.github.embeddedmemcached.internal.engine.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IndexTest {
    private static final int ITEMS_PER_SEGMENT = 1 << 18;

    /** Returns an index that was grown as a partition does, with slots of items that do not exist. */
    static Index indexOf(long[] hashes) {
        return indexOf(hashes, Index.CHUNK_BYTES_MAX);
    }

    private static Index indexOf(long[] hashes, int chunkBytes) {
        Index index = new Index(new SegmentTable(), chunkBytes);
        for (int i = 0; i < hashes.length; i++) {
            insert(index, hashes[i], i);
        }
        return index;
    }

    private static void insert(Index index, long hash, int i) {
        prepare(index);
        index.insert(hash, 1 + i / ITEMS_PER_SEGMENT, i % ITEMS_PER_SEGMENT * ItemLayout.ALIGNMENT, 0);
    }

    private static void prepare(Index index) {
        if (index.isCrowded()) {
            if (index.needsBuckets()) {
                index.addBuckets();
            }
            index.split();
        }
        if (index.needsOverflow()) {
            index.addOverflow();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Index.CHUNK_BYTES_MIN, Index.CHUNK_BYTES_MAX})
    void shouldKeepEachSlotInItsBucketThroughSplitsOfLongChains(int chunkBytes) {
        SplittableRandom random = new SplittableRandom(1);
        long[] hashes = new long[60_000];
        for (int i = 0; i < hashes.length; i++) {
            long hash = random.nextLong();
            hashes[i] =
                    i % 4 == 0 ? hash & ~0xFFFL | i % 3 : hash; // a quarter in three chains that are split repeatedly
        }
        Index index = indexOf(hashes, chunkBytes);
        Set<Long> seen = new HashSet<>();
        index.forEach((bucket, slot) -> {
            int i = (Slot.segment(slot) - 1) * ITEMS_PER_SEGMENT + Slot.offset(slot) / ItemLayout.ALIGNMENT;
            assertThat(index.belongs(hashes[i], bucket, slot)).isTrue();
            assertThat(seen.add(slot)).isTrue();
        });
        assertThat(seen).hasSize(hashes.length);
        assertThat(index.items()).isEqualTo(hashes.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {Index.CHUNK_BYTES_MIN, Index.CHUNK_BYTES_MAX})
    void shouldFindSlotsInFurtherLinesThroughTheFiltersOfTheirLinks(int chunkBytes) {
        SplittableRandom random = new SplittableRandom(1);
        long[] hashes = random.longs(60_000).toArray();
        for (int i = 0; i < hashes.length; i += 4) {
            hashes[i] &= ~0xFFFFL; // in one chain, which is split repeatedly
        }
        Index index = indexOf(hashes, chunkBytes);
        Segment segment = Objects.requireNonNull(new SegmentTable().add(new byte[16], false, null));
        ItemView location = new ItemView();
        for (int i = 0; i < hashes.length; i++) {
            assertThat(index.locate(hashes[i], segment, i * ItemLayout.ALIGNMENT, location))
                    .isTrue();
        }
    }

    @Test
    void shouldFollowFewLinksForKeysThatAreAbsent() {
        SplittableRandom random = new SplittableRandom(1);
        Index index = indexOf(random.longs(60_000).toArray());
        long links = random.longs(10_000)
                .filter(hash -> Slot.isLink(index.prefetchSlot(hash)))
                .count();
        assertThat(links).isLessThan(500);
    }

    @Test
    void shouldFindEachItemWhileBucketsAreSplit() throws InterruptedException {
        int count = 20_000;
        SegmentTable segments = new SegmentTable();
        Segment segment = Objects.requireNonNull(segments.add(new byte[1 << 20], false, null));
        Index index = new Index(segments, Index.CHUNK_BYTES_MIN);
        KeyHash keyHash = KeyHash.withSeed(1);
        CacheClock clock = new CacheClock(SystemTime.elapsingAs(Clock.systemUTC()));
        AtomicInteger inserted = new AtomicInteger();
        AtomicInteger absent = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(1);
        Thread reader = new Thread(() -> {
            SplittableRandom random = new SplittableRandom(1);
            ItemView view = new ItemView();
            while (inserted.get() < count) {
                int present = inserted.get();
                byte[] key = key(present == 0 ? 0 : random.nextInt(present));
                long hash = keyHash.hash(key, 0, key.length);
                boolean isMissing = index.find(hash, key, 0, key.length, view) == Index.Lookup.ABSENT
                        || index.copyValue(hash, key, clock, Index.ANY) == Index.NONE;
                if (isMissing && present > 0) {
                    absent.incrementAndGet();
                }
                started.countDown();
            }
        });
        reader.start();
        started.await();
        for (int i = 0; i < count; i++) {
            byte[] key = key(i);
            int item = segment.append((int) ItemLayout.size(key.length, 0, 0), CacheClock.NEVER, 0);
            ItemLayout.write(segment.bytes, item, 0, key, 0, key.length, 0, 0, 0);
            segment.writeTimes(item, CacheClock.NEVER, 0);
            prepare(index);
            index.insert(keyHash.hash(key, 0, key.length), segment.id, item, Slot.accessBits(Slot.FREQUENCY_MAX, true));
            inserted.set(i + 1);
        }
        reader.join();
        assertThat(absent).hasValue(0);
    }

    @Test
    void shouldFindAnItemWhileItsSlotIsMovedToAFurtherLine() throws InterruptedException {
        int buckets = Index.CHUNK_BYTES_MIN / Long.BYTES / Index.SLOTS_PER_LINE;
        int trials = 160 * buckets;
        SegmentTable segments = new SegmentTable();
        Segment segment = Objects.requireNonNull(segments.add(new byte[1024], false, null));
        byte[] key = key(1);
        int item = segment.append((int) ItemLayout.size(key.length, 0, 0), CacheClock.NEVER, 0);
        ItemLayout.write(segment.bytes, item, 0, key, 0, key.length, 0, 0, 0);
        segment.writeTimes(item, CacheClock.NEVER, 0);
        AtomicReference<Index> index = new AtomicReference<>(new Index(segments, Index.CHUNK_BYTES_MIN));
        AtomicInteger current = new AtomicInteger(-1);
        AtomicInteger finds = new AtomicInteger();
        AtomicInteger absent = new AtomicInteger();
        Thread reader = new Thread(() -> {
            ItemView view = new ItemView();
            for (int trial = current.get(); trial < trials; trial = current.get()) {
                if (trial >= 0) {
                    Index searched = index.get();
                    long hash = (long) Index.SLOTS_PER_LINE << searched.chunkShift | trial % buckets;
                    Index.Lookup result = searched.find(hash, key, 0, key.length, view);
                    if (result == Index.Lookup.ABSENT && current.get() == trial) {
                        absent.incrementAndGet();
                    }
                    finds.set(trial + 1);
                }
            }
        });
        reader.start();
        for (int trial = 0; trial < trials; trial++) {
            if (trial % buckets == 0) {
                current.set(-1);
                index.set(new Index(segments, Index.CHUNK_BYTES_MIN));
            }
            for (int i = 1; i <= Index.SLOTS_PER_LINE; i++) {
                index.get().insert((long) i << index.get().chunkShift | trial % buckets, segment.id, item, 0);
            }
            current.set(trial);
            for (int spins = 0;
                    finds.get() <= trial && spins < 2_000;
                    spins++) { // until the reader has arrived, if it is running
                Thread.onSpinWait();
            }
            if (index.get().needsOverflow()) {
                index.get().addOverflow();
            }
            index.get()
                    .insert(
                            (long) (Index.SLOTS_PER_LINE + 1) << index.get().chunkShift | trial % buckets,
                            segment.id,
                            item,
                            0);
        }
        current.set(trials);
        reader.join();
        assertThat(absent).hasValue(0);
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    @Test
    void shouldUseNoMoreMemoryForChainsThanTheirItemsNeed() {
        long[] hashes = new long[20_000];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = random.nextLong() & ~0xFFFFFL;
        }
        Index index = indexOf(hashes);
        int lines = hashes.length / 7 + hashes.length / 7;
        assertThat(index.bytes()).isLessThanOrEqualTo(lines * 64L + 4 * Index.CHUNK_BYTES_MAX);
    }

    @Test
    void shouldNotSearchEndlesslyWhileASegmentIsBeingChanged() {
        byte[] key = "key".getBytes(StandardCharsets.US_ASCII);
        SegmentTable segments = new SegmentTable();
        Segment segment = segments.add(new byte[1024], false, null);
        assertThat(segment).isNotNull();
        ItemUpdate update = new ItemUpdate();
        update.key(key, 0, key.length);
        int item = segment.append((int) ItemLayout.size(key.length, 0, 0), CacheClock.NEVER, 0);
        ItemLayout.write(segment.bytes, item, 0, key, 0, key.length, 0, 0, 0);
        segment.writeTimes(item, CacheClock.NEVER, 0);
        Index index = new Index(segments, Index.CHUNK_BYTES_MIN);
        index.insert(1, segment.id, item, 0);
        ItemView view = new ItemView();

        segment.beginChange();
        assertThat(index.find(1, key, 0, key.length, view)).isEqualTo(Index.Lookup.UNKNOWN);
        assertThat(index.findLocked(1, key, 0, key.length, view)).isTrue();
        assertThat(index.copyValue(1, key, new CacheClock(SystemTime.elapsingAs(Clock.systemUTC())), Index.ANY))
                .isNull();
        segment.endChange();
        assertThat(index.find(1, key, 0, key.length, view)).isEqualTo(Index.Lookup.FOUND);
    }

    @Test
    void shouldNotReadBeyondTheEndOfASegmentThatIsBeingOverwritten() {
        byte[] bytes = new byte[24];
        bytes[21] = ItemLayout.HAS_FLAGS;
        assertThat(ItemLayout.flags(bytes, 0)).isZero();
    }
}
