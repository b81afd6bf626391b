package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ServerState;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Listening sockets and the threads behind them. First {@link #bind} takes the ports, then {@link #serve} starts the threads;
 * clients that connect in between wait in the backlog. {@link #close} ends it for good.
 */
public final class SocketServer implements AutoCloseable {
    /** How a connection is accepted; a test makes it fail. */
    @FunctionalInterface
    interface Acceptor {
        @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException;
    }

    /** How often another number is tried that shall be free for TCP and for UDP. */
    private static final int FREE_PORT_ATTEMPTS_MAX = 20;

    private final Acceptor acceptor;
    private final List<ListeningSocket> sockets = new ArrayList<>();
    private final List<DatagramChannel> datagramChannels = new ArrayList<>();
    private final Endpoints endpoints; // with real ports

    private volatile List<EventLoop> loops = List.of();
    private volatile boolean closed;
    private volatile Runnable whenClosed = () -> {};
    private volatile int maxConnections;

    private final AtomicInteger openConnections = new AtomicInteger();
    private final LongAdder failures = new LongAdder();

    private SocketServer(Endpoints wanted, Acceptor acceptor) throws ListenException {
        this.acceptor = acceptor;
        try {
            List<Endpoints.Tcp> tcp = new ArrayList<>();
            for (Endpoints.Tcp endpoint : wanted.tcp()) {
                tcp.add(new Endpoints.Tcp(listen(endpoint, wanted.backlog()), endpoint.plain()));
            }
            List<InetSocketAddress> udp = new ArrayList<>();
            for (InetSocketAddress address : wanted.udp()) {
                boolean sharesPort = address.getPort() == 0 && !tcp.isEmpty();
                int port = sharesPort ? tcp.get(0).address().getPort() : address.getPort();
                udp.add(listenForDatagrams(new InetSocketAddress(address.getAddress(), port)));
            }
            if (wanted.unixSocket() != null) {
                listen(wanted.unixSocket(), wanted.backlog());
            }
            endpoints = new Endpoints(List.copyOf(tcp), List.copyOf(udp), wanted.unixSocket(), wanted.backlog());
        } catch (Throwable e) {
            closeSockets();
            throw e;
        }
    }

    private InetSocketAddress listen(Endpoints.Tcp endpoint, int backlog) throws ListenException {
        try {
            ListeningSocket socket = ListeningSocket.bind(endpoint, backlog);
            sockets.add(socket);
            return (InetSocketAddress) socket.address();
        } catch (IOException e) {
            throw new ListenException(place(endpoint.address(), "port"), e);
        }
    }

    private void listen(Endpoints.UnixSocket endpoint, int backlog) throws ListenException {
        try {
            sockets.add(ListeningSocket.bind(endpoint, backlog));
        } catch (IOException e) {
            throw new ListenException(endpoint.path().toString(), e);
        }
    }

    private InetSocketAddress listenForDatagrams(InetSocketAddress address) throws ListenException {
        try {
            DatagramChannel channel = DatagramChannel.open();
            datagramChannels.add(channel);
            channel.bind(address);
            return (InetSocketAddress) channel.getLocalAddress();
        } catch (IOException e) {
            throw new ListenException(place(address, "UDP port"), e);
        }
    }

    private static String place(InetSocketAddress address, String port) {
        return address.getAddress().getHostAddress() + " " + port + " " + address.getPort();
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

    static SocketServer bind(Endpoints endpoints, Acceptor acceptor) throws ListenException {
        for (int attempt = 1; ; attempt++) {
            try {
                return new SocketServer(endpoints, acceptor);
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
     * @param clock what idle connections are measured by
     * @param idleTimeoutMillis after how long a silent connection is closed; 0 for never
     * @param tls how TLS is spoken; null where it isn't
     * @throws IOException if the system refuses the means, the server is closed then
     */
    public void serve(ServerState state, InstantSource clock, long idleTimeoutMillis, @Nullable TlsSettings tls)
            throws IOException {
        maxConnections = state.settings().maxConnections();
        List<EventLoop> made = new ArrayList<>();
        try {
            IdleTimeout idleTimeout = idleTimeoutMillis == 0 ? null : new IdleTimeout(clock, idleTimeoutMillis);
            for (int i = 0; i < state.settings().threads(); i++) {
                made.add(new EventLoop(this, state, idleTimeout, "embedded-memcached-" + portName() + "-" + i));
            }
            for (ListeningSocket socket : sockets) {
                new Listener(this, state, socket, tls, made).register();
            }
            for (DatagramChannel channel : datagramChannels) {
                new DatagramListener(this, state, channel).register(made.get(made.size() - 1));
            }
            whenClosed = listListeners(state);
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
        whenClosed.run();
        closeSockets();
    }

    /** Has the sockets listed by the state; returns what takes them off the list again. */
    private Runnable listListeners(ServerState state) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (ListeningSocket socket : sockets) {
            numbers.add(state.listenerOpened(socket.address(), false));
        }
        for (DatagramChannel channel : datagramChannels) {
            numbers.add(state.listenerOpened(channel.getLocalAddress(), true));
        }
        return () -> numbers.forEach(state::listenerClosed);
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

    @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException {
        return acceptor.accept(channel);
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
        failures.increment();
    }

    // ---- for tests

    InetSocketAddress address() {
        return endpoints.tcp().get(0).address();
    }

    int openConnections() {
        return openConnections.get();
    }

    long failures() {
        return failures.sum();
    }

    /** How many bytes the connections hold for themselves, beside the buffers of the loops. */
    long heldBytes() {
        return loops.stream().mapToLong(EventLoop::heldBytes).sum();
    }
}
