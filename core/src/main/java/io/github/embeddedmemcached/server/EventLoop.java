package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.CloseReason;
import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ServerState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One thread and the connections that it serves, each for life. In a turn of the loop every connection that is ready reads
 * once, is answered, and writes: no queue, no hand-over, and no allocation.
 *
 * <p>The buffers are the loop's: one connection at a time is served, so one window and one outbox are enough for all. The
 * window is a heap buffer because sessions parse arrays; the JDK reads into a direct buffer of its own, one per thread,
 * and copies. It frees that one when the thread ends, which a direct buffer of ours would leave to the collector.
 */
final class EventLoop implements Runnable {
    /** A connection that was admitted, and whether it speaks TLS, and how. */
    private record Accepted(SocketChannel channel, @Nullable TlsSettings tls) {}

    /** How much is read from one connection in one turn. */
    static final int READ_LENGTH_MAX = 64 * 1024;

    /** How many outboxes that connections gave back are kept for the next ones. */
    private static final int SPARE_OUTBOXES_MAX = 4;

    /** How long a listener that cannot accept is left alone. */
    private static final long ACCEPT_RETRY_MILLIS = 100;

    /** A loop whose selector fails this often without a turn in between gives up. */
    private static final int FAILURES_IN_A_ROW_MAX = 1000;

    private final SocketServer server;
    private final ServerState state;
    private final Selector selector;
    private final Thread thread;

    /** Made once: a method reference at the call would be an object per turn. */
    private final Consumer<SelectionKey> onReady = this::onReady;

    private final int inputLengthMax;
    private final ByteBuffer noBytes = ByteBuffer.allocate(0);
    private @Nullable ByteBuffer window;
    private @Nullable Outbox outbox;
    private final ArrayDeque<Outbox> spareOutboxes = new ArrayDeque<>();

    private @Nullable ByteBuffer spareBuffer;
    private @Nullable TlsBuffers tlsBuffers;

    /** Connections that have more to do without further input. */
    private final ArrayDeque<Connection> waiting = new ArrayDeque<>();

    /** Connections accepted by another thread. */
    private final ArrayDeque<Accepted> handedOver = new ArrayDeque<>(); // guarded by itself

    /** Connections whose sessions asked to be processed; by any thread. */
    private final ArrayDeque<Connection> wokenUp = new ArrayDeque<>(); // guarded by itself

    private volatile boolean hasWokenUp;

    private boolean ended; // guarded by handedOver
    private volatile boolean hasHandedOver;
    private volatile boolean stopping;

    private final ArrayList<Listener> pausedListeners = new ArrayList<>();
    private long acceptRetryNanos;

    private final @Nullable IdleTimeout idleTimeout;
    private long idleCheckedMillis;

    private final AtomicLong heldBytes = new AtomicLong();

    EventLoop(SocketServer server, ServerState state, @Nullable IdleTimeout idleTimeout, String name)
            throws IOException {
        this.server = server;
        this.state = state;
        inputLengthMax = state.inputLengthMax();
        selector = Selector.open();
        thread = new Thread(null, this, name, 0, false);
        thread.setDaemon(true);
        this.idleTimeout = idleTimeout;
    }

    // ---- called by any thread

    void start() {
        thread.start();
    }

    /** Makes the thread end soon; {@link #join} waits for it. */
    void stop() {
        stopping = true;
        selector.wakeup();
    }

