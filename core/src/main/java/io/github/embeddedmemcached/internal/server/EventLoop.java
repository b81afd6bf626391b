package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.protocol.CodecPool;
import io.github.embeddedmemcached.internal.server.tls.TlsChannel;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerContext;
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
 * One thread and the connections that it serves. A connection stays with its loop for life. In a turn of the loop every ready connection
 * reads once, executes its requests and writes the replies, without a hand-over and without allocation. Several connections read before
 * the first of them is processed, see {@link InputBatch}.
 *
 * <p>The loop owns the buffers: one connection at a time is processed, so one input batch and one output buffer are enough for all.
 */
final class EventLoop implements Runnable, Consumer<SelectionKey> {
    /** The maximum number of bytes read from one connection in one turn: enough for most requests with a value. */
    static final int READ_LENGTH_MAX = 256 * 1024;

    /** The same while memory is tight, because clients do not read their replies or stop in the middle of a request. */
    static final int READ_LENGTH_MIN = 16 * 1024;

    /** The maximum number of attempts to close the remaining connections when the loop ends. */
    private static final int CLOSE_ATTEMPTS_MAX = 100;

    private final SocketServer server;
    private final ServerContext context;
    private final ConnectionMemory.Account account;
    private final LoopSelector selector;
    private final Thread thread;

    private final int inputLengthMax;
    private final CodecPool codecs;
    private final InputBatch inputBatch;
    private final ConnectionUsage usage;
    private final LoopBuffers buffers;

    /** Connections that can continue without further input. */
    private final ConnectionQueue waiting = new ConnectionQueue();

    private final TaskQueue tasks = new TaskQueue();
    private boolean isSuspended;

    private final WakeUpQueue wakeUps = new WakeUpQueue();

    private volatile boolean stopping;

    private final PausedListeners listeners = new PausedListeners();

    private final Timers timers = new Timers();

    private final @Nullable IdleTimeout idleTimeout;

    private final Backoff backoff = new Backoff();
    private final LoopCounters counters;
    private boolean hasNotifiedOthers; // in this turn: the other loops, which must reduce their usage too

    EventLoop(SocketServer server, ServerContext context, @Nullable IdleTimeout idleTimeout, String name)
            throws IOException {
        this.server = server;
        this.context = context;
        inputLengthMax = context.inputLengthMax();
        codecs = new CodecPool(context);
        inputBatch = new InputBatch(codecs, inputLengthMax);
        counters = new LoopCounters(context.counters(), context.connectionMemory());
        account = context.connectionMemory().newAccount();
        usage = new ConnectionUsage(account);
        buffers = new LoopBuffers(usage);
        selector = new LoopSelector(server);
        thread = new Thread(null, this, name, 0, false);
        thread.setDaemon(true);
        this.idleTimeout = idleTimeout;
    }

    // ---- called by any thread

    void start() {
        thread.start();
    }

    /** Requests the end of the thread; {@link #join} waits for it. */
    void stop() {
        stopping = true;
        tasks.close();
        selector.wakeup();
        LockSupport.unpark(thread);
    }

    /** Blocks until every connection of the loop is closed and its thread has ended. Does not block on the loop's own thread. */
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

    /** Assigns an admitted connection to this loop. */
    void adopt(SocketChannel channel, @Nullable TlsSettings tls, @Nullable WireProtocol protocol) {
        if (isServedByCurrentThread()) {
            serve(channel, tls, protocol);
            return;
        }
        Runnable task = new Runnable() { // not a lambda, because linking it would slow down the first reply
                    @Override
                    public void run() {
                        serve(channel, tls, protocol);
                    }
                };
        if (tasks.add(task)) {
            selector.wakeup();
        } else {
            closed(channel, null);
        }
    }

    /** Submits a task, to be run between two turns and in the order of submission; cancels it if the loop has ended. */
    <T> Future<T> submit(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        if (tasks.add(future)) {
            selector.wakeup();
        } else {
            future.cancel(false);
        }
        return future;
    }

    /** Requests that a connection's session be processed although no input has arrived. */
    void wakeUp(ConnectionQueue.Link connection) {
        wakeUps.add(connection);
        selector.wakeup();
    }

    /** Requests a check of the memory that the loop's connections hold. */
    void checkUsage() {
        selector.wakeup();
    }

    /** Returns how many bytes the loop's connections hold, without the loop's own buffers. */
    long heldBytes() {
        return usage.bytes();
    }

    SelectionKey register(AbstractSelectableChannel channel, int operations, @Nullable Selectable attachment)
            throws IOException {
        return selector.register(channel, operations, attachment);
    }

