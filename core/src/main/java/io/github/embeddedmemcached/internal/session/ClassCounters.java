package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.removal.EvictionObserver;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecord;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.watch.WatchKind;
import io.github.embeddedmemcached.internal.watch.Watchers;
import io.github.embeddedmemcached.internal.wire.LogLine;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counters by class of the {@link SlabClasses}, in addition to the counters of the cache. Also reports evictions to the watchers.
 * Thread-safe.
 */
public final class ClassCounters implements EvictionObserver {
    /** The counted events. */
    public enum Event {
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
    public void countEviction(RemovalRecord eviction) {
        int id = SlabClasses.classOf(eviction.itemSize());
        if (eviction.secondsToLive() >= 0) {
            count(id, Event.EVICTED_NONZERO);
        }
        evictedAges.setPlain(id, eviction.secondsSinceAccess());
    }

    @Override
    public boolean isListening() {
        return watchers.isWatched(WatchKind.EVICTIONS);
    }

    /** Writes a log line to the clients that watch evictions, unless the key is too long for the protocols. */
    @Override
    public void onRemoval(RemovalRecord eviction) {
        if (eviction.keyLength() > ItemSize.CLIENT_KEY_LENGTH_MAX) {
            return;
        }
        LogLine line = watchers.begin()
                .text(" type=eviction key=")
                .key(eviction.bytes(), eviction.keyOffset(), eviction.keyLength())
                .text(eviction.wasFetched() ? " fetch=yes ttl=" : " fetch=no ttl=")
                .signed(eviction.secondsToLive())
                .text(" la=")
                .number(eviction.secondsSinceAccess())
                .text(" clsid=")
                .number(SlabClasses.classOf(eviction.itemSize()))
                .text(" size=")
                .number(eviction.valueLength())
                .end();
        watchers.write(WatchKind.EVICTIONS, line);
    }

    public void count(int id, Event event) {
        counts[id][event.ordinal()].increment();
    }

    public long get(int id, Event event) {
        return counts[id][event.ordinal()].sum();
    }

    public long sum(Event event) {
        long sum = 0;
        for (int id = 1; id <= SlabClasses.count(); id++) {
            sum += get(id, event);
        }
        return sum;
    }

    /** Returns the number of seconds between the last access of the most recently evicted item and its eviction. */
    public long evictedAge(int id) {
        return evictedAges.getPlain(id);
    }

    /** Marks a class as used. memcached continues to list the slabs of a class that no longer has items. */
    public void markUsed(int id) {
        everUsed.setPlain(id, 1);
    }

    /** Marks the classes of all items that have been stored since the last reset of the cache's counters. */
    public void markUsed(CacheEngine cache) {
        for (int id = 1; id <= SlabClasses.count(); id++) {
            if (cache.counterValue(Statistic.CMD_SET, id) + cache.counterValue(Statistic.TOTAL_ITEMS, id) > 0) {
                markUsed(id);
            }
        }
    }

    void clearUsed() {
        for (int id = 0; id < everUsed.length(); id++) {
            everUsed.setPlain(id, 0);
        }
    }

    public boolean wasEverUsed(int id) {
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
