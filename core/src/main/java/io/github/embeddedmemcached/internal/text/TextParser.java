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
 * Takes one line of the text protocol apart. Makes no object: the line stays where it is, and the {@link Request} that the
 * parser fills points into it.
 *
 * <p>Tokens are separated by spaces, one or many; every other byte may be part of a token. Too many of them are not an
 * error: memcached looks at the first {@value #TOKENS_MAX} and leaves the rest alone.
 */
public final class TextParser {
    static final int TOKENS_MAX = 23;

    /** A line needs two letters and a line end at least. */
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
    private int tokens;

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
        if (request.opcode.fetches()) {
            request.argumentsOffset = wordEnd; // MultiGet reads on from there
            return;
        }
        if (request.opcode.isMeta()) {
            metaParser.parse(bytes, wordEnd, end);
            return;
        }
        tokenize(from, end);
        request.keyOffset = wordEnd;
        request.keyLength = end - wordEnd;
        arguments(request.opcode);
    }

    private void arguments(Opcode opcode) {
        switch (opcode) {
            case SET, ADD, REPLACE, APPEND, PREPEND -> storage();
            case CAS -> cas();
            case DELETE -> delete();
            case INCR, DECR -> delta();
            case TOUCH -> touch();
            case FLUSH_ALL -> flushAll();
            case VERBOSITY -> verbosity();
            case STATS, WATCH -> request.noreply = false;
            case SHUTDOWN, LRU, LRU_CRAWLER, SLABS, CACHE_MEMLIMIT, EXTSTORE, DEBUGTIME, REFRESH_CERTS ->
                request.noreply = endsWithNoreply();
            case UNKNOWN -> unknown();
            case VERSION, QUIT, MN -> {} // they ignore their arguments
            case GET, GETS, GAT, GATS, MG, MS, MD, MA, ME -> {} // read elsewhere
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
        tokens = count;
    }

    // <command> <key> <flags> <exptime> <bytes> [noreply]
    private boolean storage() {
        long length = tokens < 5 ? INVALID : AsciiNumbers.strictInt32(bytes, tokenStarts[4], tokenEnds[4]);
        if (length < 0 || length > VALUE_LENGTH_MAX) {
            // where the next command begins is not known then: no data is skipped, and noreply doesn't help
            request.error = Reply.BAD_LINE;
            return false;
        }
        request.valueLength = (int) length;
        request.dataLength = length + LineFormat.VALUE_END_LENGTH;
        request.noreply = endsWithNoreply();
        long flags = AsciiNumbers.looseUint32(bytes, tokenStarts[2], tokenEnds[2]);
        long exptime = AsciiNumbers.looseInt32(bytes, tokenStarts[3], tokenEnds[3]);
        if (!key(1) || flags == INVALID || exptime == INVALID) {
            request.error = Reply.BAD_LINE;
            return false;
        }
        request.flags = (int) flags;
        request.exptimeSeconds = (int) exptime;
        return true;
    }

    // cas <key> <flags> <exptime> <bytes> <cas unique> [noreply]
    private void cas() {
        if (storage() && !number(5)) {
            request.error = Reply.BAD_LINE;
        }
    }

    // incr|decr <key> <delta> [noreply]
    private void delta() {
        if (tokens < 3) {
            request.error = Reply.BAD_LINE;
            return;
        }
        request.noreply = endsWithNoreply();
        if (!key(1)) {
            request.error = Reply.BAD_LINE;
        } else if (!number(2)) {
            request.error = Reply.BAD_DELTA;
        }
    }

    // touch <key> <exptime> [noreply]
    private void touch() {
        if (tokens < 3) {
            request.error = Reply.BAD_LINE;
            return;
        }
        request.noreply = endsWithNoreply();
        if (!key(1)) {
            request.error = Reply.BAD_LINE;
        } else {
            exptime(2);
        }
    }

    /*
     * delete <key> [0] [noreply]
     *
     * The 0 is the time of an old protocol. memcached 1.6.45 ignores whatever follows the key; its older self, which
     * refused everything else, satisfies more of the world's tests.
     */
    private void delete() {
        if (tokens < 2) {
            request.error = Reply.BAD_LINE;
            return;
        }
        if (tokens > 4) {
            request.error = Reply.ERROR;
            return;
        }
        if (tokens > 2) {
            boolean zero = isToken(2, ZERO);
            request.noreply = endsWithNoreply();
            boolean valid = tokens == 3 ? zero || request.noreply : zero && request.noreply;
            if (!valid) {
                request.error = Reply.BAD_DELETE;
                return;
            }
        }
        if (!key(1)) {
            request.error = Reply.BAD_LINE;
        }
    }

    // flush_all [exptime] [noreply]
    private void flushAll() {
        request.noreply = endsWithNoreply();
        if (tokens != (request.noreply ? 2 : 1)) {
            exptime(1);
        }
    }

    // verbosity <level> [noreply]
    private void verbosity() {
        request.noreply = endsWithNoreply();
        request.number = tokens < 2 ? INVALID : AsciiNumbers.strictUint32(bytes, tokenStarts[1], tokenEnds[1]);
        if (request.number == INVALID) {
            request.error = Reply.BAD_LINE;
        }
    }

    private void unknown() {
        request.noreply = endsWithNoreply();
        if (tokens > 1 && startsWith(tokens - 1, HTTP)) {
            request.fromBrowser = true; // or from a form that was tricked into posting commands
        } else {
            request.error = Reply.ERROR;
        }
    }

    /** Takes a token as the key. False: it is too long. */
    private boolean key(int token) {
        request.keyOffset = tokenStarts[token];
        request.keyLength = tokenEnds[token] - tokenStarts[token];
        return request.keyLength <= ItemSize.KEY_LENGTH_MAX;
    }

    /** Takes a token as an unsigned number. False: it is none, or not there. */
    private boolean number(int token) {
        if (token >= tokens || !AsciiNumbers.isStrictUint64(bytes, tokenStarts[token], tokenEnds[token])) {
            return false;
        }
        request.number = AsciiNumbers.uint64(bytes, tokenStarts[token], tokenEnds[token]);
        return true;
    }

    private void exptime(int token) {
        long exptime = AsciiNumbers.strictInt32(bytes, tokenStarts[token], tokenEnds[token]);
        if (exptime == INVALID) {
            request.error = Reply.BAD_EXPTIME;
        } else {
            request.exptimeSeconds = (int) exptime;
        }
    }

    private boolean endsWithNoreply() {
        return tokens > 0 && isToken(tokens - 1, NOREPLY);
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
