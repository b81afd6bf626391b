package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;
import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.LENGTH_MAX;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.LookupBatch;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.TextReplies;
import io.github.embeddedmemcached.internal.session.KeyPrefetcher;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The commands that fetch: get, gets, gat and gats, with one key or any number of them. Answers key by key, so that neither
 * the line nor its answers need ever be in memory as a whole.
 */
public final class MultiGet {
    /** What {@link #answerKeys} came to. */
    enum Outcome {
        /** The line is at its end and answered. */
        DONE,
        /** More of the line is needed. */
        NEEDS_INPUT,
        /** The output is full; there are keys left. */
        OUTPUT_FULL,
        /** The line is bad, see {@link MultiGet#error}; the rest of it is to be skipped. */
        FAILED
    }

    private static final byte[] VALUE = {'V', 'A', 'L', 'U', 'E', ' '};

    /** "VALUE", key, flags, length, CAS unique, spaces and both line ends: what an answer holds beside the value. */
    private static final int ANSWER_OVERHEAD_MAX = VALUE.length + ItemSize.KEY_LENGTH_MAX + 3 * (1 + LENGTH_MAX) + 4;

    private final CacheEngine cache;
    private final TextReplies replies;
    private final SessionObserver observer;
    private final KeyPrefetcher lookahead;
    private final LookupBatch keys;
    private ItemView item = new ItemView();

    private boolean showsCas;
    private boolean touches;
    private boolean expectsExptime; // the next token is the exptime, not a key
    private long exptimeSeconds; // of a touching get; may be INVALID, which is only said when there is a key
    private boolean anyKey;
    private boolean anyKeyTooLong; // among those that were there at the begin
    private Reply error = Reply.BAD_LINE;

    MultiGet(CacheEngine cache, TextReplies replies, SessionObserver observer, KeyPrefetcher lookahead) {
        this.lookahead = lookahead;
        keys = lookahead.keys();
        this.cache = cache;
        this.replies = replies;
        this.observer = observer;
    }

    // get|gets <key>*
    // gat|gats <exptime> <key>*
    void begin(boolean touches, boolean showsCas) {
        this.touches = touches;
        this.showsCas = showsCas;
        expectsExptime = touches;
        anyKey = false;
        anyKeyTooLong = false;
    }

    /**
     * Looks for keys that are too long before any is answered, since memcached refuses the line as a whole: the keys before the
     * long one are fetched, and touched, but not answered. To be called when there may be one; only a line over
     * {@value TextCodec#LINE_LENGTH_MAX} bytes may have others that aren't there yet, and if one of those is too long, the answers
     * to those before it have been given.
     */
    void checkKeys(byte[] bytes, int from, int to) {
        int end = bytes[to - 1] == '\r' ? to - 1 : to;
        int start = LineFormat.skipSpaces(bytes, from, end);
        if (touches) {
            start = LineFormat.skipSpaces(bytes, LineFormat.endOfToken(bytes, start, end), end);
        }
        while (start < end && !anyKeyTooLong) {
            int keyEnd = LineFormat.endOfToken(bytes, start, end);
            anyKeyTooLong = keyEnd - start > ItemSize.KEY_LENGTH_MAX;
            start = LineFormat.skipSpaces(bytes, keyEnd, end);
        }
    }

    /** Consumes and answers keys as far as input and output allow. */
    Outcome answerKeys(InputWindow window) {
        Outcome outcome = answerAll(window);
        keys.flushCounts();
        return outcome;
    }

    private Outcome answerAll(InputWindow window) {
        byte[] bytes = window.bytes;
        while (true) {
            int start = LineFormat.skipSpaces(bytes, window.position, window.limit);
            window.position = start; // spaces are done with: any number of them fits into any window
            int end = start;
            while (end < window.limit && bytes[end] != ' ' && bytes[end] != '\n') {
                end++;
            }
            if (end == window.limit) {
                // the token isn't all there; a CR may still turn out to belong to the line end
                return end - start > ItemSize.KEY_LENGTH_MAX + 1 ? fail(Reply.BAD_LINE) : Outcome.NEEDS_INPUT;
            }
            boolean last = bytes[end] == '\n';
            int tokenEnd = last && end > start && bytes[end - 1] == '\r' ? end - 1 : end;
            if (tokenEnd > start) {
                if (!last) {
                    lookahead.prefetchFromKey(window);
                }
                @Nullable Reply error = tryToken(bytes, start, tokenEnd - start);
                if (error != null) {
                    return fail(error);
                }
            }
            if (last) {
                return finish(window, end);
            }
            window.position = end;
            if (replies.output().isFull()) {
                return Outcome.OUTPUT_FULL;
            }
        }
    }

