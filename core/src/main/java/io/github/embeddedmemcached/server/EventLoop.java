package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.CloseReason;
import io.github.embeddedmemcached.protocol.CodecPool;
import io.github.embeddedmemcached.protocol.ConnectionMemory;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ServerState;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
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

    /** The same while connections hold much, because clients don't read their replies or stop in the middle of a request. */
    static final int READ_LENGTH_MIN = 16 * 1024;

    /** So often the loop tries to close what is left of its connections when it ends. */
    private static final int CLOSE_ATTEMPTS_MAX = 100;

    private final SocketServer server;
    private final ServerState state;
    private final ConnectionMemory.Account account;
    private final LoopSelector selector;
    private final Thread thread;

    /** Made once: a method reference at the call would be an object per turn. */
    private final Consumer<SelectionKey> onReady = this::onReady;

    private final int inputLengthMax;
    private final CodecPool codecs;
    private final Inbox inbox;
    private final HeldMemory held;
    private final LoopBuffers buffers;

    /** Connections that have more to do without further input. */
    private final ConnectionQueue waiting = new ConnectionQueue();

    private final Errands errands = new Errands();
    private boolean standsStill;

    private final WakeUps wakeUps = new WakeUps();

    private volatile boolean stopping;

    private final PausedListeners listeners = new PausedListeners();

    private final Alarms alarms = new Alarms();

    private final @Nullable IdleTimeout idleTimeout;

    private final Backoff backoff = new Backoff();
    private final LoopCounters counters;
    private boolean hasAskedOthers; // in this turn, to hold less

    EventLoop(SocketServer server, ServerState state, @Nullable IdleTimeout idleTimeout, String name)
            throws IOException {
        this.server = server;
        this.state = state;
        inputLengthMax = state.inputLengthMax();
        codecs = new CodecPool(state);
        inbox = new Inbox(codecs, inputLengthMax);
        counters = new LoopCounters(state);
        account = state.connectionMemory().newAccount();
        held = new HeldMemory(account);
        buffers = new LoopBuffers(held);
        selector = new LoopSelector(server);
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
        LockSupport.unpark(thread);
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
    void wakeUp(ConnectionQueue.Link connection) {
        wakeUps.add(connection);
        selector.wakeup();
    }

    /** Has the loop look whether its connections hold too much. */
    void checkHeldMemory() {
        selector.wakeup();
    }

    /** How many bytes the loop's connections hold for themselves. */
    long heldBytes() {
        return held.bytes();
    }

    SelectionKey register(AbstractSelectableChannel channel, int operations, @Nullable Selectable attachment)
            throws IOException {
        return selector.register(channel, operations, attachment);
    }

    // ---- the loop

    /** Takes turns until the server stops, whatever happens in them: what a turn left undone is done in the next one. */
    @Override
    public void run() {
        while (!stopping) {
            try {
                takeTurn();
            } catch (Throwable e) {
                // even what follows a failure has failed, as it may in a JVM without memory when it is executed first
                backoff.request();
            }
        }
        end();
    }

    private void takeTurn() {
        try {
            turn();
        } catch (Throwable e) {
            failed();
            selector.failed(e);
        }
        backoff.await();
    }

    private void turn() throws IOException {
        hasAskedOthers = false;
        held.refresh();
        reduceHeldMemory();
        try {
            selector.select(onReady, waiting.isEmpty() ? selectTimeoutMillis() : -1);
        } finally {
            if (selector.isDamaged()) {
                backoff.request();
            }
            processInput(); // what was read must not wait for the next turn, and be read behind
        }
        Thread.interrupted(); // nobody's business here, and it would keep the selector from waiting
        if (errands.areThere() && !doErrands()) {
            return;
        }
        for (int calls = wakeUps.size(); calls > 0; calls--) {
            wakeUp(Objects.requireNonNull(wakeUps.poll()));
        }
        for (int turns = waiting.size(); turns > 0; turns--) {
            takeTurn(Objects.requireNonNull(waiting.poll()));
        }
        processInput();
        listeners.resumeDue();
        if (alarms.areSet()) {
            ring();
        }
        if (idleTimeout != null) {
            idleTimeout.check(this, selector.keys());
        }
    }

    /** How long the selector may wait; 0 is for ever. */
    private long selectTimeoutMillis() {
        long millis = idleTimeout != null
                ? IdleTimeout.POLL_MILLIS
                : listeners.anyPaused() ? PausedListeners.RETRY_MILLIS : 0;
        return alarms.areSet() ? alarms.timeoutMillis(millis) : millis;
    }

    private void onReady(SelectionKey key) {
        if (!(key.attachment() instanceof Selectable selectable)) {
            selector.damaged(); // the connection could not be made, nor its channel closed
            return;
        }
        selector.served(selectable);
        try {
            selectable.onReady();
        } catch (Throwable e) {
            closeFailed(selectable, e);
        }
        reduceHeldMemory();
        if (inbox.isFull()) {
            processInput();
        }
    }

    /** Has the connections process what they have read. */
    private void processInput() {
        lookAhead();
        for (int i = 0; i < inbox.count(); i++) {
            Connection connection = inbox.connection(i);
            try {
                connection.processRead(inbox.input(i));
            } catch (Throwable e) {
                closeFailed(connection, e);
            }
            reduceHeldMemory();
        }
        inbox.clear();
    }

    /** A failure is no reason to leave the input unprocessed: prefetching changes nothing but the time it takes. */
    private void lookAhead() {
        try {
            reach(FailurePoint.LOOK_AHEAD);
            inbox.lookAhead();
        } catch (Throwable e) {
            failed();
        }
    }

    private void wakeUp(Connection connection) {
        try {
            connection.onWakeUp();
        } catch (Throwable e) {
            closeFailed(connection, e);
        }
        reduceHeldMemory();
    }

    private void takeTurn(Connection connection) {
        try {
            connection.takeTurn();
        } catch (Throwable e) {
            closeFailed(connection, e);
        }
        reduceHeldMemory();
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

    /**
     * Closes a connection that failed; nothing else is affected. Listening sockets are never closed for a failure, which has most
     * likely passed when they are ready again.
     */
    private void closeFailed(Selectable selectable, Throwable reason) {
        if (!(reason instanceof IOException)) { // a client that went away is no failure
            server.countFailure();
        }
        if (reason instanceof VirtualMachineError) {
            backoff.request();
        }
        buffers.discard();
        if (selectable instanceof Connection connection) {
            if (reason instanceof OutOfMemoryError) {
                counters.outOfMemory(true);
            }
            closeAnyway(connection);
        }
    }

    private void closeAnyway(Connection connection) {
        try {
            connection.close(CloseReason.ERROR);
        } catch (Throwable e) {
            failed();
        }
    }

    /** Closes the connections that hold most until all of them together hold no more than they may. */
    private void reduceHeldMemory() {
        if (!held.isOver()) {
            return;
        }
        while (held.isToBeReduced()) {
            Connection worst = held.worst();
            if (worst == null) {
                return;
            }
            try {
                worst.closeForMemory();
            } catch (Throwable e) {
                closeFailed(worst, e);
            }
        }
        if (held.isOver() && !hasAskedOthers) {
            hasAskedOthers = true;
            server.checkHeldMemory(this);
        }
    }

    /** False: the loop stood still to its end. */
    private boolean doErrands() {
        Runnable errand = errands.next();
        while (errand != null) {
            run(errand);
            errand = standsStill ? errands.await() : errands.next();
        }
        return !standsStill;
    }

    private void run(Runnable errand) {
        try {
            errand.run();
        } catch (Throwable e) {
            server.countFailure();
            backoff.request();
        }
    }

    private void serve(SocketChannel channel, @Nullable TlsSettings tls, @Nullable WireProtocol protocol) {
        ProtocolSession session = null;
        try {
            server.reach(FailurePoint.SERVE);
            session = new ProtocolSession(state, codecs);
            if (protocol != null) {
                session.protocol(protocol);
            }
            SelectionKey key = register(channel, SelectionKey.OP_READ, null);
            ByteChannel bytes = tls == null ? channel : new TlsChannel(this, channel, tls.newEngine());
            Connection connection = new Connection(this, bytes, key, session);
            key.attach(connection);
            session.host(connection);
            connection.noteHeld();
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

    private void end() {
        errands.end();
        for (Runnable errand = errands.next(); errand != null; errand = errands.next()) {
            run(errand);
        }
        for (int attempts = 0; !closeAll() && attempts < CLOSE_ATTEMPTS_MAX; attempts++) {
            try {
                backoff.request();
                backoff.await();
            } catch (Throwable e) {
                continue; // tries again at once
            }
        }
        state.connectionMemory().closeAccount(account);
    }

    /** Closes all channels and the selector; false: there was no memory for that, and it is to be called again. */
    private boolean closeAll() {
        try {
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Connection connection) {
                    closeAnyway(connection);
                } else if (key.attachment() instanceof Selectable selectable) {
                    selectable.close();
                }
            }
            selector.close();
            return true;
        } catch (Throwable e) {
            return false;
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
            selector.forgetClosed();
        } catch (IOException e) {
            server.countFailure();
        }
    }

    // ---- for the listener, on the loop's thread

    PausedListeners listeners() {
        return listeners;
    }

    /** Has the selector wait for other operations of a channel, perhaps a little later. */
    void interest(SelectionKey key, int operations) {
        if (!selector.interest(key, operations)) {
            failed();
        }
    }

    // ---- for the connections, on the loop's thread

    int readLengthMax() {
        return held.isTight() ? READ_LENGTH_MIN : READ_LENGTH_MAX;
    }

    /** Allocates what reading and answering need, so that neither fails later for want of it. */
    void prepareToAnswer() {
        server.reach(FailurePoint.READ);
        inbox.window();
        buffers.outbox();
        buffers.wire();
    }

    /** Counts a failure after which something is going to be tried again, and has the loop wait before that. */
    void failed() {
        server.countFailure();
        backoff.request();
    }

    void reach(FailurePoint point) {
        server.reach(point);
    }

    HeldMemory held() {
        return held;
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

    void awaitTurn(ConnectionQueue.Link connection) {
        waiting.add(connection);
    }

    /** Has a connection called when so much real time has passed. */
    void setAlarm(Alarms.Alarm alarm, long inNanos) {
        alarms.set(alarm, inNanos);
    }

    void cancelAlarm(Alarms.Alarm alarm) {
        alarms.cancel(alarm);
    }

    long nowMillis() {
        return state.elapsedMillis();
    }

    LoopCounters counters() {
        return counters;
    }

    /** Closes what belongs to an admitted connection. */
    void closed(ByteChannel channel, @Nullable ProtocolSession session) {
        try (channel) {
            server.reach(FailurePoint.CLOSE);
            if (session != null) {
                session.close();
            }
        } catch (IOException e) {
            server.countFailure();
        } catch (Throwable e) {
            // the JVM reuses some OutOfMemoryErrors: one that would suppress itself becomes an IllegalArgumentException
            selector.damaged();
            server.countFailure();
        } finally {
            state.connectionClosed();
            server.release();
        }
    }
}
