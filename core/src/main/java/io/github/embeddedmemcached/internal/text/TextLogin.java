package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.auth.Authentication;
import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.session.Codec;
import io.github.embeddedmemcached.internal.session.CommandInterception;
import io.github.embeddedmemcached.internal.session.Progress;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.ByteSearch;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
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
public final class TextLogin implements Codec {
    /** Who sends a shorter line doesn't mean to log in. */
    private static final int LINE_LENGTH_MIN = 6;

    /** set, key, flags, exptime and bytes. */
    private static final int WORDS = 5;

    private static final byte[] SET = {'s', 'e', 't'};

    private final Authentication authentication;
    private final int requestsPerTurn;
    private final TextCodec codec;
    private final InputWindow window = new InputWindow();
    private boolean authenticated;
    private boolean closed;
    private int awaited; // so many bytes of name, password and line end are the next to come; 0: a line is

    public TextLogin(Authentication authentication, TextCodec codec) {
        this.authentication = authentication;
        requestsPerTurn = codec.requestsPerTurn();
        this.codec = codec;
    }

    @Override
    public void attach(int sessionNumber, @Nullable SessionTransport host, boolean isAuthenticated) {
        authenticated = isAuthenticated;
        codec.attach(sessionNumber, host, isAuthenticated);
    }

    @Override
    public boolean isAuthenticated() {
        return authenticated;
    }

    @Override
    public boolean isReusable() {
        return authenticated && codec.isReusable();
    }

    /** Before which it stands. */
    public TextCodec codec() {
        return codec;
    }

    @Override
    public CommandInterception interception() {
        return codec.interception();
    }

    @Override
    public Progress process(ByteBuffer input, ReplyBuffer output) {
        if (!authenticated) {
            window.open(input);
            Progress progress;
            try {
                progress = run(output);
            } finally {
                window.close(input);
            }
            if (!authenticated) {
                return progress;
            }
        }
        return codec.process(input, output);
    }

    @Override
    public @Nullable ByteBuffer valueBuffer() {
        return codec.valueBuffer();
    }

    private Progress run(ReplyBuffer output) {
        int budget = requestsPerTurn;
        while (!closed && !authenticated) {
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
        closed = length > LineFormat.LINE_LENGTH_MAX || (newline >= 0 && length < LINE_LENGTH_MIN);
        if (newline < 0 || closed) {
            return closed;
        }
        window.position = newline + 1;
        long tokenLength = tokenLength(window.bytes, begin, newline);
        if (tokenLength == INVALID) {
            output.put(Reply.UNAUTHENTICATED.line);
        } else if (tokenLength > LineFormat.LOGIN_LENGTH_MAX) {
            output.put(Reply.AUTH_TOO_LONG.line);
        } else {
            awaited = (int) tokenLength + LineFormat.VALUE_END_LENGTH;
        }
        return true;
    }

    /** What the line says of the length of name and password, or INVALID if it is no set. */
    private static long tokenLength(byte[] bytes, int begin, int newline) {
        int end = bytes[newline - 1] == '\r' ? newline - 1 : newline;
        int word = LineFormat.skipSpaces(bytes, begin, end);
        int wordEnd = LineFormat.endOfToken(bytes, word, end);
        if (!Arrays.equals(bytes, word, wordEnd, SET, 0, SET.length)) {
            return INVALID;
        }
        for (int i = 1; i < WORDS; i++) {
            word = LineFormat.skipSpaces(bytes, wordEnd, end);
            wordEnd = LineFormat.endOfToken(bytes, word, end);
        }
        return AsciiNumbers.looseUint32(bytes, word, wordEnd);
    }

    private boolean readToken(ReplyBuffer output) {
        if (window.remaining() < awaited) {
            return false;
        }
        int begin = window.position;
        int end = begin + awaited - LineFormat.VALUE_END_LENGTH;
        int space = LineFormat.endOfToken(window.bytes, begin, end);
        if (window.bytes[end] != '\r' || window.bytes[end + 1] != '\n') {
            output.put(Reply.BAD_AUTH_END.line);
        } else if (space == end) {
            output.put(Reply.BAD_AUTH.line);
        } else {
            Credentials credentials = authentication.credentials();
            authenticated = credentials != null
                    && credentials.match(window.bytes, begin, space - begin, space + 1, end - space - 1);
            authentication.recordAttempt(authenticated);
            output.put(authenticated ? Reply.STORED.line : Reply.AUTH_FAILURE.line);
        }
        window.position = end + LineFormat.VALUE_END_LENGTH; // not before: without memory all of it is tried again
        awaited = 0;
        return true;
    }

    @Override
    public boolean isReplying() {
        return codec.isReplying();
    }

    @Override
    public boolean isIdle() {
        return !authenticated || codec.isIdle();
    }

    @Override
    public String stateName() {
        return authenticated ? codec.stateName() : awaited == 0 ? "conn_read" : "conn_nread";
    }

    @Override
    public CloseReason closeReason() {
        return authenticated ? codec.closeReason() : CloseReason.ERROR;
    }

    @Override
    public void close() {
        closed = true;
        codec.close();
    }
}
