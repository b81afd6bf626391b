package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.CacheCore;
import io.github.embeddedmemcached.internal.view.Engines;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Creates the sessions of a server whose connections are handled by Netty or another network framework. The sessions share a cache and
 * statistics. Not needed with {@code EmbeddedMemcached}, which has its own listener.
 *
 * <pre>{@code
 * Cache cache = Cache.builder().build();
 * ProtocolSessions sessions = ProtocolSessions.builder(cache).build();
 * ...
 * ProtocolSession session = sessions.open(host);   // for each connection
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class ProtocolSessions implements AutoCloseable {
    private final CacheCore cache;
    private final ServerContext context;
    private volatile boolean closed;

    private ProtocolSessions(Builder builder) {
        cache = Engines.coreOf(builder.cache);
        CacheEngine engine = cache.open();
        ServerSettings settings = ServerSettings.defaults()
                .with(ServerOption.PROTOCOL, builder.protocol)
                .with(ServerOption.CREDENTIALS, Optional.ofNullable(builder.credentials));
        context = new ServerContext(engine, settings, engine.clockSource());
    }

    /**
     * Returns a builder.
     *
     * @param cache the cache to serve; the sessions use its clock, and do not close it
     * @return a builder with memcached's defaults
     */
    public static Builder builder(Cache cache) {
        return new Builder(Objects.requireNonNull(cache, "cache"));
    }

    /**
     * Opens the session of a new connection.
     *
     * @param host the transport of the connection
     * @return a session, which the caller must close with the connection
     * @throws IllegalStateException if this object or the cache is closed
     */
    public ProtocolSession open(SessionHost host) {
        Objects.requireNonNull(host, "host");
        if (closed) {
            throw new IllegalStateException("the sessions are closed: build new ones");
        }
        cache.open();
        return new ProtocolSession(cache, context, host);
    }

    /**
     * Returns the size of an input buffer with which every session makes progress. Longer requests are consumed in parts.
     *
     * @return the size in bytes, which never changes
     */
    public int inputLengthMax() {
        return context.inputLengthMax();
    }

    /** Stops counting the evictions of the cache, which stays open. Must be called after all sessions have been closed. Idempotent. */
    @Override
    public void close() {
        closed = true;
        context.close();
    }

    /** Builds {@link ProtocolSessions}. Not thread-safe. */
    public static final class Builder {
        private final Cache cache;
        private WireProtocol protocol = WireProtocol.AUTO;
        private @Nullable Credentials credentials;

        private Builder(Cache cache) {
            this.cache = cache;
        }

        /**
         * Sets the protocol of the sessions. By default the first byte of each session selects it.
         *
         * @param protocol text, binary, or detected for each session
         * @return this
         */
        public Builder protocol(WireProtocol protocol) {
            this.protocol = Objects.requireNonNull(protocol, "protocol");
            return this;
        }

        /**
         * Adds a user. By default there are no users and authentication is off. With users, clients must authenticate before other
         * commands: over the text protocol by storing {@code "<name> <password>"} under any key, as with memcached's option {@code
         * -Y}; over the binary protocol by SASL PLAIN, as with {@code -S}.
         *
         * @param name not empty, with no space, colon, NUL or line end
         * @param password not empty, with no NUL or line end
         * @return this
         * @throws IllegalArgumentException if the name or password is invalid, or if there are already 8 users
         */
        public Builder user(String name, String password) {
            credentials = (credentials == null ? Credentials.NONE : credentials).with(name, password);
            return this;
        }

        /**
         * Builds the shared state of the sessions.
         *
         * @return a new object, to be closed by the caller
         * @throws IllegalStateException if the cache is closed
         */
        public ProtocolSessions build() {
            return new ProtocolSessions(this);
        }
    }
}
