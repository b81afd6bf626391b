package io.github.embeddedmemcached.internal.text;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.line.Opcode;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.line.TextReplies;
import io.github.embeddedmemcached.internal.line.TextState;
import io.github.embeddedmemcached.internal.meta.MetaCommands;
import io.github.embeddedmemcached.internal.meta.MetaRequest;
import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.session.TraceLog;

/** Runs the parsed commands of a text session on the cache and answers them. */
final class TextCommands {
    /** More is the same as this, as in memcached. */
    private static final int VERBOSITY_MAX = 2;

    private final TraceLog trace;
    private final boolean flushEnabled;
    private final CacheEngine cache;
    private final Request request;
    private final TextReplies replies;
    private final MultiGet multiGet;
    private final LargeStore largeStore;
    private final MetaCommands metaCommands;
    private final AdminCommands admin;
    private final SessionObserver observer;
    private final ItemUpdate update = new ItemUpdate();

    TextCommands(
            ServerContext context,
            Request request,
            MetaRequest meta,
            TextReplies replies,
            MultiGet multiGet,
            LargeStore largeStore,
            AdminCommands admin,
            SessionObserver observer) {
        trace = context.trace();
        flushEnabled = context.settings().get(ServerOption.FLUSH_ENABLED);
        cache = context.cache();
        this.admin = admin;
        this.observer = observer;
        this.request = request;
        this.replies = replies;
        this.multiGet = multiGet;
        this.largeStore = largeStore;
        metaCommands = new MetaCommands(cache, request, meta, replies, largeStore, observer);
    }

    /**
     * Tells whether the request's value must be in the window before the request is executed. Not so when the line is
     * refused whatever the value, and when the value is large.
     */
    boolean awaitsValue() {
        return request.dataLength > 0
                && request.error == null
                && request.valueLength <= cache.inlineValueLengthMax()
                && !isTooLarge();
    }

    /**
     * Executes the request; the bytes are those it was parsed from, and the value, if it {@link #awaitsValue}, begins at
     * valueOffset in them. Returns how the session goes on.
     */
    TextState execute(byte[] bytes, int valueOffset) {
        if (request.error != null && !isRefusedFlush()) {
            return request.dataLength > 0 ? refuse(request.error) : reply(request.error);
        }
        return switch (request.opcode) {
            case GET -> get(false, false);
            case GETS -> get(false, true);
            case GAT -> get(true, false);
            case GATS -> get(true, true);
            case SET -> store(StoreMode.SET, bytes, valueOffset);
            case ADD -> store(StoreMode.ADD, bytes, valueOffset);
            case REPLACE -> store(StoreMode.REPLACE, bytes, valueOffset);
            case APPEND -> store(StoreMode.APPEND, bytes, valueOffset);
            case PREPEND -> store(StoreMode.PREPEND, bytes, valueOffset);
            case CAS -> store(StoreMode.CAS, bytes, valueOffset);
            case DELETE -> delete(bytes);
            case INCR -> delta(bytes, true);
            case DECR -> delta(bytes, false);
            case TOUCH -> touch(bytes);
            case FLUSH_ALL -> flushAll();
            case VERSION -> reply(Reply.VERSION);
            case VERBOSITY -> verbosity();
            case STATS, SHUTDOWN, WATCH, LRU, LRU_CRAWLER, SLABS, CACHE_MEMLIMIT, EXTSTORE, DEBUGTIME, REFRESH_CERTS ->
                admin.execute(request, bytes);
            case QUIT -> TextState.CLOSE;
            case MG -> metaCommands.get();
            case MS -> metaCommands.store(bytes, valueOffset);
            case MD -> metaCommands.delete();
            case MA -> metaCommands.delta();
            case MN -> reply(Reply.MN);
            case ME -> metaCommands.describe();
            case UNKNOWN -> request.fromBrowser ? TextState.CLOSE : reply(Reply.ERROR);
        };
    }

