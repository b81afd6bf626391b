package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.view.Engines;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CountersTest {
    private static final byte[] KEY = "key".getBytes(StandardCharsets.US_ASCII);
    private static final int LENGTH = 1000;
    private static final int SLAB_CLASS = SlabClasses.classOf(Cache.itemSize(KEY.length, 0, LENGTH));

    private final Cache cache = Cache.builder().memoryLimitBytes(1 << 20).build();
    private final ItemView view = new ItemView();

    @AfterEach
    void closeCache() {
        cache.close();
    }

    private static ItemUpdate request() {
        return new ItemUpdate().key(KEY, 0, KEY.length);
    }

    private void fetch(ItemUpdate request) {
        Engines.of(cache).fetch(request, view);
    }

    private void assertCount(Statistic counter, long expected) {
        assertThat(cache.statistics().get(counter)).as("%s", counter).isEqualTo(expected);
        assertThat(Engines.of(cache).counterValue(counter, SLAB_CLASS))
                .as("%s by class", counter)
                .isEqualTo(expected);
    }

    @Test
    void shouldCountAMetaGetAsGetOrTouch() {
        cache.set("key", new byte[LENGTH]);
        fetch(request());
        assertCount(Statistic.GET_HITS, 1);
        assertCount(Statistic.TOUCH_HITS, 0);
        fetch(request().exptime(100));
        assertCount(Statistic.GET_HITS, 1);
        assertCount(Statistic.TOUCH_HITS, 1);
        assertThat(cache.statistics().get(Statistic.CMD_TOUCH)).isEqualTo(1);
        assertThat(cache.statistics().get(Statistic.GET_MISSES)).isZero();
    }

    @Test
    void shouldCountAMetaGetOfAnAbsentItemAsAMissEvenIfItSetsTheExptime() {
        fetch(request());
        fetch(request().exptime(100));
        assertThat(cache.statistics().get(Statistic.GET_MISSES)).isEqualTo(2);
        assertThat(cache.statistics().get(Statistic.CMD_TOUCH)).isZero();
    }

    @Test
    void shouldNotCountAHitWhoseReplyIsDiscarded() {
        cache.set("key", new byte[LENGTH]);
        fetch(request().discardReply());
        assertCount(Statistic.GET_HITS, 0);
    }

    @Test
    void shouldSetAllCountersToZeroWhenReset() {
        Counters counters = new Counters();
        counters.increment(Statistic.GET_HITS, 500);
        counters.add(Statistic.GET_HITS, 2, 3);
        counters.increment(Statistic.EVICTED_UNFETCHED);
        assertThat(counters.values()[Statistic.GET_HITS.ordinal()]).isEqualTo(4);
        assertThat(counters.value(Statistic.GET_HITS, 2)).isEqualTo(3);
        assertThat(counters.values()[Statistic.EVICTED_UNFETCHED.ordinal()]).isEqualTo(1);
        counters.reset();
        assertThat(counters.values()).containsOnly(0);
        assertThat(counters.value(Statistic.GET_HITS, 2)).isZero();
        assertThat(counters.value(Statistic.GET_HITS, 3)).isZero();
    }
}
