package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.CloseReason;
import io.github.embeddedmemcached.protocol.CodecPool;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ServerState;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One thread and the connections that it serves, each for life. In a turn of the loop every connection that is ready reads
 * once, is answered, and writes: no hand-over, and no allocation. Some read before the first of them is answered, see {@link Inbox}.
 *
 * <p>The buffers are the loop's: one connection at a time is answered, so one inbox and one outbox are enough for all.
 */
final class EventLoop implements Runnable {
    /** How much is read from one connection in one turn: most requests with a value at once, however long that is. */
    static final int READ_LENGTH_MAX = 256 * 1024;

    /** The same where connections already hold much, because they don't take their answers, or stop in the middle of a request. */
    static final int READ_LENGTH_MIN = 16 * 1024;

    /** So much may connections hold before less is read. */
    static final int HELD_BYTES_MANY = 16 << 20;

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
    private final CodecPool codecs;
    private final Inbox inbox;
    private final LoopBuffers buffers = new LoopBuffers();

    /** Connections that have more to do without further input. */
    private final ArrayDeque<Connection> waiting = new ArrayDeque<>();

    private final Errands errands = new Errands();
    private boolean standsStill;

    /** Connections whose sessions asked to be processed; by any thread. */
    private final ArrayDeque<Connection> wokenUp = new ArrayDeque<>(); // guarded by itself

    private volatile boolean hasWokenUp;

    private volatile boolean stopping;

    private final ArrayList<Listener> pausedListeners = new ArrayList<>();
    private long acceptRetryNanos;

    private final Alarms alarms = new Alarms();

    private final @Nullable IdleTimeout idleTimeout;
    private long idleCheckedMillis;

    private final AtomicLong heldBytes = new AtomicLong();

