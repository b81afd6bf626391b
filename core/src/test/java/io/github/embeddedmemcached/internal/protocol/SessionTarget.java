package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.engine.Engines;
import io.github.embeddedmemcached.internal.session.Progress;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/** A session of its own, with a cache of its own, whose host gives it the window it asks for and drains its output when full. */
public final class SessionTarget implements TranscriptTarget {
    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
    private final Cache cache;
    private final ServerContext context;
    private final ByteBuffer input;
    private final ReplyBuffer output;
    private final StringBuilder answers = new StringBuilder();
    private ClientSession session;
    private boolean closed;
    private boolean usesRoom;
    private int answeredBeforeLastSend;

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
        answeredBeforeLastSend = all.length == 0 ? 0 : answers.length();
        int sent = 0;
        while (sent < all.length && !closed) {
            int filled = fillRoom(all, sent);
            if (filled > 0) {
                sent += filled;
                continue;
            }
            if (input.limit() == input.capacity()) {
                input.compact().flip();
            }
            int count = Math.min(all.length - sent, input.capacity() - input.limit());
            if (count == 0) {
                throw new AssertionError("the session takes no more");
            }
            int end = input.limit();
            input.limit(end + count);
            System.arraycopy(all, sent, input.array(), end, count);
            sent += count;
            run();
        }
    }

    /** Puts some bytes of a large value where they belong, as a host may: every other time, so that both ways are gone in turn. */
    private int fillRoom(byte[] all, int from) {
        ByteBuffer room = session.valueBuffer();
        usesRoom = !usesRoom;
        if (room == null || input.hasRemaining() || !usesRoom) {
            return 0;
        }
        int count = Math.min(room.remaining(), all.length - from);
        room.put(all, from, count);
        if (!room.hasRemaining()) {
            run();
        }
        return count;
    }

    private void run() {
        while (true) {
            Progress progress = session.process(input, output);
            if (!output.isEmpty()) {
                answers.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
            }
            if (progress == Progress.NEEDS_INPUT) {
                return;
            }
            if (progress == Progress.CLOSE) {
                closed = true;
                return;
            }
        }
    }

    @Override
    public String receive(int lineEnds) {
        String received = answers.toString();
        answers.setLength(0);
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
    public int answeredBeforeLastSend() {
        return answeredBeforeLastSend;
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
