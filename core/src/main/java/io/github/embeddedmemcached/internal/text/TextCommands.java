package io.github.embeddedmemcached.internal.text;

import io.github.embeddedmemcached.cache.CounterStatus;
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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/** Executes the parsed commands of a text session. */
final class TextCommands {
    /** The highest verbosity that makes a difference; higher ones are accepted, as in memcached. */
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
     * Returns whether the value of the request must be in the input window before the request is executed. That is not the case if the
     * request is rejected because of its line, or if the value is large.
     */
    boolean needsValue() {
        return request.dataLength > 0
                && request.error == null
                && request.valueLength <= cache.inlineValueLengthMax()
                && !isTooLarge();
    }

    /**
     * Executes the request.
     *
     * @param bytes the array from which the request was parsed
     * @param valueOffset the offset of the value in that array, if the request {@linkplain #needsValue needs} it
     * @return the next state
     */
    TextState execute(byte[] bytes, int valueOffset) {
        if (request.error != null && !isRejectedFlush()) {
            return request.dataLength > 0 ? reject(request.error) : reply(request.error);
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
            case STATS -> admin.stats(words(bytes));
            case SHUTDOWN -> admin.shutdown(words(bytes), request);
            case WATCH -> admin.watch(words(bytes), request.isPipelined);
            case LRU -> reply(admin.tuning.lru(words(bytes)));
            case LRU_CRAWLER -> admin.crawler(words(bytes), request);
            case SLABS -> reply(admin.tuning.slabs(words(bytes)));
            case CACHE_MEMLIMIT -> reply(admin.memoryLimit(words(bytes)));
            case EXTSTORE -> reply(admin.tuning.extstore(words(bytes)));
            case DEBUGTIME -> reply(admin.debugTime(words(bytes)));
            case REFRESH_CERTS -> admin.refreshCertificates();
            case QUIT -> TextState.CLOSE;
            case MG -> metaCommands.get();
            case MS -> metaCommands.store(bytes, valueOffset);
            case MD -> metaCommands.delete();
            case MA -> metaCommands.delta();
            case MN -> reply(Reply.MN);
            case ME -> metaCommands.debug();
            case UNKNOWN -> request.isHttp ? TextState.CLOSE : reply(Reply.ERROR);
        };
    }

    /** Returns the arguments of a command without a key. */
    private List<String> words(byte[] bytes) {
        List<String> words = new ArrayList<>();
        String line = new String(bytes, request.keyOffset, request.keyLength, StandardCharsets.ISO_8859_1);
        var tokens = new StringTokenizer(line, " ");
        while (tokens.hasMoreTokens() && words.size() < TextParser.TOKENS_MAX - 1) {
            words.add(tokens.nextToken());
        }
        return words;
    }

    /** Returns whether the request is a flush while flush_all is disabled; its exptime does not matter then. */
    private boolean isRejectedFlush() {
        return request.opcode == Opcode.FLUSH_ALL && !flushEnabled;
    }

    private TextState get(boolean isTouch, boolean hasCas) {
        multiGet.begin(isTouch, hasCas);
        return TextState.MULTIGET;
    }

    private TextState store(StoreMode mode, byte[] bytes, int valueOffset) {
        if (isTooLarge()) {
            return reject(mode, bytes, StoreResult.TOO_LARGE);
        }
        if (request.valueLength > cache.inlineValueLengthMax()) {
            return reserve(mode, bytes) ? TextState.READ_VALUE : reject(mode, bytes, StoreResult.OUT_OF_MEMORY);
        }
        int valueEnd = valueOffset + request.valueLength;
        if (bytes[valueEnd] != '\r' || bytes[valueEnd + 1] != '\n') {
            return rejectChunk(request.keyLength);
        }
        if (observer.isOn()) {
            observer.beforeStore(bytes, request.keyOffset, request.keyLength);
        }
        StoreResult result = cache.store(mode, update(mode, bytes).value(bytes, valueOffset, request.valueLength));
        if (observer.isOn()) {
            observeStored(mode, result, bytes, request.keyOffset);
        }
        return reply(reply(result));
    }

    /** Reserves memory to receive a large value before the request is executed. Returns false if that fails or is not needed. */
    boolean reserve(byte[] bytes) {
        if (request.error != null || request.valueLength <= cache.inlineValueLengthMax() || isTooLarge()) {
            return false;
        }
        return request.opcode == Opcode.MS ? metaCommands.reserve() : reserve(mode(), bytes);
    }

    private StoreMode mode() {
        return StoreMode.valueOf(request.opcode.name()); // the constants have the same names
    }

    private boolean reserve(StoreMode mode, byte[] bytes) {
        prepare(mode, largeStore.update(bytes, request.keyOffset, request.keyLength));
        return largeStore.begin(mode, request.valueLength);
    }

