package io.github.embeddedmemcached.internal.meta;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.line.Opcode;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import org.jspecify.annotations.Nullable;

/**
 * Takes the line of a meta command apart (protocol.txt, "Meta Commands"). Makes no object: it fills the {@link Request} and its
 * {@link MetaRequest}, which point into the line.
 *
 * <p>Every command takes every flag, and leaves alone those it has no use for. As in memcached, an unknown or repeated flag ends the
 * reading of flags, while a bad token doesn't: of several, the last one's error is told.
 */
public final class MetaParser {
    /** An opaque, with its O. */
    static final int OPAQUE_LENGTH_MAX = 32;

    /** So many tokens make a command, its own name and the key included. */
    private static final int TOKENS_MAX = 20;

    /** A command has its name and a key before the flags. */
    static final int FLAGS_MAX = TOKENS_MAX - 2;

    /** More tokens than this aren't looked at. */
    private static final int TOKENS_SEEN_MAX = 23;

    private static final int VALUE_LENGTH_MAX = Integer.MAX_VALUE - LineFormat.VALUE_END_LENGTH;

    private final Request request;
    private final MetaRequest meta;

    private @Nullable Reply fatal; // the flags behind it aren't read
    private @Nullable Reply failed; // of a token; those behind it are read nevertheless

    public MetaParser(Request request, MetaRequest meta) {
        this.request = request;
        this.meta = meta;
    }

    // mg|md|ma|me <key> <flag>*
    // ms <key> <datalen> <flag>*
    public void parse(byte[] bytes, int wordEnd, int end) {
        meta.clear();
        int key = LineFormat.skipSpaces(bytes, wordEnd, end);
        int keyEnd = LineFormat.endOfToken(bytes, key, end);
        int at = LineFormat.skipSpaces(bytes, keyEnd, end);
        if (key == end) {
            request.error = Reply.BAD_LINE;
            return;
        }
        meta.key(bytes, key, keyEnd - key);
        int tokens = 2;
        if (request.opcode == Opcode.MS) {
            int lengthEnd = LineFormat.endOfToken(bytes, at, end);
            long length = AsciiNumbers.strictInt32(bytes, at, lengthEnd);
            if (length < 0 || length > VALUE_LENGTH_MAX) {
                request.error = Reply.BAD_LINE; // where the next command begins is not known then: no data is skipped
                return;
            }
            request.valueLength = (int) length;
            at = LineFormat.skipSpaces(bytes, lengthEnd, end);
            tokens = 3;
        }
        fatal = meta.keyLength > ItemSize.KEY_LENGTH_MAX ? Reply.BAD_LINE : null;
        failed = null;
        if (flags(bytes, at, end, tokens)) {
            finish();
        }
    }

    /** Reads all flags. False: one doesn't look like a flag, and the line is none. */
    private boolean flags(byte[] bytes, int from, int end, int tokensBefore) {
        int at = from;
        for (int tokens = tokensBefore; at < end && tokens < TOKENS_SEEN_MAX; tokens++) {
            int flagEnd = LineFormat.endOfToken(bytes, at, end);
            if (!MetaRequest.isFlag(bytes[at])) {
                request.error = Reply.BAD_LINE;
                return false;
            }
            if (tokens == TOKENS_MAX && request.opcode != Opcode.ME && meta.keyLength <= ItemSize.KEY_LENGTH_MAX) {
                fatal = Reply.TOO_MANY_FLAGS;
            }
            if (fatal == null && request.opcode != Opcode.ME) {
                fatal = !meta.add(bytes[at]) ? Reply.DUPLICATE_FLAG : flag(bytes, at, flagEnd);
            } else if (fatal == null && tokens == tokensBefore && flagEnd - at == 1 && bytes[at] == 'b') {
                meta.add(bytes[at]); // the only flag that me has, and only in first place
                fatal = meta.decodeKey() ? null : Reply.BAD_LINE;
            }
            at = LineFormat.skipSpaces(bytes, flagEnd, end);
        }
        return true;
    }

    /** Reads a flag's token; returns what is wrong with the flag itself. */
    private @Nullable Reply flag(byte[] bytes, int at, int end) {
        int token = at + 1;
        switch (bytes[at]) {
            case 'k', 's', 't', 'c', 'f', 'l', 'h', 'v', 'q', 'u', 'x', 'I', 'P', 'L' -> {}
            case 'b' -> check(meta.decodeKey(), Reply.BAD_KEY);
            case 'O' -> opaque(bytes, at, end);
            case 'M' -> meta.mode = token < end ? bytes[token] : (byte) ' ';
            case 'T' -> meta.exptimeSeconds = int32(bytes, token, end);
            case 'N' -> meta.vivifyExptimeSeconds = int32(bytes, token, end);
            case 'R' -> meta.recacheSeconds = int32(bytes, token, end);
            case 'F' -> clientFlags(AsciiNumbers.looseUint32InRange(bytes, token, end));
            case 'C' -> meta.expectedCas = uint64(bytes, token, end, Reply.BAD_TOKEN);
            case 'E' -> meta.givenCas = uint64(bytes, token, end, Reply.BAD_TOKEN);
            case 'J' -> meta.initialNumber = uint64(bytes, token, end, Reply.BAD_INITIAL);
            case 'D' -> meta.delta = uint64(bytes, token, end, Reply.BAD_META_DELTA);
            default -> {
                return Reply.INVALID_FLAG;
            }
        }
        return null;
    }

    private void opaque(byte[] bytes, int at, int end) {
        meta.opaque = bytes;
        meta.opaqueOffset = at;
        meta.opaqueLength = end - at;
    }

    private int int32(byte[] bytes, int from, int to) {
        long number = AsciiNumbers.strictInt32(bytes, from, to);
        check(number != INVALID, Reply.BAD_TOKEN);
        return (int) number;
    }

    private long uint64(byte[] bytes, int from, int to, Reply error) {
        boolean isNumber = AsciiNumbers.isStrictUint64(bytes, from, to);
        check(isNumber, error);
        return isNumber ? AsciiNumbers.uint64(bytes, from, to) : 0;
    }

    private void clientFlags(long flags) {
        meta.clientFlags = (int) flags;
        if (flags == INVALID && failed == null) {
            failed = Reply.BAD_LINE; // it has no error of its own
        }
    }

    private void check(boolean isValid, Reply error) {
        if (!isValid) {
            failed = error;
        }
    }

    private void finish() {
        Reply error = fatal != null ? fatal : failed;
        request.keyLength = meta.keyLength;
        Opcode opcode = request.opcode;
        if (opcode == Opcode.MS) {
            request.flags = meta.clientFlags;
            request.dataLength = (long) request.valueLength + LineFormat.VALUE_END_LENGTH;
            request.error = error != null ? error : meta.storeMode() == null ? Reply.BAD_MODE_MS : opaqueError();
        } else if (opcode == Opcode.MA) {
            request.error = error != null ? Reply.BAD_FLAGS : meta.isDeltaMode() ? null : Reply.BAD_MODE_MA;
        } else {
            request.error = error != null || opcode == Opcode.MG ? error : opaqueError();
        }
    }

    private @Nullable Reply opaqueError() {
        return meta.hasLongOpaque() ? Reply.OPAQUE_TOO_LONG : null;
    }
}
