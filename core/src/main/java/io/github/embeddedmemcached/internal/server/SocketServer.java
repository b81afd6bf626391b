package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.listen.ListenException;
import io.github.embeddedmemcached.internal.server.listen.ListeningSocket;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Listening sockets and the event loops of their connections. {@link #bind} binds the ports, then {@link #serve} starts the threads;
 * clients that connect in between wait in the backlog. A closed server cannot be started again.
 */
final class SocketServer implements AutoCloseable {
    /** Calls that may fail; a test injects failures. */
    @FunctionalInterface
    interface SystemCalls {
        @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException;

        /** Called at each failure point; throws the injected failure, if any. */
        default void reach(FailurePoint point) {}
    }

    /** Binds all sockets; a test injects failures. */
    @FunctionalInterface
    interface Binder {
        SocketServer bind() throws ListenException;
    }

    /** The maximum number of attempts to find a port that is free for several sockets. */
    private static final int FREE_PORT_ATTEMPTS_MAX = 20;

    private final @Nullable SystemCalls calls; // null except in tests
    private final List<ListeningSocket> sockets = new ArrayList<>();
    private final List<DatagramChannel> datagramChannels = new ArrayList<>();
    private final Endpoints endpoints; // with the actual ports

    private final List<Listener> listeners = new ArrayList<>(); // complete before the loops start
    private volatile List<EventLoop> loops = List.of();
    private volatile boolean closed;
    private volatile boolean paused;
    private volatile int maxConnections;

    private final Object submitLock = new Object();

    private final AtomicInteger openConnections = new AtomicInteger();
    private final AtomicLong failures = new AtomicLong(); // a LongAdder may have to allocate

    private SocketServer(Endpoints wanted, @Nullable SystemCalls calls) throws ListenException {
        this.calls = calls;
        try {
            List<Endpoints.Tcp> tcp = new ArrayList<>();
            for (Endpoints.Tcp endpoint : wanted.tcp()) {
                boolean sharesPort = wanted.oneFreePort() && !tcp.isEmpty();
                InetSocketAddress shared = sharesPort ? tcp.get(0).address() : endpoint.address();
                tcp.add(listen(endpoint.bound(withPort(endpoint.address(), shared)), wanted.backlog()));
            }
            List<InetSocketAddress> udp = new ArrayList<>();
            for (InetSocketAddress address : wanted.udp()) {
                boolean sharesUdpPort = wanted.oneFreePort() && !udp.isEmpty();
                InetSocketAddress shared = !tcp.isEmpty() ? tcp.get(0).address() : sharesUdpPort ? udp.get(0) : address;
                udp.add(listenForDatagrams(withPort(address, shared)));
            }
            if (wanted.unixSocket() != null) {
                sockets.add(ListeningSocket.bind(wanted.unixSocket(), wanted.backlog()));
            }
            endpoints = new Endpoints(List.copyOf(tcp), List.copyOf(udp), wanted.unixSocket(), wanted.backlog());
        } catch (Throwable e) {
            closeSockets();
            throw e;
        }
    }

    /** Returns an address, with the port of another if its own is 0. */
    private static InetSocketAddress withPort(InetSocketAddress address, InetSocketAddress shared) {
        return address.getPort() == 0 ? new InetSocketAddress(address.getAddress(), shared.getPort()) : address;
    }

    private Endpoints.Tcp listen(Endpoints.Tcp endpoint, int backlog) throws ListenException {
        ListeningSocket socket = ListeningSocket.bind(endpoint, backlog);
        sockets.add(socket);
        return endpoint.bound((InetSocketAddress) socket.address());
    }

    private InetSocketAddress listenForDatagrams(InetSocketAddress address) throws ListenException {
        try {
            DatagramChannel channel = DatagramChannel.open();
            datagramChannels.add(channel);
            channel.bind(address);
            return (InetSocketAddress) channel.getLocalAddress();
        } catch (IOException e) {
            throw new ListenException(address, "UDP port", e);
        }
    }

    /**
     * Binds all ports, or none.
     *
     * @param endpoints the addresses to listen on
     * @return a server that listens but does not accept connections yet
     * @throws ListenException if a port is in use, or an address does not belong to this machine
     */
    static SocketServer bind(Endpoints endpoints) throws ListenException {
        return bind(endpoints, null, null);
    }

    static SocketServer bind(Endpoints endpoints, SystemCalls calls) throws ListenException {
        return bind(endpoints, calls, null);
    }

    static SocketServer bind(Endpoints endpoints, Binder binder) throws ListenException {
        return bind(endpoints, null, binder);
    }

    /** Retries with another port if the one that the system chose is not free for all sockets. */
    private static SocketServer bind(Endpoints endpoints, @Nullable SystemCalls calls, @Nullable Binder binder)
            throws ListenException {
        for (int attempt = 1; ; attempt++) {
            try {
                return binder == null ? new SocketServer(endpoints, calls) : binder.bind();
            } catch (ListenException e) {
                boolean isInUse = e.reason() instanceof BindException;
                if (!isInUse || !endpoints.shareFreePort() || attempt == FREE_PORT_ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    /**
     * Returns the addresses on which the server listens.
     *
     * @return the endpoints with the actual ports, in the original order; also after the server has been closed, to bind the same ports
     *     again
     */
    Endpoints endpoints() {
        return endpoints;
    }

    /**
     * Starts the threads. Must be called once. Connections are accepted when it returns.
     *
     * @param context the state that the sessions share; its settings define the number of threads and the maximum of connections
     * @param idleTimeoutMillis the time after which an idle connection is closed, measured by the context's clock; 0 for never
     * @param tls the TLS configuration; null for plain connections
     * @throws IOException if the system refuses a resource; the server is closed then
     */
    void serve(ServerContext context, long idleTimeoutMillis, @Nullable TlsSettings tls) throws IOException {
        try {
            reach(FailurePoint.WARM_UP);
            WarmUp.run(!datagramChannels.isEmpty(), tls);
        } catch (Throwable e) {
            close();
            throw e;
        }
        startLoops(context, idleTimeoutMillis, tls);
    }

    /** Starts the threads without a warm-up, because it has been completed, or because this is the server of the warm-up. */
    void startLoops(ServerContext context, long idleTimeoutMillis, @Nullable TlsSettings tls) throws IOException {
        maxConnections = context.settings().get(ServerOption.MAX_CONNECTIONS);
        List<EventLoop> created = new ArrayList<>();
        try {
            for (int i = 0; i < context.settings().get(ServerOption.THREADS); i++) {
                IdleTimeout idleTimeout =
                        idleTimeoutMillis == 0 ? null : new IdleTimeout(context.counters(), idleTimeoutMillis);
                created.add(new EventLoop(this, context, idleTimeout, "embedded-memcached-" + portName() + "-" + i));
            }
            for (ListeningSocket socket : sockets) {
                Listener listener = new Listener(this, context, socket, tls, created);
                listener.register();
                listeners.add(listener);
            }
            for (DatagramChannel channel : datagramChannels) {
                new DatagramListener(this, context, channel).register(created.get(created.size() - 1));
            }
            loops = created; // before the start: a loop may call isServedByCurrentThread
            for (EventLoop loop : created) {
                loop.start();
            }
        } catch (Throwable e) {
            loops = created;
            close();
            throw e;
        }
    }

    /** Returns the part of the thread names that identifies the server. */
    private String portName() {
        if (!endpoints.tcp().isEmpty()) {
            return Integer.toString(endpoints.tcp().get(0).address().getPort());
        }
        return endpoints.udp().isEmpty()
                ? "local"
                : Integer.toString(endpoints.udp().get(0).getPort());
    }

    /**
     * Returns whether the server listens.
     *
     * @return false once it has been closed
     */
    boolean isOpen() {
        return !closed;
    }

    boolean isPaused() {
        return paused && !closed;
    }

    /**
     * Returns whether the caller is one of the server's threads, which cannot wait for their own end.
     *
     * @return true in a session, and in all code that a session calls
     */
    boolean isServedByCurrentThread() {
        return loops.stream().anyMatch(EventLoop::isServedByCurrentThread);
    }

    // ---- called by any thread; on one of the server's own threads these methods do not wait for completion

    /**
     * Closes the listening sockets except those for UDP, so that connections are refused; or binds them to the same addresses again.
     * Existing connections stay open. Does nothing if the state does not change, or if the server has been closed.
     *
     * @param on whether connections are refused
     * @throws ListenException if another process has bound a port in the meantime; connections are refused then
     */
    void refuse(boolean on) throws ListenException {
        ListenException failure = submitToFirst(loop -> on ? refuse(loop) : listenAgain(loop));
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable ListenException refuse(EventLoop loop) {
        listeners.forEach(Listener::refuse);
        loop.releaseClosed();
        return null;
    }

    private @Nullable ListenException listenAgain(EventLoop loop) {
        try {
            for (Listener listener : listeners) {
                listener.listenAgain();
            }
            return null;
        } catch (IOException e) {
            refuse(loop);
            return e instanceof ListenException failure ? failure : new ListenException("the same port", e);
        }
    }

    /**
     * Suspends all event loops, as SIGSTOP suspends a process: the system still accepts connections and receives what clients send, but
     * nothing is read or executed until {@link #resume} or {@link #close}. Returns when all loops are suspended.
     */
    void pause() {
        paused = true;
        submitToAll(EventLoop::suspend);
    }

    /** Resumes the event loops after {@link #pause}. */
    void resume() {
        paused = false;
        submitToAll(EventLoop::resume);
    }

    /** Closes every connection, including those that wait to be accepted; the server still listens. Returns when they are closed. */
    void dropConnections() {
        submitToFirst(loop -> {
            listeners.forEach(Listener::onReady);
            return null;
        });
        submitToAll(EventLoop::dropConnections);
    }

    /**
     * Ends active response faults: delayed replies are sent, and stalled connections are closed.
     *
     * @param which matches the faults to end; called by any thread
     */
    void endFaults(Predicate<? super ResponseFault> which) {
        submitToAll(loop -> loop.endFaults(which));
    }

    /** Sets the time of every connection's last read to the current time, because the clock was set. */
    void resetIdleTimes() {
        submitToAll(EventLoop::resetIdleTimes);
    }

    /** Runs a task on the loop that accepts connections; also returns null if there is no such loop. */
    private <T> @Nullable T submitToFirst(Function<EventLoop, @Nullable T> task) {
        List<EventLoop> serving = loops;
        if (serving.isEmpty()) {
            return null;
        }
        EventLoop first = serving.get(0);
        return await(first.submit(() -> task.apply(first)));
    }

    /** Runs a task on each loop. It is submitted under a lock, so that all loops run the tasks in the same order. */
    private void submitToAll(Consumer<EventLoop> task) {
        List<Future<?>> futures = new ArrayList<>();
        synchronized (submitLock) {
            for (EventLoop loop : loops) {
                futures.add(loop.submit(() -> {
                    task.accept(loop);
                    return null;
                }));
            }
        }
        futures.forEach(this::await);
    }

    private <T> @Nullable T await(Future<T> future) {
        if (isServedByCurrentThread()) {
            return null;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (CancellationException e) {
            return null; // the loop has ended
        } catch (ExecutionException e) {
            throw new IllegalStateException("a task of an event loop failed", e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Begins to close the server and returns at once: nothing more is accepted, and the threads are about to end. */
    void beginClose() {
        closed = true;
        loops.forEach(EventLoop::stop);
    }

    /**
     * Closes the listening sockets and every connection and waits for the threads to end; if the caller is one of these threads, it does
     * not wait for itself. Idempotent and thread-safe.
     */
    @Override
    public void close() {
        beginClose();
        loops.forEach(EventLoop::join);
        closeSockets();
    }

    private void closeSockets() {
        for (ListeningSocket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                countFailure();
            }
        }
        for (DatagramChannel channel : datagramChannels) {
            try {
                channel.close();
            } catch (IOException e) {
                countFailure();
            }
        }
    }

    // ---- for the listeners and the loops

    void reach(FailurePoint point) {
        if (calls != null) {
            calls.reach(point);
        }
    }

    /** Requests that all loops except the caller check the memory that their connections hold. */
    void checkUsage(EventLoop caller) {
        List<EventLoop> all = loops;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) != caller) {
                all.get(i).checkUsage();
            }
        }
    }

    @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException {
        return calls == null ? channel.accept() : calls.accept(channel);
    }

    /** Counts a new connection, which {@link #release} undoes; returns false if the maximum is reached. */
    boolean admit() {
        if (openConnections.incrementAndGet() > maxConnections) {
            openConnections.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Returns whether the maximum of connections is reached. */
    boolean isFull() {
        return openConnections.get() >= maxConnections;
    }

    void release() {
        openConnections.decrementAndGet();
    }

    /** Counts an unexpected failure that was handled; an embedded server has no log. */
    void countFailure() {
        failures.incrementAndGet();
    }

    // ---- for tests

    InetSocketAddress address() {
        return endpoints.tcp().get(0).address();
    }

    int openConnections() {
        return openConnections.get();
    }

    long failures() {
        return failures.get();
    }

    /** Returns how many bytes the connections hold, without the buffers of the loops. */
    long heldBytes() {
        return loops.stream().mapToLong(EventLoop::heldBytes).sum();
    }
}
