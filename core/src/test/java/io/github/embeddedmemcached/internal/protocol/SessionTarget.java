package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/** A session with its own cache. The host provides an input buffer of the required length and drains the output. */
public final class SessionTarget implements TranscriptTarget {
    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
    private final Cache cache;
    private final ServerContext context;
    private final ByteBuffer input;
    private final ReplyBuffer output;
    private final StringBuilder replies = new StringBuilder();
    private ClientSession session;
    private boolean closed;
    private boolean fillsValueBuffer;
    private int replyLengthBeforeLastSend;

    public SessionTarget(int highWater, int requestsPerTurn) {
        this(highWater, ServerSettings.defaults().with(ServerOption.REQUESTS_PER_TURN, requestsPerTurn));
    }

    public SessionTarget(int highWater, ServerSettings settings) {
        cache = Cache.builder().clock(clock).build();
        context = new ServerContext(Engines.of(cache), settings, clock);
        input = ByteBuffer.allocate(2 * context.inputLengthMax()).limit(0);
        output = new ReplyBuffer(highWater);
        session = new ClientSession(context);
    }

    public SessionTarget() {
        this(ReplyBuffer.DEFAULT_HIGH_WATER, 1024);
    }

    @Override
    public void connect() {
        session.close();
        session = new ClientSession(context);
        closed = false;
        input.clear().limit(0);
    }

    @Override
    public void send(String bytes) {
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        replyLengthBeforeLastSend = all.length == 0 ? 0 : replies.length();
        int sent = 0;
        while (sent < all.length && !closed) {
            int filled = fillValueBuffer(all, sent);
            if (filled > 0) {
                sent += filled;
                continue;
            }
            if (input.limit() == input.capacity()) {
                input.compact().flip();
            }
            int count = Math.min(all.length - sent, input.capacity() - input.limit());
            if (count == 0) {
                throw new AssertionError("the session does not consume its input");
            }
            int end = input.limit();
            input.limit(end + count);
            System.arraycopy(all, sent, input.array(), end, count);
            sent += count;
            run();
        }
    }

    /** Writes bytes of a large value into the buffer of the session, as a host may: in every other call, to test both possibilities. */
    private int fillValueBuffer(byte[] all, int from) {
        ByteBuffer[] buffers = session.valueBuffers();
        fillsValueBuffer = !fillsValueBuffer;
        if (buffers == null || input.hasRemaining() || !fillsValueBuffer) {
            return 0;
        }
        int count = Math.min(buffers[0].remaining(), all.length - from);
        buffers[0].put(all, from, count);
        if (!buffers[0].hasRemaining()) {
            int end = Math.min(buffers[1].remaining(), all.length - from - count);
            buffers[1].put(all, from + count, end);
            count += end;
            run();
        }
        return count;
    }

    private void run() {
        while (true) {
            SessionProgress progress = session.process(input, output);
            if (!output.isEmpty()) {
                replies.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
            }
            if (progress == SessionProgress.NEEDS_INPUT) {
                return;
            }
            if (progress == SessionProgress.CLOSE) {
                closed = true;
                return;
            }
        }
    }

    @Override
    public String receive(int lineEnds) {
        String received = replies.toString();
        replies.setLength(0);
        return received;
    }

    @Override
    public String receivePackets(int count) {
        return receive(0);
    }

    @Override
    public String receiveUntilClosed() {
        assertThat(closed).as("closed").isTrue();
        return receive(0);
    }

    @Override
    public int replyLengthBeforeLastSend() {
        return replyLengthBeforeLastSend;
    }

    @Override
    public void advance(Duration by) {
        clock.advance(by);
    }

    @Override
    public boolean isOlder() {
        return false;
    }

    public boolean isIdle() {
        return session.isIdle();
    }

    public ServerContext context() {
        return context;
    }

    @Override
    public boolean hasRunningClock() {
        return false;
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        session.close();
        cache.checkIntegrity();
        cache.close();
    }
}
