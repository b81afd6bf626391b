package io.github.embeddedmemcached.protocol;

import static io.github.embeddedmemcached.protocol.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the text protocol where the server has users: until the client has said who it is, nothing else is listened to.
 * It says so as if it stored an item:
 *
 * <pre>
 * set &lt;any key> &lt;any flags> &lt;any exptime> &lt;bytes>
 * &lt;name> &lt;password>
 * </pre>
 *
 * Nothing of it is traced, and a client in the middle of it counts as idle.
 */
final class TextLogin implements Codec {
    /** A longer name with password isn't waited for; memcached's number. */
    static final int TOKEN_LENGTH_MAX = 16384;

    /** Who sends a shorter line doesn't mean to log in. */
    private static final int LINE_LENGTH_MIN = 6;

    /** set, key, flags, exptime and bytes. */
    private static final int WORDS = 5;

    private static final byte[] SET = {'s', 'e', 't'};

    private final ServerState state;
    private final TextCodec codec;
    private final Window window = new Window();
    private boolean loggedIn;
    private boolean closed;
    private int awaited; // so many bytes of name, password and line end are the next to come; 0: a line is

    TextLogin(ServerState state, TextCodec codec) {
        this.state = state;
        this.codec = codec;
    }

    @Override
    public void serve(int sessionNumber, @Nullable SessionHost host, boolean isLoggedIn) {
        loggedIn = isLoggedIn;
        codec.serve(sessionNumber, host, isLoggedIn);
    }

    @Override
    public boolean isLoggedIn() {
        return loggedIn;
    }

    @Override
    public boolean isAtRest() {
        return loggedIn && codec.isAtRest();
    }

    /** Before which it stands. */
    TextCodec codec() {
        return codec;
    }

    @Override
    public Interception interception() {
        return codec.interception();
    }

    @Override
    public Progress process(ByteBuffer input, ReplyBuffer output) {
        if (!loggedIn) {
            window.open(input);
            Progress progress;
            try {
                progress = run(output);
            } finally {
                window.close(input);
            }
            if (!loggedIn) {
                return progress;
            }
        }
        return codec.process(input, output);
    }

    @Override
    public @Nullable ByteBuffer room() {
        return codec.room();
    }

    private Progress run(ReplyBuffer output) {
        int budget = state.settings().requestsPerTurn();
        while (!closed && !loggedIn) {
            if (output.isFull()) {
                return Progress.OUTPUT_FULL;
            }
            if (budget-- == 0) {
                return Progress.TURN_OVER;
            }
            boolean moved = awaited == 0 ? readLine(output) : readToken(output);
            if (!moved) {
                return Progress.NEEDS_INPUT;
            }
        }
        return closed ? Progress.CLOSE : Progress.NEEDS_INPUT;
    }

    private boolean readLine(ReplyBuffer output) {
        int begin = window.position;
        int newline = ByteSearch.indexOfNewline(window.bytes, begin, window.limit);
        int length = (newline < 0 ? window.limit : newline) - begin;
        closed = length > TextCodec.LINE_LENGTH_MAX || (newline >= 0 && length < LINE_LENGTH_MIN);
        if (newline < 0 || closed) {
            return closed;
        }
        window.position = newline + 1;
        long tokenLength = tokenLength(window.bytes, begin, newline);
        if (tokenLength == INVALID) {
            output.put(Reply.UNAUTHENTICATED.line);
        } else if (tokenLength > TOKEN_LENGTH_MAX) {
            output.put(Reply.AUTH_TOO_LONG.line);
        } else {
            awaited = (int) tokenLength + TextCodec.VALUE_END_LENGTH;
        }
        return true;
    }

    /** What the line says of the length of name and password, or INVALID if it is no set. */
    private static long tokenLength(byte[] bytes, int begin, int newline) {
        int end = bytes[newline - 1] == '\r' ? newline - 1 : newline;
        int word = TextParser.skipSpaces(bytes, begin, end);
        int wordEnd = TextParser.endOfToken(bytes, word, end);
        if (!Arrays.equals(bytes, word, wordEnd, SET, 0, SET.length)) {
            return INVALID;
        }
        for (int i = 1; i < WORDS; i++) {
            word = TextParser.skipSpaces(bytes, wordEnd, end);
            wordEnd = TextParser.endOfToken(bytes, word, end);
        }
        return AsciiNumbers.looseUint32(bytes, word, wordEnd);
    }

    private boolean readToken(ReplyBuffer output) {
        if (window.remaining() < awaited) {
            return false;
        }
        int begin = window.position;
        int end = begin + awaited - TextCodec.VALUE_END_LENGTH;
        int space = TextParser.endOfToken(window.bytes, begin, end);
        if (window.bytes[end] != '\r' || window.bytes[end + 1] != '\n') {
            output.put(Reply.BAD_AUTH_END.line);
        } else if (space == end) {
            output.put(Reply.BAD_AUTH.line);
        } else {
            Credentials credentials = state.credentials();
            loggedIn = credentials != null
                    && credentials.match(window.bytes, begin, space - begin, space + 1, end - space - 1);
            state.loginTried(loggedIn);
            output.put(loggedIn ? Reply.STORED.line : Reply.AUTH_FAILURE.line);
        }
        window.position = end + TextCodec.VALUE_END_LENGTH; // not before: without memory all of it is tried again
        awaited = 0;
        return true;
    }

    @Override
    public boolean isAnswering() {
        return codec.isAnswering();
    }

    @Override
    public boolean isIdle() {
        return !loggedIn || codec.isIdle();
    }

    @Override
    public String stateName() {
        return loggedIn ? codec.stateName() : awaited == 0 ? "conn_read" : "conn_nread";
    }

    @Override
    public CloseReason closeReason() {
        return loggedIn ? codec.closeReason() : CloseReason.ERROR;
    }

    @Override
    public void close() {
        closed = true;
        codec.close();
    }
}
