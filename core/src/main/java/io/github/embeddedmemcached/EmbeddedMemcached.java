package io.github.embeddedmemcached;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.server.InterceptorChain;
import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.testing.FaultsControl;
import io.github.embeddedmemcached.internal.testing.FaultsHost;
import io.github.embeddedmemcached.internal.testing.Fixtures;
import io.github.embeddedmemcached.internal.testing.RecordingControl;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.Faults;
import io.github.embeddedmemcached.testing.Recording;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A memcached server inside this JVM. It serves memcached's protocols on a TCP port; {@link #cache()} gives access to the same
 * items without a socket.
 *
 * <pre>{@code
 * try (EmbeddedMemcached memcached = EmbeddedMemcached.start()) {
 *     client = new MemcachedClient(memcached.address());
 *     ...
 * }
 * }</pre>
 *
 * <p>A server starts and closes within milliseconds and leaves no thread behind. A JVM can run any number of servers. A server can
 * simulate a node that fails and recovers: {@link #stop()} closes the port and all connections, and {@link #restart(Items)} opens the
 * same port again. {@link #pause()} simulates a node that hangs, {@link #dropConnections()} one that closes its connections. Tests
 * can change the time with {@link #clock()}, and {@link #reset()} restores the initial state for the next test. All threads of a
 * server are daemon threads: they don't keep the JVM alive. Thread-safe.
 */
public final class EmbeddedMemcached implements AutoCloseable {

    /** Whether a server keeps its items when it is restarted. */
    public enum Items {
        /** The items are kept, as after a network failure. Statistics continue to count. */
        KEPT,
        /** The items are dropped, as if the process had ended. Statistics start at zero, and settings changed by commands are restored. */
        DROPPED
    }

    private final @Nullable TestClock clock; // null: the application's cache has another one
    private final Cache cache;
    private final boolean ownsCache;
    private final InterceptorChain interceptors = new InterceptorChain();
    private final Callbacks callbacks = new Callbacks();
    private final Recording recording = Fixtures.newRecording(Recording.class, callbacks);
    private final RecordingControl recordingControl = Fixtures.recordingControl(recording);
    private final Faults faults = Fixtures.newFaults(Faults.class, callbacks);
    private final FaultsControl faultsControl = Fixtures.faultsControl(faults);
    private final MemcachedServer server;
    private final @Nullable String name;
    private volatile @Nullable Runnable unregister; // removes the MBean

    EmbeddedMemcached(EmbeddedMemcachedBuilder settings) {
        interceptors.add(recordingControl.interceptor());
        interceptors.add(faultsControl.interceptor());
        Interceptor discovery = settings.discovery();
        if (discovery != null) {
            interceptors.add(discovery);
        }
        if (settings.recordCommands() > 0) {
            recording.start(settings.recordCommands());
        }
        Cache shared = settings.cache();
        ownsCache = shared == null;
        cache = shared == null ? settings.newCache() : shared;
        CacheEngine engine = Engines.of(cache);
        clock = engine.clockSource() instanceof TestClock testClock ? testClock : null;
        name = settings.name();
        try {
            server = new MemcachedServer(
                    settings.serverConfig(),
                    engine,
                    Engines.coreOf(cache).servers(),
                    engine.clockSource(),
                    null,
                    interceptors,
                    callbacks);
        } catch (Throwable e) {
            closeOwnCache(); // removes its MBean
            throw e;
        }
        if (name != null) {
            unregister = ServerBeans.register(server, name);
            if (server.isClosed()) { // a client has shut it down already
                unregister();
            }
        }
    }

    private void unregister() {
        Runnable action = unregister;
        if (action != null) {
            action.run();
        }
    }

    private void closeOwnCache() {
        if (ownsCache) {
            cache.close();
        }
    }

    /**
     * Starts a server on the loopback address and a free port, with memcached's defaults.
     *
     * @return a server that accepts connections
     * @throws UncheckedIOException if the system refuses a port or a thread
     */
    public static EmbeddedMemcached start() {
        return builder().start();
    }

    /**
     * Returns a builder with memcached's defaults, except that the server listens on the loopback address and a free port.
     *
     * @return a new builder
     */
    public static EmbeddedMemcachedBuilder builder() {
        return new EmbeddedMemcachedBuilder();
    }

    /**
     * Returns the name of the server, see {@link EmbeddedMemcachedBuilder#name}.
     *
     * @return the name, or null if it has none
     */
    public @Nullable String name() {
        return name;
    }

    /**
     * Returns the TCP address to which clients connect. It remains the same for the server's whole life, even while the server
     * is stopped.
     *
     * @return the address with the actual port; never a wildcard address, and without a name to look up
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public InetSocketAddress address() {
        InetSocketAddress address = server.address();
        if (address == null) {
            throw new IllegalStateException("the server has no address: it was started with tcp(false)");
        }
        return address;
    }

    /**
     * Returns the host part of {@link #address()} as text.
     *
     * @return a numeric address such as {@code 127.0.0.1}; an IPv6 address has no brackets
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public String host() {
        return address().getAddress().getHostAddress();
    }

    /**
     * Returns the port part of {@link #address()}.
     *
     * @return the actual port, never 0
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public int port() {
        return address().getPort();
    }

    /**
     * Returns {@link #address()} as text, in the form that clients accept in their configuration: {@code localhost:11211} if the
     * server listens on the address to which {@code localhost} resolves, otherwise a numeric address such as
     * {@code 192.0.2.1:11211}, with an IPv6 address in brackets. The name is for xmemcached, which finds
     * the credentials for a server only by an address text that contains the name.
     *
     * @return the host and port, separated by a colon
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public String connectionString() {
        InetAddress address = address().getAddress();
        if (isLocalhost(address)) {
            return "localhost:" + port();
        }
        return address instanceof Inet6Address ? "[" + host() + "]:" + port() : host() + ":" + port();
    }

    /** Returns whether clients that look up {@code localhost} connect to the address: they use the first result. */
    private static boolean isLocalhost(InetAddress address) {
        try {
            return address.isLoopbackAddress() && address.equals(InetAddress.getByName("localhost"));
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * Returns the cache with the server's items. Changes made through it are visible to clients and vice versa. It can also be used
     * while the server is stopped. It is closed with the server, unless it is a {@linkplain EmbeddedMemcachedBuilder#cache cache of the
     * application}. Closing it closes the server.
     *
     * @return the same cache for the server's whole life
     */
    public Cache cache() {
        return cache;
    }

    /**
     * Returns the clock that determines the expiry of items, idle timeouts, uptime and all other times of the server. Tests can change it.
     *
     * @return the {@code TestClock} given to the builder, or one that is based on the builder's clock; with a {@linkplain
     *     EmbeddedMemcachedBuilder#cache cache of the application}, the {@code TestClock} of that cache
     * @throws IllegalStateException if the clock of the application's cache is not a {@code TestClock}
     */
    public TestClock clock() {
        if (clock == null) {
            throw new IllegalStateException(
                    "the clock of the application's cache is not a TestClock: build the cache with one");
        }
        return clock;
    }

    /**
     * Returns the recording of the commands that the server receives. It is off until it is started by {@link Recording#start()},
     * unless {@link EmbeddedMemcachedBuilder#recordCommands(int)} starts it with the server.
     *
     * @return the same recording for the server's whole life
     */
    public Recording recording() {
        return recording;
    }

    /**
     * Returns the rules that inject faults into this server, for tests of how clients handle them.
     *
     * @return the same object for the server's whole life: rules also apply after {@link #stop()} and {@link #restart()}
     */
    public Faults faults() {
        return faults;
    }

    /**
     * Returns whether the server is listening.
     *
     * @return false while it is stopped, and after it was closed; true while it is paused
     */
    public boolean isRunning() {
        return server.isRunning();
    }

    /**
     * Closes the port and all connections, as if the process had ended or the network had failed. Returns when they are closed, or
     * immediately if called by one of the server's own threads. The items stay in the {@link #cache()}; {@link #restart(Items)} keeps
     * or drops them. Does nothing if the server is already stopped or closed.
     */
    public void stop() {
        server.stop();
    }

    /**
     * Listens again on the same port, without the items. Equivalent to {@link #restart(Items) restart(Items.DROPPED)}.
     *
     * @throws UncheckedIOException if another process or server has taken the port; the server is stopped then
     * @throws IllegalStateException if the server has been closed, the caller is one of its own threads, or the application {@linkplain
     *     EmbeddedMemcachedBuilder#cache owns the cache}
     */
    public void restart() {
        restart(Items.DROPPED);
    }

    /**
     * Listens again on the same port, after stopping if the server is running. When this method returns, the server accepts connections.
     *
     * @param items whether the server keeps its items
     * @throws UncheckedIOException if another process or server has taken the port; the server is stopped then
     * @throws IllegalStateException if the server has been closed, the caller is one of its own threads, or the items are to be dropped but
     *     the application {@linkplain EmbeddedMemcachedBuilder#cache owns the cache}
     */
    public void restart(Items items) {
        if (Objects.requireNonNull(items, "items") == Items.DROPPED) {
            checkOwnsCache("restart the server without its items", "restart it with Items.KEPT");
        }
        server.restart(items == Items.KEPT);
    }

    /**
     * Suspends the server, as SIGSTOP suspends a process: the operating system still accepts connections and buffers the bytes that
     * clients send, but the server neither reads nor replies, over UDP as over TCP. Returns when all threads are suspended, or
     * immediately if called by one of the server's own threads. The {@link #cache()} can be used during the pause. Stopping,
     * restarting or closing the server ends the pause. Does nothing if the server is stopped or already paused.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void pause() {
        server.pause();
    }

    /**
     * Resumes the server after {@link #pause()}: it executes the commands received during the pause. Does nothing if it isn't paused.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void resume() {
        server.resume();
    }

    /**
     * Closes all connections without replying to unfinished commands, and continues to listen. Returns when they are closed, or
     * immediately if called by one of the server's own threads. Does nothing if the server is stopped.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void dropConnections() {
        server.dropConnections();
    }

    /**
     * Restores the initial state of the server, for the next test: no items and no pending flush, statistics and uptime at zero,
     * {@link #faults()} and {@link #recording()} cleared, the clock {@linkplain TestClock#reset() reset}, and settings changed by
     * commands restored. The port and the connections stay open, and a paused server is resumed. Each command is executed either
     * before or after the reset.
     *
     * @throws IllegalStateException if the server has been closed, the caller is one of its own threads, or the application {@linkplain
     *     EmbeddedMemcachedBuilder#cache owns the cache}
     */
    public void reset() {
        checkOwnsCache("reset the server", "reset the cache");
        server.reset(faults::clear, () -> {
            clock().reset();
            recording.clear();
        });
    }

    private void checkOwnsCache(String operation, String alternative) {
        if (!ownsCache) {
            throw new IllegalStateException(
                    "cannot " + operation + ", because the application owns the cache: " + alternative + " instead");
        }
    }

    /**
     * Closes the port and all connections, and the cache unless the application {@linkplain EmbeddedMemcachedBuilder#cache owns it}, and
     * waits until the threads have ended, which takes milliseconds. If called by one of the server's own threads, it returns immediately,
     * and another thread completes the operation. Idempotent, and {@link #stop()} does nothing afterwards. All other methods that act on
     * the server, a cache that was closed with it, {@link #faults()} or {@link #recording()} throw IllegalStateException afterwards, except
     * that recorded commands and statistics can still be read, and faults cleared.
     */
    @Override
    public void close() {
        server.close();
    }

    @Override
    public String toString() {
        String state = server.isClosed() ? "closed" : isRunning() ? "running" : "stopped";
        return "EmbeddedMemcached[" + (name == null ? "" : name + ": ") + server.addressText() + ", " + state
                + ", memory limit " + (cache.memoryLimitBytes() >> 20) + " MB]";
    }

    /** Calls by the parts of the server. One class in place of several lambdas, because linking each of them would slow down the start. */
    private final class Callbacks implements FaultsHost, MemcachedServer.Owner, Runnable {
        /** Called when the recording has been started or stopped. */
        @Override
        public void run() {
            interceptors.update();
        }

        @Override
        public void rulesChanged() {
            interceptors.update();
        }

        @Override
        public void checkOpen() {
            server.checkOpen("change its faults");
        }

        @Override
        public void endFaults(Predicate<? super ResponseFault> which) {
            server.endFaults(which);
        }

        @Override
        public void refusalsChanged() {
            server.updateRefusal();
        }

        @Override
        public boolean refusesConnections() {
            return faultsControl.isRefusing();
        }

        @Override
        public void serverClosed() {
            unregister();
            closeOwnCache();
            recordingControl.serverClosed();
        }
    }
}
