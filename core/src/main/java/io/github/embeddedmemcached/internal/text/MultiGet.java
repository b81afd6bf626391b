package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;
import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.LENGTH_MAX;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.TextReplies;
import io.github.embeddedmemcached.internal.session.KeyPrefetcher;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.ByteSearch;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Executes the retrieval commands: get, gets, gat and gats. Processes the keys of a line one by one, so that neither the line nor the
 * reply needs to be in memory as a whole.
 */
final class MultiGet {
    /** The result of {@link #fetchKeys}. */
    enum Outcome {
        /** The line and the reply are complete. */
        DONE,
        /** More of the line is needed. */
        NEEDS_INPUT,
        /** The output is full, and there are more keys. */
        OUTPUT_FULL,
        /** The line is invalid, see {@link MultiGet#error}; the caller must skip the rest of it. */
        FAILED
    }

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** "VALUE " and two bytes that the key overwrites. */
    private static final long VALUE = 0x20_45_55_4C_41_56L;

    private static final int VALUE_LENGTH = 6;

    /** The maximum length of a hit without its value: "VALUE", key, flags, length, CAS unique, spaces and two line ends. */
    private static final int REPLY_OVERHEAD_MAX =
            VALUE_LENGTH + ItemSize.CLIENT_KEY_LENGTH_MAX + 3 * (1 + LENGTH_MAX) + 4;

    private final CacheEngine cache;
    private final TextReplies replies;
    private final SessionObserver observer;
    private final KeyPrefetcher prefetcher;
    private final ItemView item = new ItemView();

    private boolean hasCas;
    private boolean isTouch;
    private boolean expectsExptime; // the next token is the exptime, not a key
    private long exptimeSeconds; // of gat and gats; if INVALID, the error is only sent if there is a key
    private boolean hasKey;
    private boolean hasTooLongKey; // as found by checkKeys
    private Reply error = Reply.BAD_LINE;

    MultiGet(CacheEngine cache, TextReplies replies, SessionObserver observer, KeyPrefetcher prefetcher) {
        this.prefetcher = prefetcher;
        this.cache = cache;
        this.replies = replies;
        this.observer = observer;
    }

    /** Begins a command; {@link #fetchKeys} executes it. */
    // get|gets <key>*
    // gat|gats <exptime> <key>*
    void begin(boolean isTouch, boolean hasCas) {
        this.isTouch = isTouch;
        this.hasCas = hasCas;
        expectsExptime = isTouch;
        hasKey = false;
        hasTooLongKey = false;
    }

    /**
     * Checks whether one of the keys is too long, before any reply is written: memcached rejects the whole line, so that the keys before
     * the invalid one are fetched, and touched, but their values are not sent. The caller may omit the check of a line that is too short
     * for an invalid key. In a line of more than {@link LineFormat#LINE_LENGTH_MAX} bytes, keys that have not been received yet are not
     * checked; if one of those is too long, the values of the keys before it are sent.
     */
    void checkKeys(byte[] bytes, int from, int to) {
        int end = bytes[to - 1] == '\r' ? to - 1 : to;
        int start = LineFormat.skipSpaces(bytes, from, end);
        if (isTouch) {
            start = LineFormat.skipSpaces(bytes, LineFormat.endOfToken(bytes, start, end), end);
        }
        while (end - start > ItemSize.CLIENT_KEY_LENGTH_MAX && !hasTooLongKey) {
            // a key is too long if it contains all of bytes[start..last]; otherwise the next one begins after the last
            // space of them
            int last = start + ItemSize.CLIENT_KEY_LENGTH_MAX;
            int space = last;
            while (space >= start && bytes[space] != ' ') {
                space--;
            }
            hasTooLongKey = space < start;
            start = space + 1;
        }
    }

