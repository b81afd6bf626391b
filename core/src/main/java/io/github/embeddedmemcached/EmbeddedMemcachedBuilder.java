package io.github.embeddedmemcached;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheBuilder;
import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.server.ServerConfig;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.protocol.WireProtocol;
import io.github.embeddedmemcached.testing.Recording;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Collects a server's settings; each method returns the builder itself. A builder can start any number of servers, each
 * with the settings of that moment. Not thread-safe.
 */
public final class EmbeddedMemcachedBuilder {
    private static final int PORT_MAX = 65535;
    private static final int ITEM_SIZE_MAX_DEFAULT = 1 << 20;
    private static final int THREADS_DEFAULT_MAX = 4;
    private static final int THREADS_MAX = 1024;
    private static final Duration IDLE_TIMEOUT_MIN = Duration.ofMillis(1);
    private static final Duration IDLE_TIMEOUT_MAX = Duration.ofSeconds(Integer.MAX_VALUE);

    /** How many clients may wait to be accepted; memcached's default. */
    private static final int BACKLOG = 1024;

    /** Only the owner may use the Unix domain socket; memcached's default. */
    private static final int UNIX_SOCKET_PERMISSIONS = 0700;

    private InetAddress bindAddress = InetAddress.getLoopbackAddress();
    private int port;
    private boolean tcp = true;
    private boolean udp;
    private @Nullable Path unixSocket;
    private @Nullable TlsSettings tls;
    private WireProtocol protocol = WireProtocol.AUTO;
    private long memoryLimitBytes = 64L << 20;
    private @Nullable Integer maxItemSizeBytes;
    private boolean eviction = true;
    private int maxConnections = 1024;
    private int threads = Math.min(THREADS_DEFAULT_MAX, Runtime.getRuntime().availableProcessors());
    private Duration idleTimeout = Duration.ZERO;
    private InstantSource clock = Clock.systemUTC();
    private @Nullable Credentials credentials;
    private int recordCommands;
    private @Nullable Interceptor discovery;

    EmbeddedMemcachedBuilder() {}

    private EmbeddedMemcachedBuilder(EmbeddedMemcachedBuilder other) {
        bindAddress = other.bindAddress;
        port = other.port;
        tcp = other.tcp;
        udp = other.udp;
        unixSocket = other.unixSocket;
        tls = other.tls;
        protocol = other.protocol;
        memoryLimitBytes = other.memoryLimitBytes;
        maxItemSizeBytes = other.maxItemSizeBytes;
        eviction = other.eviction;
        maxConnections = other.maxConnections;
        threads = other.threads;
        idleTimeout = other.idleTimeout;
        clock = other.clock;
        credentials = other.credentials;
        recordCommands = other.recordCommands;
        discovery = other.discovery;
    }

    /**
     * Sets the address to listen on; by default the loopback address, which only this machine reaches. memcached asks nobody
     * for a password: think before you listen on another.
     *
     * @param address one of this machine's addresses, or the wildcard for all
     * @return this
     */
    public EmbeddedMemcachedBuilder bindAddress(InetAddress address) {
        bindAddress = Objects.requireNonNull(address, "address");
        return this;
    }

    /**
     * Sets the port to listen on; by default 0, a free one.
     *
     * @param port 0 to 65535
     * @return this
     */
    public EmbeddedMemcachedBuilder port(int port) {
        check(port >= 0 && port <= PORT_MAX, "the port must be from 0 (a free one) to 65535, and is ", port);
        this.port = port;
        return this;
    }

    /**
     * Sets whether the server listens on TCP, as it does by default. Without it {@link EmbeddedMemcached#address()} has nothing to
     * return.
     *
     * @param tcp false where a {@link #unixSocket(Path) Unix domain socket} is to be the only way in
     * @return this
     */
    public EmbeddedMemcachedBuilder tcp(boolean tcp) {
        this.tcp = tcp;
        return this;
    }

    /**
     * Sets whether the server listens on UDP as well, on the same address and with the same port number; by default it doesn't. A
     * request is one datagram, and what is lost is lost.
     *
     * @param udp true to listen
     * @return this
     */
    public EmbeddedMemcachedBuilder udp(boolean udp) {
        this.udp = udp;
        return this;
    }

    /**
     * Makes the server listen on a Unix domain socket as well, which only its owner may use. A socket's file that is there already
     * is replaced, since it was left over, most likely; it is removed when the server stops.
     *
     * @param file the socket's file; systems take about a hundred characters
     * @return this
     */
    public EmbeddedMemcachedBuilder unixSocket(Path file) {
        unixSocket = Objects.requireNonNull(file, "file");
        return this;
    }

