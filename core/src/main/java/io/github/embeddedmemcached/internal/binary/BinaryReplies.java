package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.BinaryNumbers;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the replies of a binary session, and traces the headers of requests and replies if the verbosity enables it, as memcached does.
 */
public final class BinaryReplies {
    /** The output between two calls of the session. Nothing is written to it. */
    private static final ReplyBuffer NO_OUTPUT = new ReplyBuffer();

    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");
    private static final byte[] NO_BYTES = {};
    private static final int FLAGS_LENGTH = 4;

    /** The prefix of an error in the text protocol. */
    private static final String ERROR_PREFIX = "^(SERVER|CLIENT)_ERROR ";

    private final CurrentSession session;
    private final BinaryRequest request;
    private ReplyBuffer output = NO_OUTPUT;
    private @Nullable Consumer<String> traceSink;

    public BinaryReplies(CurrentSession session, BinaryRequest request) {
        this.session = session;
        this.request = request;
    }

    public void open(ReplyBuffer output, @Nullable Consumer<String> traceSink) {
        this.output = output;
        this.traceSink = traceSink;
    }

    void close() {
        output = NO_OUTPUT;
        traceSink = null;
    }

    ReplyBuffer output() {
        return output;
    }

    /** Writes a status and its text. */
    void put(BinaryStatus status) {
        put(status, status.text, 0);
    }

    /** Writes success, with the CAS unique of the item; 0 for none. */
    void putOk(long casUnique) {
        put(BinaryStatus.OK, NO_BYTES, casUnique);
    }

    /** Writes success with a text. */
    void putText(byte[] text) {
        put(BinaryStatus.OK, text, 0);
    }

    /** Writes a number of 8 bytes. */
    void putNumber(long number, long casUnique) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + Long.BYTES);
        int body = putHeader(start, BinaryStatus.OK.code, 0, 0, Long.BYTES, casUnique);
        BinaryNumbers.putInt64(output.array(), body, number);
        output.tail(body + Long.BYTES);
    }

    /** Writes the reply with which an interceptor replaces that of the command. */
    void put(InterceptResult.Reply reply) {
        if (reply instanceof InterceptResult.Reply.Raw raw) {
            output.put(raw.bytes());
        } else if (reply instanceof InterceptResult.Reply.Failure failure) {
            // quiet commands do not suppress errors
            String text = failure.line().replaceFirst(ERROR_PREFIX, "");
            put(failure.status(), text.getBytes(StandardCharsets.UTF_8), 0);
        }
    }

    private void put(BinaryStatus status, byte[] text, long casUnique) {
        put(status.code, text, casUnique);
    }

    private void put(int status, byte[] text, long casUnique) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + text.length);
        int body = putHeader(start, status, 0, 0, text.length, casUnique);
        System.arraycopy(text, 0, output.array(), body, text.length);
        output.tail(body + text.length);
    }

    /** Writes a miss with the key in place of a text. */
    void putMiss(byte[] key, int offset, int length) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + length);
        int body = putHeader(start, BinaryStatus.NOT_FOUND.code, 0, length, length, 0);
        System.arraycopy(key, offset, output.array(), body, length);
        output.tail(body + length);
    }

    /** Writes a statistic. An empty name and value end the statistics. */
    void putStatistic(byte[] name, byte[] value) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + name.length + value.length);
        int body = putHeader(start, BinaryStatus.OK.code, 0, name.length, name.length + value.length, 0);
        System.arraycopy(name, 0, output.array(), body, name.length);
        System.arraycopy(value, 0, output.array(), body + name.length, value.length);
        output.tail(body + name.length + value.length);
    }

    /** Writes the client flags of an item. */
    void putFlags(ItemView item) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + FLAGS_LENGTH);
        output.tail(putItemHeader(start, item, NO_BYTES, 0, 0, 0));
    }

    /**
     * Writes an item: client flags, optionally the key, value.
     *
     * @param keyLength 0 to omit the key
     * @return false, and nothing is written, if the item has been changed concurrently
     */
    boolean putItem(ItemView item, byte[] key, int keyOffset, int keyLength) {
        int valueLength = item.valueLength();
        boolean large = item.isLeasable();
        int start = output.ensureWritable(BinaryHeader.LENGTH + FLAGS_LENGTH + keyLength + (large ? 0 : valueLength));
        int value = putItemHeader(start, item, key, keyOffset, keyLength, valueLength);
        if (large) {
            ValueLease lease = item.lease();
            if (lease != null) {
                output.tail(value);
                output.putLarge(lease);
            }
            return lease != null;
        }
        if (!item.copyValue(output.array(), value)) {
            return false; // the bytes after the tail are undefined
        }
        output.tail(value + valueLength);
        return true;
    }

    // header | flags | key
    private int putItemHeader(int start, ItemView item, byte[] key, int keyOffset, int keyLength, int valueLength) {
        int bodyLength = FLAGS_LENGTH + keyLength + valueLength;
        int body = putHeader(start, BinaryStatus.OK.code, FLAGS_LENGTH, keyLength, bodyLength, item.casUnique());
        byte[] target = output.array();
        BinaryNumbers.putInt32(target, body, item.flags());
        ItemLayout.copy(key, keyOffset, target, body + FLAGS_LENGTH, keyLength);
        return body + FLAGS_LENGTH + keyLength;
    }

    /** Writes a header. Returns the index of the body. */
    private int putHeader(int start, int status, int extrasLength, int keyLength, int bodyLength, long casUnique) {
        byte[] target = output.array();
        target[start] = BinaryHeader.RESPONSE_MAGIC;
        target[start + BinaryHeader.OPCODE] = request.code;
        BinaryNumbers.putInt16(target, start + BinaryHeader.KEY_LENGTH, keyLength);
        target[start + BinaryHeader.EXTRAS_LENGTH] = (byte) extrasLength;
        target[start + BinaryHeader.EXTRAS_LENGTH + 1] = 0; // the datatype: raw bytes
        BinaryNumbers.putInt16(target, start + BinaryHeader.STATUS, status);
        BinaryNumbers.putInt32(target, start + BinaryHeader.BODY_LENGTH, bodyLength);
        BinaryNumbers.putInt32(target, start + BinaryHeader.OPAQUE, request.opaque);
        BinaryNumbers.putInt64(target, start + BinaryHeader.CAS_UNIQUE, casUnique);
        if (traceSink != null) {
            trace(traceSink, ">" + session.number() + " Writing bin response: ", target, start);
        }
        return start + BinaryHeader.LENGTH;
    }

    void traceRequest(byte[] bytes, int offset) {
        if (traceSink != null) {
            trace(traceSink, "<" + session.number() + " Read binary protocol data: ", bytes, offset);
        }
    }

    private static void trace(Consumer<String> sink, String prefix, byte[] bytes, int offset) {
        sink.accept(prefix + HEX.formatHex(bytes, offset, offset + BinaryHeader.LENGTH));
    }
}