    /** Fetches keys and writes their values until the line is complete, more input is needed, or the output is full. */
    Outcome fetchKeys(InputWindow window) {
        byte[] bytes = window.bytes;
        while (true) {
            int start = LineFormat.skipSpaces(bytes, window.position, window.limit);
            window.position = start; // consume spaces, so that any number of them fits into the window
            int end = prefetcher.endOfToken(bytes, start);
            if (end < 0) {
                end = ByteSearch.endOfToken(bytes, start, window.limit);
                if (end == window.limit) {
                    // the token is incomplete; a CR at its end may belong to the line end
                    return end - start > ItemSize.CLIENT_KEY_LENGTH_MAX + 1
                            ? fail(Reply.BAD_LINE)
                            : Outcome.NEEDS_INPUT;
                }
                if (bytes[end] != '\n') {
                    prefetcher.prefetchFromKey(window);
                }
            }
            boolean isLast = bytes[end] == '\n';
            int tokenEnd = isLast && end > start && bytes[end - 1] == '\r' ? end - 1 : end;
            if (tokenEnd > start) {
                @Nullable Reply error = tryToken(bytes, start, tokenEnd - start);
                if (error != null) {
                    return fail(error);
                }
            }
            if (isLast) {
                return finish(window, end);
            }
            window.position = end;
            if (replies.output().isFull()) {
                return Outcome.OUTPUT_FULL;
            }
        }
    }

    private Outcome finish(InputWindow window, int newline) {
        if (!hasKey) {
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

    /** Returns the reply to a line that FAILED, which is sent after the rest of the line has been skipped. */
    Reply error() {
        return error;
    }

    private @Nullable Reply tryToken(byte[] bytes, int offset, int length) {
        try {
            return processToken(bytes, offset, length);
        } catch (OutOfMemoryError e) {
            observer.countOutOfMemory();
            return Reply.OUT_OF_MEMORY_GET;
        }
    }

    private @Nullable Reply processToken(byte[] bytes, int offset, int length) {
        if (expectsExptime) {
            expectsExptime = false;
            exptimeSeconds = AsciiNumbers.strictInt32(bytes, offset, offset + length);
            return null;
        }
        hasKey = true;
        if (isTouch && exptimeSeconds == INVALID) {
            return Reply.BAD_EXPTIME;
        }
        if (length > ItemSize.CLIENT_KEY_LENGTH_MAX) {
            return Reply.BAD_LINE;
        }
        if (observer.isOn()) {
            observer.beforeFetch(bytes, offset, length);
        }
        boolean isHit = isTouch
                ? cache.getAndTouch(bytes, offset, length, exptimeSeconds, item)
                : prefetcher.get(bytes, offset, length, item);
        if (isHit && !hasTooLongKey) {
            writeHit(bytes, offset, length);
        }
        return null;
    }

    private void writeHit(byte[] key, int offset, int length) {
        ReplyBuffer output = replies.output();
        do {
            if (item.isLeasable()) {
                if (writeLargeHit(output, key, offset, length)) {
                    return;
                }
                continue;
            }
            int valueLength = item.valueLength();
            int start = output.ensureWritable(REPLY_OVERHEAD_MAX + valueLength);
            byte[] target = output.array();
            int valueOffset = putHeader(target, start, key, offset, length);
            if (item.copyValue(target, valueOffset)) {
                output.tail(putLineEnd(target, valueOffset + valueLength));
                replies.traceHit(key, offset, length);
                return;
            }
            // the item was changed while it was copied: ignore the bytes written after the tail, and retry
        } while (item.refresh());
    }

    private boolean writeLargeHit(ReplyBuffer output, byte[] key, int offset, int length) {
        int start = output.ensureWritable(REPLY_OVERHEAD_MAX); // before the lease: this may run out of memory
        ValueLease lease = item.lease();
        if (lease == null) {
            return false;
        }
        output.tail(putHeader(output.array(), start, key, offset, length));
        output.putLarge(lease);
        output.tail(putLineEnd(output.array(), output.tail()));
        replies.traceHit(key, offset, length);
        item.clearValue();
        return true;
    }

    // VALUE <key> <flags> <bytes> [<cas unique>]\r\n
    private int putHeader(byte[] target, int start, byte[] key, int keyOffset, int keyLength) {
        LONGS.set(target, start, VALUE);
        int i = start + VALUE_LENGTH;
        ItemLayout.copy(key, keyOffset, target, i, keyLength);
        i += keyLength;
        target[i++] = ' ';
        i = AsciiNumbers.putUnsigned(Integer.toUnsignedLong(item.flags()), target, i);
        target[i++] = ' ';
        i = AsciiNumbers.putUnsigned(item.valueLength(), target, i);
        if (hasCas) {
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
