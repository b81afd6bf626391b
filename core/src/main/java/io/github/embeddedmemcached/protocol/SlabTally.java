package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Counter;
import io.github.embeddedmemcached.cache.ItemCursor;
import io.github.embeddedmemcached.cache.SlabClasses;
import io.github.embeddedmemcached.protocol.ClassCounters.Event;
import java.util.List;
import java.util.Locale;

/**
 * {@code stats items} and {@code stats slabs}: counts all items by class, some each turn, and then shows the classes as memcached
 * would, with the cache's counters for each. There are no slabs here. A class is shown with as many pages as its items would fill;
 * what only a slab allocator or a segmented LRU could know is 0. The items are where memcached's end up that are not read again: in
 * the cold LRU.
 */
final class SlabTally {
    private static final int PAGE_BYTES = 1 << 20;
    private static final int CLASSES = SlabClasses.count() + 1;

    /** What {@code stats slabs} counts, in its order. */
    private static final List<Counter> OF_SLABS = List.of(
            Counter.GET_HITS,
            Counter.CMD_SET,
            Counter.DELETE_HITS,
            Counter.INCR_HITS,
            Counter.DECR_HITS,
            Counter.CAS_HITS,
            Counter.CAS_BADVAL,
            Counter.TOUCH_HITS);

    private final ServerState state;
    private final ItemCursor cursor;
    private final long nowSeconds;
    private final long[] items = new long[CLASSES];
    private final long[] itemBytes = new long[CLASSES];
    private final long[] usedChunks = new long[CLASSES];
    private final long[] oldestSeconds = new long[CLASSES];

    SlabTally(ServerState state) {
        this.state = state;
        cursor = state.cache().raw().cursorWithExpired();
        nowSeconds = state.timeSeconds();
    }

    /** Counts some items; true: that were all, and what they came to can be shown. */
    boolean proceed() {
        for (int i = 0; i < LongAnswer.ITEMS_PER_TURN_MAX; i++) {
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
            state.classes().noteUse(id);
        }
        return false;
    }

    /** Shows {@code stats items}. */
    void items(StatSink sink) {
        for (int id = 1; id < CLASSES; id++) {
            if (items[id] > 0) {
                items(id, sink);
            }
        }
    }

    private void items(int id, StatSink sink) {
        ClassCounters counters = state.classes();
        String prefix = "items:" + id + ":";
        sink.put(prefix + "number", items[id]);
        zeros(sink, prefix, "number_hot", "number_warm");
        sink.put(prefix + "number_cold", items[id]);
        if (state.tuning().temporaryLru) {
            zeros(sink, prefix, "number_temp");
        }
        zeros(sink, prefix, "age_hot", "age_warm");
        sink.put(prefix + "age", oldestSeconds[id]);
        sink.put(prefix + "mem_requested", itemBytes[id]);
        sink.put(prefix + "evicted", counted(id, Counter.EVICTIONS));
        sink.put(prefix + "evicted_nonzero", counters.get(id, Event.EVICTED_NONZERO));
        sink.put(prefix + "evicted_time", counters.evictedAge(id));
        sink.put(prefix + "outofmemory", counted(id, Counter.STORE_NO_MEMORY));
        zeros(sink, prefix, "tailrepairs");
        sink.put(prefix + "reclaimed", counted(id, Counter.RECLAIMED));
        sink.put(prefix + "expired_unfetched", counted(id, Counter.EXPIRED_UNFETCHED));
        sink.put(prefix + "evicted_unfetched", counted(id, Counter.EVICTED_UNFETCHED));
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

    /** Shows {@code stats slabs}. */
    void slabs(StatSink sink) {
        int active = 0;
        state.classes().noteUse(state.cache().raw());
        for (int id = 1; id < CLASSES; id++) {
            if (state.classes().wasEverUsed(id)) {
                active++;
                slabs(id, sink);
            }
        }
        sink.put("active_slabs", active);
        sink.put("total_malloced", active == 0 ? 0 : state.cache().statistics().usedBytes());
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
        for (Counter counter : OF_SLABS) {
            sink.put(prefix + counter.name().toLowerCase(Locale.ROOT), counted(id, counter));
        }
    }

    private long counted(int id, Counter counter) {
        return state.cache().raw().counted(counter, id);
    }

    private static void zeros(StatSink sink, String prefix, String... names) {
        for (String name : names) {
            sink.put(prefix + name, 0);
        }
    }
}
