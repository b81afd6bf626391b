package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions of one server share: the cache, the settings, the clock, and the counters that {@code stats} shows beside the
 * cache's own. The host of the sessions tells it what happens to connections; everything here may be called by any thread.
 */
public final class ServerState implements AutoCloseable {
    /** The version that the server answers to {@code version}: it behaves as this memcached does. */
    public static final String VERSION = "1.6.45";

    /** From this verbosity on, commands and answers are traced. */
    private static final int TRACE_VERBOSITY = 2;

    private static final int MILLIS_PER_SECOND = 1000;

    private static final long SMALLEST_CACHE_BYTES = 1 << 20;

    private final Cache cache;
    private final ServerSettings settings;
    private final ElapsedTimeSource clock;
    private final @Nullable Consumer<String> traceSink;
    private volatile long startMillis;
    private volatile int verbosity;
    private volatile @Nullable Runnable shutdown;
    private volatile @Nullable Credentials credentials;
    private volatile @Nullable Supplier<@Nullable String> certificates;
    private volatile long certificatesMillis;
    private volatile @Nullable AdjustableClock debugClock;
    private volatile @Nullable Interceptor interceptor;

    private final Demand demand = new Demand();
    private final Watchers watchers;
    private final PrefixStatistics prefixes;
    private final ClassCounters classes;
    private final ConnectionList connections;
    private final ConnectionMemory connectionMemory;
    private volatile Tuning tuning;
    private final LongAdder crawlerStarts = new LongAdder();

    private final AtomicInteger sessionsMade = new AtomicInteger();
    private final AtomicLong openConnections = new AtomicLong();
    private final LongAdder acceptedConnections = new LongAdder();
    private final LongAdder rejectedConnections = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final LongAdder turnsYielded = new LongAdder();
    private final LongAdder idleKicks = new LongAdder();
    private final LongAdder listenerPauses = new LongAdder();
    private final LongAdder tlsHandshakeErrors = new LongAdder();
    private final LongAdder tlsProtocolErrors = new LongAdder();
    private final LongAdder loginTries = new LongAdder();
    private final LongAdder loginFailures = new LongAdder();

    /**
     * Creates the state of a server that has just been started and traces nothing.
     *
     * @param cache what the sessions work on
     * @param settings what the server was started with
     * @param clock what {@code uptime} and {@code time} are read from
     */
    public ServerState(Cache cache, ServerSettings settings, InstantSource clock) {
        this(cache, settings, clock, null);
    }

    /**
     * Creates the state of a server that has just been started.
     *
     * @param cache what the sessions work on
     * @param settings what the server was started with
     * @param clock what {@code uptime} and {@code time} are read from
     * @param traceSink takes a line for each command and each answer while the verbosity is 2 or more, as memcached's
     *     standard error does; called by the threads of the sessions; null to trace nothing
     */
    public ServerState(
            Cache cache, ServerSettings settings, InstantSource clock, @Nullable Consumer<String> traceSink) {
        this.cache = cache;
        this.settings = settings;
        this.clock = ElapsedTimeSource.of(clock);
        this.traceSink = traceSink;
        startMillis = elapsedMillis();
        certificatesMillis = startMillis;
        verbosity = settings.verbosity();
        tuning = new Tuning(settings);
        credentials = settings.credentials();
        connectionMemory = new ConnectionMemory(settings.bufferLimits());
        watchers = new Watchers(demand, clock, connectionMemory);
        prefixes = new PrefixStatistics(demand, settings.prefixDelimiter(), settings.detailEnabled());
        classes = new ClassCounters(watchers);
        connections = new ConnectionList(this);
        cache.raw().addEvictionObserver(classes);
    }

    /**
     * Detaches this state from the cache, which may be used by others: evictions are not counted here any more. To be called when no
     * session uses this state any more. Idempotent.
     */
    @Override
    public void close() {
        cache.raw().removeEvictionObserver(classes);
    }

    /**
     * Creates the state of a server with a cache of its own, as small as possible, for a server that is needed for a moment only.
     *
     * @param settings what the server is started with
     * @param clock what all times are read from
     * @return a state whose cache is to be closed
     */
    public static ServerState withSmallestCache(ServerSettings settings, InstantSource clock) {
        Cache cache = Cache.builder()
                .memoryLimitBytes(SMALLEST_CACHE_BYTES)
                .itemSizeMaxBytes(Cache.ITEM_SIZE_MAX_MIN)
                .build();
        return new ServerState(cache, settings, clock);
    }

    /**
     * Returns the cache that the sessions work on.
     *
     * @return the cache
     */
    public Cache cache() {
        return cache;
    }

    /**
     * Returns what the server was started with.
     *
     * @return the settings
     */
    public ServerSettings settings() {
        return settings;
    }

