package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ServerState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket and the threads behind it. First {@link #bind} takes the port, then {@link #serve} starts the threads;
 * clients that connect in between wait in the backlog. {@link #close} ends it for good.
 */
public final class SocketServer implements AutoCloseable {
    /** How a connection is accepted; a test makes it fail. */
    @FunctionalInterface
    interface Acceptor {
        @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException;
    }

    private final ServerSocketChannel channel;
    private final Acceptor acceptor;
    private final InetSocketAddress address;
    private volatile List<EventLoop> loops = List.of();
    private volatile boolean closed;

    private final AtomicInteger openConnections = new AtomicInteger();
    private final LongAdder failures = new LongAdder();

    private SocketServer(ServerSocketChannel channel, Acceptor acceptor) throws IOException {
        this.channel = channel;
        this.acceptor = acceptor;
        address = (InetSocketAddress) channel.getLocalAddress();
    }

    /**
     * Takes a port.
     *
     * @param address where to listen; port 0 takes a free one
     * @param backlog how many clients may wait to be accepted
     * @return a server that listens and doesn't serve yet
     * @throws IOException if the port is taken, or the address isn't this machine's
     */
    public static SocketServer bind(InetSocketAddress address, int backlog) throws IOException {
        return bind(address, backlog, ServerSocketChannel::accept);
    }

    static SocketServer bind(InetSocketAddress address, int backlog, Acceptor acceptor) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true); // a restart takes the same port at once
            channel.bind(address, backlog);
            return new SocketServer(channel, acceptor);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Returns where the server listens.
     *
     * @return the address with the real port, also after the server has been closed
     */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Starts the threads; to be called once. Connections are accepted when it returns.
     *
     * @param state what the sessions share; its settings say how many threads and connections there are
     * @param clock what idle connections are measured by
     * @param idleTimeoutMillis after how long a silent connection is closed; 0 for never
     * @throws IOException if the system refuses the means, the server is closed then
     */
    public void serve(ServerState state, InstantSource clock, long idleTimeoutMillis) throws IOException {
        List<EventLoop> made = new ArrayList<>();
        try {
            IdleTimeout idleTimeout = idleTimeoutMillis == 0 ? null : new IdleTimeout(clock, idleTimeoutMillis);
            for (int i = 0; i < state.settings().threads(); i++) {
                String name = "embedded-memcached-" + address.getPort() + "-" + i;
                made.add(new EventLoop(this, state, idleTimeout, name));
            }
            new Listener(this, state, channel, made).register();
            made.forEach(EventLoop::start);
            loops = made;
        } catch (Throwable e) {
            loops = made;
            close();
            throw e;
        }
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
     * Closes the listening socket and every connection and waits for the threads to end; when called by one of these threads,
     * it doesn't wait for that one. Idempotent, and safe to be called by several threads at once.
     */
    @Override
    public void close() {
        closed = true;
        loops.forEach(EventLoop::stop);
        loops.forEach(EventLoop::join);
        try {
            channel.close();
        } catch (IOException e) {
            countFailure();
        }
    }

    // ---- for the listener and the loops

    @Nullable SocketChannel accept() throws IOException {
        return acceptor.accept(channel);
    }

    /** Counts a connection in, or says that there are too many; {@link #release} counts it out. */
    boolean admit(int maxConnections) {
        if (openConnections.incrementAndGet() > maxConnections) {
            openConnections.decrementAndGet();
            return false;
        }
        return true;
    }

    void release() {
        openConnections.decrementAndGet();
    }

    /** Counts something that should not happen and was survived; an embedded server has no log to write it to. */
    void countFailure() {
        failures.increment();
    }

    // ---- for tests

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
