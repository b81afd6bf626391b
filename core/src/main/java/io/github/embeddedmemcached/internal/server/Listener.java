package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.connection.ConnectionList;
import io.github.embeddedmemcached.internal.connection.ServerCounters;
import io.github.embeddedmemcached.internal.server.listen.ListeningSocket;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Accepts connections from one listening socket and distributes them to the event loops in turn. Connections over the maximum are
 * rejected or wait in the backlog.
 */
final class Listener implements Selectable {
    /** The maximum number of connections that are accepted before the existing ones have their turn. */
    private static final int ACCEPTS_PER_TURN_MAX = 64;

    /** Memory in bytes that must be free before a connection is accepted. */
    private static final int MEMORY_MIN = 16 * 1024;

    private static final byte[] NO_BYTES = {};

    private static final byte[] TOO_MANY = "ERROR Too many open connections\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketServer server;
    private final ConnectionList connections;
    private final ServerCounters counters;
    private final boolean rejectsExcessConnections;
    private ListeningSocket socket;
    private final @Nullable TlsSettings tls;
    private final List<EventLoop> loops;
    private @Nullable SelectionKey key;
    private int number; // in the connection list
    private int nextLoop;
    private boolean awaitsFreeConnection;
    private boolean isPaused;
    private byte[] spareMemory = NO_BYTES;

    Listener(
            SocketServer server,
            ServerContext context,
            ListeningSocket socket,
            @Nullable TlsSettings tls,
            List<EventLoop> loops) {
        this.server = server;
        connections = context.connections();
        counters = context.counters();
        rejectsExcessConnections = context.settings().get(ServerOption.REJECTS_EXCESS_CONNECTIONS);
        this.socket = socket;
        this.tls = socket.isPlain() ? null : tls;
        this.loops = loops;
    }

    /** Registers with the first loop. */
    void register() throws IOException {
        socket.channel().configureBlocking(false);
        isPaused = false;
        loops.get(0).listeners().add(this);
        key = loops.get(0).register(socket.channel(), SelectionKey.OP_ACCEPT, this);
        number = connections.listen(socket.address(), false);
    }

    /** Accepts the waiting connections, then closes the socket so that further ones are refused. */
    void refuse() {
        onReady();
        close();
    }

    /** Binds to the same address again, if the socket is closed. */
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
                if (!rejectsExcessConnections && server.isFull()) {
                    awaitFreeConnection();
                    return;
                }
                awaitsFreeConnection = false;
                server.reach(FailurePoint.ACCEPT);
                spareMemory = new byte
                        [MEMORY_MIN]; // if the JDK runs out of memory while accepting, it never closes the descriptor
                spareMemory = NO_BYTES;
                SocketChannel accepted = server.accept(socket.channel());
                if (accepted == null) {
                    return;
                }
                assign(accepted);
            } catch (IOException | RuntimeException | Error e) {
                // no file descriptors or no memory: possibly temporary, and existing connections are still served
                server.countFailure();
                loops.get(0).listeners().pause(this);
                return;
            }
        }
    }

    /** Leaves further clients in the backlog and retries later. */
    private void awaitFreeConnection() {
        if (!awaitsFreeConnection) {
            awaitsFreeConnection = true;
            counters.listenerPaused();
        }
        loops.get(0).listeners().pause(this);
    }

    private void assign(SocketChannel accepted) {
        if (!server.admit()) {
            try {
                counters.connectionRejected();
            } finally {
                reject(accepted);
            }
            return;
        }
        nextLoop = (nextLoop + 1) % loops.size();
        EventLoop loop = loops.get(nextLoop);
        try {
            counters.connectionOpened();
            accepted.configureBlocking(false);
            if (socket.isTcp()) {
                accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            loop.adopt(accepted, tls, socket.protocol());
        } catch (IOException e) {
            loop.closed(accepted, null); // the client has disconnected
        } catch (RuntimeException | Error e) {
            loop.closed(accepted, null);
            throw e;
        }
    }

    private static void reject(SocketChannel accepted) {
        try (accepted) {
            accepted.configureBlocking(false);
            accepted.write(ByteBuffer.wrap(TOO_MANY));
        } catch (IOException e) {
            // the client has disconnected
        }
    }

    /** Sets whether the selector waits for clients. */
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
        connections.close(number);
        try {
            socket.close();
        } catch (IOException e) {
            server.countFailure();
        }
    }
}