    /**
     * Returns the budget for what connections hold.
     *
     * @return the budget, for whoever serves the connections to keep
     */
    public ConnectionMemory connectionMemory() {
        return connectionMemory;
    }

    /**
     * Returns how talkative the server is.
     *
     * @return what it was started with, or what the {@code verbosity} command made of it since
     */
    public int verbosity() {
        return verbosity;
    }

    /**
     * Returns the size of the input window that a session must be offered before it can be expected to make progress: a line and
     * a value that isn't large. Whatever is longer is consumed piece by piece.
     *
     * @return bytes
     */
    public int inputLengthMax() {
        int valueLengthMax = cache.raw().inlineValueLengthMax();
        if (settings.credentials() != null) {
            valueLengthMax = Math.max(valueLengthMax, TextLogin.TOKEN_LENGTH_MAX);
        }
        return TextCodec.LINE_LENGTH_MAX + valueLengthMax + TextCodec.VALUE_END_LENGTH;
    }

    /**
     * Sets what the shutdown command does, where it is allowed.
     *
     * @param action called by a session's thread, and must not wait for it; null for nothing
     */
    public void onShutdown(@Nullable Runnable action) {
        shutdown = action;
    }

    /**
     * Changes the users of a server that has some; who is logged in already, stays so.
     *
     * @param credentials the users from now on
     */
    public void credentials(Credentials credentials) {
        if (settings.credentials() == null) {
            throw new IllegalStateException("a server without users was started: its sessions ask for no password");
        }
        this.credentials = credentials;
    }

    /** Who may log in; null: everybody may do everything without. */
    @Nullable Credentials credentials() {
        return credentials;
    }

    /** What the shutdown command does, or null. */
    @Nullable Runnable shutdown() {
        return shutdown;
    }

    /**
     * Sets what refresh_certs does, where there is TLS.
     *
     * @param action called by a session's thread; returns null, or why it failed; null for no TLS
     */
    public void onRefreshCertificates(@Nullable Supplier<@Nullable String> action) {
        certificates = action;
    }

    /**
     * Does what refresh_certs does. Called by any thread.
     *
     * @return null, or what the client is told
     */
    public @Nullable String refreshCertificates() {
        Supplier<@Nullable String> action = certificates;
        if (action == null) {
            return "Error TLS not enabled";
        }
        String failure = action.get();
        if (failure == null) {
            certificatesMillis = elapsedMillis();
        }
        return failure;
    }

    /**
     * Sets the clock that debugtime moves. It should be the one that this state and the cache were given.
     *
     * @param debugClock null to know no such command
     */
    public void debugClock(@Nullable AdjustableClock debugClock) {
        this.debugClock = debugClock;
    }

    @Nullable AdjustableClock debugClock() {
        return debugClock;
    }

    /**
     * Sets who sees the commands before they are executed.
     *
     * @param interceptor null for nobody, which is how a server begins
     */
    public void interceptor(@Nullable Interceptor interceptor) {
        this.interceptor = interceptor;
        demand.set(Demand.INTERCEPTOR, interceptor == null ? 0 : Demand.INTERCEPTOR);
    }

    /**
     * Returns who sees the commands before they are executed.
     *
     * @return null for nobody
     */
    public @Nullable Interceptor interceptor() {
        return interceptor;
    }

    /**
     * Takes note of a socket at which clients arrive; stats conns shows it.
     *
     * @param address where it listens
     * @param isDatagram whether it is one for UDP
     * @return its number, for {@link #listenerClosed}
     */
    public int listenerOpened(SocketAddress address, boolean isDatagram) {
        int number = nextSessionNumber();
        connections.listen(number, address, isDatagram);
        return number;
    }

    /**
     * Takes note that a socket does not listen any more.
     *
     * @param number as {@link #listenerOpened} told it
     */
    public void listenerClosed(int number) {
        connections.close(number);
    }

    /** Counts a connection that was accepted and is served. */
    public void connectionOpened() {
        openConnections.incrementAndGet();
        acceptedConnections.increment();
    }

    /** Counts a connection, formerly opened, as closed. */
    public void connectionClosed() {
        openConnections.decrementAndGet();
    }

    /** Counts a connection that was turned away because there were too many. */
    public void connectionRejected() {
        rejectedConnections.increment();
    }

    /**
     * Counts bytes that arrived.
     *
     * @param count how many
     */
    public void bytesRead(long count) {
        bytesRead.add(count);
    }

    /**
     * Counts bytes that were sent.
     *
     * @param count how many
     */
    public void bytesWritten(long count) {
        bytesWritten.add(count);
    }

    /** Counts a turn that ended because its request budget was used up. */
    public void turnYielded() {
        turnsYielded.increment();
    }