    private Outcome finish(InputWindow window, int newline) {
        if (!anyKey) {
            return fail(Reply.BAD_LINE);
        }
        window.position = newline + 1;
        replies.put(Reply.END);
        return Outcome.DONE;
    }

    private Outcome fail(Reply reply) {
        error = reply;
        return Outcome.FAILED;
    }

    /** What was wrong with the line that FAILED; the reply to it, which follows when the rest of the line has been skipped. */
    Reply error() {
        return error;
    }

    private @Nullable Reply tryToken(byte[] bytes, int offset, int length) {
        try {
            return token(bytes, offset, length);
        } catch (OutOfMemoryError e) {
            observer.outOfMemory();
            return Reply.OUT_OF_MEMORY_GET;
        }
    }

    private @Nullable Reply token(byte[] bytes, int offset, int length) {
        if (expectsExptime) {
            expectsExptime = false;
            exptimeSeconds = AsciiNumbers.strictInt32(bytes, offset, offset + length);
            return null;
        }
        anyKey = true;
        if (touches && exptimeSeconds == INVALID) {
            return Reply.BAD_EXPTIME;
        }
        if (length > ItemSize.KEY_LENGTH_MAX) {
            return Reply.BAD_LINE;
        }
        if (observer.isOn()) {
            observer.fetches(bytes, offset, length);
        }
        boolean hit = touches
                ? cache.getAndTouch(bytes, offset, length, exptimeSeconds, item)
                : keys.get(bytes, offset, length, item);
        if (hit && !anyKeyTooLong) {
            answer(bytes, offset, length);
        }
        return null;
    }

    private void answer(byte[] key, int offset, int length) {
        ReplyBuffer output = replies.output();
        do {
            if (item.isLeasable()) {
                if (answerLarge(output, key, offset, length)) {
                    return;
                }
                continue;
            }
            int valueLength = item.valueLength();
            int start = output.ensureRoom(ANSWER_OVERHEAD_MAX + valueLength);
            byte[] target = output.array();
            int valueOffset = putHeader(target, start, key, offset, length);
            if (item.copyValue(target, valueOffset)) {
                output.tail(putLineEnd(target, valueOffset + valueLength));
                replies.traceHit(key, offset, length);
                return;
            }
            // the item was changed while it was copied: what is behind the tail is garbage, and stays there
        } while (item.refresh());
    }

    private boolean answerLarge(ReplyBuffer output, byte[] key, int offset, int length) {
        int start = output.ensureRoom(ANSWER_OVERHEAD_MAX); // before the value is lent: this may fail
        ValueLease lease = item.lease();
        if (lease == null) {
            return false;
        }
        output.tail(putHeader(output.array(), start, key, offset, length));
        output.putLarge(lease);
        output.tail(putLineEnd(output.array(), output.tail()));
        replies.traceHit(key, offset, length);
        item = new ItemView(); // an idle session keeps no large value alive that the cache has dropped
        return true;
    }

    // VALUE <key> <flags> <bytes> [<cas unique>]\r\n
    private int putHeader(byte[] target, int start, byte[] key, int keyOffset, int keyLength) {
        int i = start;
        System.arraycopy(VALUE, 0, target, i, VALUE.length);
        i += VALUE.length;
        System.arraycopy(key, keyOffset, target, i, keyLength);
        i += keyLength;
        target[i++] = ' ';
        i = AsciiNumbers.putUnsigned(Integer.toUnsignedLong(item.flags()), target, i);
        target[i++] = ' ';
        i = AsciiNumbers.putUnsigned(item.valueLength(), target, i);
        if (showsCas) {
            target[i++] = ' ';
            i = AsciiNumbers.putUnsigned(item.casUnique(), target, i);
        }
        return putLineEnd(target, i);
    }

    private static int putLineEnd(byte[] target, int i) {
        target[i] = '\r';
        target[i + 1] = '\n';
        return i + 2;
    }
}