    private void observeStored(StoreMode mode, StoreResult result, byte[] key, int keyOffset) {
        observer.afterStore(
                mode, result, key, keyOffset, request.keyLength, request.exptimeSeconds, request.valueLength);
    }

    /**
     * Rejects a storage command without reading its value: counts it, and removes an outdated item. The reply is sent after the value
     * has been skipped, see {@link #replyRejection}.
     */
    TextState reject(byte[] bytes) {
        if (request.error != null) {
            return reject(request.error);
        }
        StoreResult result = isTooLarge() ? StoreResult.TOO_LARGE : StoreResult.OUT_OF_MEMORY;
        return request.opcode == Opcode.MS ? metaCommands.reject(result) : reject(mode(), bytes, result);
    }

    private TextState reject(Reply reply) {
        request.rejection = request.noreply ? null : reply;
        return TextState.SWALLOW;
    }

    /** Writes the reply to a rejected command. Called when the value, or the rest of the line, has been skipped. */
    void replyRejection() {
        Reply rejection = request.rejection;
        if (rejection != null) {
            request.rejection = null;
            replies.put(rejection);
        }
    }

    private TextState reject(StoreMode mode, byte[] bytes, StoreResult result) {
        if (observer.isOn()) {
            observer.beforeStore(bytes, request.keyOffset, request.keyLength);
        }
        cache.reject(mode, update(mode, bytes), request.valueLength, result);
        if (observer.isOn()) {
            observeStored(mode, result, bytes, request.keyOffset);
        }
        return reject(reply(result));
    }

    /** Executes a storage command whose large value is complete. */
    TextState finishLargeStore() {
        if (observer.isOn()) {
            observer.beforeStore(largeStore.key(), 0, largeStore.keyLength());
        }
        StoreResult result = largeStore.finish();
        if (request.opcode == Opcode.MS) {
            return metaCommands.finishLargeStore(result);
        }
        if (observer.isOn() && result != null) {
            observeStored(largeStore.mode(), result, largeStore.key(), 0);
        }
        return result == null ? rejectChunk(largeStore.keyLength()) : reply(reply(result));
    }

    /** Rejects a value that is not followed by a line end. As in memcached, it is counted as a storage command. */
    private TextState rejectChunk(int keyLength) {
        cache.count(Statistic.CMD_SET, ItemSize.of(keyLength, request.flags, request.valueLength));
        return reply(Reply.BAD_CHUNK);
    }

    private boolean isTooLarge() {
        return cache.isTooLarge(request.keyLength, request.flags, request.valueLength);
    }

    private ItemUpdate update(StoreMode mode, byte[] bytes) {
        return prepare(mode, update.key(bytes, request.keyOffset, request.keyLength));
    }

    private ItemUpdate prepare(StoreMode mode, ItemUpdate target) {
        target.flags(request.flags).exptime(request.exptimeSeconds);
        if (mode == StoreMode.CAS) {
            target.expectCas(request.number);
        }
        return target;
    }

    private static Reply reply(StoreResult result) {
        return result == StoreResult.STORED ? Reply.STORED : ofSameName(result);
    }

    private static Reply ofSameName(Enum<?> result) {
        return Reply.valueOf(result.name());
    }

    private TextState delete(byte[] bytes) {
        boolean isObserved = observer.isOn();
        if (isObserved) {
            observer.beforeDelete(bytes, request.keyOffset, request.keyLength);
        }
        DeleteResult result = cache.delete(update.key(bytes, request.keyOffset, request.keyLength));
        if (isObserved && result == DeleteResult.DELETED) {
            observer.afterDelete("delete", bytes, request.keyOffset, request.keyLength);
        }
        if (result == DeleteResult.DELETED) {
            return reply(Reply.DELETED);
        }
        return reply(result == DeleteResult.OUT_OF_MEMORY ? Reply.OUT_OF_MEMORY_CHANGING : ofSameName(result));
    }

    private TextState delta(byte[] bytes, boolean isIncrement) {
        observeLookup(bytes);
        update.key(bytes, request.keyOffset, request.keyLength);
        CounterStatus result =
                isIncrement ? cache.increment(update, request.number) : cache.decrement(update, request.number);
        if (result == CounterStatus.STORED) {
            return replyNumber(update.number());
        }
        return reply(result == CounterStatus.OUT_OF_MEMORY ? Reply.OUT_OF_MEMORY_CHANGING : ofSameName(result));
    }

    private void observeLookup(byte[] bytes) {
        if (observer.isOn()) {
            observer.beforeLookup(bytes, request.keyOffset, request.keyLength);
        }
    }

    private TextState touch(byte[] bytes) {
        observeLookup(bytes);
        boolean touched = cache.touch(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds);
        return reply(touched ? Reply.TOUCHED : Reply.NOT_FOUND);
    }

    private TextState flushAll() {
        if (isRejectedFlush()) {
            cache.count(Statistic.CMD_FLUSH);
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