    /** Counts a connection that was closed because it was silent for too long. */
    public void idleKicked() {
        idleKicks.increment();
    }

    /** Counts a moment from which on no connection was accepted, because there were as many as are served. */
    public void listenerPaused() {
        listenerPauses.increment();
    }

    /** Counts a connection that ended before its TLS handshake was done. */
    public void tlsHandshakeFailed() {
        tlsHandshakeErrors.increment();
    }

    /** Counts a connection that broke the rules of TLS after its handshake. */
    public void tlsProtocolFailed() {
        tlsProtocolErrors.increment();
    }

    /**
     * Makes the server what it was when it was started: the cache is {@linkplain Cache#reset() reset}, statistics and uptime begin at
     * zero, and what clients have set by commands is forgotten. Connections stay, also those that watch. To be called while no
     * session is processing, and after a clock that is set back.
     */
    public void reset() {
        cache.reset();
        resetStatistics();
        classes.forgetUse();
        startMillis = elapsedMillis();
        certificatesMillis = startMillis;
        verbosity = settings.verbosity();
        tuning = new Tuning(settings);
        prefixes.on(settings.detailEnabled());
    }

    /** Sets every counter that counts events back to zero; what is open stays counted. */
    void resetStatistics() {
        acceptedConnections.reset();
        rejectedConnections.reset();
        bytesRead.reset();
        bytesWritten.reset();
        turnsYielded.reset();
        idleKicks.reset();
        listenerPauses.reset();
        tlsHandshakeErrors.reset();
        tlsProtocolErrors.reset();
        loginTries.reset();
        loginFailures.reset();
        watchers.resetStatistics();
        connectionMemory.resetStatistics();
        prefixes.reset();
        classes.noteUse(cache.raw());
        classes.reset();
        crawlerStarts.reset();
        cache.resetStatistics();
    }

    void verbosity(int level) {
        verbosity = level;
    }

    /** A number for a new session; traces tell sessions apart by it. */
    int nextSessionNumber() {
        return sessionsMade.incrementAndGet();
    }

    long uptimeSeconds() {
        return secondsSince(startMillis);
    }

    Demand demand() {
        return demand;
    }

    Watchers watchers() {
        return watchers;
    }

    PrefixStatistics prefixes() {
        return prefixes;
    }

    ClassCounters classes() {
        return classes;
    }

    ConnectionList connections() {
        return connections;
    }

    Tuning tuning() {
        return tuning;
    }

    /** Counts a walk through the items that a client asked for. */
    void crawlerStarted() {
        crawlerStarts.increment();
    }

    long crawlerStarts() {
        return crawlerStarts.sum();
    }

    /**
     * Returns the time of the server's clock.
     *
     * @return Unix time in milliseconds
     */
    public long timeMillis() {
        return clock.millis();
    }

    long timeSeconds() {
        return Math.floorDiv(clock.millis(), MILLIS_PER_SECOND);
    }

    /**
     * Returns the time that has elapsed by the server's clock, which doesn't change when the system's wall clock is set.
     *
     * @return milliseconds since an arbitrary moment
     */
    public long elapsedMillis() {
        return clock.elapsedMillis();
    }

    /** The whole seconds that have elapsed since a moment of {@link #elapsedMillis}; 0 if the clock was set back to before it. */
    long secondsSince(long elapsedMillis) {
        return Math.max(0, (elapsedMillis() - elapsedMillis) / MILLIS_PER_SECOND);
    }

    long openConnections() {
        return openConnections.get();
    }

    long acceptedConnections() {
        return acceptedConnections.sum();
    }

    long rejectedConnections() {
        return rejectedConnections.sum();
    }

    long bytesRead() {
        return bytesRead.sum();
    }

    long bytesWritten() {
        return bytesWritten.sum();
    }

    long turnsYielded() {
        return turnsYielded.sum();
    }

    long idleKicks() {
        return idleKicks.sum();
    }

    long listenerPauses() {
        return listenerPauses.sum();
    }

    long secondsSinceCertificates() {
        return secondsSince(certificatesMillis);
    }

    long tlsHandshakeErrors() {
        return tlsHandshakeErrors.sum();
    }

    long tlsProtocolErrors() {
        return tlsProtocolErrors.sum();
    }

    /** Counts a client that said who it is. */
    void loginTried(boolean succeeded) {
        loginTries.increment();
        if (!succeeded) {
            loginFailures.increment();
        }
    }

    long loginTries() {
        return loginTries.sum();
    }

    long loginFailures() {
        return loginFailures.sum();
    }

    /** The sink, while there is one and the verbosity asks for traces. */
    @Nullable Consumer<String> traceSink() {
        return verbosity >= TRACE_VERBOSITY ? traceSink : null;
    }
}
