package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Counter;
import io.github.embeddedmemcached.cache.EvictionObserver;
import io.github.embeddedmemcached.cache.RawCache;
import io.github.embeddedmemcached.cache.SlabClasses;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What happened to the items of each of the {@link SlabClasses}, beside what the cache counts itself. Also reports evictions to the
 * watchers. Thread-safe.
 */
final class ClassCounters implements EvictionObserver {
    /** What is counted for a class. */
    enum Event {
        EVICTED_NONZERO,
        CRAWLER_RECLAIMED,
        CRAWLER_ITEMS_CHECKED
    }

    private static final Event[] EVENTS = Event.values();

    private final Watchers watchers;
    private final LongAdder[][] counts = new LongAdder[SlabClasses.count() + 1][EVENTS.length];
    private final AtomicLongArray evictedAges = new AtomicLongArray(SlabClasses.count() + 1);
    private final AtomicIntegerArray everUsed = new AtomicIntegerArray(SlabClasses.count() + 1);

    ClassCounters(Watchers watchers) {
        this.watchers = watchers;
        for (LongAdder[] ofClass : counts) {
            for (int i = 0; i < ofClass.length; i++) {
                ofClass[i] = new LongAdder();
            }
        }
    }

    @Override
    public void countEviction(long secondsToLive, long secondsSinceAccess, long itemSize) {
        int id = SlabClasses.classOf(itemSize);
        if (secondsToLive >= 0) {
            count(id, Event.EVICTED_NONZERO);
        }
        evictedAges.setPlain(id, secondsSinceAccess);
    }

    @Override
    public boolean isListening() {
        return watchers.watch(WatchKind.EVICTIONS);
    }

    /** Writes a log line to the clients that watch evictions. */
    @Override
    public void onEviction(
            byte[] bytes,
            int keyOffset,
            int keyLength,
            boolean wasFetched,
            long secondsToLive,
            long secondsSinceAccess,
            int valueLength,
            long itemSize) {
        LogLine line = watchers.begin()
                .text(" type=eviction key=")
                .key(bytes, keyOffset, keyLength)
                .text(wasFetched ? " fetch=yes ttl=" : " fetch=no ttl=")
                .signed(secondsToLive)
                .text(" la=")
                .number(secondsSinceAccess)
                .text(" clsid=")
                .number(SlabClasses.classOf(itemSize))
                .text(" size=")
                .number(valueLength)
                .end();
        watchers.tell(WatchKind.EVICTIONS, line);
    }

    void count(int id, Event event) {
        counts[id][event.ordinal()].increment();
    }

    long get(int id, Event event) {
        return counts[id][event.ordinal()].sum();
    }

    long sum(Event event) {
        long sum = 0;
        for (int id = 1; id <= SlabClasses.count(); id++) {
            sum += get(id, event);
        }
        return sum;
    }

    /** For how long the item that was evicted last had not been used. */
    long evictedAge(int id) {
        return evictedAges.getPlain(id);
    }

    /** Notes that a class has items, or had; memcached goes on listing its slabs then. */
    void noteUse(int id) {
        everUsed.setPlain(id, 1);
    }

    /** Notes the classes of all items that were stored since the cache's counters were reset. */
    void noteUse(RawCache cache) {
        for (int id = 1; id <= SlabClasses.count(); id++) {
            if (cache.counted(Counter.CMD_SET, id) + cache.counted(Counter.TOTAL_ITEMS, id) > 0) {
                noteUse(id);
            }
        }
    }

    void forgetUse() {
        for (int id = 0; id < everUsed.length(); id++) {
            everUsed.setPlain(id, 0);
        }
    }

    boolean wasEverUsed(int id) {
        return everUsed.getPlain(id) != 0;
    }

    void reset() {
        for (LongAdder[] ofClass : counts) {
            for (LongAdder adder : ofClass) {
                adder.reset();
            }
        }
        for (int id = 0; id < evictedAges.length(); id++) {
            evictedAges.setPlain(id, 0);
        }
    }
}