    /**
     * Makes the server speak TLS on its TCP port, and nothing else there: a client that doesn't is closed. {@link
     * io.github.embeddedmemcached.testing.TestTls} has a context for tests.
     *
     * @param context the server's key and certificate; it decides on versions and ciphers too
     * @return this
     */
    public EmbeddedMemcachedBuilder tls(SSLContext context) {
        Objects.requireNonNull(context, "context");
        tls = TlsSettings.of(context, null);
        return this;
    }

    /**
     * Makes the server speak TLS on its TCP port, with other parameters than the context's own.
     *
     * @param context the server's key and certificate, and which certificates of clients it trusts
     * @param parameters the versions and ciphers where they are set, and whether a client must show a certificate: {@link
     *     SSLParameters#setNeedClientAuth}; not to be changed afterwards
     * @return this
     */
    public EmbeddedMemcachedBuilder tls(SSLContext context, SSLParameters parameters) {
        Objects.requireNonNull(context, "context");
        tls = TlsSettings.of(context, Objects.requireNonNull(parameters, "parameters"));
        return this;
    }

    /**
     * Sets which protocol is spoken; by default each connection's first byte decides.
     *
     * @param protocol text, binary or both
     * @return this
     */
    public EmbeddedMemcachedBuilder protocol(WireProtocol protocol) {
        this.protocol = Objects.requireNonNull(protocol, "protocol");
        return this;
    }

    /**
     * Sets how much memory the cache may take; by default 64 MiB. It takes it as it needs it. All caches of a JVM together get about two
     * thirds of its heap; a server whose heap allows less than its limit logs a warning when it starts.
     *
     * @param bytes from 1 MiB to the machine's memory
     * @return this
     * @throws IllegalArgumentException if it is less or more
     * @see Cache#memoryLimitBytes()
     */
    public EmbeddedMemcachedBuilder memoryLimitBytes(long bytes) {
        check(
                bytes >= EngineSettings.MEMORY_LIMIT_MIN,
                "the memory limit must be at least 1 MiB (1048576 bytes), and is ",
                bytes);
        Cache.builder().memoryLimitBytes(bytes); // checks that the machine has so much
        memoryLimitBytes = bytes;
        return this;
    }

    /**
     * Sets the size of the largest item, see {@link Cache#itemSize}; by default 1 MiB, or half of a memory limit below 2 MiB.
     *
     * @param bytes 1 KiB to 1 GiB, and at most half of the memory limit
     * @return this
     */
    public EmbeddedMemcachedBuilder maxItemSizeBytes(int bytes) {
        check(
                bytes >= ItemSize.LIMIT_MIN && bytes <= ItemSize.LIMIT_MAX,
                "the largest item's size must be from 1 KiB (1024) to 1 GiB (1073741824 bytes), and is ",
                bytes);
        maxItemSizeBytes = bytes;
        return this;
    }

