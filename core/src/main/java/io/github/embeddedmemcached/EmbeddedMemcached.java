package io.github.embeddedmemcached;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.protocol.Credentials;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.Interceptor;
import io.github.embeddedmemcached.protocol.ServerState;
import io.github.embeddedmemcached.server.Endpoints;
import io.github.embeddedmemcached.server.ListenException;
import io.github.embeddedmemcached.server.SocketServer;
import io.github.embeddedmemcached.server.TlsSettings;
import io.github.embeddedmemcached.testing.Faults;
import io.github.embeddedmemcached.testing.ManualClock;
import io.github.embeddedmemcached.testing.Recording;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A memcached server inside this JVM. It answers memcached's protocol on a TCP port, and the same items are at hand without
 * a socket as {@link #cache()}.
 *
 * <pre>{@code
 * try (EmbeddedMemcached memcached = EmbeddedMemcached.start()) {
 *     client = new MemcachedClient(memcached.address());
 *     ...
 * }
 * }</pre>
 *
 * <p>A server starts and closes within milliseconds and leaves no thread behind; any number of them live side by side. It can
 * play a node that dies and comes back: {@link #stop()} closes the port and every connection, {@link #restart(Items)} takes
 * the same port again. Or one that hangs ({@link #pause()}), or hangs up ({@link #dropConnections()}). Its {@link #clock()} is
 * the test's to move, and {@link #reset()} makes it as good as new for the next test. Its threads are daemons: they don't keep
 * the JVM alive. Thread-safe.
 */
public final class EmbeddedMemcached implements AutoCloseable {

    /** What becomes of the items when a server is restarted. */
    public enum Items {
        /** They are still there, as if only the network had been away. Statistics go on counting. */
        KEPT,
        /** They are gone, as if the process had died. Statistics begin at zero, and what clients have set by commands is forgotten. */
        DROPPED
    }

    /** Begins the reply of refresh_certs where it fails. */
    private static final String REFRESH_FAILURE = "Error ";

    private final EmbeddedMemcachedBuilder settings;
    private final ManualClock clock;
    private final Cache cache;
    private final Endpoints endpoints; // the ports are the real ones
    private final @Nullable InetSocketAddress clientAddress; // null: there is no TCP port

    private final Interceptors interceptors = new Interceptors();
    private final Recording recording = new Recording(interceptors::update);
    private final Faults faults = new Faults(new FaultsHost());

    private final Object lock = new Object(); // never waited for by one of the server's own threads
    private ServerState state; // guarded by lock
    private volatile SocketServer server; // replaced under lock
    private volatile boolean closed; // set under lock
    private final CountDownLatch closing = new CountDownLatch(1);

    EmbeddedMemcached(EmbeddedMemcachedBuilder settings) {
        this.settings = settings;
        interceptors.add(recording, recording::isOn);
        interceptors.add(faults, faults::isActive);
        Interceptor discovery = settings.discovery();
        if (discovery != null) {
            interceptors.add(discovery, () -> true);
        }
        if (settings.recordCommands() > 0) {
            recording.start(settings.recordCommands());
        }
        clock = settings.clock();
        cache = settings.newCache(clock);
        server = listen(settings.endpoints());
        endpoints = server.endpoints();
        clientAddress = endpoints.tcp().isEmpty()
                ? null
                : clientAddress(endpoints.tcp().get(0).address());
        state = newState();
        serve(server, state);
    }

    /**
     * Starts a server on the loopback address and a free port, with memcached's defaults.
     *
     * @return a server that accepts connections
     * @throws UncheckedIOException if the system refuses a port or threads
     */
    public static EmbeddedMemcached start() {
        return builder().start();
    }

    /**
     * Begins the settings of a server, with memcached's defaults but on the loopback address and a free port.
     *
     * @return a builder
     */
    public static EmbeddedMemcachedBuilder builder() {
        return new EmbeddedMemcachedBuilder();
    }

    /**
     * Returns where clients connect to; of several addresses the first. It stays the same for life, also while the server is
     * stopped.
     *
     * @return the address with the real port, never a wildcard and with no name to look up
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public InetSocketAddress address() {
        if (clientAddress == null) {
            throw new IllegalStateException("the server has no address, since it was started with tcp(false)");
        }
        return clientAddress;
    }

    /**
     * Returns the host part of {@link #address()} as text.
     *
     * @return a numeric address such as {@code 127.0.0.1}
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public String host() {
        return address().getAddress().getHostAddress();
    }

    /**
     * Returns the port part of {@link #address()}.
     *
     * @return the port that the server really listens on, never 0
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public int port() {
        return address().getPort();
    }

    /**
     * Returns the items, to be worked on without a socket. Clients see what is done here and the other way round, also while
     * the server is stopped. The cache is closed with the server.
     *
     * @return the same cache for the server's whole life
     */
    public Cache cache() {
        return cache;
    }

    /**
     * Returns what the server reads the time from, for a test to move: expiry of items, idle timeouts, uptime and all else obey.
     *
     * @return the clock that the builder was given, or one that runs with it
     */
    public ManualClock clock() {
        return clock;
    }

    /**
     * Returns the commands that the server received, as long as they are recorded: from {@link Recording#start()} on, or from the
     * beginning by {@link EmbeddedMemcachedBuilder#recordCommands(int)}.
     *
     * @return the same for the server's whole life
     */
    public Recording recording() {
        return recording;
    }

    /**
     * Returns the rules by which the server fails its clients on purpose, for tests of how they bear it.
     *
     * @return the same for the server's whole life: rules hold also after {@link #stop()} and {@link #restart()}
     */
    public Faults faults() {
        return faults;
    }

    /**
     * Tells whether the server listens.
     *
     * @return false while it is stopped, and once it has been closed; true while it is paused
     */
    public boolean isRunning() {
        return server.isOpen();
    }

    /**
     * Closes the port and every connection, as if the process had died or its cable had been cut. Returns when that is done, or,
     * to one of the server's own threads, at once. The items wait in the {@link #cache()} for what {@link #restart(Items)} is
     * going to say. Does nothing if the server is stopped already.
     */
    public void stop() {
        SocketServer serving = server;
        if (!leaveToAnother(serving, serving::close)) {
            synchronized (lock) {
                server.close();
            }
        }
    }

    /**
     * Listens again on the same port, without the items: {@link #restart(Items) restart(Items.DROPPED)}.
     *
     * @throws UncheckedIOException if somebody else has taken the port meanwhile; the server is stopped then
     * @throws IllegalStateException if the server has been closed, or the caller is one of its own threads
     */
    public void restart() {
        restart(Items.DROPPED);
    }

    /**
     * Listens again on the same port, after stopping if the server runs. Accepts connections when it returns.
     *
     * @param items whether they are still there
     * @throws UncheckedIOException if somebody else has taken the port meanwhile; the server is stopped then
     * @throws IllegalStateException if the server has been closed, or the caller is one of its own threads
     */
    public void restart(Items items) {
        Objects.requireNonNull(items, "items");
        if (server.isServedByCurrentThread()) {
            throw new IllegalStateException(
                    "a thread of the server can't restart it: that thread would have to end first");
        }
        synchronized (lock) {
            checkOpen("restarted");
            server.close();
            SocketServer next = listen(endpoints);
            if (items == Items.DROPPED) {
                cache.reset();
                state.close();
                state = newState();
            }
            server = next; // before its threads start, so that they know themselves
            serve(next, state);
            if (faults.isRefusing()) {
                refuse(true);
                next.dropConnections(); // those that were quicker
            }
        }
    }

    /**
     * Makes the server stand still, as SIGSTOP does to a process: the system goes on accepting connections and taking in what
     * clients send, but nothing is read and nothing answered, not over UDP either. Returns when all threads stand still, or, to
     * one of the server's own threads, at once. The {@link #cache()} can be used meanwhile. Whoever stops, restarts or closes
     * the server ends the pause. Does nothing if the server is stopped, or paused already.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void pause() {
        checkOpen("paused");
        server.pause();
    }

    /**
     * Lets the server go on after {@link #pause()}: it answers what has come in meanwhile. Does nothing if it isn't paused.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void resume() {
        checkOpen("resumed");
        server.resume();
    }

    /**
     * Closes every connection, without an answer to what was under way, and goes on listening. Returns when they are closed, or,
     * to one of the server's own threads, at once. Does nothing if the server is stopped.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void dropConnections() {
        checkOpen("told to drop connections");
        server.dropConnections();
    }

    /**
     * Makes the server what it was when it was started, for the next test: no items and no flush to come, statistics and uptime at
     * zero, {@link #faults()} and {@link #recording()} cleared, the clock {@linkplain ManualClock#reset() back}, and what clients have set by commands forgotten. The port and the
     * connections stay, and a paused server goes on. What a client has asked for is done either before or after.
     *
     * @throws IllegalStateException if the server has been closed, or the caller is one of its own threads
     */
    public void reset() {
        if (server.isServedByCurrentThread()) {
            throw new IllegalStateException(
                    "a thread of the server can't reset it: that thread would have to stand still meanwhile");
        }
        synchronized (lock) {
            checkOpen("reset");
            faults.clear();
            server.pause();
            try {
                clock.reset();
                state.reset();
                recording.clear();
                server.forgetSilence();
            } finally {
                server.resume();
            }
        }
    }

    /**
     * Closes the port, every connection and the cache, and waits for the threads to end: milliseconds. To one of the server's
     * own threads it returns at once, and the rest follows. Idempotent, and {@link #stop()} does nothing afterwards. Everything else
     * that would act on the server, its {@link #cache()}, {@link #faults()} or {@link #recording()} throws IllegalStateException from
     * then on; what was recorded can still be read.
     */
    @Override
    public void close() {
        if (!leaveToAnother(server, this::close)) {
            synchronized (lock) {
                if (!closed) {
                    closed = true;
                    server.close();
                    state.close();
                    cache.close();
                    recording.serverClosed();
                    closing.countDown();
                }
            }
        }
    }

    private void checkOpen(String participle) {
        if (closed) {
            throw new IllegalStateException("the server on " + place() + " has been closed for good and can't be "
                    + participle + ": start another one, or use stop() where it is to be restarted");
        }
    }

    /**
     * One of the server's own threads, in a shutdown command, a clock or a trace, can neither wait for itself nor for a lock whose
     * owner waits for it. So it begins the end, and a thread that is made for it does the waiting. False: it was another.
     */
    private static boolean leaveToAnother(SocketServer serving, Runnable end) {
        if (!serving.isServedByCurrentThread()) {
            return false;
        }
        serving.beginClose();
        Thread thread = new Thread(null, end, "embedded-memcached-closer", 0, false);
        thread.setDaemon(true);
        thread.start();
        return true;
    }

    /** Waits until somebody has closed the server. */
    void awaitClose() throws InterruptedException {
        closing.await();
    }

    /** Replaces the users of a server that has some; clients that are logged in stay so. */
    void credentials(Credentials users) {
        synchronized (lock) {
            state.credentials(users);
        }
    }

    /** Does what refresh_certs does; returns null, or a sentence that says why it failed. */
    @Nullable String refreshCertificates() {
        synchronized (lock) {
            String reply = state.refreshCertificates();
            return reply == null ? null : reply.substring(REFRESH_FAILURE.length());
        }
    }

    /** Where the server listens, with the real ports. */
    Endpoints endpoints() {
        return endpoints;
    }

    @Override
    public String toString() {
        String phase = closed ? "closed" : isRunning() ? "running" : "stopped";
        return "EmbeddedMemcached[" + place() + ", " + phase + ", memory limit " + (cache().memoryLimitBytes() >> 20)
                + " MB]";
    }

    private String place() {
        if (clientAddress != null) {
            return host() + ":" + port();
        }
        Endpoints.UnixSocket unix = endpoints.unixSocket();
        return unix != null ? unix.path().toString() : "no TCP port";
    }

    private static SocketServer listen(Endpoints endpoints) {
        try {
            return SocketServer.bind(endpoints);
        } catch (ListenException e) {
            throw new UncheckedIOException(e.getMessage(), e.reason());
        }
    }

    private void serve(SocketServer listening, ServerState shared) {
        try {
            listening.serve(shared, settings.idleTimeoutMillis(), settings.tls());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot serve " + place() + ": " + e.getMessage(), e);
        }
    }

    private ServerState newState() {
        ServerState made = new ServerState(cache, settings.serverSettings(endpoints), clock, settings.traceSink());
        made.onShutdown(this::close);
        interceptors.attach(made);
        if (settings.debugTime()) {
            made.debugClock(clock);
        }
        TlsSettings tls = settings.tls();
        if (tls != null) {
            made.onRefreshCertificates(() -> refresh(tls));
        }
        return made;
    }

    private void refuse(boolean refused) {
        try {
            server.refuse(refused);
        } catch (ListenException e) {
            throw new UncheckedIOException(e.getMessage(), e.reason());
        }
    }

    private final class FaultsHost implements Faults.Host {
        @Override
        public void rulesChanged() {
            interceptors.update();
        }

        @Override
        public void checkOpen() {
            EmbeddedMemcached.this.checkOpen("given faults");
        }

        @Override
        public void endDisturbances(Predicate<? super Disturbance> which) {
            server.endDisturbances(which);
        }

        @Override
        public void refusalsChanged() {
            if (server.isServedByCurrentThread()) {
                refuse(faults.isRefusing());
                return;
            }
            synchronized (lock) {
                refuse(faults.isRefusing());
            }
        }
    }

    private static @Nullable String refresh(TlsSettings tls) {
        try {
            tls.refresh().call();
            return null;
        } catch (Exception e) {
            return REFRESH_FAILURE + e.getMessage(); // a sentence that names the file
        }
    }

    /** A wildcard is no address to connect to on every system; and a literal as the name keeps clients from a DNS look-up. */
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
