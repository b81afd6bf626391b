package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.auth.Authentication;
import io.github.embeddedmemcached.internal.connection.ConnectionList;
import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import io.github.embeddedmemcached.internal.connection.ServerCounters;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.watch.ObserverFlags;
import io.github.embeddedmemcached.internal.watch.Watchers;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The objects that all sessions of one server share. Each of them is thread-safe. */
public final class ServerContext implements AutoCloseable {
    private static final long SMALLEST_CACHE_BYTES = 1 << 20;

    private final CacheEngine cache;
    private final ServerSettings settings;
    private final ServerTime time;
    private final TraceLog trace;
    private final ServerCounters counters = new ServerCounters();
    private final ConnectionList connections;
    private final ConnectionMemory connectionMemory;
    private final Authentication authentication;
    private final AdminHooks hooks;
    private final ObserverFlags observerFlags = new ObserverFlags();
    private final InterceptorHolder interceptor = new InterceptorHolder(observerFlags);
    private final Watchers watchers;
    private final PrefixStatistics prefixes;
    private final ClassCounters classes;
    private final Tuning tuning;

    /**
     * Creates the context of a server that starts now, without traces.
     *
     * @param cache the items
     * @param settings the options of the server
     * @param clock the clock of the cache
     */
    public ServerContext(CacheEngine cache, ServerSettings settings, InstantSource clock) {
        this(cache, settings, clock, null);
    }

    /**
     * Creates the context of a server that starts now.
     *
     * @param cache the items
     * @param settings the options of the server
     * @param clock the clock of the cache
     * @param traceSink receives a line for each command and each reply while the verbosity is 2 or more, as memcached writes to its
     *     standard error; called by the threads of the sessions; null for no traces
     */
    public ServerContext(
            CacheEngine cache, ServerSettings settings, InstantSource clock, @Nullable Consumer<String> traceSink) {
        this.cache = cache;
        this.settings = settings;
        time = new ServerTime(clock);
        trace = new TraceLog(traceSink, settings.get(ServerOption.VERBOSITY));
        connections = new ConnectionList(SystemTime.elapsingAs(clock));
        connectionMemory = new ConnectionMemory(settings.get(ServerOption.BUFFER_LIMITS));
        authentication =
                new Authentication(settings.get(ServerOption.CREDENTIALS).orElse(null));
        hooks = new AdminHooks(time);
        watchers = new Watchers(observerFlags, clock, connectionMemory);
        prefixes = new PrefixStatistics(
                observerFlags, settings.get(ServerOption.PREFIX_DELIMITER), settings.get(ServerOption.DETAIL_ENABLED));
        classes = new ClassCounters(watchers);
        tuning = new Tuning(settings);
        cache.removals().add(classes);
    }

    /** Creates a context with a new cache of the smallest possible size. The caller must close the cache. */
    public static ServerContext withSmallestCache(ServerSettings settings, InstantSource clock) {
        CacheEngine cache = new CacheEngine(
                EngineSettings.defaults().memoryLimitBytes(SMALLEST_CACHE_BYTES).maxItemSizeBytes(ItemSize.LIMIT_MIN));
        return new ServerContext(cache, settings, clock);
    }

    /**
     * Stops counting the evictions of the cache, and leaves the cache open. Called when sessions no longer use this context. Idempotent.
     */
    @Override
    public void close() {
        cache.removals().remove(classes);
    }

    public CacheEngine cache() {
        return cache;
    }

    public ServerSettings settings() {
        return settings;
    }

    public ServerTime time() {
        return time;
    }

    public TraceLog trace() {
        return trace;
    }

    public ServerCounters counters() {
        return counters;
    }

    public ConnectionList connections() {
        return connections;
    }

    public ConnectionMemory connectionMemory() {
        return connectionMemory;
    }

    public Authentication authentication() {
        return authentication;
    }

    public AdminHooks hooks() {
        return hooks;
    }

    public ObserverFlags observerFlags() {
        return observerFlags;
    }

    public InterceptorHolder interceptor() {
        return interceptor;
    }

    public Watchers watchers() {
        return watchers;
    }

    public PrefixStatistics prefixes() {
        return prefixes;
    }

    public ClassCounters classes() {
        return classes;
    }

    public Tuning tuning() {
        return tuning;
    }

    /**
     * Returns the length of the longest input that a session needs at once: a line and a value that is not large. Longer requests are
     * consumed in parts.
     */
    public int inputLengthMax() {
        int valueLengthMax = cache.inlineValueLengthMax();
        if (authentication.isRequired()) {
            valueLengthMax = Math.max(valueLengthMax, LineFormat.AUTH_TOKEN_LENGTH_MAX);
        }
        return LineFormat.LINE_LENGTH_MAX + valueLengthMax + LineFormat.VALUE_END_LENGTH;
    }

    /**
     * Restores the state that the server had after its start: {@linkplain CacheEngine#reset resets} the cache, the statistics, the uptime
     * and the values that clients have set by commands. Connections and watchers are kept. Called while no session processes input, and
     * after the clock has been set back.
     */
    public void reset() {
        cache.reset();
        resetStatistics();
        classes.clearUsed();
        time.restart();
        hooks.resetCertificateAge();
        trace.verbosity(settings.get(ServerOption.VERBOSITY));
        tuning.reset();
        prefixes.enable(settings.get(ServerOption.DETAIL_ENABLED));
    }

    /** Resets all counters of events. */
    public void resetStatistics() {
        counters.reset();
        authentication.resetStatistics();
        watchers.resetStatistics();
        connectionMemory.resetStatistics();
        prefixes.reset();
        classes.markUsed(cache);
        classes.reset();
        cache.resetStatistics();
    }
}
