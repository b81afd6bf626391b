package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The requests that the shadow caches receive. */
class ShadowRequestsTest {
    private static final KeyHash HASH = KeyHash.withSeed(1);
    private static final byte[] VALUE = new byte[1000];
    private static final int CACHE_BYTES = 4 << 20;
    private static final int KEYS_PER_BATCH = 20;

    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-26T12:00:00Z"));
    private final HeapAccount.Member owner = new EmptyMember();
    private final HeapAccount.Share heap = new HeapAccount(1L << 30).open(owner);
    private final ItemView view = new ItemView();

    private static byte[] key(int index) {
        return ("key" + index).getBytes(StandardCharsets.US_ASCII);
    }

    private CacheEngine newEngine() {
        return new CacheEngine(EngineSettings.defaults()
                .memoryLimitBytes(CACHE_BYTES)
                .clock(clock)
                .keyHash(HASH)
                .heapAccount(new HeapAccount(1L << 30)));
    }

    private static void set(CacheEngine engine, byte[] key) {
        ItemUpdate update = new ItemUpdate().key(key, 0, key.length).value(VALUE, 0, VALUE.length);
        assertThat(engine.store(StoreMode.SET, update)).isEqualTo(StoreResult.STORED);
    }

    /** Requests a loop of more keys than the cache contains, which favours a small share of the memory for new items. */
    @Test
    void shouldReceiveTheReadsOfABatchLikeSingleReads() {
        CacheEngine single = newEngine();
        CacheEngine batched = newEngine();
        LookupBatch batch = new LookupBatch(batched);
        double shareAtFirst = single.smallShare();
        int keys = 2 * CACHE_BYTES / VALUE.length;
        for (int i = 0; i < 10 * keys; i++) {
            if (i % KEYS_PER_BATCH == 0) {
                for (int j = i; j < i + KEYS_PER_BATCH; j++) {
                    byte[] next = key(j % keys);
                    batch.add(next, 0, next.length);
                }
                batch.prefetch();
            }
            byte[] key = key(i % keys);
            if (!single.get(key, 0, key.length, view)) {
                set(single, key);
            }
            if (!batch.get(key, 0, key.length, view)) {
                set(batched, key);
            }
            assertThat(batched.smallShare()).isEqualTo(single.smallShare());
        }
        assertThat(single.smallShare()).isLessThan(shareAtFirst / 2);
    }

    /** Records the keys and sizes of stores, and the keys of other requests. */
    private static final class RecordingShadows extends ShadowCaches {
        private final List<String> requests = new ArrayList<>();

        RecordingShadows(HeapAccount.Share heap) {
            super(CACHE_BYTES, 1, heap);
        }

        @Override
        public void store(long hash, long size) {
            requests.add("store " + hash + " " + size);
        }

        @Override
        public void read(long hash, long size) {
            requests.add("read " + hash + " " + size);
        }

        @Override
        public void remove(long hash) {
            requests.add("remove " + hash);
        }
    }

    private Partition newPartition(ShadowCaches shadows) {
        return new Partition(new PartitionSettings(
                heap,
                new UploadBudget(heap, CACHE_BYTES),
                new ExpiredSpace(),
                CACHE_BYTES,
                64 << 10,
                Index.CHUNK_BYTES_MAX,
                1 << 20,
                true,
                HASH,
                new CacheClock(SystemTime.elapsingAs(clock)),
                null,
                new Counters(),
                new Removals(null),
                shadows));
    }

    @Test
    void shouldReceiveReadsThatSetTheTimeToLive() {
        RecordingShadows shadows = new RecordingShadows(heap);
        Partition partition = newPartition(shadows);
        byte[] key = key(1);
        long hash = HASH.hash(key, 0, key.length);
        String read = "read " + hash + " ";
        view.seek(partition, hash, key, 0, key.length);
        assertThat(partition.touchFor(view, 1000)).isFalse();
        partition.store(StoreMode.SET, new ItemUpdate().key(key, 0, key.length).value(VALUE, 0, 7), hash);
        assertThat(partition.touchFor(view, 1000)).isTrue();
        assertThat(partition.touch(view, 100)).isTrue();
        long size = ItemSize.of(key.length, 0, 7);
        assertThat(shadows.requests).containsExactly(read + 0, "store " + hash + " " + size, read + size, read + size);
    }

    @Test
    void shouldReceiveRestoredItemsOnceAsStores() {
        RecordingShadows shadows = new RecordingShadows(heap);
        Partition partition = newPartition(shadows);
        CacheEngine engine = new CacheEngine(
                EngineSettings.defaults().memoryLimitBytes(1 << 20).keyHash(HASH));
        Partition[] partitions = new Partition[engine.snapshots().partitions()];
        Arrays.fill(partitions, partition);
        RestoreBatch batch = new RestoreBatch(engine, partitions, position -> {});
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] key = key(i);
            expected.add("store " + HASH.hash(key, 0, key.length) + " " + ItemSize.of(key.length, 5, i));
            restore(batch, key, i);
        }
        assertThat(batch.count(Snapshots.Result.RESTORED)).isEqualTo(100);
        assertThat(shadows.requests).isEqualTo(expected);

        restore(batch, key(1), 1);
        assertThat(batch.count(Snapshots.Result.DUPLICATE)).isEqualTo(1);
        assertThat(shadows.requests).hasSize(100);
        partition.checkIntegrity();
    }

    private static void restore(RestoreBatch batch, byte[] key, int length) {
        batch.update.key(key, 0, key.length).value(VALUE, 0, length).flags(5);
        batch.expiryUnixMillis = CacheClock.NEVER;
        batch.restoreCurrent();
    }
}