    /** Where nobody may flush, it doesn't matter when. */
    private boolean isRefusedFlush() {
        return request.opcode == Opcode.FLUSH_ALL && !flushEnabled;
    }

    private TextState get(boolean touches, boolean showsCas) {
        multiGet.begin(touches, showsCas);
        return TextState.MULTIGET;
    }

    private TextState store(StoreMode mode, byte[] bytes, int valueOffset) {
        if (isTooLarge()) {
            return refuse(mode, bytes, StoreResult.TOO_LARGE);
        }
        if (request.valueLength > cache.inlineValueLengthMax()) {
            return reserve(mode, bytes) ? TextState.READ_VALUE : refuse(mode, bytes, StoreResult.OUT_OF_MEMORY);
        }
        int valueEnd = valueOffset + request.valueLength;
        if (bytes[valueEnd] != '\r' || bytes[valueEnd + 1] != '\n') {
            return refuseChunk(request.keyLength);
        }
        if (observer.isOn()) {
            observer.stores(bytes, request.keyOffset, request.keyLength);
        }
        StoreResult result = cache.store(mode, update(mode, bytes).value(bytes, valueOffset, request.valueLength));
        if (observer.isOn()) {
            stored(mode, result, bytes, request.keyOffset);
        }
        return reply(reply(result));
    }

    /** Takes the room for the value now if it is a large one, so that it can arrive before the request is executed. */
    boolean reserve(byte[] bytes) {
        if (request.error != null || request.valueLength <= cache.inlineValueLengthMax() || isTooLarge()) {
            return false;
        }
        return request.opcode == Opcode.MS ? metaCommands.reserve() : reserve(mode(), bytes);
    }

    private StoreMode mode() {
        return StoreMode.valueOf(request.opcode.name()); // they have the same names
    }

    private boolean reserve(StoreMode mode, byte[] bytes) {
        describe(mode, largeStore.update(bytes, request.keyOffset, request.keyLength));
        return largeStore.begin(mode, request.valueLength);
    }

    private void stored(StoreMode mode, StoreResult result, byte[] key, int keyOffset) {
        observer.stored(mode, result, key, keyOffset, request.keyLength, request.exptimeSeconds, request.valueLength);
    }

    /**
     * Refuses a storage command whose value is not read: counts it, and removes an item that would be out of date. The reply
     * follows when the value has been skipped, see {@link #replyRefusal}.
     */
    TextState refuse(byte[] bytes) {
        if (request.error != null) {
            return refuse(request.error);
        }
        StoreResult why = isTooLarge() ? StoreResult.TOO_LARGE : StoreResult.OUT_OF_MEMORY;
        return request.opcode == Opcode.MS ? metaCommands.refuse(why) : refuse(mode(), bytes, why);
    }

    private TextState refuse(Reply reply) {
        request.refusal = request.noreply ? null : reply;
        return TextState.SWALLOW;
    }

    /** Sends the reply to a refused command, after everything that belongs to the command has been skipped. */
    void replyRefusal() {
        Reply refusal = request.refusal;
        if (refusal != null) {
            request.refusal = null;
            replies.put(refusal);
        }
    }

    private TextState refuse(StoreMode mode, byte[] bytes, StoreResult why) {
        if (observer.isOn()) {
            observer.stores(bytes, request.keyOffset, request.keyLength);
        }
        cache.refuse(mode, update(mode, bytes), why);
        if (observer.isOn()) {
            stored(mode, why, bytes, request.keyOffset);
        }
        return refuse(reply(why));
    }

    /** Answers the storage command whose large value is complete. */
    TextState finishLargeStore() {
        if (observer.isOn()) {
            observer.stores(largeStore.key(), 0, largeStore.keyLength());
        }
        StoreResult result = largeStore.finish();
        if (request.opcode == Opcode.MS) {
            return metaCommands.finishLargeStore(result);
        }
        if (observer.isOn() && result != null) {
            stored(largeStore.mode(), result, largeStore.key(), 0);
        }
        return result == null ? refuseChunk(largeStore.keyLength()) : reply(reply(result));
    }