    // ---- the loop

    /** Takes turns until the server stops. After a failed turn the next one continues the remaining work. */
    @Override
    public void run() {
        while (!stopping) {
            try {
                takeTurn();
            } catch (Throwable e) {
                // handling the failure failed too, as its first execution may in a JVM without memory
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
        hasNotifiedOthers = false;
        usage.refresh();
        reduceUsage();
        try {
            selector.select(this, waiting.isEmpty() ? selectTimeoutMillis() : -1);
        } finally {
            if (selector.isDamaged()) {
                backoff.request();
            }
            processInput(); // the batch must be empty before the next turn reads
        }
        Thread.interrupted(); // user code may have interrupted this thread; the selector would no longer block
        if (!tasks.isEmpty() && !runTasks()) {
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
        if (!timers.isEmpty()) {
            runDueTimers();
        }
        if (idleTimeout != null) {
            idleTimeout.check(this, selector.keys());
        }
    }

    /** Returns the time for which the selector may block; 0 for no limit. */
    private long selectTimeoutMillis() {
        long millis = idleTimeout != null
                ? IdleTimeout.POLL_MILLIS
                : listeners.anyPaused() ? PausedListeners.RETRY_MILLIS : 0;
        return timers.isEmpty() ? millis : timers.timeoutMillis(millis);
    }

    /** Called by the selector for each channel that is ready. Not a lambda: linking it would slow down the start, and creating one in each turn would allocate. */
    @Override
    public void accept(SelectionKey key) {
        if (!(key.attachment() instanceof Selectable selectable)) {
            selector.damaged(); // creating the connection failed, and so did closing its channel
            return;
        }
        selector.recordReady(selectable);
        try {
            selectable.onReady();
        } catch (Throwable e) {
            closeFailed(selectable, e);
        }
        reduceUsage();
        if (inputBatch.isFull()) {
            processInput();
        }
    }

    /** Processes the input batch. */
    private void processInput() {
        prefetch();
        for (int i = 0; i < inputBatch.count(); i++) {
            Connection connection = inputBatch.connection(i);
            try {
                connection.processRead(inputBatch.input(i));
            } catch (Throwable e) {
                closeFailed(connection, e);
            }
            reduceUsage();
        }
        inputBatch.clear();
    }

    /** Prefetches the keys of the input batch. After a failure the input is processed nevertheless: prefetching only saves time. */
    private void prefetch() {
        try {
            reach(FailurePoint.PREFETCH);
            inputBatch.prefetch();
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
        reduceUsage();
    }

    private void takeTurn(Connection connection) {
        try {
            connection.takeTurn();
        } catch (Throwable e) {
            closeFailed(connection, e);
        }
        reduceUsage();
        if (inputBatch.isFull()) {
            processInput();
        }
    }

    private void runDueTimers() {
        for (Connection due = timers.nextDue(); due != null; due = timers.nextDue()) {
            try {
                due.onTimer();
            } catch (Throwable e) {
                closeFailed(due, e);
            }
        }
    }

    /**
     * Closes a connection that failed. Listening sockets are not closed after a failure, because most failures are temporary.
     */
    private void closeFailed(Selectable selectable, Throwable reason) {
        if (!(reason instanceof IOException)) { // a disconnecting client is not a failure
            server.countFailure();
        }
        if (reason instanceof VirtualMachineError) {
            backoff.request();
        }
        buffers.discardOutput();
        if (selectable instanceof Connection connection) {
            if (reason instanceof OutOfMemoryError) {
                counters.outOfMemory(true);
            }
            closeSafely(connection);
        }
    }

    private void closeSafely(Connection connection) {
        try {
            connection.close(CloseReason.ERROR);
        } catch (Throwable e) {
            failed();
        }
    }

    /** Closes the connections that hold the most memory until all connections together are within the limit. */
    private void reduceUsage() {
        if (!usage.isOver()) {
            return;
        }
        while (usage.mustReduce()) {
            Connection largest = usage.largest();
            if (largest == null) {
                return;
            }
            try {
                largest.closeForMemory();
            } catch (Throwable e) {
                closeFailed(largest, e);
            }
        }
        if (usage.isOver() && !hasNotifiedOthers) {
            hasNotifiedOthers = true;
            server.checkUsage(this);
        }
    }

    /** Runs the submitted tasks. Returns false if the loop was stopped while it was suspended. */
    private boolean runTasks() {
        Runnable task = tasks.next();
        while (task != null) {
            run(task);
            task = isSuspended ? tasks.await() : tasks.next();
        }
        return !isSuspended;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            server.countFailure();
            backoff.request();
        }
    }

    private void serve(SocketChannel channel, @Nullable TlsSettings tls, @Nullable WireProtocol protocol) {
        ClientSession session = null;
        try {
            server.reach(FailurePoint.SERVE);
            session = new ClientSession(context, codecs);
            if (protocol != null) {
                session.protocol(protocol);
            }
            SelectionKey key = register(channel, SelectionKey.OP_READ, null);
            ByteChannel bytes =
                    tls == null ? channel : new TlsChannel(channel, tls.newEngine(), buffers.tls(), context.counters());
            Connection connection = new Connection(this, bytes, key, session);
            key.attach(connection);
            session.transport(connection);
            connection.updateUsage();
            applyFault(connection, session.fault());
        } catch (Throwable e) {
            server.countFailure();
            closed(channel, session);
        }
    }

    private void applyFault(Connection connection, @Nullable ResponseFault fault) {
        if (fault != null) {
            try {
                connection.applyFault(fault);
            } catch (Throwable e) {
                closeFailed(connection, e);
            }
        }
    }

    private void end() {
        tasks.end();
        for (Runnable task = tasks.next(); task != null; task = tasks.next()) {
            run(task);
        }
        for (int attempts = 0; !closeAll() && attempts < CLOSE_ATTEMPTS_MAX; attempts++) {
            try {
                backoff.request();
                backoff.await();
            } catch (Throwable e) {
                continue; // retry at once
            }
        }
        context.connectionMemory().closeAccount(account);
    }

    /** Closes all channels and the selector. Returns false if there was too little memory; must then be called again. */
    private boolean closeAll() {
        try {
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Connection connection) {
                    closeSafely(connection);
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

    // ---- tasks

    /** Suspends the loop: only tasks are run until {@link #resume}. */
    void suspend() {
        isSuspended = true;
    }

    void resume() {
        isSuspended = false;
    }

    /** Closes all connections and their sockets. */
    void dropConnections() {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
                connection.close();
            }
        }
        releaseClosed();
    }

    /** Ends the active response faults that match. */
    void endFaults(Predicate<? super ResponseFault> which) {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
                try {
                    connection.endFaults(which);
                } catch (Throwable e) {
                    closeFailed(connection, e);
                }
            }
        }
    }

    /** Sets the time of every connection's last read to the current time. */
    void resetIdleTimes() {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Connection connection) {
                connection.resetIdleTime();
            }
        }
    }

    /** Releases closed channels: until then the system may keep their sockets open, or even listening. */
    void releaseClosed() {
        try {
            selector.releaseClosed();
        } catch (IOException e) {
            server.countFailure();
        }
    }

    // ---- for the listener, on the loop's thread

    PausedListeners listeners() {
        return listeners;
    }

    /** Sets the operations of a channel for which the selector waits; if there is no memory, they are set in a later turn. */
    void interest(SelectionKey key, int operations) {
        if (!selector.interest(key, operations)) {
            failed();
        }
    }

    // ---- for the connections, on the loop's thread

    int readLengthMax() {
        return usage.isTight() ? READ_LENGTH_MIN : READ_LENGTH_MAX;
    }

    /** Allocates the buffers for reading and replying in advance, so that neither fails later for lack of memory. */
    void allocateBuffers() {
        server.reach(FailurePoint.READ);
        inputBatch.window();
        buffers.output();
        buffers.wire();
    }

    /** Counts a failure that will be retried, and requests a pause before the retry. */
    void failed() {
        server.countFailure();
        backoff.request();
    }

    void reach(FailurePoint point) {
        server.reach(point);
    }

    ConnectionUsage usage() {
        return usage;
    }

    InputBatch inputBatch() {
        return inputBatch;
    }

    int inputLengthMax() {
        return inputLengthMax;
    }

    LoopBuffers buffers() {
        return buffers;
    }

    void awaitTurn(ConnectionQueue.Link connection) {
        waiting.add(connection);
    }

    /** Sets a connection's timer to a time from now, in real time. */
    void setTimer(Timers.Timer timer, long inNanos) {
        timers.set(timer, inNanos);
    }

    void cancelTimer(Timers.Timer timer) {
        timers.cancel(timer);
    }

    long nowMillis() {
        return context.time().elapsedMillis();
    }

    LoopCounters counters() {
        return counters;
    }

    /** Closes the channel and the session of an admitted connection. */
    void closed(ByteChannel channel, @Nullable ClientSession session) {
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
            context.counters().connectionClosed();
            server.release();
        }
    }
}
