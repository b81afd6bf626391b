package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ServerState;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Accepts connections from one listening socket, turns away those that are too many or lets them wait, and deals the
 * others out to the loops in turn.
 */
final class Listener implements Selectable {
    /** How many connections are accepted before those that are there get a turn. */
    private static final int ACCEPTS_PER_TURN_MAX = 64;

    /** So much memory must be free before a connection is accepted. */
    private static final int MEMORY_MIN = 16 * 1024;

    private static final byte[] NO_BYTES = {};

    private static final byte[] TOO_MANY = "ERROR Too many open connections\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketServer server;
    private final ServerState state;
    private ListeningSocket socket;
    private final @Nullable TlsSettings tls;
    private final List<EventLoop> loops;
    private @Nullable SelectionKey key;
    private int number; // in the state's list
    private int nextLoop;
    private boolean awaitsRoom;
    private boolean isPaused;
    private byte[] spareMemory = NO_BYTES;

    Listener(
            SocketServer server,
            ServerState state,
            ListeningSocket socket,
            @Nullable TlsSettings tls,
            List<EventLoop> loops) {
        this.server = server;
        this.state = state;
        this.socket = socket;
        this.tls = socket.isPlain() ? null : tls;
        this.loops = loops;
    }

    /** Registers with the first loop, which calls back when somebody connects. */
    void register() throws IOException {
        socket.channel().configureBlocking(false);
        isPaused = false;
        loops.get(0).listeners().add(this);
        key = loops.get(0).register(socket.channel(), SelectionKey.OP_ACCEPT, this);
        number = state.listenerOpened(socket.address(), false);
    }

    /** Accepts those who wait, and nobody from then on. */
    void refuse() {
        onReady();
        close();
    }

    /** Listens at the same place again, if it doesn't. */
    void listenAgain() throws IOException {
        if (!socket.channel().isOpen()) {
            socket = socket.bindAgain();
            register();
        }
    }

    @Override
    public void onReady() {
        if (!socket.channel().isOpen()) {
            return;
        }
        for (int accepts = 0; accepts < ACCEPTS_PER_TURN_MAX; accepts++) {
            try {
                if (!state.settings().rejectsExcessConnections() && server.isFull()) {
                    awaitRoom();
                    return;
                }
                awaitsRoom = false;
                server.reach(FailurePoint.ACCEPT);
                spareMemory = new byte
                        [MEMORY_MIN]; // where the JDK has none left to accept with, it keeps the descriptor for ever
                spareMemory = NO_BYTES;
                SocketChannel accepted = server.accept(socket.channel());
                if (accepted == null) {
                    return;
                }
                welcome(accepted);
            } catch (IOException | RuntimeException | Error e) {
                // no file descriptors left, no memory: it may be better in a moment, and those already here are served
                server.countFailure();
                loops.get(0).listeners().pause(this);
                return;
            }
        }
    }

    /** Leaves those who knock in the backlog, and looks again in a moment. */
    private void awaitRoom() {
        if (!awaitsRoom) {
            awaitsRoom = true;
            state.listenerPaused();
        }
        loops.get(0).listeners().pause(this);
    }

    private void welcome(SocketChannel accepted) {
        if (!server.admit()) {
            try {
                state.connectionRejected();
            } finally {
                turnAway(accepted);
            }
            return;
        }
        nextLoop = (nextLoop + 1) % loops.size();
        EventLoop loop = loops.get(nextLoop);
        try {
            state.connectionOpened();
            accepted.configureBlocking(false);
            if (socket.isTcp()) {
                accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            loop.adopt(accepted, tls, socket.protocol());
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

    /** Has the selector wait for clients, or not. */
    void watch(boolean on) {
        isPaused = !on;
        SelectionKey registered = key;
        if (registered != null && registered.isValid()) {
            loops.get(0).interest(registered, operations());
        }
    }

    @Override
    public int operations() {
        return isPaused ? 0 : SelectionKey.OP_ACCEPT;
    }

    @Override
    public void selectedBy(SelectionKey newKey) {
        key = newKey;
    }

    @Override
    public void close() {
        state.listenerClosed(number);
        try {
            socket.close();
        } catch (IOException e) {
            server.countFailure();
        }
    }
}
