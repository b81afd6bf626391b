package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.CacheCore;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The session of one client: requests are passed in as bytes, replies are returned as bytes. A host, such as the handler of a network
 * framework, calls it for each connection:
 *
 * <pre>{@code
 * void read(ByteBuffer input) {             // bytes not consumed by earlier calls, followed by new ones
 *     Progress progress;
 *     do {
 *         progress = session.process(input);
 *         send(session.output().takeBytes());
 *     } while (progress == Progress.MORE_OUTPUT);
 *     if (progress == Progress.CLOSE) {
 *         closeConnection();                // after the output was sent; calls session.close()
 *     }
 * }
 * }</pre>
 *
 * <p>Not thread-safe: only one thread at a time may call a session. Sessions of the same {@link ProtocolSessions} may be called by different
 * threads at the same time.
 */
public final class ProtocolSession implements AutoCloseable {

    /** Why {@link #process} returned. */
    public enum Progress {
        /** All complete requests were processed. Call it again when more input has arrived. */
        NEEDS_INPUT,
        /** More requests or more of a reply may be left. Call it again when the output has been sent. */
        MORE_OUTPUT,
        /** The session has ended, or the cache was closed. Close the connection when the output has been sent. */
        CLOSE
    }

    private final CacheCore cache;
    private final ServerContext context;
    private final ClientSession session;
    private final ReplyBuffer replies = new ReplyBuffer();
    private final SessionOutput output = new SessionOutput(replies);
    private volatile long lastReadMillis;
    private boolean closed;

    ProtocolSession(CacheCore cache, ServerContext context, SessionHost host) {
        this.cache = cache;
        this.context = context;
        session = new ClientSession(context);
        lastReadMillis = context.time().elapsedMillis();
        context.counters().connectionOpened();
        session.transport(new Transport(host));
    }

    /**
     * Processes complete requests and appends their replies to the {@link #output()}.
     *
     * @param input the bytes from its position to its limit; the position is advanced over the consumed bytes. The remaining bytes must
     *     be passed again with the next call, followed by more. A buffer of {@link ProtocolSessions#inputLengthMax()} bytes is large
     *     enough: longer requests are consumed in parts. Buffers with an accessible array are not copied
     * @return why processing stopped
     * @throws IllegalStateException if the session is closed
     */
    public Progress process(ByteBuffer input) {
        if (closed) {
            throw new IllegalStateException("the session is closed");
        }
        if (input.hasRemaining()) {
            lastReadMillis = context.time().elapsedMillis();
        }
        if (cache.isClosed()) {
            return Progress.CLOSE;
        }
        int before = input.position();
        Progress progress = input.hasArray() ? progress(input) : processCopy(input);
        context.counters().bytesRead(input.position() - before);
        return cache.dropIfClosed(progress);
    }

    private Progress processCopy(ByteBuffer input) {
        ByteBuffer copy =
                ByteBuffer.allocate(input.remaining()).put(input.duplicate()).flip();
        Progress progress = progress(copy);
        input.position(input.position() + copy.position());
        return progress;
    }

    private Progress progress(ByteBuffer input) {
        int before = replies.size();
        var stopped = session.process(input, replies);
        context.counters().bytesWritten(replies.size() - before);
        if (stopped == SessionProgress.CLOSE) {
            return Progress.CLOSE;
        }
        return stopped == SessionProgress.NEEDS_INPUT ? Progress.NEEDS_INPUT : Progress.MORE_OUTPUT;
    }

    /**
     * Returns the replies that have not been sent yet.
     *
     * @return the same object for the life of the session
     */
    public SessionOutput output() {
        return output;
    }

    /**
     * Returns whether no command is being received or executed. A host may close the connection of a session that has been idle.
     *
     * @return false in the middle of a command
     */
    public boolean isIdle() {
        return session.isIdle();
    }

    /** Releases the memory of an incomplete command and of replies that have not been sent. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            replies.clear();
            context.counters().connectionClosed();
            session.close();
        }
    }

    private final class Transport implements SessionTransport {
        private final SessionHost host;

        Transport(SessionHost host) {
            this.host = host;
        }

        @Override
        public @Nullable SocketAddress remoteAddress() {
            return host.remoteAddress();
        }

        @Override
        public @Nullable SocketAddress localAddress() {
            return host.localAddress();
        }

        @Override
        public long lastReadMillis() {
            return lastReadMillis;
        }

        @Override
        public void wakeUp() {
            host.wakeUp();
        }
    }
}
