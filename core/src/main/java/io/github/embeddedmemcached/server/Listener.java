package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ServerState;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Accepts connections, turns away those that are too many, and deals the others out to the loops in turn. */
final class Listener implements Selectable {
    /** How many connections are accepted before those that are there get a turn. */
    private static final int ACCEPTS_PER_TURN_MAX = 64;

    private static final byte[] TOO_MANY = "ERROR Too many open connections\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketServer server;
    private final ServerState state;
    private final ServerSocketChannel channel;
    private final List<EventLoop> loops;
    private @Nullable SelectionKey key;
    private int nextLoop;

    Listener(SocketServer server, ServerState state, ServerSocketChannel channel, List<EventLoop> loops) {
        this.server = server;
        this.state = state;
        this.channel = channel;
        this.loops = loops;
    }

    /** Registers with the first loop, which calls back when somebody connects. */
    void register() throws IOException {
        channel.configureBlocking(false);
        key = loops.get(0).register(channel, SelectionKey.OP_ACCEPT, this);
    }

    @Override
    public void onReady() {
        for (int accepts = 0; accepts < ACCEPTS_PER_TURN_MAX; accepts++) {
            try {
                SocketChannel accepted = server.accept();
                if (accepted == null) {
                    return;
                }
                welcome(accepted);
            } catch (IOException | RuntimeException | Error e) {
                // no file descriptors left, no memory: it may be better in a moment, and those already here are served
                server.countFailure();
                loops.get(0).pauseAccepting(this);
                return;
            }
        }
    }

    private void welcome(SocketChannel accepted) {
        if (!server.admit(state.settings().maxConnections())) {
            state.connectionRejected();
            turnAway(accepted);
            return;
        }
        state.connectionOpened();
        nextLoop = (nextLoop + 1) % loops.size();
        EventLoop loop = loops.get(nextLoop);
        try {
            accepted.configureBlocking(false);
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            loop.adopt(accepted);
        } catch (IOException e) {
            loop.closed(accepted, null); // the client has gone already
        } catch (RuntimeException | Error e) {
            loop.closed(accepted, null);
            throw e;
        }
    }

    private static void turnAway(SocketChannel accepted) {
        try (accepted) {
            accepted.configureBlocking(false);
            accepted.write(ByteBuffer.wrap(TOO_MANY));
        } catch (IOException e) {
            // it has gone already
        }
    }

    /** Switches the call-back off and on. */
    void watch(boolean on) {
        if (key != null) {
            key.interestOps(on ? SelectionKey.OP_ACCEPT : 0);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            server.countFailure();
        }
    }
}
