package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.view.Engines;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys that all belong to one bucket, as if the key of the hash were known: operations are slow, but bounded, and within the memory limit. */
@Timeout(value = 100, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CollidingKeysTest {
    private static final int SAME_BITS = 0xFFFFF;

    private final KeyHash sameBucket = new KeyHash(1, 2) {
        @Override
        public long hash(byte[] bytes, int offset, int length) {
            return super.hash(bytes, offset, length) & ~SAME_BITS;
        }
    };

    private final KeyHash sameHash = new KeyHash(1, 2) {
        @Override
        public long hash(byte[] bytes, int offset, int length) {
            return 0x1234_5678_9ABC_DEF0L;
        }
    };

    @Test
    void shouldFinishOperationsOnTensOfThousandsOfKeysInOneBucket() {
        fillAndCheck(sameBucket, 29_000);
    }

    @Test
    void shouldFinishOperationsOnThousandsOfKeysWithOneHash() {
        fillAndCheck(sameHash, 3_000);
    }

    @Test
    @Tag("nightly")
    @Timeout(value = 1_200, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldFinishOperationsOnAHundredThousandKeysWithOneHash() {
        fillAndCheck(sameHash, (1 << 17) + 1);
    }

    private static void fillAndCheck(KeyHash hash, int keys) {
        Cache cache =
                Caches.builder(hash).memoryLimitBytes(60 << 20).eviction(false).build();
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            for (int i = 0; !done.get(); i = (i + 1) % 100) {
                cache.get(key(i));
            }
        });
        for (int i = 0; i < keys; i++) {
            assertThat(cache.set(key(i), value(i))).isEqualTo(StoreResult.STORED);
        }
        done.set(true);
        reader.join();
        assertThat(cache.get(key(0))).isEqualTo(value(0));
        assertThat(cache.get(key(keys - 1))).isEqualTo(value(keys - 1));
        assertThat(cache.get(key(keys))).isNull();
        assertThat(cache.statistics().items()).isEqualTo(keys);
        ItemCursor cursor = Engines.of(cache).cursor();
        for (int i = 0; i < keys; i++) {
            assertThat(cursor.next()).isTrue();
        }
        assertThat(cursor.next()).isFalse();
        for (int i = 0; i < keys; i += 100) {
            assertThat(cache.delete(key(i))).isEqualTo(DeleteResult.DELETED);
            assertThat(cache.get(key(i))).isNull();
        }
        if (keys < 10_000) { // takes quadratic time
            cache.checkIntegrity();
        }
        cache.flushAll();
        assertThat(cache.get(key(1))).isNull();
        cache.checkIntegrity();
    }

    @Test
    void shouldEvictKeysWithOneHashAndStayWithinTheLimit() {
        Cache cache = Caches.builder(sameHash).memoryLimitBytes(1 << 20).build();
        for (int i = 0; i < 5_000; i++) {
            assertThat(cache.set(key(i), new byte[1_000])).isEqualTo(StoreResult.STORED);
        }
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isPositive();
        cache.checkIntegrity(); // compares the memory in use with the limit
    }

    private static String key(int i) {
        return "key" + i;
    }

    private static byte[] value(int i) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(i).array();
    }
}