    /**
     * Sets whether items are dropped to make room for new ones; by default they are.
     *
     * @param eviction false to refuse new items instead, with {@code SERVER_ERROR out of memory storing object}
     * @return this
     */
    public EmbeddedMemcachedBuilder eviction(boolean eviction) {
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
    public EmbeddedMemcachedBuilder maxConnections(int maxConnections) {
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
    public EmbeddedMemcachedBuilder threads(int threads) {
        check(threads >= 1 && threads <= THREADS_MAX, "the number of threads must be from 1 to 1024, and is ", threads);
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
    public EmbeddedMemcachedBuilder idleTimeout(Duration timeout) {
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
     * Sets what the server reads the time from: the expiry of items, idle timeouts, uptime; by default the system's clock. It is
     * seen through {@link EmbeddedMemcached#clock()}, which a test can advance; a {@code TestClock} that is given here is
     * that one itself, and several servers may share it.
     *
     * @param clock called by any thread
     * @return this
     */
    public EmbeddedMemcachedBuilder clock(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
        return this;
    }

    /**
     * Adds a user; by default there are none, and everybody may do everything. With users a client has to log in before it is
     * listened to: over the text protocol by storing {@code "<name> <password>"} under any key, which is memcached's own way
     * ({@code -Y}), over the binary protocol by SASL PLAIN ({@code -S}). UDP can't be served together with users.
     *
     * @param name not empty, with no space, colon, NUL or line end
     * @param password not empty, with no NUL or line end
     * @return this
     * @throws IllegalArgumentException if no client could give this name and password, or if there are 8 users already
     */
    public EmbeddedMemcachedBuilder user(String name, String password) {
        credentials = (credentials == null ? Credentials.NONE : credentials).with(name, password);
        return this;
    }

    /**
     * Has the server record the commands that it receives, from the first one on. It can also be told so later, by {@link
     * Recording#start(int)}.
     *
     * @param max how many are kept, the last ones; 0, the default, to record none
     * @return this
     */
    public EmbeddedMemcachedBuilder recordCommands(int max) {
        check(max >= 0, "the number of recorded commands must not be negative, and is ", max);
        recordCommands = max;
        return this;
    }

    /**
     * Starts a server.
     *
     * @return a server that accepts connections
     * @throws IllegalArgumentException if the largest item is over half of the memory limit, or if UDP is to be served and
     *     clients are to log in
     * @throws UncheckedIOException if the port is taken, the address isn't this machine's, or the system refuses; the cause,
     *     a {@link java.net.BindException} mostly, says which
     */
    public EmbeddedMemcached start() {
        if (itemSizeMaxBytesOrDefault() > memoryLimitBytes / 2) {
            throw new IllegalArgumentException(
                    "the largest item's size must be at most half of the memory limit, and is " + maxItemSizeBytes
                            + " of " + memoryLimitBytes + " bytes");
        }
        if (udp && credentials != null) {
            throw new IllegalArgumentException(
                    "UDP can't be served where clients have to log in: a datagram has no past");
        }
        return new EmbeddedMemcached(new EmbeddedMemcachedBuilder(this));
    }

    // ---- for a cluster

    /** A copy, for servers that share a clock, and of which each is to be found at a place of its own. */
    EmbeddedMemcachedBuilder forCluster(int nodes) {
        if (!tcp) {
            throw new IllegalArgumentException("a cluster's nodes are found by their ports: tcp(false) leaves none");
        }
        if (unixSocket != null) {
            throw new IllegalArgumentException(
                    "the nodes of a cluster can't share a Unix domain socket: " + unixSocket);
        }
        if (port != 0 && nodes - 1 > PORT_MAX - port) {
            throw new IllegalArgumentException(
                    nodes + " nodes do not fit at port " + port + " and those after it: the last port is " + PORT_MAX);
        }
        return new EmbeddedMemcachedBuilder(this).clock(clock());
    }

    /** A copy, for one of these servers. */
    EmbeddedMemcachedBuilder forNode(int index, Interceptor discovery) {
        if (port != 0 && index > PORT_MAX - port) {
            throw new IllegalStateException("no port is left for node " + index + " of a cluster at port " + port
                    + " and those after it: the last port is " + PORT_MAX);
        }
        EmbeddedMemcachedBuilder node = new EmbeddedMemcachedBuilder(this).port(port == 0 ? 0 : port + index);
        node.discovery = discovery;
        return node;
    }

    // ---- for the server

    /** What tells clients of the other nodes, where the server is one of several. */
    @Nullable Interceptor discovery() {
        return discovery;
    }

    Cache newCache(InstantSource clock) {
        CacheBuilder cache = Cache.builder();
        if (maxItemSizeBytes != null) {
            cache.maxItemSizeBytes(maxItemSizeBytes);
        }
        return cache.memoryLimitBytes(memoryLimitBytes)
                .eviction(eviction)
                .clock(clock)
                .build();
    }

    ServerConfig serverConfig() {
        InetSocketAddress address = new InetSocketAddress(bindAddress, port);
        Endpoints endpoints = new Endpoints(
                tcp ? List.of(new Endpoints.Tcp(address, false)) : List.of(),
                udp ? List.of(address) : List.of(),
                unixSocket == null ? null : new Endpoints.UnixSocket(unixSocket, UNIX_SOCKET_PERMISSIONS),
                BACKLOG);
        ServerSettings settings = ServerSettings.defaults()
                .with(ServerOption.MAX_CONNECTIONS, maxConnections)
                .with(ServerOption.THREADS, threads)
                .with(ServerOption.PROTOCOL, protocol)
                .with(ServerOption.CREDENTIALS, Optional.ofNullable(credentials));
        return new ServerConfig(endpoints, settings, tls, idleTimeout.toMillis(), null);
    }

    int recordCommands() {
        return recordCommands;
    }

    /** A server's clock: what was given, or one that runs with it. */
    TestClock clock() {
        return clock instanceof TestClock manual ? manual : new TestClock(clock);
    }

    private int itemSizeMaxBytesOrDefault() {
        return maxItemSizeBytes != null
                ? maxItemSizeBytes
                : (int) Math.min(ITEM_SIZE_MAX_DEFAULT, memoryLimitBytes / 2);
    }

    private static void check(boolean holds, String sentence, long value) {
        if (!holds) {
            throw new IllegalArgumentException(sentence + value);
        }
    }
}
