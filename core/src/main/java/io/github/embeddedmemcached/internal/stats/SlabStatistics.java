package io.github.embeddedmemcached.internal.stats;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemCursor;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.session.ClassCounters;
import io.github.embeddedmemcached.internal.session.ClassCounters.Event;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.Tuning;
import io.github.embeddedmemcached.internal.wire.StatSink;
import io.github.embeddedmemcached.internal.wire.StreamedReply;
import java.util.List;
import java.util.Locale;

/**
 * {@code stats items} and {@code stats slabs}: counts all items by class, a limited number in each turn, and then reports the classes in
 * memcached's format with the cache's counters. The engine has no slabs: a class is reported with the number of pages that its items would
 * fill. Values that only a slab allocator or a segmented LRU can count are 0, and all items are reported in the cold LRU.
 */
public final class SlabStatistics {
    private static final int PAGE_BYTES = 1 << 20;
    private static final int CLASSES = SlabClasses.count() + 1;

    /** The counters of {@code stats slabs}, in its order. */
    private static final List<Statistic> SLAB_COUNTERS = List.of(
            Statistic.GET_HITS,
            Statistic.CMD_SET,
            Statistic.DELETE_HITS,
            Statistic.INCR_HITS,
            Statistic.DECR_HITS,
            Statistic.CAS_HITS,
            Statistic.CAS_BADVAL,
            Statistic.TOUCH_HITS);

    private final CacheEngine cache;
    private final ClassCounters counters;
    private final Tuning tuning;
    private final ItemCursor cursor;
    private final long nowSeconds;
    private final long[] items = new long[CLASSES];
    private final long[] itemBytes = new long[CLASSES];
    private final long[] usedChunks = new long[CLASSES];
    private final long[] oldestSeconds = new long[CLASSES];

    public SlabStatistics(ServerContext context) {
        cache = context.cache();
        counters = context.classes();
        tuning = context.tuning();
        cursor = cache.cursorWithExpired();
        nowSeconds = context.time().unixSeconds();
    }

    /** Counts a limited number of items. Returns whether all items have been counted. */
    public boolean proceed() {
        for (int i = 0; i < StreamedReply.ITEMS_PER_TURN_MAX; i++) {
            if (!cursor.next()) {
                return true;
            }
            long size = cursor.itemSize();
            int id = SlabClasses.classOf(size);
            int chunk = SlabClasses.chunkSize(id);
            items[id]++;
            itemBytes[id] += size;
            usedChunks[id] += (size + chunk - 1) / chunk;
            oldestSeconds[id] = Math.max(oldestSeconds[id], nowSeconds - cursor.accessedUnixSecond());
            counters.markUsed(id);
        }
        return false;
    }

    /** Writes {@code stats items}. Called after all items have been counted. */
    public void items(StatSink sink) {
        for (int id = 1; id < CLASSES; id++) {
            if (items[id] > 0) {
                items(id, sink);
            }
        }
    }

    private void items(int id, StatSink sink) {
        String prefix = "items:" + id + ":";
        sink.put(prefix + "number", items[id]);
        zeros(sink, prefix, "number_hot", "number_warm");
        sink.put(prefix + "number_cold", items[id]);
        if (tuning.temporaryLru) {
            zeros(sink, prefix, "number_temp");
        }
        zeros(sink, prefix, "age_hot", "age_warm");
        sink.put(prefix + "age", oldestSeconds[id]);
        sink.put(prefix + "mem_requested", itemBytes[id]);
        sink.put(prefix + "evicted", counted(id, Statistic.EVICTIONS));
        sink.put(prefix + "evicted_nonzero", counters.get(id, Event.EVICTED_NONZERO));
        sink.put(prefix + "evicted_time", counters.evictedAge(id));
        sink.put(prefix + "outofmemory", counted(id, Statistic.STORE_NO_MEMORY));
        zeros(sink, prefix, "tailrepairs");
        sink.put(prefix + "reclaimed", counted(id, Statistic.RECLAIMED));
        sink.put(prefix + "expired_unfetched", counted(id, Statistic.EXPIRED_UNFETCHED));
        sink.put(prefix + "evicted_unfetched", counted(id, Statistic.EVICTED_UNFETCHED));
        zeros(sink, prefix, "evicted_active");
        sink.put(prefix + "crawler_reclaimed", counters.get(id, Event.CRAWLER_RECLAIMED));
        sink.put(prefix + "crawler_items_checked", counters.get(id, Event.CRAWLER_ITEMS_CHECKED));
        zeros(
                sink,
                prefix,
                "lrutail_reflocked",
                "moves_to_cold",
                "moves_to_warm",
                "moves_within_lru",
                "direct_reclaims",
                "hits_to_hot",
                "hits_to_warm",
                "hits_to_cold",
                "hits_to_temp");
    }

    /** Writes {@code stats slabs}. Called after all items have been counted. */
    public void slabs(StatSink sink) {
        int active = 0;
        counters.markUsed(cache);
        for (int id = 1; id < CLASSES; id++) {
            if (counters.wasEverUsed(id)) {
                active++;
                slabs(id, sink);
            }
        }
        sink.put("active_slabs", active);
        sink.put("total_malloced", active == 0 ? 0 : cache.statistics().usedBytes());
    }

    private void slabs(int id, StatSink sink) {
        String prefix = id + ":";
        int chunksPerPage = PAGE_BYTES / SlabClasses.chunkSize(id);
        long pages = Math.max(1, (usedChunks[id] + chunksPerPage - 1) / chunksPerPage);
        sink.put(prefix + "chunk_size", SlabClasses.chunkSize(id));
        sink.put(prefix + "chunks_per_page", chunksPerPage);
        sink.put(prefix + "total_pages", pages);
        sink.put(prefix + "total_chunks", pages * chunksPerPage);
        sink.put(prefix + "used_chunks", usedChunks[id]);
        sink.put(prefix + "free_chunks", pages * chunksPerPage - usedChunks[id]);
        zeros(sink, prefix, "free_chunks_end");
        for (Statistic counter : SLAB_COUNTERS) {
            sink.put(prefix + counter.name().toLowerCase(Locale.ROOT), counted(id, counter));
        }
    }

    private long counted(int id, Statistic counter) {
        return cache.counterValue(counter, id);
    }

    private static void zeros(StatSink sink, String prefix, String... names) {
        for (String name : names) {
            sink.put(prefix + name, 0);
        }
    }
}
