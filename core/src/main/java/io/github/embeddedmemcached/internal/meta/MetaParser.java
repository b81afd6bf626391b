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
 * Parses the lines of meta commands (protocol.txt, "Meta Commands"). Allocates nothing: it fills a {@link Request} and a {@link
 * MetaRequest}, which refer to the line.
 *
 * <p>All commands accept all flags, and ignore those that they do not use. As in memcached, an unknown or duplicate flag ends the
 * parsing of flags, but an invalid token does not; if there are several, the error of the last one is sent.
 */
public final class MetaParser {
    /** The maximum length of an opaque, including its O. */
    static final int OPAQUE_LENGTH_MAX = 32;

    /** The maximum number of tokens of a command, including its name and the key. */
    private static final int TOKENS_MAX = 20;

    /** The maximum number of flags, which follow the command name and the key. */
    static final int FLAGS_MAX = TOKENS_MAX - 2;

    /** The maximum number of tokens that are parsed; the rest of the line is ignored. */
    private static final int TOKENS_PARSED_MAX = 23;

    private static final int VALUE_LENGTH_MAX = Integer.MAX_VALUE - LineFormat.VALUE_END_LENGTH;

    private final Request request;
    private final MetaRequest meta;

    private @Nullable Reply flagError; // the flags after it are not parsed
    private @Nullable Reply tokenError; // the flags after it are parsed nevertheless

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
                request.error = Reply.BAD_LINE; // the length of the value is unknown: no data is skipped
                return;
            }
            request.valueLength = (int) length;
            at = LineFormat.skipSpaces(bytes, lengthEnd, end);
            tokens = 3;
        }
        flagError = meta.keyLength > ItemSize.CLIENT_KEY_LENGTH_MAX ? Reply.BAD_LINE : null;
        tokenError = null;
        if (parseFlags(bytes, at, end, tokens)) {
            finish();
        }
    }

    /** Parses all flags. Returns false if a token cannot be a flag, which makes the whole line invalid. */
    private boolean parseFlags(byte[] bytes, int from, int end, int tokensBefore) {
        int at = from;
        for (int tokens = tokensBefore; at < end && tokens < TOKENS_PARSED_MAX; tokens++) {
            int flagEnd = LineFormat.endOfToken(bytes, at, end);
            if (!MetaRequest.canBeFlag(bytes[at])) {
                request.error = Reply.BAD_LINE;
                return false;
            }
            if (tokens == TOKENS_MAX
                    && request.opcode != Opcode.ME
                    && meta.keyLength <= ItemSize.CLIENT_KEY_LENGTH_MAX) {
                flagError = Reply.TOO_MANY_FLAGS;
            }
            if (flagError == null && request.opcode != Opcode.ME) {
                flagError = !meta.add(bytes[at]) ? Reply.DUPLICATE_FLAG : parseFlag(bytes, at, flagEnd);
            } else if (flagError == null && tokens == tokensBefore && flagEnd - at == 1 && bytes[at] == 'b') {
                meta.add(bytes[at]); // the only flag of me, which must be the first one
                flagError = meta.decodeKey() ? null : Reply.BAD_LINE;
            }
            at = LineFormat.skipSpaces(bytes, flagEnd, end);
        }
        return true;
    }

    /** Parses a flag with its token; returns the error of the flag itself. */
    private @Nullable Reply parseFlag(byte[] bytes, int at, int end) {
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
        if (flags == INVALID && tokenError == null) {
            tokenError = Reply.BAD_LINE; // as in memcached, does not replace the error of an earlier token
        }
    }

    private void check(boolean isValid, Reply error) {
        if (!isValid) {
            tokenError = error;
        }
    }

    private void finish() {
        Reply error = flagError != null ? flagError : tokenError;
        request.keyLength = meta.keyLength;
        Opcode opcode = request.opcode;
        if (opcode == Opcode.MS) {
            request.flags = meta.clientFlags;
            request.dataLength = (long) request.valueLength + LineFormat.VALUE_END_LENGTH;
            request.error = error != null ? error : meta.storeMode() == null ? Reply.BAD_MODE_MS : opaqueError();
        } else if (opcode == Opcode.MA) {
            request.error = error != null ? Reply.BAD_FLAGS : meta.hasValidMaMode() ? null : Reply.BAD_MODE_MA;
        } else {
            request.error = error != null || opcode == Opcode.MG ? error : opaqueError();
        }
    }

    private @Nullable Reply opaqueError() {
        return meta.hasLongOpaque() ? Reply.OPAQUE_TOO_LONG : null;
    }
}
