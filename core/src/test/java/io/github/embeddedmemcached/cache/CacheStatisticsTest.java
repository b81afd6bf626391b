package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CacheStatisticsTest {
    private final TestClock clock = new TestClock();
    private final Cache cache = Cache.builder().name("pages").clock(clock).build();

    @Test
    void shouldComputeTheHitRatio() {
        assertThat(cache.statistics().hitRatio()).isNaN();
        cache.get("k");
        assertThat(cache.statistics().hitRatio()).isZero();
        cache.set("k", new byte[1]);
        cache.get("k");
        assertThat(cache.statistics().hitRatio()).isEqualTo(0.5);
        cache.close();
    }

    @Test
    void shouldCountLoads() {
        assertThat(cache.statistics().averageLoadTime()).isZero();
        Engines.of(cache).countLoad(1_000_000, false);
        Engines.of(cache).countLoad(2_000_000, true);
        CacheStatistics statistics = cache.statistics();
        assertThat(statistics.averageLoadTime()).isEqualTo(Duration.ofNanos(1_500_000));
        assertThat(statistics.get(Statistic.LOADS)).isEqualTo(2);
        assertThat(statistics.get(Statistic.LOAD_FAILURES)).isEqualTo(1);
        assertThat(statistics.toString()).contains(", loads=2 (failed 1, average 1.500 ms)");
        cache.close();
    }

    @Test
    void shouldCountExpirations() {
        cache.set("k", new byte[1]);
        Engines.of(cache).touch(new byte[] {'k'}, 0, 1, 10);
        clock.advance(Duration.ofSeconds(11));
        cache.get("k");
        assertThat(cache.statistics().expirations()).isEqualTo(1);
        assertThat(cache.statistics().toString()).contains("items=0", ", expirations=1");
        cache.close();
    }

    @Test
    void shouldShowTheNameAndReadableSizes() {
        cache.set("k", new byte[2 << 20]);
        assertThat(cache.toString())
                .startsWith("Cache[pages: items=0, used=")
                .matches(".*, used=[0-9.]+ KB of 64 MB, hitRatio=n/a, evictions=0, expirations=0, rejected=1]");
        cache.close();
    }
}
