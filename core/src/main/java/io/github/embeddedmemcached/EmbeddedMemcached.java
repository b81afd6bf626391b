package io.github.embeddedmemcached;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.protocol.ServerSettings;
import io.github.embeddedmemcached.protocol.ServerState;
import io.github.embeddedmemcached.server.SocketServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.Consumer;
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
 * the same port again. Its threads are daemons: they don't keep the JVM alive. Thread-safe.
 */
public final class EmbeddedMemcached implements AutoCloseable {

    /** What becomes of the items when a server is restarted. */
    public enum Items {
        /** They are still there, as if only the network had been away. Statistics go on counting. */
        KEPT,
        /** They are gone, as if the process had died. Statistics begin at zero. */
        DROPPED
    }

    private final Builder builder;
    private final Cache cache;
    private final InetSocketAddress boundAddress; // the port is the real one
    private final InetSocketAddress clientAddress;

    private final Object lock = new Object();
    private ServerState state; // guarded by lock
    private volatile SocketServer server; // replaced under lock
    private volatile boolean closed; // set under lock

    private EmbeddedMemcached(Builder settings) {
        builder = settings;
        cache = Cache.builder()
                .memoryLimitBytes(settings.memoryLimitBytes)
                .itemSizeMaxBytes(settings.itemSizeMaxBytesOrDefault())
                .eviction(settings.eviction)
                .clock(settings.clock)
                .build();
        server = listen(new InetSocketAddress(settings.bindAddress, settings.port));
        boundAddress = server.address();
        clientAddress = clientAddress(boundAddress);
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
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns where clients connect to. It stays the same for life, also while the server is stopped.
     *
     * @return the address with the real port, never a wildcard and with no name to look up
     */
    public InetSocketAddress address() {
        return clientAddress;
    }

    /**
     * Returns the host part of {@link #address()} as text.
     *
     * @return a numeric address such as {@code 127.0.0.1}
     */
    public String host() {
        return clientAddress.getAddress().getHostAddress();
    }

    /**
     * Returns the port part of {@link #address()}.
     *
     * @return the port that the server really listens on, never 0
     */
    public int port() {
        return clientAddress.getPort();
    }

    /**
     * Returns the items, to be worked on without a socket. Clients see what is done here and the other way round, also while
     * the server is stopped.
     *
     * @return the same cache for the server's whole life
     */
    public Cache cache() {
        return cache;
    }

    /**
     * Tells whether the server listens.
     *
     * @return false while it is stopped, and once it has been closed
     */
    public boolean isRunning() {
        return server.isOpen();
    }

    /**
     * Closes the port and every connection, as if the process had died or its cable had been cut. Returns when that is done.
     * The items wait in the {@link #cache()} for what {@link #restart(Items)} is going to say. Does nothing if the server is
     * stopped already.
     */
    public void stop() {
        synchronized (lock) {
            server.close();
        }
    }

    /**
     * Listens again on the same port, without the items: {@link #restart(Items) restart(Items.DROPPED)}.
     *
     * @throws UncheckedIOException if somebody else has taken the port meanwhile; the server is stopped then
     * @throws IllegalStateException if the server has been closed
     */
    public void restart() {
        restart(Items.DROPPED);
    }

    /**
     * Listens again on the same port, after stopping if the server runs. Accepts connections when it returns.
     *
     * @param items whether they are still there
     * @throws UncheckedIOException if somebody else has taken the port meanwhile; the server is stopped then
     * @throws IllegalStateException if the server has been closed
     */
    public void restart(Items items) {
        Objects.requireNonNull(items, "items");
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("the server on port " + port()
                        + " has been closed for good: start another one, or use stop() where it shall come back");
            }
            server.close();
            SocketServer next = listen(boundAddress);
            if (items == Items.DROPPED) {
                cache.flushAll();
                cache.resetStatistics();
                state = newState();
            }
            serve(next, state);
            server = next;
        }
    }

    /** Closes the port, every connection and the cache, and waits for the threads to end: milliseconds. Idempotent. */
    @Override
    public void close() {
        synchronized (lock) {
            if (!closed) {
                closed = true;
                server.close();
                cache.close();
            }
        }
    }

    @Override
    public String toString() {
        String phase = closed ? "closed" : isRunning() ? "running" : "stopped";
        return "EmbeddedMemcached[" + host() + ":" + port() + ", " + phase + "]";
    }

    private SocketServer listen(InetSocketAddress address) {
        try {
            return SocketServer.bind(address, Builder.BACKLOG);
        } catch (IOException e) {
            String where = address.getAddress().getHostAddress() + " port " + address.getPort();
            throw new UncheckedIOException("cannot listen on " + where + ": " + e.getMessage(), e);
        }
    }

    private void serve(SocketServer listening, ServerState shared) {
        try {
            listening.serve(shared, builder.clock, builder.idleTimeout.toMillis());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot serve port " + port() + ": " + e.getMessage(), e);
        }
    }

    private ServerState newState() {
        InetAddress bound = boundAddress.getAddress();
        ServerSettings settings = ServerSettings.builder()
                .port(boundAddress.getPort())
                .bindAddress(bound.isAnyLocalAddress() ? "" : bound.getHostAddress())
                .maxConnections(builder.maxConnections)
                .threads(builder.threads)
                .backlog(Builder.BACKLOG)
                .idleTimeoutSeconds(builder.idleTimeoutSeconds())
                .verbosity(builder.verbosity)
                .build();
        return new ServerState(cache, settings, builder.clock, builder.traceSink);
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

    /**
     * Collects a server's settings; each method returns the builder itself. A builder can start any number of servers, each
     * with the settings of that moment. Not thread-safe.
     */
    public static final class Builder {
        private static final int PORT_MAX = 65535;
        private static final long MEMORY_LIMIT_MIN = 1 << 20;
        static final int ITEM_SIZE_MAX_MIN = 1 << 10;
        static final int ITEM_SIZE_MAX_MAX = 1 << 30;
        private static final int ITEM_SIZE_MAX_DEFAULT = 1 << 20;
        private static final int THREADS_DEFAULT_MAX = 4;
        private static final int THREADS_MAX = 1024;
        private static final Duration IDLE_TIMEOUT_MIN = Duration.ofMillis(1);
        private static final Duration IDLE_TIMEOUT_MAX = Duration.ofSeconds(Integer.MAX_VALUE);

        /** How many clients may wait to be accepted; memcached's default. */
        private static final int BACKLOG = 1024;

        private InetAddress bindAddress = InetAddress.getLoopbackAddress();
        private int port;
        private long memoryLimitBytes = 64L << 20;
        private @Nullable Integer itemSizeMaxBytes;
        private boolean eviction = true;
        private int maxConnections = 1024;
        private int threads = Math.min(THREADS_DEFAULT_MAX, Runtime.getRuntime().availableProcessors());
        private Duration idleTimeout = Duration.ZERO;
        private InstantSource clock = Clock.systemUTC();
        private int verbosity;
        private @Nullable Consumer<String> traceSink;

        private Builder() {}

        private Builder(Builder other) {
            bindAddress = other.bindAddress;
            port = other.port;
            memoryLimitBytes = other.memoryLimitBytes;
            itemSizeMaxBytes = other.itemSizeMaxBytes;
            eviction = other.eviction;
            maxConnections = other.maxConnections;
            threads = other.threads;
            idleTimeout = other.idleTimeout;
            clock = other.clock;
            verbosity = other.verbosity;
            traceSink = other.traceSink;
        }

        /**
         * Sets the address to listen on; by default the loopback address, which only this machine reaches. memcached asks nobody
         * for a password: think before you listen on another.
         *
         * @param address one of this machine's addresses, or the wildcard for all
         * @return this
         */
        public Builder bindAddress(InetAddress address) {
            bindAddress = Objects.requireNonNull(address, "address");
            return this;
        }

        /**
         * Sets the port to listen on; by default 0, a free one.
         *
         * @param port 0 to 65535
         * @return this
         */
        public Builder port(int port) {
            check(port >= 0 && port <= PORT_MAX, "the port must be from 0 (a free one) to 65535, and is ", port);
            this.port = port;
            return this;
        }

        /**
         * Sets how much memory the cache may take; by default 64 MiB. It takes it as it needs it.
         *
         * @param bytes at least 1 MiB
         * @return this
         */
        public Builder memoryLimitBytes(long bytes) {
            check(bytes >= MEMORY_LIMIT_MIN, "the memory limit must be at least 1 MiB (1048576 bytes), and is ", bytes);
            memoryLimitBytes = bytes;
            return this;
        }

        /**
         * Sets the size of the largest item, see {@link Cache#itemSize}; by default 1 MiB, or half of a memory limit below 2 MiB.
         *
         * @param bytes 1 KiB to 1 GiB, and at most half of the memory limit
         * @return this
         */
        public Builder itemSizeMaxBytes(int bytes) {
            check(
                    bytes >= ITEM_SIZE_MAX_MIN && bytes <= ITEM_SIZE_MAX_MAX,
                    "the largest item's size must be from 1 KiB (1024) to 1 GiB (1073741824 bytes), and is ",
                    bytes);
            itemSizeMaxBytes = bytes;
            return this;
        }

        /**
         * Sets whether items are dropped to make room for new ones; by default they are.
         *
         * @param eviction false to refuse new items instead, with {@code SERVER_ERROR out of memory storing object}
         * @return this
         */
        public Builder eviction(boolean eviction) {
            this.eviction = eviction;
            return this;
        }

        /**
         * Sets how many connections are served at the same time; by default 1024. One more is told {@code ERROR Too many open
         * connections} and closed.
         *
         * @param maxConnections at least 1
         * @return this
         */
        public Builder maxConnections(int maxConnections) {
            check(maxConnections >= 1, "the number of connections must be at least 1, and is ", maxConnections);
            this.maxConnections = maxConnections;
            return this;
        }

        /**
         * Sets how many threads serve the connections; by default one per processor, and at most 4.
         *
         * @param threads 1 to 1024
         * @return this
         */
        public Builder threads(int threads) {
            check(
                    threads >= 1 && threads <= THREADS_MAX,
                    "the number of threads must be from 1 to 1024, and is ",
                    threads);
            this.threads = threads;
            return this;
        }

        /**
         * Sets after how long a silent connection is closed; by default never. It is measured by the {@link
         * #clock(InstantSource) clock}, and a connection in the middle of a command isn't closed.
         *
         * @param timeout 1 millisecond to 2^31 - 1 seconds; zero for never
         * @return this
         */
        public Builder idleTimeout(Duration timeout) {
            boolean never = timeout.isZero();
            if (!never && (timeout.compareTo(IDLE_TIMEOUT_MIN) < 0 || timeout.compareTo(IDLE_TIMEOUT_MAX) > 0)) {
                throw new IllegalArgumentException(
                        "the idle timeout must be from a millisecond to 2^31 - 1 seconds, or zero for never, and is "
                                + timeout);
            }
            idleTimeout = timeout;
            return this;
        }

        /**
         * Sets what the server reads the time from: the expiry of items, idle timeouts, uptime; by default the system's clock. A
         * test hands in one that it can advance.
         *
         * @param clock called by any thread
         * @return this
         */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** Sets memcached's {@code -v}, and where commands and answers are traced to from level 2 on. */
        Builder verbosity(int level, Consumer<String> traceSink) {
            verbosity = level;
            this.traceSink = traceSink;
            return this;
        }

        /**
         * Starts a server.
         *
         * @return a server that accepts connections
         * @throws IllegalArgumentException if the largest item is over half of the memory limit
         * @throws UncheckedIOException if the port is taken, the address isn't this machine's, or the system refuses; the cause,
         *     a {@link java.net.BindException} mostly, says which
         */
        public EmbeddedMemcached start() {
            if (itemSizeMaxBytesOrDefault() > memoryLimitBytes / 2) {
                throw new IllegalArgumentException(
                        "the largest item's size must be at most half of the memory limit, and is " + itemSizeMaxBytes
                                + " of " + memoryLimitBytes + " bytes");
            }
            return new EmbeddedMemcached(new Builder(this));
        }

        private int itemSizeMaxBytesOrDefault() {
            return itemSizeMaxBytes != null
                    ? itemSizeMaxBytes
                    : (int) Math.min(ITEM_SIZE_MAX_DEFAULT, memoryLimitBytes / 2);
        }

        private int idleTimeoutSeconds() {
            return (int) ((idleTimeout.toMillis() + 999) / 1000);
        }

        private static void check(boolean holds, String sentence, long value) {
            if (!holds) {
                throw new IllegalArgumentException(sentence + value);
            }
        }
    }
}
