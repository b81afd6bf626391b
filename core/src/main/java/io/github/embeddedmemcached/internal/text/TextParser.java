package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.line.Opcode;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.meta.MetaParser;
import io.github.embeddedmemcached.internal.meta.MetaRequest;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import java.util.Arrays;

/**
 * Parses the lines of the text protocol. Allocates nothing: it fills a {@link Request}, which refers to the line.
 *
 * <p>Tokens are separated by one or more spaces; they may contain any other byte. Too many tokens are not an error: as in memcached, the
 * first {@value #TOKENS_MAX} are parsed, and the rest is ignored.
 */
final class TextParser {
    static final int TOKENS_MAX = 23;

    /** The minimum length of a line: two letters and the line end. */
    private static final int LINE_LENGTH_MIN = 4;

    private static final byte[] NOREPLY = {'n', 'o', 'r', 'e', 'p', 'l', 'y'};
    private static final byte[] HTTP = {'H', 'T', 'T', 'P', '/'};
    private static final byte[] ZERO = {'0'};

    private static final int VALUE_LENGTH_MAX = Integer.MAX_VALUE - LineFormat.VALUE_END_LENGTH;

    private final Request request;
    private final MetaParser metaParser;

    private byte[] bytes = {};
    private final int[] tokenStarts = new int[TOKENS_MAX];
    private final int[] tokenEnds = new int[TOKENS_MAX];
    private int tokenCount;

    TextParser(Request request, MetaRequest meta) {
        this.request = request;
        metaParser = new MetaParser(request, meta);
    }

    /** Parses the line bytes[from..newline] into the request. */
    void parse(byte[] bytes, int from, int newline) {
        this.bytes = bytes;
        request.clear();
        if (newline + 1 - from < LINE_LENGTH_MIN) {
            request.error = Reply.BAD_LINE;
            return;
        }
        int end = bytes[newline - 1] == '\r' ? newline - 1 : newline;
        int wordEnd = LineFormat.endOfToken(bytes, from, end);
        request.opcode = Opcode.of(bytes, from, wordEnd);
        if (request.opcode.isRetrieval()) {
            request.argumentsOffset = wordEnd; // MultiGet parses the keys
            return;
        }
        if (request.opcode.isMeta()) {
            metaParser.parse(bytes, wordEnd, end);
            return;
        }
        tokenize(from, end);
        request.keyOffset = wordEnd;
        request.keyLength = end - wordEnd;
        parseArguments(request.opcode);
    }

    private void parseArguments(Opcode opcode) {
        if (opcode.isStorage()) {
            storage();
        } else if (opcode == Opcode.CAS) {
            cas();
        } else if (opcode == Opcode.DELETE) {
            delete();
        } else if (opcode == Opcode.INCR || opcode == Opcode.DECR) {
            delta();
        } else if (opcode == Opcode.TOUCH) {
            touch();
        } else if (opcode == Opcode.FLUSH_ALL) {
            flushAll();
        } else if (opcode == Opcode.VERBOSITY) {
            verbosity();
        } else if (opcode == Opcode.UNKNOWN) {
            unknown();
        } else if (opcode.allowsNoreply()) { // AdminCommands parses the other arguments
            request.noreply = endsWithNoreply();
        }
    }

    /** Finds the tokens of bytes[from..end). */
    private void tokenize(int from, int end) {
        int count = 0;
        int i = LineFormat.skipSpaces(bytes, from, end);
        while (i < end && count < TOKENS_MAX) {
            tokenStarts[count] = i;
            i = LineFormat.endOfToken(bytes, i, end);
            tokenEnds[count] = i;
            count++;
            i = LineFormat.skipSpaces(bytes, i, end);
        }
        tokenCount = count;
    }

    // <command> <key> <flags> <exptime> <bytes> [noreply]
    private boolean storage() {
        long length = tokenCount < 5 ? INVALID : AsciiNumbers.strictInt32(bytes, tokenStarts[4], tokenEnds[4]);
        if (length < 0 || length > VALUE_LENGTH_MAX) {
            // the length of the value is unknown: no data is skipped, and as in memcached noreply is ignored
            request.error = Reply.BAD_LINE;
            return false;
        }
        request.valueLength = (int) length;
        request.dataLength = length + LineFormat.VALUE_END_LENGTH;
        request.noreply = endsWithNoreply();
        long flags = AsciiNumbers.looseUint32(bytes, tokenStarts[2], tokenEnds[2]);
        long exptime = AsciiNumbers.looseInt32(bytes, tokenStarts[3], tokenEnds[3]);
        if (!setKey(1) || flags == INVALID || exptime == INVALID) {
            request.error = Reply.BAD_LINE;
            return false;
        }
        request.flags = (int) flags;
        request.exptimeSeconds = (int) exptime;
        return true;
    }