    EventLoop(SocketServer server, ServerState state, @Nullable IdleTimeout idleTimeout, String name)
            throws IOException {
        this.server = server;
        this.state = state;
        inputLengthMax = state.inputLengthMax();
        codecs = new CodecPool(state);
        inbox = new Inbox(codecs, inputLengthMax);
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
        errands.close();
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
    void adopt(SocketChannel channel, @Nullable TlsSettings tls, @Nullable WireProtocol protocol) {
        if (isServedByCurrentThread()) {
            serve(channel, tls, protocol);
            return;
        }
        if (errands.add(() -> serve(channel, tls, protocol))) {
            selector.wakeup();
        } else {
            closed(channel, null);
        }
    }

    /** Has something done between two turns, before what is asked for later; nothing, if the loop has ended. */
    <T> Future<T> ask(Callable<T> errand) {
        FutureTask<T> asked = new FutureTask<>(errand);
        if (errands.add(asked)) {
            selector.wakeup();
        } else {
            asked.cancel(false);
        }
        return asked;
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
        try {
            if (waiting.isEmpty()) {
                selector.select(onReady, selectTimeoutMillis());
            } else {
                selector.selectNow(onReady);
            }
        } finally {
            processInput(); // what was read must not wait for the next turn, and be read behind
        }
        Thread.interrupted(); // nobody's business here, and it would keep the selector from waiting
        if (errands.areThere() && !doErrands()) {
            return;
        }
        if (hasWokenUp) {
            askWokenUp();
        }
        for (int turns = waiting.size(); turns > 0; turns--) {
            takeTurn(waiting.remove());
        }
        processInput();
        if (!pausedListeners.isEmpty() && System.nanoTime() - acceptRetryNanos >= 0) {
            resumeAccepting();
        }
        if (alarms.areSet()) {
            ring();
        }
        if (idleTimeout != null) {
            closeIdle(idleTimeout, nowMillis());
        }
    }

    /** How long the selector may wait; 0 is for ever. */
    private long selectTimeoutMillis() {
        long millis =
                idleTimeout != null ? IdleTimeout.POLL_MILLIS : !pausedListeners.isEmpty() ? ACCEPT_RETRY_MILLIS : 0;
        return alarms.areSet() ? alarms.timeoutMillis(millis) : millis;
    }

    private void onReady(SelectionKey key) {
        Selectable selectable = (Selectable) key.attachment();
        try {
            selectable.onReady();
        } catch (Throwable e) {
            closeFailed(selectable, e);
        }
        if (inbox.isFull()) {
            processInput();
        }
    }

    /** Has the connections process what they have read. */
    private void processInput() {
        inbox.lookAhead();
        for (int i = 0; i < inbox.count(); i++) {
            Connection connection = inbox.connection(i);
            try {
                connection.processRead(inbox.input(i));
            } catch (Throwable e) {
                closeFailed(connection, e);
            }
        }
        inbox.clear();
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
        if (inbox.isFull()) {
            processInput();
        }
    }

    private void ring() {
        for (Connection due = alarms.nextDue(); due != null; due = alarms.nextDue()) {
            try {
                due.onAlarm();
            } catch (Throwable e) {
                closeFailed(due, e);
            }
        }
    }

    /** Whatever went wrong, it is that connection's end and nobody else's: not the loop's, not the host's. */
    private void closeFailed(Selectable selectable, Throwable reason) {
        if (!(reason instanceof IOException)) { // a client that went away is no failure
            server.countFailure();
        }
        buffers.discard();
        if (selectable instanceof Connection connection) {
            connection.close(CloseReason.ERROR);
        } else {
            selectable.close();
        }
    }

    /** False: the loop stood still to its end. */
    private boolean doErrands() {
        Runnable errand = errands.next();
        while (errand != null) {
            errand.run();
            errand = standsStill ? errands.await() : errands.next();
        }
        return !standsStill;
    }

    private void serve(SocketChannel channel, @Nullable TlsSettings tls, @Nullable WireProtocol protocol) {
        ProtocolSession session = null;
        try {
            session = new ProtocolSession(state, codecs);
            if (protocol != null) {
                session.protocol(protocol);
            }
            SelectionKey key = register(channel, SelectionKey.OP_READ, null);
            ByteChannel bytes = tls == null ? channel : new TlsChannel(this, channel, tls.newEngine());
            Connection connection = new Connection(this, bytes, key, session);
            key.attach(connection);
            session.host(connection);
            disturb(connection, session.disturbance());
        } catch (Throwable e) {
            server.countFailure();
            closed(channel, session);
        }
    }

    private void disturb(Connection connection, @Nullable Disturbance disturbance) {
        if (disturbance != null) {
            try {
                connection.disturb(disturbance);
            } catch (Throwable e) {
                closeFailed(connection, e);
            }
        }
    }

    private void closeIdle(IdleTimeout idleTimeout, long nowMillis) {
        long sinceCheck = nowMillis - idleCheckedMillis;
        if (sinceCheck >= 0 && sinceCheck < IdleTimeout.POLL_MILLIS) {
            return;
        }
        idleCheckedMillis = nowMillis;
        if (sinceCheck < 0) { // the clock was set back: idle time can't be measured across that
            forgetSilence();
        }
        long silentSince = nowMillis - idleTimeout.timeoutMillis();
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection && connection.isIdleSince(silentSince)) {
                state.idleKicked();
                connection.close(CloseReason.IDLE_TIMEOUT);
            }
        }
    }

    private void end() {
        errands.end();
        for (Runnable errand = errands.next(); errand != null; errand = errands.next()) {
            errand.run();
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

    // ---- errands

    /** From now on no connection is served, and nothing else done but errands. */
    void standStill() {
        standsStill = true;
    }

    void goOn() {
        standsStill = false;
    }

    /** Closes all of them; their sockets are gone when it returns. */
    void dropConnections() {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
                connection.close();
            }
        }
        forgetClosed();
    }

    /** Ends disturbances that are under way. */
    void endDisturbances(Predicate<? super Disturbance> which) {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
                try {
                    connection.endDisturbances(which);
                } catch (Throwable e) {
                    closeFailed(connection, e);
                }
            }
        }
    }

    /** Takes every connection for one that was heard just now. */
    void forgetSilence() {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
                connection.forgetSilence();
            }
        }
    }

    /** Lets the system have the sockets back that were closed: until then they may be there still, and even listen. */
    void forgetClosed() {
        try {
            selector.selectNow(ready -> {}); // who is ready now still is at the next turn
        } catch (IOException e) {
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

    int readLengthMax() {
        return heldBytes.get() < HELD_BYTES_MANY ? READ_LENGTH_MAX : READ_LENGTH_MIN;
    }

    /** Where input goes that is processed before the turn is over. */
    Inbox inbox() {
        return inbox;
    }

    int inputLengthMax() {
        return inputLengthMax;
    }

    /** What it lends to its connections. */
    LoopBuffers buffers() {
        return buffers;
    }

    void awaitTurn(Connection connection) {
        waiting.add(connection);
    }

    /** Has a connection called when so much real time has passed. */
    void setAlarm(Connection connection, long inNanos) {
        alarms.set(connection, inNanos);
    }

    void cancelAlarm(Connection connection) {
        alarms.cancel(connection);
    }

    long nowMillis() {
        return state.elapsedMillis();
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
