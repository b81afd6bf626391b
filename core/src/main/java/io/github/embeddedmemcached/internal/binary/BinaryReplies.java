package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.engine.ItemView;
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
 * The way out of a binary session during one call: the answers to its request, and the traces of a talkative server, which show
 * the headers, as memcached's own do.
 */
public final class BinaryReplies {
    /** Stands for the output between two calls, when nothing is answered. */
    private static final ReplyBuffer NOWHERE = new ReplyBuffer();

    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");
    private static final byte[] NO_BYTES = {};
    private static final int FLAGS_LENGTH = 4;

    /** What an error begins with in the text protocol only. */
    private static final String KIND_OF_ERROR = "^(SERVER|CLIENT)_ERROR ";

    private final CurrentSession session;
    private final BinaryRequest request;
    private ReplyBuffer output = NOWHERE;
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
        output = NOWHERE;
        traceSink = null;
    }

    ReplyBuffer output() {
        return output;
    }

    /** Answers with a status and its text. */
    void put(BinaryStatus status) {
        put(status, status.text, 0);
    }

    /** Answers that all went well, with the item's CAS unique if there is one to tell. */
    void putOk(long casUnique) {
        put(BinaryStatus.OK, NO_BYTES, casUnique);
    }

    /** Answers with a text. */
    void putText(byte[] text) {
        put(BinaryStatus.OK, text, 0);
    }

    /** Answers with a number of eight bytes. */
    void putNumber(long number, long casUnique) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + Long.BYTES);
        int body = putHeader(start, BinaryStatus.OK.code, 0, 0, Long.BYTES, casUnique);
        BinaryNumbers.putInt64(output.array(), body, number);
        output.tail(body + Long.BYTES);
    }

    /** Gives the answer that an interceptor has in place of the command's own. */
    void put(InterceptResult.Answer answer) {
        if (answer instanceof InterceptResult.Answer.Raw raw) {
            output.put(raw.bytes());
        } else if (answer instanceof InterceptResult.Answer.Failure failure) {
            // an error is told to who was quiet, too
            String text = failure.line().replaceFirst(KIND_OF_ERROR, "");
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

    /** Answers a miss whose answer has the key in place of a text. */
    void putMiss(byte[] key, int offset, int length) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + length);
        int body = putHeader(start, BinaryStatus.NOT_FOUND.code, 0, length, length, 0);
        System.arraycopy(key, offset, output.array(), body, length);
        output.tail(body + length);
    }

    /** Answers one of the statistics; with an empty name and value, the end of them. */
    void putStatistic(byte[] name, byte[] value) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + name.length + value.length);
        int body = putHeader(start, BinaryStatus.OK.code, 0, name.length, name.length + value.length, 0);
        System.arraycopy(name, 0, output.array(), body, name.length);
        System.arraycopy(value, 0, output.array(), body + name.length, value.length);
        output.tail(body + name.length + value.length);
    }

    /** Answers with an item's client flags alone. */
    void putFlags(ItemView item) {
        int start = output.ensureWritable(BinaryHeader.LENGTH + FLAGS_LENGTH);
        output.tail(putItemHeader(start, item, NO_BYTES, 0, 0, 0));
    }

    /**
     * Answers with an item: client flags, perhaps the key, value.
     *
     * @param keyLength 0 to leave the key out
     * @return false: the item was changed meanwhile, and nothing was answered
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
            return false; // what is behind the tail is garbage, and stays there
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
        System.arraycopy(key, keyOffset, target, body + FLAGS_LENGTH, keyLength);
        return body + FLAGS_LENGTH + keyLength;
    }

    /** Writes a header; returns where the body begins. */
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

    private static void trace(Consumer<String> sink, String what, byte[] bytes, int offset) {
        sink.accept(what + HEX.formatHex(bytes, offset, offset + BinaryHeader.LENGTH));
    }
}
