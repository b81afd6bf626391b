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
 * The way out of a text session during one call: the answers, and the traces of a talkative server, which look like
 * memcached's own ({@code <7 get a}, {@code >7 END}).
 */
public final class TextReplies {
    /** Stands for the output between two calls, when nothing is answered. */
    private static final ReplyBuffer NOWHERE = new ReplyBuffer();

    private final CurrentSession session;
    private ReplyBuffer output = NOWHERE;
    private @Nullable Consumer<String> traceSink;

    public TextReplies(CurrentSession session) {
        this.session = session;
    }

    public void open(ReplyBuffer output, @Nullable Consumer<String> traceSink) {
        this.output = output;
        this.traceSink = traceSink;
    }

    public void close() {
        output = NOWHERE;
        traceSink = null;
    }

    public ReplyBuffer output() {
        return output;
    }

    public void put(Reply reply) {
        output.put(reply.line);
        if (traceSink != null) {
            traceSink.accept(">" + session.number() + " " + reply.text);
        }
    }

    /** Gives the answer that an interceptor has in place of the command's own. */
    public void put(InterceptResult.Answer answer, boolean noreply) {
        if (answer instanceof InterceptResult.Answer.Raw raw) {
            output.put(raw.bytes());
        } else if (answer instanceof InterceptResult.Answer.Failure failure && !noreply) {
            output.put((failure.line() + "\r\n").getBytes(StandardCharsets.UTF_8));
            if (traceSink != null) {
                traceSink.accept(">" + session.number() + " " + failure.line());
            }
        }
    }

    /** Answers an unsigned number. */
    public void putNumber(long value) {
        int start = output.ensureRoom(AsciiNumbers.LENGTH_MAX + 2);
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

    /** Without a CR before the LF, and without blanks. */
    private static int endOfLine(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && (bytes[end - 1] == ' ' || bytes[end - 1] == '\r')) {
            end--;
        }
        return end;
    }
}
