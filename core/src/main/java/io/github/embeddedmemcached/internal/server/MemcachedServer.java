package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.connection.ServerCounters;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.listen.ListenException;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.AdjustableClock;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.CacheServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A memcached server: a cache, the state that its sessions share, and the sockets and threads of its connections. It can be stopped and
 * restarted, on the same ports, with or without its items. Thread-safe.
 *
 * <p>A thread of the server that stops or closes it, in a {@code shutdown} command for example, must not wait for itself, nor for a lock
 * whose owner waits for it: the thread begins to close the server, and a new thread completes the operation.
 */
public final class MemcachedServer implements CacheServers.Server, Runnable {
    /** The application's part of a server. */
    @FunctionalInterface
    public interface Owner {
        /** Returns whether new connections are refused, see {@link #updateRefusal}. */
        default boolean refusesConnections() {
            return false;
        }

        /** Called once, when the sockets of the server have been closed. */
        void serverClosed();
    }

    /** The beginning of the reply to a refresh_certs that failed. */
    private static final String REFRESH_FAILURE = "Error ";

    private final ServerConfig config;
    private final CacheEngine cache;
    private final CacheServers serversOfCache;
    private final InstantSource clock;
    private final @Nullable AdjustableClock debugClock;
    private final InterceptorChain interceptors;
    private final Owner owner;
    private final Endpoints endpoints; // with the actual ports
    private final @Nullable InetSocketAddress address; // null: there is no TCP port

    private final Object lock = new Object(); // a thread of the server never waits for it
    private volatile ServerContext context; // replaced under lock
    private volatile SocketServer sockets; // replaced under lock
    private volatile boolean closed; // written under lock
    private final CountDownLatch closing = new CountDownLatch(1);

    /**
     * Starts a server.
     *
     * @param config the addresses, the limits and the settings of the sessions
     * @param cache the items; the application and other servers may use it too
     * @param serversOfCache this server is added to it until it is closed
     * @param clock the clock of the cache
     * @param debugClock the same clock, if clients may move it by {@code debugtime}; null if they may not
     * @param interceptors called with each command
     * @param owner the application's part
     * @throws UncheckedIOException if a port is in use or the system refuses a socket or thread
     * @throws IllegalStateException if the cache has been closed
     */
    public MemcachedServer(
            ServerConfig config,
            CacheEngine cache,
            CacheServers serversOfCache,
            InstantSource clock,
            @Nullable AdjustableClock debugClock,
            InterceptorChain interceptors,
            Owner owner) {
        this.config = config;
        this.cache = cache;
        this.serversOfCache = serversOfCache;
        this.clock = clock;
        this.debugClock = debugClock;
        this.interceptors = interceptors;
        this.owner = owner;
        sockets = listen(config.endpoints());
        endpoints = sockets.endpoints();
        address = endpoints.tcp().isEmpty()
                ? null
                : clientAddress(endpoints.tcp().get(0).address());
        context = newContext();
        synchronized (lock) { // if the cache is closed meanwhile, it waits here, and then closes this server
            boolean isServing = false;
            try {
                serversOfCache.add(this);
                serve(sockets, context);
                isServing = true;
            } finally {
                if (!isServing) {
                    sockets.close();
                    context.close();
                    serversOfCache.remove(this);
                }
            }
        }
    }

    /**
     * Begins to load the classes that sessions need, in another thread. Called by a program that starts a server and does nothing else,
     * before it creates the cache.
     */
    public static void prepare() {
        WarmUp.begin();
    }

    public CacheEngine cache() {
        return cache;
    }

    /** Returns the address for clients, with the actual port and without a name to look up; null if the server has no TCP port. */
    public @Nullable InetSocketAddress address() {
        return address;
    }

    /** Returns the addresses on which the server listens, with the actual ports. */
    public Endpoints endpoints() {
        return endpoints;
    }

