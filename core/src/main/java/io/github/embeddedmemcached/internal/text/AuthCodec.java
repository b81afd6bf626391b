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
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.ByteSearch;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The text codec of a server that has users. It rejects all commands until the client is authenticated, and passes the input to a {@link
 * TextCodec} afterwards. A client authenticates by a command that looks like a storage command:
 *
 * <pre>
 * set &lt;any key> &lt;any flags> &lt;any exptime> &lt;bytes>
 * &lt;name> &lt;password>
 * </pre>
 *
 * This command is never traced, and a client that has sent only a part of it is idle.
 */
public final class AuthCodec implements Codec {
    /** A shorter line closes the connection, as in memcached. */
    private static final int LINE_LENGTH_MIN = 6;

    /** The number of tokens of the command: set, key, flags, exptime and bytes. */
    private static final int TOKENS = 5;

    private static final byte[] SET = {'s', 'e', 't'};

    private final Authentication authentication;
    private final int requestsPerTurn;
    private final TextCodec codec;
    private final InputWindow window = new InputWindow();
    private boolean authenticated;
    private boolean closed;
    private int tokenBytes; // the length of name, password and line end; 0 if a line is expected

    public AuthCodec(Authentication authentication, TextCodec codec) {
        this.authentication = authentication;
        requestsPerTurn = codec.requestsPerTurn();
        this.codec = codec;
    }

    @Override
    public void attach(int sessionNumber, @Nullable SessionTransport transport, boolean isAuthenticated) {
        authenticated = isAuthenticated;
        codec.attach(sessionNumber, transport, isAuthenticated);
    }

    @Override
    public boolean isAuthenticated() {
        return authenticated;
    }

    @Override
    public boolean isReusable() {
        return authenticated && codec.isReusable();
    }

    /** Returns the codec that processes the input of an authenticated client. */
    public TextCodec codec() {
        return codec;
    }

    @Override
    public CommandInterception interception() {
        return codec.interception();
    }

    @Override
    public SessionProgress process(ByteBuffer input, ReplyBuffer output) {
        if (!authenticated) {
            window.open(input);
            SessionProgress progress;
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
    public ByteBuffer @Nullable [] valueBuffers() {
        return codec.valueBuffers();
    }

    private SessionProgress run(ReplyBuffer output) {
        int budget = requestsPerTurn;
        while (!closed && !authenticated) {
            if (output.isFull()) {
                return SessionProgress.OUTPUT_FULL;
            }
            if (budget-- == 0) {
                return SessionProgress.TURN_OVER;
            }
            boolean hasProgress = tokenBytes == 0 ? readLine(output) : authenticate(output);
            if (!hasProgress) {
                return SessionProgress.NEEDS_INPUT;
            }
        }
        return closed ? SessionProgress.CLOSE : SessionProgress.NEEDS_INPUT;
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
        } else if (tokenLength > LineFormat.AUTH_TOKEN_LENGTH_MAX) {
            output.put(Reply.AUTH_TOO_LONG.line);
        } else {
            tokenBytes = (int) tokenLength + LineFormat.VALUE_END_LENGTH;
        }
        return true;
    }

    /** Returns the length of the auth token that the line states, or INVALID if the line is not a set. */
    private static long tokenLength(byte[] bytes, int begin, int newline) {
        int end = bytes[newline - 1] == '\r' ? newline - 1 : newline;
        int token = LineFormat.skipSpaces(bytes, begin, end);
        int tokenEnd = LineFormat.endOfToken(bytes, token, end);
        if (!Arrays.equals(bytes, token, tokenEnd, SET, 0, SET.length)) {
            return INVALID;
        }
        for (int i = 1; i < TOKENS; i++) {
            token = LineFormat.skipSpaces(bytes, tokenEnd, end);
            tokenEnd = LineFormat.endOfToken(bytes, token, end);
        }
        return AsciiNumbers.looseUint32(bytes, token, tokenEnd);
    }

    private boolean authenticate(ReplyBuffer output) {
        if (window.remaining() < tokenBytes) {
            return false;
        }
        int begin = window.position;
        int end = begin + tokenBytes - LineFormat.VALUE_END_LENGTH;
        int space = LineFormat.endOfToken(window.bytes, begin, end);
        if (window.bytes[end] != '\r' || window.bytes[end + 1] != '\n') {
            output.put(Reply.BAD_AUTH_END.line);
        } else if (space == end) {
            output.put(Reply.BAD_AUTH.line);
        } else {
            Credentials credentials = authentication.credentials();
            boolean isMatch = credentials != null
                    && credentials.match(window.bytes, begin, space - begin, space + 1, end - space - 1);
            output.put(isMatch ? Reply.STORED.line : Reply.AUTH_FAILURE.line);
            authentication.recordAttempt(isMatch);
            authenticated = isMatch;
        }
        window.position = end + LineFormat.VALUE_END_LENGTH; // if put() fails, nothing is consumed or changed
        tokenBytes = 0;
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
        return authenticated ? codec.stateName() : tokenBytes == 0 ? "conn_read" : "conn_nread";
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