    // cas <key> <flags> <exptime> <bytes> <cas unique> [noreply]
    private void cas() {
        if (storage() && !setNumber(5)) {
            request.error = Reply.BAD_LINE;
        }
    }

    // incr|decr <key> <delta> [noreply]
    private void delta() {
        if (tokenCount < 3) {
            request.error = Reply.BAD_LINE;
            return;
        }
        request.noreply = endsWithNoreply();
        if (!setKey(1)) {
            request.error = Reply.BAD_LINE;
        } else if (!setNumber(2)) {
            request.error = Reply.BAD_DELTA;
        }
    }

    // touch <key> <exptime> [noreply]
    private void touch() {
        if (tokenCount < 3) {
            request.error = Reply.BAD_LINE;
            return;
        }
        request.noreply = endsWithNoreply();
        if (!setKey(1)) {
            request.error = Reply.BAD_LINE;
        } else {
            setExptime(2);
        }
    }

    /*
     * delete <key> [0] [noreply]
     *
     * The 0 is the time argument of an older protocol version. memcached 1.6.45 ignores all arguments after the key. This server rejects
     * all others, as older versions do, because the tests of more clients expect that.
     */
    private void delete() {
        if (tokenCount < 2) {
            request.error = Reply.BAD_LINE;
            return;
        }
        if (tokenCount > 4) {
            request.error = Reply.ERROR;
            return;
        }
        if (tokenCount > 2) {
            boolean hasZero = isToken(2, ZERO);
            request.noreply = endsWithNoreply();
            boolean isValid = tokenCount == 3 ? hasZero || request.noreply : hasZero && request.noreply;
            if (!isValid) {
                request.error = Reply.BAD_DELETE;
                return;
            }
        }
        if (!setKey(1)) {
            request.error = Reply.BAD_LINE;
        }
    }

    // flush_all [exptime] [noreply]
    private void flushAll() {
        request.noreply = endsWithNoreply();
        if (tokenCount != (request.noreply ? 2 : 1)) {
            setExptime(1);
        }
    }

    // verbosity <level> [noreply]
    private void verbosity() {
        request.noreply = endsWithNoreply();
        request.number = tokenCount < 2 ? INVALID : AsciiNumbers.strictUint32(bytes, tokenStarts[1], tokenEnds[1]);
        if (request.number == INVALID) {
            request.error = Reply.BAD_LINE;
        }
    }

    private void unknown() {
        request.noreply = endsWithNoreply();
        if (tokenCount > 1 && startsWith(tokenCount - 1, HTTP)) {
            request.isHttp = true; // perhaps a browser that was made to post commands (cross-protocol scripting)
        } else {
            request.error = Reply.ERROR;
        }
    }

    /** Sets the key to a token; returns false if it is too long. */
    private boolean setKey(int token) {
        request.keyOffset = tokenStarts[token];
        request.keyLength = tokenEnds[token] - tokenStarts[token];
        request.hasKey = true;
        return request.keyLength <= ItemSize.CLIENT_KEY_LENGTH_MAX;
    }

    /** Sets the number to a token; returns false if it is missing or not an unsigned number. */
    private boolean setNumber(int token) {
        if (token >= tokenCount || !AsciiNumbers.isStrictUint64(bytes, tokenStarts[token], tokenEnds[token])) {
            return false;
        }
        request.number = AsciiNumbers.uint64(bytes, tokenStarts[token], tokenEnds[token]);
        return true;
    }

    private void setExptime(int token) {
        long exptime = AsciiNumbers.strictInt32(bytes, tokenStarts[token], tokenEnds[token]);
        if (exptime == INVALID) {
            request.error = Reply.BAD_EXPTIME;
        } else {
            request.exptimeSeconds = (int) exptime;
        }
    }

    private boolean endsWithNoreply() {
        return tokenCount > 0 && isToken(tokenCount - 1, NOREPLY);
    }

    private boolean isToken(int token, byte[] word) {
        return Arrays.equals(bytes, tokenStarts[token], tokenEnds[token], word, 0, word.length);
    }

    private boolean startsWith(int token, byte[] word) {
        int start = tokenStarts[token];
        return tokenEnds[token] - start >= word.length
                && Arrays.equals(bytes, start, start + word.length, word, 0, word.length);
    }
}