    /** Returns whether the server listens, paused or not. */
    public boolean isRunning() {
        return sockets.isOpen();
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isServedByCurrentThread() {
        return sockets.isServedByCurrentThread();
    }

    /** Returns whether {@link #pause} suspends the server. */
    public boolean isPaused() {
        return sockets.isPaused();
    }

    /** Returns the counters of the server; others after a restart without items. */
    public ServerCounters counters() {
        return context.counters();
    }

    /** Returns the settings of the sessions. */
    public ServerSettings settings() {
        return config.settings();
    }

    /**
     * Closes the ports and all connections, and waits for the threads to end, unless the caller is a thread of the server. Does nothing if
     * the server is stopped.
     */
    public void stop() {
        SocketServer serving = sockets;
        if (!closeInNewThread(serving, serving::close)) {
            synchronized (lock) {
                sockets.close();
            }
        }
    }

    /**
     * Stops the server if it is running, and listens again on the same ports.
     *
     * @param keepsItems whether items and statistics are kept
     * @throws UncheckedIOException if a port is in use by another process; the server is stopped then
     * @throws IllegalStateException if the server is closed, or the caller is one of its threads
     */
    public void restart(boolean keepsItems) {
        if (isServedByCurrentThread()) {
            throw new IllegalStateException(
                    "a thread of the server can't restart it: that thread would have to end first");
        }
        synchronized (lock) {
            checkOpen("restart");
            sockets.close();
            SocketServer next = listen(endpoints);
            if (!keepsItems) {
                cache.reset();
                context.close();
                context = newContext();
            }
            sockets = next; // before its threads start, so that they are recognized as threads of the server
            serve(next, context);
            if (owner.refusesConnections()) {
                refuse();
                next.dropConnections(); // those that have already been accepted
            }
        }
    }

    /**
     * Suspends all event loops, and waits until they are suspended, unless the caller is a thread of the server. Does nothing if the
     * server is stopped or paused.
     */
    public void pause() {
        checkOpen("pause");
        sockets.pause();
    }

    /** Ends {@link #pause}. Does nothing if the server is not paused. */
    public void resume() {
        checkOpen("resume");
        sockets.resume();
    }

    /** Closes all connections and continues to listen. Does nothing if the server is stopped. */
    public void dropConnections() {
        checkOpen("drop connections");
        sockets.dropConnections();
    }

    /**
     * Restores the state that the server had after its start, while the event loops are suspended. Keeps ports and connections.
     *
     * @param beforePause called first
     * @param whilePaused called while the event loops are suspended; resets the clock
     * @throws IllegalStateException if the server is closed, or the caller is one of its threads
     */
    public void reset(Runnable beforePause, Runnable whilePaused) {
        if (isServedByCurrentThread()) {
            throw new IllegalStateException(
                    "a thread of the server can't reset it: that thread would have to be suspended during the reset");
        }
        synchronized (lock) {
            checkOpen("reset");
            beforePause.run();
            sockets.pause();
            try {
                whilePaused.run();
                context.reset();
                sockets.resetIdleTimes();
            } finally {
                sockets.resume();
            }
        }
    }

    /**
     * Closes the ports, all connections and the cache if the server owns it, and waits for the threads to end, unless the caller is one of
     * them. Idempotent.
     */
    @Override
    public void close() {
        if (!closeInNewThread(sockets, this::close)) {
            synchronized (lock) {
                if (!closed) {
                    closed = true;
                    sockets.close();
                    context.close();
                    serversOfCache.remove(this);
                    owner.serverClosed();
                    closing.countDown();
                }
            }
        }
    }

    /** Closes the server: the action of the shutdown command. */
    @Override
    public void run() {
        close();
    }

    /** Blocks until the server is closed. */
    public void awaitClose() throws InterruptedException {
        closing.await();
    }

    /**
     * Throws an exception if the server is closed.
     *
     * @param operation the rejected operation, as an infinitive: {@code pause}
     */
    public void checkOpen(String operation) {
        if (closed) {
            throw new IllegalStateException("cannot " + operation + ": the server on " + addressText()
                    + " has been closed; start another one, or use stop() instead of close() to restart it later");
        }
    }

    /** Returns the server's address as text, or that of its Unix domain socket. */
    public String addressText() {
        if (address != null) {
            return address.getAddress().getHostAddress() + ":" + address.getPort();
        }
        Endpoints.UnixSocket unix = endpoints.unixSocket();
        return unix != null ? unix.path().toString() : "no TCP port";
    }

    /** Replaces the users of a server that was started with users. Authenticated clients stay authenticated. */
    public void credentials(Credentials users) {
        synchronized (lock) {
            context.authentication().replace(users);
        }
    }

    /** Reads the certificates again, as {@code refresh_certs} does; returns null, or the reason of the failure. */
    public @Nullable String refreshCertificates() {
        synchronized (lock) {
            String reply = context.hooks().refreshCertificates();
            return reply == null ? null : reply.substring(REFRESH_FAILURE.length());
        }
    }

    /** Ends the response faults that match, on all connections. */
    public void endFaults(Predicate<? super ResponseFault> which) {
        sockets.endFaults(which);
    }

    /** Must be called when {@code refusesConnections} changes; returns when the change is effective. */
    public void updateRefusal() {
        if (isServedByCurrentThread()) {
            refuse();
            return;
        }
        synchronized (lock) {
            refuse();
        }
    }

    private void refuse() {
        try {
            sockets.refuse(owner.refusesConnections());
        } catch (ListenException e) {
            throw new UncheckedIOException(e.getMessage(), e.reason());
        }
    }

    /** Closes the sockets in a new thread if the caller is a thread of the server; returns whether it is. */
    private static boolean closeInNewThread(SocketServer serving, Runnable end) {
        if (!serving.isServedByCurrentThread()) {
            return false;
        }
        serving.beginClose();
        CacheServers.startCloser(end);
        return true;
    }

    private static SocketServer listen(Endpoints endpoints) {
        try {
            return SocketServer.bind(endpoints);
        } catch (ListenException e) {
            throw new UncheckedIOException(e.getMessage(), e.reason());
        }
    }

    private void serve(SocketServer listening, ServerContext shared) {
        try {
            listening.serve(shared, config.idleTimeoutMillis(), config.tls());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot serve " + addressText() + ": " + e.getMessage(), e);
        }
    }

    private ServerContext newContext() {
        ServerContext created = new ServerContext(cache, config.settingsFor(endpoints), clock, config.traceSink());
        created.hooks().onShutdown(this);
        interceptors.attach(created.interceptor());
        created.hooks().debugClock(debugClock);
        TlsSettings tls = config.tls();
        if (tls != null) {
            created.hooks().onRefreshCertificates(() -> refresh(tls));
        }
        return created;
    }

    private static @Nullable String refresh(TlsSettings tls) {
        try {
            tls.refresh().call();
            return null;
        } catch (Exception e) {
            return REFRESH_FAILURE + e.getMessage(); // the message names the file
        }
    }

    /** Replaces a wildcard address, to which not every system can connect; the literal as host name prevents a DNS lookup by clients. */
    private static InetSocketAddress clientAddress(InetSocketAddress bound) {
        InetAddress address = bound.getAddress();
        if (address.isAnyLocalAddress()) {
            address = InetAddress.getLoopbackAddress();
        }
        try {
            address = InetAddress.getByAddress(address.getHostAddress(), address.getAddress());
        } catch (UnknownHostException e) {
            throw new AssertionError("an address has the length of an address", e);
        }
        return new InetSocketAddress(address, bound.getPort());
    }
}
