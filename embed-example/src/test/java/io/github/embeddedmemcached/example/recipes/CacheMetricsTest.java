package io.github.embeddedmemcached.example.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheLoadException;
import io.github.embeddedmemcached.cache.Statistic;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cache's figures in Micrometer. */
class CacheMetricsTest {
    @AutoClose
    private final Cache cache = Cache.builder().memoryLimitBytes(8 << 20).build();

    @AutoClose
    private final MeterRegistry registry = new SimpleMeterRegistry();

    @BeforeEach
    void bind() {
        new CacheMetrics(cache, "pages", Tag.of("site", "shop")).bindTo(registry);
    }

    @Test
    void shouldCountHitsAndMisses() {
        cache.set("page:/", new byte[100]);
        cache.get("page:/");
        cache.get("page:/");
        cache.get("page:/missing");

        assertThat(counter("cache.gets", "result", "hit")).isEqualTo(2);
        assertThat(counter("cache.gets", "result", "miss")).isEqualTo(1);
        assertThat(counter("cache.puts")).isEqualTo(1);
    }

    @Test
    void shouldShowItemsAndBytes() {
        cache.set("page:/", new byte[100]);

        assertThat(gauge("cache.size")).isEqualTo(1);
        assertThat(gauge("cache.memory.used")).isBetween(100.0, (double) (8 << 20));
        assertThat(gauge("cache.memory.limit")).isEqualTo(8 << 20);
    }

    @Test
    void shouldCountEvictions() {
        cache.set("page:/", new byte[100]);
        cache.evict("page:/");

        assertThat(counter("cache.evictions")).isEqualTo(1);
    }

    @Test
    void shouldCountLoadsAndTheirDuration() {
        cache.get("page:/", Duration.ofMinutes(1), key -> new byte[100]);
        assertThatThrownBy(() -> cache.get("page:/broken", Duration.ofMinutes(1), key -> {
                    throw new IOException("broken");
                }))
                .isInstanceOf(CacheLoadException.class);

        assertThat(counter("cache.load", "result", "success")).isEqualTo(1);
        assertThat(counter("cache.load", "result", "failure")).isEqualTo(1);
        TimeGauge duration = registry.get("cache.load.duration").timeGauge();
        assertThat(Math.round(duration.value(TimeUnit.NANOSECONDS))) // converted to seconds and back
                .isPositive()
                .isEqualTo(cache.statistics().get(Statistic.LOAD_NANOS));
    }

    private double counter(String name, String... tags) {
        return registry.get(name)
                .tags(tags)
                .tags("cache", "pages", "site", "shop")
                .functionCounter()
                .count();
    }

    private double gauge(String name) {
        return registry.get(name).tags("cache", "pages", "site", "shop").gauge().value();
    }
}
