package io.github.embeddedmemcached.internal.line;

import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.Printable;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the replies of a text session, and traces its commands and replies in the format of memcached ({@code <7 get a}, {@code >7 END})
 * if the verbosity of the server requires it.
 */
public final class TextReplies {
    /** The output while no input is processed; nothing is written to it. */
    private static final ReplyBuffer NO_OUTPUT = new ReplyBuffer();

    private final CurrentSession session;
    private ReplyBuffer output = NO_OUTPUT;
    private @Nullable Consumer<String> traceSink;

    public TextReplies(CurrentSession session) {
        this.session = session;
    }

    /**
     * Sets the output.
     *
     * @param traceSink receives the traced lines; null to trace nothing
     */
    public void open(ReplyBuffer output, @Nullable Consumer<String> traceSink) {
        this.output = output;
        this.traceSink = traceSink;
    }

    public void close() {
        output = NO_OUTPUT;
        traceSink = null;
    }

    public ReplyBuffer output() {
        return output;
    }

    public void put(Reply reply) {
        reply.writeTo(output);
        if (traceSink != null) {
            traceSink.accept(">" + session.number() + " " + reply.text);
        }
    }

    /** Writes the reply of an interceptor, which replaces that of the command. */
    public void put(InterceptResult.Reply reply, boolean noreply) {
        if (reply instanceof InterceptResult.Reply.Raw raw) {
            output.put(raw.bytes());
        } else if (reply instanceof InterceptResult.Reply.Failure failure && !noreply) {
            output.put((failure.line() + "\r\n").getBytes(StandardCharsets.UTF_8));
            if (traceSink != null) {
                traceSink.accept(">" + session.number() + " " + failure.line());
            }
        }
    }

    /** Writes an unsigned number and a line end. */
    public void putNumber(long value) {
        int start = output.ensureWritable(AsciiNumbers.LENGTH_MAX + 2);
        byte[] target = output.array();
        int end = AsciiNumbers.putUnsigned(value, target, start);
        target[end] = '\r';
        target[end + 1] = '\n';
        output.tail(end + 2);
        if (traceSink != null) {
            traceSink.accept(">" + session.number() + " " + Long.toUnsignedString(value));
        }
    }

    public void traceCommand(byte[] bytes, int from, int to) {
        if (traceSink != null) {
            traceSink.accept("<" + session.number() + " " + Printable.text(bytes, from, endOfLine(bytes, from, to)));
        }
    }

    public void traceHit(byte[] key, int offset, int length) {
        if (traceSink != null) {
            traceSink.accept(">" + session.number() + " sending key " + Printable.text(key, offset, offset + length));
        }
    }

    /** Returns the end of a line without its trailing spaces and CRs. */
    private static int endOfLine(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && (bytes[end - 1] == ' ' || bytes[end - 1] == '\r')) {
            end--;
        }
        return end;
    }
}
