package io.github.embeddedmemcached;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.engine.Engines;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.server.InterceptorChain;
import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.testing.FaultsControl;
import io.github.embeddedmemcached.internal.testing.FaultsHost;
import io.github.embeddedmemcached.internal.testing.Fixtures;
import io.github.embeddedmemcached.internal.testing.RecordingControl;
import io.github.embeddedmemcached.testing.Faults;
import io.github.embeddedmemcached.testing.Recording;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.function.Predicate;

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

    private final TestClock clock;
    private final Cache cache;
    private final InterceptorChain interceptors = new InterceptorChain();
    private final Recording recording = Fixtures.newRecording(Recording.class, interceptors::update);
    private final RecordingControl recordingControl = Fixtures.recordingControl(recording);
    private final Faults faults = Fixtures.newFaults(Faults.class, new FaultsTarget());
    private final FaultsControl faultsControl = Fixtures.faultsControl(faults);
    private final MemcachedServer server;

    EmbeddedMemcached(EmbeddedMemcachedBuilder settings) {
        interceptors.add(recordingControl.interceptor(), recording::isOn);
        interceptors.add(faultsControl.interceptor(), faultsControl::isActive);
        Interceptor discovery = settings.discovery();
        if (discovery != null) {
            interceptors.add(discovery, () -> true);
        }
        if (settings.recordCommands() > 0) {
            recording.start(settings.recordCommands());
        }
        clock = settings.clock();
        cache = settings.newCache(clock);
        server = new MemcachedServer(
                settings.serverConfig(),
                Engines.of(cache),
                clock,
                null,
                interceptors,
                faultsControl::isRefusing,
                this::closed);
    }

    private void closed() {
        cache.close();
        recordingControl.serverClosed();
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
        InetSocketAddress address = server.address();
        if (address == null) {
            throw new IllegalStateException("the server has no address, since it was started with tcp(false)");
        }
        return address;
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
     * Returns {@link #host()} and {@link #port()} as clients take them in their configuration.
     *
     * @return {@code 127.0.0.1:11211}; an IPv6 address is in brackets
     * @throws IllegalStateException if the server doesn't listen on TCP
     */
    public String connectionString() {
        return address().getAddress() instanceof Inet6Address ? "[" + host() + "]:" + port() : host() + ":" + port();
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
    public TestClock clock() {
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
        return server.isRunning();
    }

    /**
     * Closes the port and every connection, as if the process had died or its cable had been cut. Returns when that is done, or,
     * to one of the server's own threads, at once. The items wait in the {@link #cache()} for what {@link #restart(Items)} is
     * going to say. Does nothing if the server is stopped already.
     */
    public void stop() {
        server.stop();
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
        server.restart(items == Items.KEPT);
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
        server.pause();
    }

    /**
     * Lets the server go on after {@link #pause()}: it answers what has come in meanwhile. Does nothing if it isn't paused.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void resume() {
        server.resume();
    }

    /**
     * Closes every connection, without an answer to what was under way, and goes on listening. Returns when they are closed, or,
     * to one of the server's own threads, at once. Does nothing if the server is stopped.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void dropConnections() {
        server.dropConnections();
    }

    /**
     * Makes the server what it was when it was started, for the next test: no items and no flush to come, statistics and uptime at
     * zero, {@link #faults()} and {@link #recording()} cleared, the clock {@linkplain TestClock#reset() back}, and what clients
     * have set by commands forgotten. The port and the connections stay, and a paused server goes on. What a client has asked for
     * is done either before or after.
     *
     * @throws IllegalStateException if the server has been closed, or the caller is one of its own threads
     */
    public void reset() {
        server.reset(faults::clear, () -> {
            clock.reset();
            recording.clear();
        });
    }

    /**
     * Closes the port, every connection and the cache, and waits for the threads to end: milliseconds. To one of the server's
     * own threads it returns at once, and the rest follows. Idempotent, and {@link #stop()} does nothing afterwards. Everything else
     * that would act on the server, its {@link #cache()}, {@link #faults()} or {@link #recording()} throws IllegalStateException from
     * then on; what was recorded can still be read.
     */
    @Override
    public void close() {
        server.close();
    }

    @Override
    public String toString() {
        String phase = server.isClosed() ? "closed" : isRunning() ? "running" : "stopped";
        return "EmbeddedMemcached[" + server.place() + ", " + phase + ", memory limit "
                + (cache.memoryLimitBytes() >> 20) + " MB]";
    }

    private final class FaultsTarget implements FaultsHost {
        @Override
        public void rulesChanged() {
            interceptors.update();
        }

        @Override
        public void checkOpen() {
            server.checkOpen("given faults");
        }

        @Override
        public void endFaults(Predicate<? super ResponseFault> which) {
            server.endFaults(which);
        }

        @Override
        public void refusalsChanged() {
            server.updateRefusal();
        }
    }
}
