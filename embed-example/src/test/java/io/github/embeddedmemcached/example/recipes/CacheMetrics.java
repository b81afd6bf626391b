package io.github.embeddedmemcached.example.recipes;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.Statistic;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.cache.CacheMeterBinder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Registers the figures of a cache with Micrometer: {@code new CacheMetrics(cache, "pages").bindTo(registry)}. Names and tags are those that
 * Micrometer uses for Caffeine (gets, puts, evictions, loads and their duration), and {@code cache.memory.used} and {@code cache.memory.limit} in bytes.
 */
final class CacheMetrics extends CacheMeterBinder<Cache> {
    CacheMetrics(Cache cache, String name, Tag... tags) {
        super(cache, name, List.of(tags)); // a weak reference to the cache
    }

    @Override
    protected Long size() {
        Cache cache = getCache();
        return cache == null ? 0 : cache.statistics().items();
    }

    @Override
    protected long hitCount() {
        return count(Statistic.GET_HITS);
    }

    @Override
    protected Long missCount() {
        return count(Statistic.GET_MISSES);
    }

    @Override
    protected Long evictionCount() {
        return count(Statistic.EVICTIONS);
    }

    @Override
    protected long putCount() {
        return count(Statistic.TOTAL_ITEMS);
    }

    private long count(Statistic statistic) {
        Cache cache = getCache();
        return cache == null ? 0 : cache.statistics().get(statistic);
    }

    @Override
    protected void bindImplementationSpecificMetrics(MeterRegistry registry) {
        Cache cache = getCache();
        if (cache == null) {
            return;
        }
        TimeGauge.builder("cache.load.duration", cache, TimeUnit.NANOSECONDS, counter(Statistic.LOAD_NANOS))
                .tags(getTagsWithCacheName())
                .register(registry);
        FunctionCounter.builder("cache.load", cache, figure(CacheMetrics::successfulLoads))
                .tags(getTagsWithCacheName())
                .tag("result", "success")
                .register(registry);
        FunctionCounter.builder("cache.load", cache, counter(Statistic.LOAD_FAILURES))
                .tags(getTagsWithCacheName())
                .tag("result", "failure")
                .register(registry);
        Gauge.builder("cache.memory.used", cache, figure(CacheStatistics::usedBytes))
                .tags(getTagsWithCacheName())
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        Gauge.builder("cache.memory.limit", cache, figure(CacheStatistics::limitBytes))
                .tags(getTagsWithCacheName())
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
    }

    private static double successfulLoads(CacheStatistics statistics) {
        return statistics.get(Statistic.LOADS) - statistics.get(Statistic.LOAD_FAILURES);
    }

    private static ToDoubleFunction<Cache> counter(Statistic statistic) {
        return figure(statistics -> statistics.get(statistic));
    }

    private static ToDoubleFunction<Cache> figure(ToDoubleFunction<CacheStatistics> figure) {
        return cache -> figure.applyAsDouble(cache.statistics());
    }
}
