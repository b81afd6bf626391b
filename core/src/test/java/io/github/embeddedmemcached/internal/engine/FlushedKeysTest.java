package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Lookups of flushed keys are counted as in memcached, each key once. */
class FlushedKeysTest {
    private final Cache cache = Cache.builder().memoryLimitBytes(4 << 20).build(); // one partition

    @AfterEach
    void closeCache() {
        cache.close();
    }

    private void set(int begin, int end) {
        for (int i = begin; i < end; i++) {
            cache.set("key" + i, new byte[1]);
        }
    }

    private long flushedAfterGets(int begin, int end) {
        for (int i = begin; i < end; i++) {
            assertThat(cache.get("key" + i)).isNull();
        }
        return cache.statistics().get(Statistic.GET_FLUSHED);
    }

    @Test
    void shouldCountTheFirstLookupOfEachFlushedKey() {
        set(0, 200);
        cache.flushAll();
        assertThat(flushedAfterGets(0, 150)).isEqualTo(150);
        assertThat(flushedAfterGets(0, 200)).isEqualTo(200);
        assertThat(flushedAfterGets(0, 400)).isEqualTo(200);
    }

    @Test
    void shouldKeepKeysThatWereFlushedBeforeTheLastFlush() {
        set(0, 100);
        cache.flushAll();
        assertThat(flushedAfterGets(0, 30)).isEqualTo(30);
        set(100, 200);
        cache.flushAll();
        assertThat(flushedAfterGets(0, 300)).isEqualTo(200);
        cache.flushAll();
        assertThat(flushedAfterGets(0, 300)).isEqualTo(200);
    }

    @Test
    void shouldKeepABoundedNumberOfKeys() {
        set(0, 3 * FlushedKeys.KEYS_MAX);
        cache.flushAll();
        assertThat(flushedAfterGets(0, 3 * FlushedKeys.KEYS_MAX)).isEqualTo(FlushedKeys.KEYS_MAX);
    }

    @Test
    void shouldRemoveTheKeysOnAReset() {
        set(0, 10);
        cache.flushAll();
        cache.reset();
        assertThat(flushedAfterGets(0, 10)).isZero();
    }
}
