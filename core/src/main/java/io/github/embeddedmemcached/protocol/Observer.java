package io.github.embeddedmemcached.protocol;

import static io.github.embeddedmemcached.protocol.PrefixStatistics.Event;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.ItemView;
import io.github.embeddedmemcached.cache.RawCache;
import io.github.embeddedmemcached.cache.SlabClasses;
import io.github.embeddedmemcached.cache.StoreMode;
import io.github.embeddedmemcached.cache.StoreResult;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Tells what one session does to those who want to know: watchers, and the statistics by prefix. A session asks {@link #isOn} for each
 * command, which is one look at a field, and calls the rest only if somebody wants to know. Then each key is looked at a second
 * time; the commands themselves know nothing of it.
 *
 * <pre>
 *   get    fetches                   delete   deletes, deleted if it was
 *   touch, incr, ...  looksUp        set, ... stores, stored
 * </pre>
 */
final class Observer {
    private static final String NOT_FOUND = "not_found";
    private static final long RELATIVE_SECONDS_MAX = 60L * 60 * 24 * 30;

    private final ServerState state;
    private final Demand demand;
    private final Watchers watchers;
    private final PrefixStatistics prefixes;
    private final RawCache cache;
    private final CurrentSession session;

    /** The item that was looked up last, if it was {@link #found}. */
    private ItemView item = new ItemView();

    private boolean found;

    Observer(ServerState state, CurrentSession session) {
        this.state = state;
        this.session = session;
        demand = state.demand();
        watchers = state.watchers();
        prefixes = state.prefixes();
        cache = state.cache().raw();
    }

    /** Whether anybody wants to know anything. */
    boolean isOn() {
        return (demand.bits() & ~Demand.INTERCEPTOR) != 0;
    }

    /** The same and whether somebody sees the commands before they are executed, at one look; 0: nobody and nothing. */
    int demanded() {
        return demand.bits();
    }

    boolean isIntercepted() {
        return demand.has(Demand.INTERCEPTOR);
    }

    /** Counts a reply for which there was no memory. */
    void outOfMemory() {
        state.connectionMemory().countOutOfMemory(false);
    }

    /** Tells of a command line. */
    void command(byte[] bytes, int from, int newline) {
        if (watchers.watch(WatchKind.RAWCMDS)) {
            int to = newline > from && bytes[newline - 1] == '\r' ? newline - 1 : newline;
            LogLine line = watchers.begin().text(" <").number(session.number()).text(" ");
            if (Printable.isHarmful(bytes, from, to - from)) {
                byte[] shown = Printable.text(bytes, from, to).getBytes(StandardCharsets.UTF_8);
                line.raw(shown, 0, shown.length);
            } else {
                line.raw(bytes, from, to - from);
            }
            watchers.tell(WatchKind.RAWCMDS, line.end());
        }
    }

    /** Tells of a key that is about to be fetched. */
    void fetches(byte[] key, int offset, int length) {
        looksUp(key, offset, length);
        if (prefixes.isOn()) {
            prefixes.count(key, offset, length, Event.GET);
            if (found) {
                prefixes.count(key, offset, length, Event.HIT);
            }
        }
        item = new ItemView(); // an idle session keeps no large value alive that the cache has dropped
    }

    /** Tells of a key that a command is about to look for. */
    // type=item_get key=<key> status=not_found|found|flushed|expired clsid=<n> cfd=<n> size=<n>
    void looksUp(byte[] key, int offset, int length) {
        found = cache.peek(key, offset, length, item);
        if (watchers.watch(WatchKind.FETCHERS)) {
            tellLookup(found ? "found" : statusOfMissing(key, offset, length), key, offset, length);
        }
    }

    private String statusOfMissing(byte[] key, int offset, int length) {
        if (cache.peekExpired(key, offset, length, item)) {
            return "expired";
        }
        return cache.peekFlushed(key, offset, length) ? "flushed" : NOT_FOUND;
    }

    private void tellLookup(String status, byte[] key, int offset, int length) {
        LogLine line = watchers.begin()
                .text(" type=item_get key=")
                .key(key, offset, length)
                .text(" status=")
                .text(status);
        end(line, WatchKind.FETCHERS, found ? classOf(length) : 0, found ? item.valueLength() : 0);
    }

    /** Tells of a storage command that is about to be tried. */
    void stores(byte[] key, int offset, int length) {
        if (prefixes.isOn()) {
            prefixes.count(key, offset, length, Event.SET);
        }
        looksUp(key, offset, length);
    }

    /**
     * Tells what came of a storage command.
     *
     * @param exptimeSeconds the command's
     * @param valueLength the command's
     */
    // type=item_store key=<key> status=<result> cmd=<mode> ttl=<seconds> clsid=<n> cfd=<n> size=<n>
    void stored(
            StoreMode mode,
            StoreResult result,
            byte[] key,
            int offset,
            int length,
            long exptimeSeconds,
            int valueLength) {
        if (!watchers.watch(WatchKind.MUTATIONS)) {
            return;
        }
        LogLine line = watchers.begin()
                .text(" type=item_store key=")
                .key(key, offset, length)
                .text(" status=")
                .text(status(result))
                .text(" cmd=")
                .text(mode.name().toLowerCase(Locale.ROOT))
                .text(" ttl=");
        boolean shown = result == StoreResult.STORED && cache.peek(key, offset, length, item);
        if (shown) {
            line.number(Math.max(0, item.secondsToLive()));
            end(line, WatchKind.MUTATIONS, classOf(length), item.valueLength());
        } else {
            boolean hasItem = result != StoreResult.TOO_LARGE && result != StoreResult.OUT_OF_MEMORY;
            int id = hasItem ? SlabClasses.classOf(Cache.itemSize(length, 0, valueLength)) : 0;
            end(line.number(ttl(exptimeSeconds)), WatchKind.MUTATIONS, id, hasItem ? valueLength : 0);
        }
        item = new ItemView();
    }

    /**
     * Reports a counter that an increment or decrement made, after its key was looked up. As in memcached, it is looked up again.
     *
     * @param exptimeSeconds the command's
     */
    void created(byte[] key, int offset, int length, long exptimeSeconds) {
        if (watchers.watch(WatchKind.FETCHERS)) {
            tellLookup(NOT_FOUND, key, offset, length);
        }
        if (watchers.watch(WatchKind.MUTATIONS) && cache.peek(key, offset, length, item)) {
            LogLine line = watchers.begin().text(" type=item_store key=").key(key, offset, length);
            line.text(" status=stored cmd=add ttl=").number(ttl(exptimeSeconds));
            end(line, WatchKind.MUTATIONS, classOf(length), item.valueLength());
        }
        item = new ItemView();
    }

    private static String status(StoreResult result) {
        return switch (result) {
            case STORED -> "stored";
            case NOT_STORED -> "not_stored";
            case EXISTS -> "exists";
            case NOT_FOUND -> NOT_FOUND;
            case TOO_LARGE -> "too_large";
            case OUT_OF_MEMORY -> "no_memory";
        };
    }

    /** What is left of an exptime; one that is over is what 32 bits make of -1. */
    private long ttl(long exptimeSeconds) {
        long left = exptimeSeconds > RELATIVE_SECONDS_MAX ? exptimeSeconds - state.timeSeconds() : exptimeSeconds;
        return exptimeSeconds != 0 && left <= 0 ? 0xFFFF_FFFFL : left;
    }

    /** Tells of a key that is about to be deleted. */
    void deletes(byte[] key, int offset, int length) {
        if (prefixes.isOn()) {
            prefixes.count(key, offset, length, Event.DELETE);
        }
        looksUp(key, offset, length);
    }

    /**
     * Tells that the item looked up last was deleted.
     *
     * @param command delete or md
     */
    // type=deleted key=<key> cmd=delete|md clsid=<n> size=<n>
    void deleted(String command, byte[] key, int offset, int length) {
        if (watchers.watch(WatchKind.DELETIONS) && found) {
            LogLine line = watchers.begin()
                    .text(" type=deleted key=")
                    .key(key, offset, length)
                    .text(" cmd=")
                    .text(command)
                    .text(" clsid=")
                    .number(classOf(length))
                    .text(" size=")
                    .number(item.valueLength())
                    .end();
            watchers.tell(WatchKind.DELETIONS, line);
        }
        item = new ItemView();
    }

    /**
     * Reports that an empty item was stored in place of the item that was looked up last. As in memcached, it is looked up again.
     *
     * @param deletes whether the item counts as deleted
     */
    void emptied(boolean deletes, byte[] key, int offset, int length, long exptimeSeconds) {
        if (watchers.watch(WatchKind.FETCHERS)) {
            tellLookup("found", key, offset, length);
        }
        stored(StoreMode.SET, StoreResult.STORED, key, offset, length, exptimeSeconds, 0);
        if (deletes && cache.peek(key, offset, length, item)) {
            deleted("md", key, offset, length);
        }
    }

    private int classOf(int keyLength) {
        return SlabClasses.classOf(Cache.itemSize(keyLength, item.flags(), item.valueLength()));
    }

    private void end(LogLine line, WatchKind kind, int id, int size) {
        line.text(" clsid=").number(id).text(" cfd=").number(session.number());
        watchers.tell(kind, line.text(" size=").number(size).end());
    }
}
