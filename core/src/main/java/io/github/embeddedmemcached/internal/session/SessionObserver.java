package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.watch.ObserverFlags;
import io.github.embeddedmemcached.internal.watch.WatchKind;
import io.github.embeddedmemcached.internal.watch.Watchers;
import io.github.embeddedmemcached.internal.wire.LogLine;
import io.github.embeddedmemcached.internal.wire.Printable;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reports the commands of one session to the watchers and to the statistics by prefix. A session calls {@link #isOn} for each
 * command, which reads one field, and calls the other methods only if it returns true. They look up each key again, so that the
 * execution of commands does not depend on the observers.
 *
 * <pre>
 *   get               beforeFetch        delete    beforeDelete, then afterDelete on a hit
 *   touch, incr, ...  beforeLookup       set, ...  beforeStore, then afterStore
 * </pre>
 */
public final class SessionObserver {
    private static final String NOT_FOUND = "not_found";
    private static final long RELATIVE_SECONDS_MAX = 60L * 60 * 24 * 30;

    private final ServerTime time;
    private final ConnectionMemory connectionMemory;
    private final ObserverFlags observerFlags;
    private final Watchers watchers;
    private final PrefixStatistics prefixes;
    private final CacheEngine cache;
    private final CurrentSession session;

    /** The item of the last lookup; valid only if it was {@link #found}. */
    private final ItemView item = new ItemView();

    private boolean found;

    public SessionObserver(ServerContext context, CurrentSession session) {
        this.session = session;
        time = context.time();
        connectionMemory = context.connectionMemory();
        observerFlags = context.observerFlags();
        watchers = context.watchers();
        prefixes = context.prefixes();
        cache = context.cache();
    }

    /** Returns whether a watcher or the statistics by prefix observe commands. */
    public boolean isOn() {
        return (observerFlags.bits() & ~ObserverFlags.INTERCEPTOR) != 0;
    }

    /** Returns all {@link ObserverFlags} with one read: 0 if there are no observers and no interceptor. */
    public int flags() {
        return observerFlags.bits();
    }

    public boolean isIntercepted() {
        return observerFlags.has(ObserverFlags.INTERCEPTOR);
    }

    /** Counts a reply that could not be written for lack of memory. */
    public void countOutOfMemory() {
        connectionMemory.countOutOfMemory(false);
    }

    /** Reports a command line. */
    public void beforeCommand(byte[] bytes, int from, int newline) {
        if (watchers.isWatched(WatchKind.RAWCMDS)) {
            int to = newline > from && bytes[newline - 1] == '\r' ? newline - 1 : newline;
            LogLine line = watchers.begin().text(" <").number(session.number()).text(" ");
            if (Printable.isHarmful(bytes, from, to - from)) {
                byte[] shown = Printable.text(bytes, from, to).getBytes(StandardCharsets.UTF_8);
                line.raw(shown, 0, shown.length);
            } else {
                line.raw(bytes, from, to - from);
            }
            watchers.write(WatchKind.RAWCMDS, line.end());
        }
    }

    /** Reports the lookup of a key before its item is fetched. */
    public void beforeFetch(byte[] key, int offset, int length) {
        beforeLookup(key, offset, length);
        if (prefixes.isEnabled()) {
            prefixes.counts(key, offset, length).gets.increment();
            if (found) {
                prefixes.counts(key, offset, length).hits.increment();
            }
        }
        item.clearValue();
    }

    /** Reports the lookup of a key. */
    // type=item_get key=<key> status=not_found|found|flushed|expired clsid=<n> cfd=<n> size=<n>
    public void beforeLookup(byte[] key, int offset, int length) {
        found = cache.peek(key, offset, length, item);
        if (watchers.isWatched(WatchKind.FETCHERS)) {
            writeLookup(found ? "found" : statusOfMissing(key, offset, length), key, offset, length);
        }
    }

    private String statusOfMissing(byte[] key, int offset, int length) {
        if (cache.peekExpired(key, offset, length, item)) {
            return "expired";
        }
        return cache.peekFlushed(key, offset, length) ? "flushed" : NOT_FOUND;
    }

    private void writeLookup(String status, byte[] key, int offset, int length) {
        LogLine line = watchers.begin()
                .text(" type=item_get key=")
                .key(key, offset, length)
                .text(" status=")
                .text(status);
        end(line, WatchKind.FETCHERS, found ? classOf(length) : 0, found ? item.valueLength() : 0);
    }

    /** Reports the lookup of a key before a storage command is executed. */
    public void beforeStore(byte[] key, int offset, int length) {
        if (prefixes.isEnabled()) {
            prefixes.counts(key, offset, length).sets.increment();
        }
        beforeLookup(key, offset, length);
    }

    /**
     * Reports the result of a storage command.
     *
     * @param exptimeSeconds the exptime of the command
     * @param valueLength the length of the value in the command
     */
    // type=item_store key=<key> status=<result> cmd=<mode> ttl=<seconds> clsid=<n> cfd=<n> size=<n>
    public void afterStore(
            StoreMode mode,
            StoreResult result,
            byte[] key,
            int offset,
            int length,
            long exptimeSeconds,
            int valueLength) {
        if (!watchers.isWatched(WatchKind.MUTATIONS)) {
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
            int id = hasItem ? SlabClasses.classOf(ItemSize.of(length, 0, valueLength)) : 0;
            end(line.number(ttl(exptimeSeconds)), WatchKind.MUTATIONS, id, hasItem ? valueLength : 0);
        }
        item.clearValue();
    }

    /**
     * Reports a counter that was created by an increment or decrement, after the lookup of its key. As in memcached, the lookup is reported
     * a second time.
     *
     * @param exptimeSeconds the exptime of the command
     */
    public void afterCreate(byte[] key, int offset, int length, long exptimeSeconds) {
        if (watchers.isWatched(WatchKind.FETCHERS)) {
            writeLookup(NOT_FOUND, key, offset, length);
        }
        if (watchers.isWatched(WatchKind.MUTATIONS) && cache.peek(key, offset, length, item)) {
            LogLine line = watchers.begin().text(" type=item_store key=").key(key, offset, length);
            line.text(" status=stored cmd=add ttl=").number(ttl(exptimeSeconds));
            end(line, WatchKind.MUTATIONS, classOf(length), item.valueLength());
        }
        item.clearValue();
    }

    private static String status(StoreResult result) {
        return result == StoreResult.OUT_OF_MEMORY ? "no_memory" : result.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the number of seconds until an exptime; for a time in the past, -1 as an unsigned 32-bit number. */
    private long ttl(long exptimeSeconds) {
        long left = exptimeSeconds > RELATIVE_SECONDS_MAX ? exptimeSeconds - time.unixSeconds() : exptimeSeconds;
        return exptimeSeconds != 0 && left <= 0 ? 0xFFFF_FFFFL : left;
    }

    /** Reports the lookup of a key before its item is deleted. */
    public void beforeDelete(byte[] key, int offset, int length) {
        if (prefixes.isEnabled()) {
            prefixes.counts(key, offset, length).deletes.increment();
        }
        beforeLookup(key, offset, length);
    }

    /**
     * Reports that the item of the last lookup was deleted.
     *
     * @param command delete or md
     */
    // type=deleted key=<key> cmd=delete|md clsid=<n> size=<n>
    public void afterDelete(String command, byte[] key, int offset, int length) {
        if (watchers.isWatched(WatchKind.DELETIONS) && found) {
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
            watchers.write(WatchKind.DELETIONS, line);
        }
        item.clearValue();
    }

    /**
     * Reports that an empty item replaced the item of the last lookup. As in memcached, the lookup is reported a second time.
     *
     * @param reportsDeletion whether the item is also reported as deleted
     */
    public void afterClear(boolean reportsDeletion, byte[] key, int offset, int length, long exptimeSeconds) {
        if (watchers.isWatched(WatchKind.FETCHERS)) {
            writeLookup("found", key, offset, length);
        }
        afterStore(StoreMode.SET, StoreResult.STORED, key, offset, length, exptimeSeconds, 0);
        if (reportsDeletion && cache.peek(key, offset, length, item)) {
            afterDelete("md", key, offset, length);
        }
    }

    private int classOf(int keyLength) {
        return SlabClasses.classOf(ItemSize.of(keyLength, item.flags(), item.valueLength()));
    }

    private void end(LogLine line, WatchKind kind, int id, int size) {
        line.text(" clsid=").number(id).text(" cfd=").number(session.number());
        watchers.write(kind, line.text(" size=").number(size).end());
    }
}
