package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way out of a text session during one call: the answers, and the traces of a talkative server, which look like
 * memcached's own ({@code <7 get a}, {@code >7 END}).
 */
final class TextReplies {
    /** Stands for the output between two calls, when nothing is answered. */
    private static final ReplyBuffer NOWHERE = new ReplyBuffer();

    private final CurrentSession session;
    private ReplyBuffer output = NOWHERE;
    private @Nullable Consumer<String> traceSink;

    TextReplies(CurrentSession session) {
        this.session = session;
    }

    void open(ReplyBuffer output, @Nullable Consumer<String> traceSink) {
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

    void put(Reply reply) {
        output.put(reply.line);
        if (traceSink != null) {
            traceSink.accept(">" + session.number() + " " + reply.text);
        }
    }

    /** Gives the answer that an interceptor has in place of the command's own. */
    void put(Verdict.Answer answer, boolean noreply) {
        if (answer instanceof Verdict.Answer.Raw raw) {
            output.put(raw.bytes());
        } else if (answer instanceof Verdict.Answer.Failure failure && !noreply) {
            output.put((failure.line() + "\r\n").getBytes(StandardCharsets.UTF_8));
            if (traceSink != null) {
                traceSink.accept(">" + session.number() + " " + failure.line());
            }
        }
    }

    /** Answers an unsigned number. */
    void putNumber(long value) {
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

    void traceCommand(byte[] bytes, int from, int to) {
        if (traceSink != null) {
            traceSink.accept("<" + session.number() + " " + Printable.text(bytes, from, endOfLine(bytes, from, to)));
        }
    }

    void traceHit(byte[] key, int offset, int length) {
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
