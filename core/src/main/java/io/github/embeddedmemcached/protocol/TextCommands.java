package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.ItemUpdate;
import io.github.embeddedmemcached.cache.RawCache;
import io.github.embeddedmemcached.cache.StoreMode;
import io.github.embeddedmemcached.cache.StoreResult;
import java.nio.charset.StandardCharsets;

/** Runs the parsed commands of a text session on the cache and answers them. */
final class TextCommands {
    /** More is the same as this, as in memcached. */
    private static final int VERBOSITY_MAX = 2;

    private final ServerState state;
    private final RawCache cache;
    private final Request request;
    private final TextReplies replies;
    private final MultiGet multiGet;
    private final LargeStore largeStore;
    private final ItemUpdate update = new ItemUpdate();

    TextCommands(ServerState state, Request request, TextReplies replies, MultiGet multiGet, LargeStore largeStore) {
        this.state = state;
        cache = state.cache().raw();
        this.request = request;
        this.replies = replies;
        this.multiGet = multiGet;
        this.largeStore = largeStore;
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
        if (request.error != null) {
            reply(request.error);
            return request.dataLength > 0 ? TextState.SWALLOW : TextState.READ_REQUEST;
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
            case STATS -> stats(bytes);
            case SHUTDOWN -> reply(Reply.SHUTDOWN_OFF);
            case QUIT -> TextState.CLOSE;
            case UNKNOWN -> reply(Reply.ERROR);
        };
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
            return largeStore.begin(mode, request, bytes)
                    ? TextState.READ_VALUE
                    : refuse(mode, bytes, StoreResult.OUT_OF_MEMORY);
        }
        int valueEnd = valueOffset + request.valueLength;
        if (bytes[valueEnd] != '\r' || bytes[valueEnd + 1] != '\n') {
            return reply(Reply.BAD_CHUNK);
        }
        return reply(reply(cache.store(mode, update(mode, bytes).value(bytes, valueOffset, request.valueLength))));
    }

    /** Answers before the value has arrived, and skips it. */
    private TextState refuse(StoreMode mode, byte[] bytes, StoreResult why) {
        cache.refuse(mode, update(mode, bytes), why);
        reply(reply(why));
        return TextState.SWALLOW;
    }

    /** Answers the storage command whose large value is complete. */
    TextState finishLargeStore() {
        StoreResult result = largeStore.finish();
        return reply(result == null ? Reply.BAD_CHUNK : reply(result));
    }

    private boolean isTooLarge() {
        return cache.isTooLarge(request.keyLength, request.flags, request.valueLength);
    }

    private ItemUpdate update(StoreMode mode, byte[] bytes) {
        update.key(bytes, request.keyOffset, request.keyLength)
                .flags(request.flags)
                .exptime(request.exptimeSeconds);
        if (mode == StoreMode.CAS) {
            update.expectCas(request.number);
        }
        return update;
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
        return switch (cache.delete(update.key(bytes, request.keyOffset, request.keyLength))) {
            case DELETED -> reply(Reply.DELETED);
            case NOT_FOUND -> reply(Reply.NOT_FOUND);
            case EXISTS -> reply(Reply.EXISTS);
        };
    }

    private TextState delta(byte[] bytes, boolean up) {
        update.key(bytes, request.keyOffset, request.keyLength);
        return switch (up ? cache.increment(update, request.number) : cache.decrement(update, request.number)) {
            case STORED -> replyNumber(update.number());
            case NOT_FOUND -> reply(Reply.NOT_FOUND);
            case EXISTS -> reply(Reply.EXISTS);
            case NON_NUMERIC -> reply(Reply.NON_NUMERIC);
            case OUT_OF_MEMORY -> reply(Reply.OUT_OF_MEMORY_INCR);
        };
    }

    private TextState touch(byte[] bytes) {
        boolean touched = cache.touch(bytes, request.keyOffset, request.keyLength, request.exptimeSeconds);
        return reply(touched ? Reply.TOUCHED : Reply.NOT_FOUND);
    }

    private TextState flushAll() {
        state.cache().flushAll(request.exptimeSeconds);
        return reply(Reply.OK);
    }

    private TextState verbosity() {
        state.verbosity((int) Math.min(request.number, VERBOSITY_MAX));
        return reply(Reply.OK);
    }

    private TextState stats(byte[] bytes) {
        String part = new String(bytes, request.keyOffset, request.keyLength, StandardCharsets.ISO_8859_1);
        switch (part) {
            case "" -> new StatsReport(replies.output()).general(state);
            case "settings" -> new StatsReport(replies.output()).settings(state);
            case "reset" -> state.resetStatistics();
            default -> {
                return reply(Reply.ERROR);
            }
        }
        return reply(part.equals("reset") ? Reply.RESET : Reply.END);
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