    /** Waits until every connection of the loop is closed and its thread has ended, or the latter only follows. */
    void join() {
        if (thread.getState() == Thread.State.NEW) {
            end();
        } else if (Thread.currentThread() != thread) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    boolean isServedByCurrentThread() {
        return Thread.currentThread() == thread;
    }

    /** Makes the loop serve a connection that was admitted. */
    void adopt(SocketChannel channel, @Nullable TlsSettings tls) {
        if (isServedByCurrentThread()) {
            serve(channel, tls);
            return;
        }
        synchronized (handedOver) {
            if (ended) {
                closed(channel, null);
                return;
            }
            handedOver.add(new Accepted(channel, tls));
            hasHandedOver = true;
        }
        selector.wakeup();
    }

    /** Makes the loop ask a connection's session whether it has something to say. */
    void wakeUp(Connection connection) {
        synchronized (wokenUp) {
            wokenUp.add(connection);
            hasWokenUp = true;
        }
        selector.wakeup();
    }

    /** How many bytes the loop's connections hold for themselves. */
    long heldBytes() {
        return heldBytes.get();
    }

    SelectionKey register(AbstractSelectableChannel channel, int operations, @Nullable Selectable attachment)
            throws IOException {
        return channel.register(selector, operations, attachment);
    }

    // ---- the loop

    @Override
    public void run() {
        int failuresInARow = 0;
        while (!stopping && failuresInARow < FAILURES_IN_A_ROW_MAX) {
            try {
                turn();
                failuresInARow = 0;
            } catch (Throwable e) {
                server.countFailure();
                failuresInARow++;
            }
        }
        end();
    }

    private void turn() throws IOException {
        if (waiting.isEmpty()) {
            selector.select(onReady, selectTimeoutMillis());
        } else {
            selector.selectNow(onReady);
        }
        Thread.interrupted(); // nobody's business here, and it would keep the selector from waiting
        if (hasHandedOver) {
            serveHandedOver();
        }
        if (hasWokenUp) {
            askWokenUp();
        }
        for (int turns = waiting.size(); turns > 0; turns--) {
            takeTurn(waiting.remove());
        }
        if (!pausedListeners.isEmpty() && System.nanoTime() - acceptRetryNanos >= 0) {
            resumeAccepting();
        }
        if (idleTimeout != null) {
            closeIdle(idleTimeout, nowMillis());
        }
    }

    /** How long the selector may wait; 0 is for ever. */
    private long selectTimeoutMillis() {
        if (idleTimeout != null) {
            return IdleTimeout.POLL_MILLIS;
        }
        return !pausedListeners.isEmpty() ? ACCEPT_RETRY_MILLIS : 0;
    }

    private void onReady(SelectionKey key) {
        Selectable selectable = (Selectable) key.attachment();
        try {
            selectable.onReady();
        } catch (Throwable e) {
            closeFailed(selectable, e);
        }
    }

    private void askWokenUp() {
        Connection[] asked;
        synchronized (wokenUp) {
            asked = wokenUp.toArray(new Connection[0]);
            wokenUp.clear();
            hasWokenUp = false;
        }
        for (Connection connection : asked) {
            try {
                connection.onWakeUp();
            } catch (Throwable e) {
                closeFailed(connection, e);
            }
        }
    }

    private void takeTurn(Connection connection) {
        try {
            connection.takeTurn();
        } catch (Throwable e) {
            closeFailed(connection, e);
        }
    }

    /** Whatever went wrong, it is that connection's end and nobody else's: not the loop's, not the host's. */
    private void closeFailed(Selectable selectable, Throwable reason) {
        if (!(reason instanceof IOException)) { // a client that went away is no failure
            server.countFailure();
        }
        if (outbox != null) {
            outbox.discard();
        }
        if (selectable instanceof Connection connection) {
            connection.close(CloseReason.ERROR);
        } else {
            selectable.close();
        }
    }

    private void serveHandedOver() {
        while (true) {
            Accepted accepted;
            synchronized (handedOver) {
                accepted = handedOver.poll();
                if (accepted == null) {
                    hasHandedOver = false;
                    return;
                }
            }
            serve(accepted.channel, accepted.tls);
        }
    }

    private void serve(SocketChannel channel, @Nullable TlsSettings tls) {
        ProtocolSession session = null;
        try {
            session = new ProtocolSession(state);
            SelectionKey key = register(channel, SelectionKey.OP_READ, null);
            ByteChannel bytes = tls == null ? channel : new TlsChannel(this, channel, tls.newEngine());
            Connection connection = new Connection(this, bytes, key, session);
            key.attach(connection);
            session.host(connection);
        } catch (Throwable e) {
            server.countFailure();
            closed(channel, session);
        }
    }

    private void closeIdle(IdleTimeout idleTimeout, long nowMillis) {
        long sinceCheck = nowMillis - idleCheckedMillis;
        if (sinceCheck >= 0 && sinceCheck < IdleTimeout.POLL_MILLIS) {
            return;
        }
        idleCheckedMillis = nowMillis;
        long silentSince = nowMillis - idleTimeout.timeoutMillis();
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection && connection.isIdleSince(silentSince)) {
                state.idleKicked();
                connection.close(CloseReason.IDLE_TIMEOUT);
            }
        }
    }

    private void end() {
        synchronized (handedOver) {
            ended = true;
            while (!handedOver.isEmpty()) {
                closed(handedOver.remove().channel, null);
            }
        }
        try (selector) {
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Selectable selectable) {
                    selectable.close();
                }
            }
            // forgets the closed channels; a closed selector would go on holding them in its tables
            selector.selectNow();
        } catch (IOException | RuntimeException e) {
            server.countFailure();
        }
    }

    // ---- for the listener, on the loop's thread

    /** Takes the listener out of the selector for a moment: it stays ready while it cannot accept, and would spin. */
    void pauseAccepting(Listener listener) {
        listener.watch(false);
        pausedListeners.add(listener);
        acceptRetryNanos = System.nanoTime() + ACCEPT_RETRY_MILLIS * 1_000_000;
    }

    private void resumeAccepting() {
        pausedListeners.forEach(listener -> listener.watch(true));
        pausedListeners.clear();
    }

    // ---- for the connections, on the loop's thread

    /** The window, empty: room for an incomplete request and a whole read behind it. */
    ByteBuffer window() {
        if (window == null) {
            window = ByteBuffer.allocate(inputLengthMax + READ_LENGTH_MAX);
        }
        return window.clear();
    }

    /** What TLS connections decrypt from and encrypt to. */
    TlsBuffers tlsBuffers() {
        if (tlsBuffers == null) {
            tlsBuffers = new TlsBuffers();
        }
        return tlsBuffers;
    }

    /** The unread input of a connection that has none. */
    ByteBuffer noBytes() {
        return noBytes;
    }

    int inputLengthMax() {
        return inputLengthMax;
    }

    /** The outbox for this turn, empty before and after it. */
    Outbox outbox() {
        if (outbox == null) {
            outbox = spareOutboxes.isEmpty() ? new Outbox() : spareOutboxes.remove();
        }
        return outbox;
    }

    /** Hands the outbox over to a connection, with what is in it. */
    Outbox takeOutbox() {
        Outbox taken = outbox();
        outbox = null;
        return taken;
    }

    void giveBack(Outbox empty) {
        if (spareOutboxes.size() < SPARE_OUTBOXES_MAX) {
            spareOutboxes.add(empty);
        }
    }

    /**
     * A buffer for an incomplete request. One that came back is lent again: of a stream of large requests the end of each read
     * is one.
     */
    ByteBuffer lendBuffer(int length) {
        ByteBuffer buffer = spareBuffer;
        if (buffer == null || buffer.capacity() < length) {
            return ByteBuffer.allocate(length);
        }
        spareBuffer = null;
        return buffer;
    }

    void takeBack(ByteBuffer buffer) {
        if (spareBuffer == null || spareBuffer.capacity() < buffer.capacity()) {
            spareBuffer = buffer;
        }
    }

    void awaitTurn(Connection connection) {
        waiting.add(connection);
    }

    long nowMillis() {
        return idleTimeout == null ? state.timeMillis() : idleTimeout.clock().millis();
    }

    void countRead(int bytes) {
        state.bytesRead(bytes);
    }

    void countWritten(long bytes) {
        if (bytes > 0) {
            state.bytesWritten(bytes);
        }
    }

    void countTlsError(boolean handshaken) {
        if (handshaken) {
            state.tlsProtocolFailed();
        } else {
            state.tlsHandshakeFailed();
        }
    }

    void countYield() {
        state.turnYielded();
    }

    void countHeld(long bytes) {
        if (bytes != 0) {
            heldBytes.addAndGet(bytes);
        }
    }

    /** Closes what belongs to an admitted connection. */
    void closed(ByteChannel channel, @Nullable ProtocolSession session) {
        try (channel) {
            if (session != null) {
                session.close();
            }
        } catch (IOException | RuntimeException | Error e) {
            server.countFailure();
        } finally {
            state.connectionClosed();
            server.release();
        }
    }
}
