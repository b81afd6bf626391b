package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.ServerState;
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
 * Listening sockets and the threads behind them. First {@link #bind} takes the ports, then {@link #serve} starts the threads;
 * clients that connect in between wait in the backlog. {@link #close} ends it for good.
 */
public final class SocketServer implements AutoCloseable {
    /** What the system and the JVM may refuse; a test makes it fail. */
    @FunctionalInterface
    interface SystemCalls {
        @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException;

        /** Called in places in which something may fail; throws if it is to. */
        default void reach(FailurePoint point) {}
    }

    /** How all the sockets are bound; a test makes it fail. */
    @FunctionalInterface
    interface Binder {
        SocketServer bind() throws ListenException;
    }

    /** How often another number is tried that must be free for several sockets. */
    private static final int FREE_PORT_ATTEMPTS_MAX = 20;

    private final SystemCalls calls;
    private final List<ListeningSocket> sockets = new ArrayList<>();
    private final List<DatagramChannel> datagramChannels = new ArrayList<>();
    private final Endpoints endpoints; // with real ports

    private final List<Listener> listeners = new ArrayList<>(); // complete before there are loops
    private volatile List<EventLoop> loops = List.of();
    private volatile boolean closed;
    private volatile int maxConnections;

    private final Object asking = new Object();

    private final AtomicInteger openConnections = new AtomicInteger();
    private final AtomicLong failures = new AtomicLong(); // a LongAdder may have to allocate

    private SocketServer(Endpoints wanted, SystemCalls calls) throws ListenException {
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

    /** An address, with the port of another if its own is 0. */
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
     * Takes all ports, or none.
     *
     * @param endpoints where to listen
     * @return a server that listens and doesn't serve yet
     * @throws ListenException if a port is taken, or an address isn't this machine's
     */
    public static SocketServer bind(Endpoints endpoints) throws ListenException {
        return bind(endpoints, ServerSocketChannel::accept);
    }

    static SocketServer bind(Endpoints endpoints, SystemCalls calls) throws ListenException {
        return bind(endpoints, () -> new SocketServer(endpoints, calls));
    }

    /** Tries again with another number where the system chooses one that is free for some of the sockets only. */
    static SocketServer bind(Endpoints endpoints, Binder binder) throws ListenException {
        for (int attempt = 1; ; attempt++) {
            try {
                return binder.bind();
            } catch (ListenException e) {
                boolean taken = e.reason() instanceof BindException;
                if (!taken || !endpoints.shareFreePort() || attempt == FREE_PORT_ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    /**
     * Returns where the server listens.
     *
     * @return the endpoints with their real ports, in their order, also after the server has been closed: to bind them is to
     *     take the same places again
     */
    public Endpoints endpoints() {
        return endpoints;
    }

    /**
     * Starts the threads; to be called once. Connections are accepted when it returns.
     *
     * @param state what the sessions share; its settings say how many threads and connections there are
     * @param idleTimeoutMillis the time after which an idle connection is closed, measured by the state's clock; 0 for never
     * @param tls how TLS is spoken; null where it isn't
     * @throws IOException if the system refuses the means, the server is closed then
     */
    public void serve(ServerState state, long idleTimeoutMillis, @Nullable TlsSettings tls) throws IOException {
        try {
            reach(FailurePoint.WARM_UP);
            WarmUp.run(!datagramChannels.isEmpty(), tls);
        } catch (Throwable e) {
            close();
            throw e;
        }
        serveWarm(state, idleTimeoutMillis, tls);
    }

    /** Starts one that needs no warm-up, since it is one. */
    void serveCold(ServerState state) throws IOException {
        serveWarm(state, 0, null);
    }

    private void serveWarm(ServerState state, long idleTimeoutMillis, @Nullable TlsSettings tls) throws IOException {
        maxConnections = state.settings().maxConnections();
        List<EventLoop> made = new ArrayList<>();
        try {
            for (int i = 0; i < state.settings().threads(); i++) {
                IdleTimeout idleTimeout = idleTimeoutMillis == 0 ? null : new IdleTimeout(state, idleTimeoutMillis);
                made.add(new EventLoop(this, state, idleTimeout, "embedded-memcached-" + portName() + "-" + i));
            }
            for (ListeningSocket socket : sockets) {
                Listener listener = new Listener(this, state, socket, tls, made);
                listener.register();
                listeners.add(listener);
            }
            for (DatagramChannel channel : datagramChannels) {
                new DatagramListener(this, state, channel).register(made.get(made.size() - 1));
            }
            loops = made; // before any of them may want to know whether it is one of them
            made.forEach(EventLoop::start);
        } catch (Throwable e) {
            loops = made;
            close();
            throw e;
        }
    }

    /** What the threads are called after. */
    private String portName() {
        if (!endpoints.tcp().isEmpty()) {
            return Integer.toString(endpoints.tcp().get(0).address().getPort());
        }
        return endpoints.udp().isEmpty()
                ? "local"
                : Integer.toString(endpoints.udp().get(0).getPort());
    }

    /**
     * Tells whether the server listens.
     *
     * @return false once it has been closed
     */
    public boolean isOpen() {
        return !closed;
    }

    /**
     * Tells whether the caller is one of the server's threads, who can't wait for their own end.
     *
     * @return true in a session, and in whatever that calls
     */
    public boolean isServedByCurrentThread() {
        return loops.stream().anyMatch(EventLoop::isServedByCurrentThread);
    }

    // ---- what any thread may ask for; one of the server's own doesn't wait until it is done

    /**
     * Closes the listening sockets but those for UDP, so that whoever connects is refused; or listens at the same places again.
     * The connections that are there stay. Does nothing if it is so already, or if the server has been closed.
     *
     * @param on whether clients are refused
     * @throws ListenException if somebody else has taken a port meanwhile; clients are refused then
     */
    public void refuse(boolean on) throws ListenException {
        ListenException failure = askFirst(loop -> on ? refuse(loop) : listenAgain(loop));
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable ListenException refuse(EventLoop loop) {
        listeners.forEach(Listener::refuse);
        loop.forgetClosed();
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
     * Stands still, as a process that gets SIGSTOP: the system goes on accepting connections and taking in what clients send, but
     * nothing is read or answered until {@link #resume} or the end. Returns when all threads stand still.
     */
    public void pause() {
        askAll(EventLoop::standStill);
    }

    /** Goes on after {@link #pause}. */
    public void resume() {
        askAll(EventLoop::goOn);
    }

    /** Closes every connection, also of those who wait to be accepted, and goes on listening. Returns when they are closed. */
    public void dropConnections() {
        askFirst(loop -> {
            listeners.forEach(Listener::onReady);
            return null;
        });
        askAll(EventLoop::dropConnections);
    }

    /**
     * Ends disturbances that are under way: answers that were held back are let go, and connections that were stalled are closed.
     *
     * @param which those that are to end; called by any thread
     */
    public void endDisturbances(Predicate<? super Disturbance> which) {
        askAll(loop -> loop.endDisturbances(which));
    }

    /** Takes every client for one that was heard just now: the clock was set. */
    public void forgetSilence() {
        askAll(EventLoop::forgetSilence);
    }

    /** Has something done by the loop that accepts; null also if there is none any more. */
    private <T> @Nullable T askFirst(Function<EventLoop, @Nullable T> errand) {
        List<EventLoop> serving = loops;
        if (serving.isEmpty()) {
            return null;
        }
        EventLoop first = serving.get(0);
        return await(first.ask(() -> errand.apply(first)));
    }

    /** Has something done by each loop. All are asked at once, so that each sees what is asked for in the same order. */
    private void askAll(Consumer<EventLoop> errand) {
        List<Future<?>> asked = new ArrayList<>();
        synchronized (asking) {
            for (EventLoop loop : loops) {
                asked.add(loop.ask(() -> {
                    errand.accept(loop);
                    return null;
                }));
            }
        }
        asked.forEach(this::await);
    }

    private <T> @Nullable T await(Future<T> asked) {
        if (isServedByCurrentThread()) {
            return null;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return asked.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (CancellationException e) {
            return null; // the loop has ended
        } catch (ExecutionException e) {
            throw new IllegalStateException("a thread of the server failed to do what it was asked for", e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Begins what {@link #close} ends, and returns at once: nothing more is accepted, and the threads are about to end. */
    public void beginClose() {
        closed = true;
        loops.forEach(EventLoop::stop);
    }

    /**
     * Closes the listening sockets and every connection and waits for the threads to end; when called by one of these
     * threads, it doesn't wait for that one. Idempotent, and safe to be called by several threads at once.
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
        calls.reach(point);
    }

    /** Has the other loops look whether their connections hold too much. */
    void checkHeldMemory(EventLoop asking) {
        List<EventLoop> all = loops;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) != asking) {
                all.get(i).checkHeldMemory();
            }
        }
    }

    @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException {
        return calls.accept(channel);
    }

    /** Counts a connection in, or says that there are too many; {@link #release} counts it out. */
    boolean admit() {
        if (openConnections.incrementAndGet() > maxConnections) {
            openConnections.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Tells whether there are as many connections as there may be. */
    boolean isFull() {
        return openConnections.get() >= maxConnections;
    }

    void release() {
        openConnections.decrementAndGet();
    }

    /** Counts something that should not happen and was survived; an embedded server has no log to write it to. */
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

    /** How many bytes the connections hold for themselves, beside the buffers of the loops. */
    long heldBytes() {
        return loops.stream().mapToLong(EventLoop::heldBytes).sum();
    }
}
