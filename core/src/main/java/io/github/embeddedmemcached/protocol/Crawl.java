package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.ItemCursor;
import io.github.embeddedmemcached.cache.ItemUpdate;
import io.github.embeddedmemcached.cache.SlabClasses;
import io.github.embeddedmemcached.protocol.ClassCounters.Event;

/**
 * {@code lru_crawler crawl}: takes back the room of expired items, of which the engine itself only sees to whole segments. It is
 * answered when it is done, not when it begins: who asks for the statistics next finds them complete.
 */
final class Crawl implements LongAnswer {
    private final ServerState state;
    private final ClassSet classes;
    private final ItemCursor cursor;
    private final ItemUpdate expired = new ItemUpdate();

    Crawl(ServerState state, ClassSet classes) {
        this.state = state;
        this.classes = classes;
        cursor = state.cache().raw().cursorWithExpired();
    }

    @Override
    public boolean proceed(ReplyBuffer output) {
        for (int i = 0; i < ITEMS_PER_TURN_MAX; i++) {
            if (!cursor.next()) {
                output.put(Reply.OK.line);
                return true;
            }
            int id = SlabClasses.classOf(cursor.itemSize());
            state.classes().noteUse(id);
            if (classes.contains(id)) {
                crawl(id);
            }
        }
        return false;
    }

    private void crawl(int id) {
        state.classes().count(id, Event.CRAWLER_ITEMS_CHECKED);
        if (cursor.isExpired()
                && state.cache().raw().reclaim(expired.key(cursor.key(), cursor.keyOffset(), cursor.keyLength()))) {
            state.classes().count(id, Event.CRAWLER_RECLAIMED);
        }
    }
}