    /** Refuses a value that did not end where the line said; as in memcached, it counts as a storage command. */
    private TextState refuseChunk(int keyLength) {
        cache.count(Statistic.CMD_SET, ItemSize.of(keyLength, request.flags, request.valueLength));
        return reply(Reply.BAD_CHUNK);
    }

    private boolean isTooLarge() {
        return cache.isTooLarge(request.keyLength, request.flags, request.valueLength);
    }

    private ItemUpdate update(StoreMode mode, byte[] bytes) {
        return describe(mode, update.key(bytes, request.keyOffset, request.keyLength));
    }

    private ItemUpdate describe(StoreMode mode, ItemUpdate target) {
        target.flags(request.flags).exptime(request.exptimeSeconds);
        if (mode == StoreMode.CAS) {
            target.expectCas(request.number);
        }
        return target;
    }

    private static Reply reply(StoreResult result) {
        return switch (result) {
            case STORED -> Reply.STORED;
            case NOT_STORED -> Reply.NOT_STORED;
            case EXISTS -> Reply.EXISTS;
            case NOT_FOUND -> Reply.NOT_FOUND;
            case TOO_LARGE -> Reply.TOO_LARGE;
            case OUT_OF_MEMORY -> Reply.OUT_OF_MEMORY;
        };
    }

    private TextState delete(byte[] bytes) {
        boolean observed = observer.isOn();
        if (observed) {
            observer.deletes(bytes, request.keyOffset, request.keyLength);
        }
        DeleteResult result = cache.delete(update.key(bytes, request.keyOffset, request.keyLength));
        if (observed && result == DeleteResult.DELETED) {
            observer.deleted("delete", bytes, request.keyOffset, request.keyLength);
        }
        return switch (result) {
            case DELETED -> reply(Reply.DELETED);
            case NOT_FOUND -> reply(Reply.NOT_FOUND);
            case EXISTS -> reply(Reply.EXISTS);
            case OUT_OF_MEMORY -> reply(Reply.OUT_OF_MEMORY_CHANGING);
        };
    }

    private TextState delta(byte[] bytes, boolean up) {
        looksUp(bytes);
        update.key(bytes, request.keyOffset, request.keyLength);
        return switch (up ? cache.increment(update, request.number) : cache.decrement(update, request.number)) {
            case STORED -> replyNumber(update.number());
            case NOT_FOUND -> reply(Reply.NOT_FOUND);
            case EXISTS -> reply(Reply.EXISTS);
            case NON_NUMERIC -> reply(Reply.NON_NUMERIC);
            case OUT_OF_MEMORY -> reply(Reply.OUT_OF_MEMORY_CHANGING);
        };
    }

    private void looksUp(byte[] bytes) {
        if (observer.isOn()) {
            observer.looksUp(bytes, request.keyOffset, request.keyLength);
        }
    }

    private TextState touch(byte[] bytes) {
        looksUp(bytes);
        boolean touched = cache.touch(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds);
        return reply(touched ? Reply.TOUCHED : Reply.NOT_FOUND);
    }

    private TextState flushAll() {
        if (isRefusedFlush()) {
            cache.countRefusedFlush();
            return reply(Reply.FLUSH_OFF);
        }
        cache.flushAll(request.exptimeSeconds);
        return reply(Reply.OK);
    }

    private TextState verbosity() {
        trace.verbosity((int) Math.min(request.number, VERBOSITY_MAX));
        return reply(Reply.OK);
    }

    private TextState reply(Reply reply) {
        if (!request.noreply) {
            replies.put(reply);
        }
        return TextState.READ_REQUEST;
    }

    private TextState replyNumber(long value) {
        if (!request.noreply) {
            replies.putNumber(value);
        }
        return TextState.READ_REQUEST;
    }
}
