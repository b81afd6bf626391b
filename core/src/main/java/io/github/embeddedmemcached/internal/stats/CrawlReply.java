package io.github.embeddedmemcached.internal.stats;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemCursor;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.line.ClassSet;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.session.ClassCounters;
import io.github.embeddedmemcached.internal.session.ClassCounters.Event;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.internal.wire.StreamedReply;

/**
 * {@code lru_crawler crawl}: reclaims expired items one by one. The engine itself reclaims only whole segments of expired items. The reply
 * is written at the end of the crawl, so that statistics that a client requests after it are complete.
 */
public final class CrawlReply implements StreamedReply {
    private final CacheEngine cache;
    private final ClassCounters counters;
    private final ClassSet classes;
    private final ItemCursor cursor;
    private final ItemUpdate expired = new ItemUpdate();

    public CrawlReply(CacheEngine cache, ClassCounters counters, ClassSet classes) {
        this.cache = cache;
        this.counters = counters;
        this.classes = classes;
        cursor = cache.cursorWithExpired();
    }

    @Override
    public boolean proceed(ReplyBuffer output) {
        for (int i = 0; i < ITEMS_PER_TURN_MAX; i++) {
            if (!cursor.next()) {
                output.put(Reply.OK.line);
                return true;
            }
            int id = SlabClasses.classOf(cursor.itemSize());
            counters.markUsed(id);
            if (classes.contains(id)) {
                crawl(id);
            }
        }
        return false;
    }

    private void crawl(int id) {
        counters.count(id, Event.CRAWLER_ITEMS_CHECKED);
        if (cursor.isExpired() && cache.reclaim(expired.key(cursor.key(), cursor.keyOffset(), cursor.keyLength()))) {
            counters.count(id, Event.CRAWLER_RECLAIMED);
        }
    }
}
