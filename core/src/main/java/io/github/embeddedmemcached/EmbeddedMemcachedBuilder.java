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
import io.github.embeddedmemcached.internal.snapshot.PersistenceSettings;
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
 * Builds and starts servers: each setter returns this builder, and {@link #start()} starts a server. A builder can start any number of
 * servers, each with a copy of the current settings. Setters reject null with a NullPointerException. Not thread-safe.
 */
public final class EmbeddedMemcachedBuilder {
    private static final int PORT_MAX = 65535;
    private static final int ITEM_SIZE_MAX_DEFAULT = 1 << 20;
    private static final int THREADS_DEFAULT_MAX = 4;
    private static final int THREADS_MAX = 1024;
    private static final Duration IDLE_TIMEOUT_MIN = Duration.ofMillis(1);
    private static final Duration IDLE_TIMEOUT_MAX = Duration.ofSeconds(Integer.MAX_VALUE);

    /** The number of clients that may wait to be accepted; memcached's default. */
    private static final int BACKLOG = 1024;

    /** Only the owner can use the Unix domain socket; memcached's default. */
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
    private @Nullable String name;
    private PersistenceSettings persistence = PersistenceSettings.NONE;
    private @Nullable Cache cache;
    private @Nullable String cacheSetting; // the last one that was set of those that belong to the cache

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
        name = other.name;
        persistence = other.persistence;
        cache = other.cache;
        cacheSetting = other.cacheSetting;
    }

    /**
     * Sets the address to listen on; by default the loopback address, which can only be reached from this machine. Authentication is
     * off by default: on another address, every client that can reach the port can read and change all items.
     *
     * @param address one of this machine's addresses, or the wildcard address for all of them
     * @return this
     */
    public EmbeddedMemcachedBuilder bindAddress(InetAddress address) {
        bindAddress = Objects.requireNonNull(address, "address");
        return this;
    }

    /**
     * Sets the port to listen on; by default 0, which selects a free port.
     *
     * @param port 0 to 65535
     * @return this
     * @throws IllegalArgumentException if the port is out of this range
     */
    public EmbeddedMemcachedBuilder port(int port) {
        check(port >= 0 && port <= PORT_MAX, "the port must be from 0 (a free port) to 65535, but is ", port);
        this.port = port;
        return this;
    }

    /**
     * Sets whether the server listens on TCP; by default it does. Without TCP, {@link EmbeddedMemcached#address()} throws an exception.
     *
     * @param tcp false if clients connect only by a {@link #unixSocket(Path) Unix domain socket} or UDP
     * @return this
     */
    public EmbeddedMemcachedBuilder tcp(boolean tcp) {
        this.tcp = tcp;
        return this;
    }

    /**
     * Sets whether the server also listens on UDP, on the same address and port number; by default it doesn't. A request must fit
     * into one datagram of 1400 bytes; lost datagrams are not sent again. UDP cannot be combined with {@link #user users}.
     *
     * @param udp true to listen on UDP
     * @return this
     */
    public EmbeddedMemcachedBuilder udp(boolean udp) {
        this.udp = udp;
        return this;
    }

    /**
     * Makes the server also listen on a Unix domain socket, which only its owner can use. An existing socket file is replaced, because
     * it is most likely left over from an earlier server. The file is removed when the server stops.
     *
     * @param file the socket's file; operating systems limit its path to about a hundred characters
     * @return this
     */
    public EmbeddedMemcachedBuilder unixSocket(Path file) {
        unixSocket = Objects.requireNonNull(file, "file");
        return this;
    }

    /**
     * Makes the server require TLS on its TCP port: connections of clients that don't use it are closed. {@link
     * io.github.embeddedmemcached.testing.TestTls} has a context for tests.
     *
     * @param context the server's key and certificate, with its default versions and cipher suites
     * @return this
     */
    public EmbeddedMemcachedBuilder tls(SSLContext context) {
        Objects.requireNonNull(context, "context");
        tls = TlsSettings.of(context, null);
        return this;
    }

    /**
     * Makes the server require TLS on its TCP port, with other parameters than the context's defaults.
     *
     * @param context the server's key and certificate, and the client certificates that it trusts
     * @param parameters the versions and cipher suites, if set, and whether clients must present a certificate: {@link
     *     SSLParameters#setNeedClientAuth}; must not be changed afterwards
     * @return this
     */
    public EmbeddedMemcachedBuilder tls(SSLContext context, SSLParameters parameters) {
        Objects.requireNonNull(context, "context");
        tls = TlsSettings.of(context, Objects.requireNonNull(parameters, "parameters"));
        return this;
    }

    /**
     * Sets the protocol of the connections; by default it is detected from the first byte of each connection.
     *
     * @param protocol text, binary, or detected for each connection
     * @return this
     */
    public EmbeddedMemcachedBuilder protocol(WireProtocol protocol) {
        this.protocol = Objects.requireNonNull(protocol, "protocol");
        return this;
    }

    /**
     * Sets the memory limit of the cache; by default 64 MiB. Memory is allocated as needed. All caches of a JVM together use at most about
     * two thirds of its heap; a server whose limit exceeds the available share logs a warning when it starts.
     *
     * @param bytes from 1 MiB to the machine's memory
     * @return this
     * @throws IllegalArgumentException if the limit is out of this range
     * @see Cache#memoryLimitBytes()
     */
    public EmbeddedMemcachedBuilder memoryLimitBytes(long bytes) {
        check(
                bytes >= EngineSettings.MEMORY_LIMIT_MIN,
                "the memory limit must be at least 1 MiB (1048576 bytes), but is ",
                bytes);
        Cache.builder().memoryLimitBytes(bytes); // checks the limit against the machine's memory
        memoryLimitBytes = bytes;
        cacheSetting = "memoryLimitBytes";
        return this;
    }

    /**
     * Sets the maximum size of an item, see {@link Cache#itemSize}; by default 1 MiB, or half of a memory limit below 2 MiB.
     *
     * @param bytes 1 KiB to 1 GiB, and at most half of the memory limit, which {@link #start()} checks
     * @return this
     * @throws IllegalArgumentException if the size is less than 1 KiB or more than 1 GiB
     */
    public EmbeddedMemcachedBuilder maxItemSizeBytes(int bytes) {
        check(
                bytes >= ItemSize.LIMIT_MIN && bytes <= ItemSize.LIMIT_MAX,
                "the maximum item size must be from 1 KiB (1024 bytes) to 1 GiB (1073741824 bytes), but is ",
                bytes);
        maxItemSizeBytes = bytes;
        cacheSetting = "maxItemSizeBytes";
        return this;
    }

    /**
     * Sets whether items are evicted when the memory limit is reached; by default they are.
     *
     * @param eviction false to reject new items instead, with {@code SERVER_ERROR out of memory storing object}
     * @return this
     */
    public EmbeddedMemcachedBuilder eviction(boolean eviction) {
        this.eviction = eviction;
        cacheSetting = "eviction";
        return this;
    }

    /**
     * Sets the maximum number of open connections; by default 1024. The server replies to further connections with {@code ERROR Too
     * many open connections} and closes them.
     *
     * @param maxConnections at least 1
     * @return this
     * @throws IllegalArgumentException if the number is less than 1
     */
    public EmbeddedMemcachedBuilder maxConnections(int maxConnections) {
        check(maxConnections >= 1, "the maximum number of connections must be at least 1, but is ", maxConnections);
        this.maxConnections = maxConnections;
        return this;
    }

    /**
     * Sets the number of threads that serve the connections; by default one per processor, and at most 4.
     *
     * @param threads 1 to 1024
     * @return this
     * @throws IllegalArgumentException if the number is out of this range
     */
    public EmbeddedMemcachedBuilder threads(int threads) {
        check(threads >= 1 && threads <= THREADS_MAX, "the number of threads must be from 1 to 1024, but is ", threads);
        this.threads = threads;
        return this;
    }

    /**
     * Sets the time after which an idle connection is closed; by default idle connections stay open. The time is measured by the {@link
     * #clock(InstantSource) clock}. A connection in the middle of a command is not idle.
     *
     * @param timeout 1 millisecond to 2^31 - 1 seconds; zero for no timeout
     * @return this
     * @throws IllegalArgumentException if the timeout is out of this range
     */
    public EmbeddedMemcachedBuilder idleTimeout(Duration timeout) {
        boolean never = timeout.isZero();
        if (!never && (timeout.compareTo(IDLE_TIMEOUT_MIN) < 0 || timeout.compareTo(IDLE_TIMEOUT_MAX) > 0)) {
            throw new IllegalArgumentException(
                    "the idle timeout must be from 1 millisecond to 2^31 - 1 seconds, or zero for none, but is "
                            + timeout);
        }
        idleTimeout = timeout;
        return this;
    }

    /**
     * Sets the clock for the expiry of items, idle timeouts and uptime; by default the system clock. {@link EmbeddedMemcached#clock()}
     * returns a {@code TestClock} that is based on it, which a test can advance. A {@code TestClock} set here is used directly;
     * several servers may share it.
     *
     * @param clock the clock; called by any thread, so it must be thread-safe
     * @return this
     */
    public EmbeddedMemcachedBuilder clock(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
        cacheSetting = "clock";
        return this;
    }

    /**
     * Adds a user. By default there are no users and authentication is off. With users, clients must authenticate before other commands:
     * over the text protocol by storing {@code "<name> <password>"} under any key, as with memcached's option {@code -Y}; over the
     * binary protocol by SASL PLAIN, as with {@code -S}. Users cannot be combined with UDP.
     *
     * @param name not empty, without spaces, colons, NULs and line ends
     * @param password not empty, without NULs and line ends
     * @return this
     * @throws IllegalArgumentException if the protocols cannot transmit this name or password, or if there are already 8 users
     */
    public EmbeddedMemcachedBuilder user(String name, String password) {
        credentials = (credentials == null ? Credentials.NONE : credentials).with(name, password);
        return this;
    }

    /**
     * Makes the server record the commands that it receives, from the first one on. Recording can also be started later, by {@link
     * Recording#start(int)}.
     *
     * @param max the number of most recent commands to keep; 0, the default, for no recording
     * @return this
     * @throws IllegalArgumentException if the number is negative
     */
    public EmbeddedMemcachedBuilder recordCommands(int max) {
        check(max >= 0, "the number of recorded commands must not be negative, but is ", max);
        recordCommands = max;
        return this;
    }

    /**
     * Names the server and its cache: in {@code toString}, in messages for the log, and by the MBeans {@code
     * io.github.embeddedmemcached:type=Server,name=<name>} and {@code io.github.embeddedmemcached:type=Cache,name=<name>}, which are
     * registered with the platform's MBean server until the server is closed. Without a name, the default, no MBeans are registered.
     * The nodes of a cluster are named {@code <name>-0}, {@code <name>-1} and so on. {@link CacheBuilder#name} describes the object names.
     *
     * @param name the name, not empty
     * @return this
     * @throws IllegalArgumentException if the name is empty
     */
    public EmbeddedMemcachedBuilder name(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name of a server must not be empty");
        }
        this.name = name;
        return this;
    }

    /**
     * Restores the server's items from a file when it starts, see {@link CacheBuilder#restoreFrom}.
     *
     * @param file must exist when the server starts
     * @return this
     */
    public EmbeddedMemcachedBuilder restoreFrom(Path file) {
        persistence = persistence.restoreFrom(file);
        cacheSetting = "restoreFrom";
        return this;
    }

    /**
     * Restores the server's items from a file if it exists, and saves them to it, see {@link CacheBuilder#persistTo}.
     *
     * @param file in a directory that exists; used by no other server or cache
     * @return this
     */
    public EmbeddedMemcachedBuilder persistTo(Path file) {
        persistence = persistence.persistTo(file);
        cacheSetting = "persistTo";
        return this;
    }

    /**
     * Sets the interval at which a server with {@link #persistTo} saves its items, 5 minutes by default, see {@link CacheBuilder#saveEvery}.
     * Without a file, {@link #start} rejects an interval other than zero.
     *
     * @param interval from 1 millisecond to 365 days; zero to save only when the server is closed
     * @return this
     */
    public EmbeddedMemcachedBuilder saveEvery(Duration interval) {
        persistence = persistence.saveEvery(interval);
        cacheSetting = "saveEvery";
        return this;
    }

    /**
     * Sets whether a server with {@link #persistTo} saves its items when the JVM shuts down, off by default, see {@link
     * CacheBuilder#saveAtShutdown}.
     *
     * @param enabled true for applications that may end without closing the server
     * @return this
     */
    public EmbeddedMemcachedBuilder saveAtShutdown(boolean enabled) {
        persistence = persistence.saveAtShutdown(enabled);
        cacheSetting = "saveAtShutdown";
        return this;
    }

    /**
     * Makes the server use a cache of the application, in place of its own: clients and the application share all items. The server has the
     * limits and the clock of the cache, and leaves it open when the server is closed. Closing the cache closes its servers first. Several
     * servers can use one cache: {@code flush_all} and {@code cache_memlimit} of any client apply to it, and {@code stats} shows its counters.
     * {@link EmbeddedMemcached#reset()}, and restarts that drop the items, throw IllegalStateException.
     *
     * @param cache an open cache; {@link #start()} rejects it together with settings that belong to a cache: {@link #memoryLimitBytes},
     *     {@link #maxItemSizeBytes}, {@link #eviction}, {@link #clock}, {@link #restoreFrom}, {@link #persistTo}, {@link #saveEvery} and
     *     {@link #saveAtShutdown}. {@link #name} applies to the server only
     * @return this
     */
    public EmbeddedMemcachedBuilder cache(Cache cache) {
        this.cache = Objects.requireNonNull(cache, "cache");
        return this;
    }

    /**
     * Starts a server.
     *
     * @return a running server, to be closed by the caller
     * @throws IllegalArgumentException if the maximum item size exceeds half of the memory limit, if UDP is combined with users, or a
     *     {@link #cache} with settings that belong to it
     * @throws IllegalStateException if {@link #saveEvery} or {@link #saveAtShutdown} is set without {@link #persistTo}, or if the {@link
     *     #cache} has been closed
     * @throws UncheckedIOException if the port is in use, the address is not one of this machine's, or the system refuses a socket or
     *     thread; the cause is usually a {@link java.net.BindException}. Also if a file cannot be restored or is in use
     */
    public EmbeddedMemcached start() {
        if (cache != null && cacheSetting != null) {
            throw new IllegalArgumentException(cacheSetting
                    + " can't be combined with cache: it is a setting of the cache, so call it on Cache.builder()");
        }
        if (itemSizeMaxBytesOrDefault() > memoryLimitBytes / 2) {
            throw new IllegalArgumentException("the maximum item size must be at most half of the memory limit, but is "
                    + maxItemSizeBytes + " of " + memoryLimitBytes + " bytes");
        }
        if (udp && credentials != null) {
            throw new IllegalArgumentException(
                    "UDP can't be combined with users: a datagram has no connection to authenticate");
        }
        return new EmbeddedMemcached(new EmbeddedMemcachedBuilder(this));
    }

    // ---- for a cluster

    /** Returns a copy for the nodes of a cluster, which share a clock and each have their own address. */
    EmbeddedMemcachedBuilder forCluster(int nodes) {
        if (!tcp) {
            throw new IllegalArgumentException(
                    "the nodes of a cluster are distinguished by their TCP ports: tcp(false) is not possible");
        }
        if (unixSocket != null) {
            throw new IllegalArgumentException(
                    "the nodes of a cluster can't share a Unix domain socket: " + unixSocket);
        }
        if (cache != null) {
            throw new IllegalArgumentException("the nodes of a cluster can't share a cache: each has its own items");
        }
        if (persistence.persistTo() != null) {
            throw new IllegalArgumentException("the nodes of a cluster can't share a file: " + persistence.persistTo());
        }
        if (port != 0 && nodes - 1 > PORT_MAX - port) {
            throw new IllegalArgumentException(
                    nodes + " nodes do not fit into the ports from " + port + " to " + PORT_MAX);
        }
        return new EmbeddedMemcachedBuilder(this).clock(clock());
    }

    /** Returns a copy for one node. */
    EmbeddedMemcachedBuilder forNode(int index, Interceptor discovery) {
        if (port != 0 && index > PORT_MAX - port) {
            throw new IllegalStateException("no port is left for node " + index
                    + " of a cluster that uses the ports from " + port + " to " + PORT_MAX);
        }
        EmbeddedMemcachedBuilder node = new EmbeddedMemcachedBuilder(this).port(port == 0 ? 0 : port + index);
        node.discovery = discovery;
        node.name = name == null ? null : name + "-" + index;
        return node;
    }

    // ---- for the server

    /** Returns the interceptor that replies with the list of nodes; null if the server is not a node of a cluster. */
    @Nullable Interceptor discovery() {
        return discovery;
    }

    /** Returns the application's cache; null if the server has its own. */
    @Nullable Cache cache() {
        return cache;
    }

    Cache newCache() {
        CacheBuilder builder = Cache.builder();
        if (maxItemSizeBytes != null) {
            builder.maxItemSizeBytes(maxItemSizeBytes);
        }
        if (name != null) {
            builder.name(name);
        }
        Path restoreFrom = persistence.restoreFrom();
        if (restoreFrom != null) {
            builder.restoreFrom(restoreFrom);
        }
        Path persistTo = persistence.persistTo();
        if (persistTo != null) {
            builder.persistTo(persistTo);
        }
        Duration saveEvery = persistence.requestedInterval();
        if (saveEvery != null) {
            builder.saveEvery(saveEvery);
        }
        return builder.saveAtShutdown(persistence.saveAtShutdown())
                .memoryLimitBytes(memoryLimitBytes)
                .eviction(eviction)
                .clock(clock())
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

    @Nullable String name() {
        return name;
    }

    int recordCommands() {
        return recordCommands;
    }

    /** Returns the clock of a server: the {@code TestClock} that was set, or one that is based on the clock that was set. */
    TestClock clock() {
        return clock instanceof TestClock testClock ? testClock : new TestClock(clock);
    }

    private int itemSizeMaxBytesOrDefault() {
        return maxItemSizeBytes != null
                ? maxItemSizeBytes
                : (int) Math.min(ITEM_SIZE_MAX_DEFAULT, memoryLimitBytes / 2);
    }

    private static void check(boolean valid, String message, long value) {
        if (!valid) {
            throw new IllegalArgumentException(message + value);
        }
    }
}
