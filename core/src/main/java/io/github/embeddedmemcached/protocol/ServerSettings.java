package io.github.embeddedmemcached.protocol;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a server was started with and the cache doesn't know: {@code stats settings} shows it, and the sessions obey the part
 * that is theirs. Immutable; made by a {@link #builder()} whose defaults are memcached's own.
 */
public final class ServerSettings {
    /** The port that memcached listens on when nobody says otherwise. */
    public static final int DEFAULT_PORT = 11211;

    /**
     * How many requests a session answers before it lets the other connections of its thread have their turn.
     *
     * <p>memcached's own is 20, because it writes one answer at a time. Here all answers of a turn leave in one write, so a
     * short turn would cut a deep pipeline into many system calls; a thousand short requests take about as long as a few
     * such calls, and a turn also ends when the reply buffer is full.
     */
    public static final int DEFAULT_REQUESTS_PER_TURN = 1024;

    private final int port;
    private final String bindAddress;
    private final int maxConnections;
    private final int threads;
    private final int backlog;
    private final int idleTimeoutSeconds;
    private final int verbosity;
    private final int requestsPerTurn;
    private final WireProtocol protocol;
    private final boolean flushEnabled;
    private final boolean dumpEnabled;
    private final boolean watchEnabled;
    private final boolean shutdownEnabled;
    private final boolean detailEnabled;
    private final char prefixDelimiter;
    private final int udpPort;
    private final String unixSocket;
    private final int unixSocketPermissions;
    private final boolean rejectsExcessConnections;
    private final boolean tlsEnabled;
    private final BufferLimits bufferLimits;
    private final @Nullable Credentials credentials;

    private final Set<BackgroundTask> missingTasks;

    private ServerSettings(Builder builder) {
        missingTasks = Set.copyOf(builder.missingTasks);
        port = builder.port;
        bindAddress = builder.bindAddress;
        maxConnections = builder.maxConnections;
        threads = builder.threads;
        backlog = builder.backlog;
        idleTimeoutSeconds = builder.idleTimeoutSeconds;
        verbosity = builder.verbosity;
        requestsPerTurn = builder.requestsPerTurn;
        protocol = builder.protocol;
        flushEnabled = builder.flushEnabled;
        dumpEnabled = builder.dumpEnabled;
        watchEnabled = builder.watchEnabled;
        shutdownEnabled = builder.shutdownEnabled;
        detailEnabled = builder.detailEnabled;
        prefixDelimiter = builder.prefixDelimiter;
        udpPort = builder.udpPort;
        unixSocket = builder.unixSocket;
        unixSocketPermissions = builder.unixSocketPermissions;
        rejectsExcessConnections = builder.rejectsExcessConnections;
        tlsEnabled = builder.tlsEnabled;
        bufferLimits = builder.bufferLimits;
        credentials = builder.credentials;
    }

    /**
     * Begins new settings with memcached's defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the TCP port.
     *
     * @return {@code tcpport}
     */
    public int port() {
        return port;
    }

    /**
     * Returns the address that the server listens on.
     *
     * @return {@code inter}; empty for all of them
     */
    public String bindAddress() {
        return bindAddress;
    }

    /**
     * Returns how many connections are served at the same time.
     *
     * @return {@code maxconns}
     */
    public int maxConnections() {
        return maxConnections;
    }

    /**
     * Returns how many threads serve connections.
     *
     * @return {@code num_threads}
     */
    public int threads() {
        return threads;
    }

    /**
     * Returns how many connections may wait for being accepted.
     *
     * @return {@code tcp_backlog}
     */
    public int backlog() {
        return backlog;
    }

    /**
     * Returns after how long a silent connection is closed.
     *
     * @return {@code idle_timeout}, in seconds; 0 for never
     */
    public int idleTimeoutSeconds() {
        return idleTimeoutSeconds;
    }

    /**
     * Returns how talkative the server is at first; the {@code verbosity} command changes it later.
     *
     * @return {@code verbosity}; from 2 on, commands and answers are traced
     */
    public int verbosity() {
        return verbosity;
    }

    /**
     * Returns how many requests a session answers in one turn, see {@link #DEFAULT_REQUESTS_PER_TURN}.
     *
     * @return {@code reqs_per_event}
     */
    public int requestsPerTurn() {
        return requestsPerTurn;
    }

    /**
     * Returns which protocol is spoken.
     *
     * @return {@code binding_protocol}
     */
    public WireProtocol protocol() {
        return protocol;
    }

    /**
     * Returns whether clients may flush the cache.
     *
     * @return {@code flush_enabled}
     */
    public boolean flushEnabled() {
        return flushEnabled;
    }

    /**
     * Returns whether clients may list the keys.
     *
     * @return {@code dump_enabled}
     */
    public boolean dumpEnabled() {
        return dumpEnabled;
    }

    /**
     * Returns whether clients may watch what others do.
     *
     * @return whether {@code watch} is served
     */
    public boolean watchEnabled() {
        return watchEnabled;
    }

    /**
     * Returns whether clients may shut the server down.
     *
     * @return {@code shutdown_command}
     */
    public boolean shutdownEnabled() {
        return shutdownEnabled;
    }

    /**
     * Returns whether statistics by key prefix are gathered from the start.
     *
     * @return {@code detail_enabled}
     */
    public boolean detailEnabled() {
        return detailEnabled;
    }

    /**
     * Returns what ends the prefix of a key in the statistics by prefix.
     *
     * @return {@code stat_key_prefix}
     */
    public char prefixDelimiter() {
        return prefixDelimiter;
    }

    /**
     * Returns the UDP port.
     *
     * @return {@code udpport}; 0 if it is off
     */
    public int udpPort() {
        return udpPort;
    }

    /**
     * Returns the file of the Unix domain socket that the server listens on.
     *
     * @return {@code domain_socket}; empty if there is none
     */
    public String unixSocket() {
        return unixSocket;
    }

    /**
     * Returns who may use the Unix domain socket.
     *
     * @return {@code umask}, the mode of its file
     */
    public int unixSocketPermissions() {
        return unixSocketPermissions;
    }

    /**
     * Returns what becomes of a connection that is one too many.
     *
     * @return {@code maxconns_fast}: true if it is told so and closed, false if it waits
     */
    public boolean rejectsExcessConnections() {
        return rejectsExcessConnections;
    }

    /**
     * Returns whether connections speak TLS.
     *
     * @return {@code ssl_enabled}
     */
    public boolean tlsEnabled() {
        return tlsEnabled;
    }

    /**
     * Returns how much memory connections may hold.
     *
     * @return {@code read_buf_mem_limit} and {@code resp_obj_mem_limit}
     */
    public BufferLimits bufferLimits() {
        return bufferLimits;
    }

    /**
     * Returns who may log in.
     *
     * @return the users; null if nobody needs to
     */
    public @Nullable Credentials credentials() {
        return credentials;
    }

    /**
     * Returns whether statistics show a background task.
     *
     * @param task which
     * @return false if it is said to be switched off
     */
    public boolean shows(BackgroundTask task) {
        return !missingTasks.contains(task);
    }

    /** Collects settings; each method returns the builder itself. */
    public static final class Builder {
        private int port = DEFAULT_PORT;
        private String bindAddress = "";
        private int maxConnections = 1024;
        private int threads = 4;
        private int backlog = 1024;
        private int idleTimeoutSeconds;
        private int verbosity;
        private int requestsPerTurn = DEFAULT_REQUESTS_PER_TURN;
        private WireProtocol protocol = WireProtocol.AUTO;
        private boolean flushEnabled = true;
        private boolean dumpEnabled = true;
        private boolean watchEnabled = true;
        private boolean shutdownEnabled;
        private boolean detailEnabled;
        private char prefixDelimiter = ':';
        private int udpPort;
        private String unixSocket = "";
        private int unixSocketPermissions = 0700;
        private boolean rejectsExcessConnections = true;
        private boolean tlsEnabled;
        private BufferLimits bufferLimits = BufferLimits.DEFAULT;
        private @Nullable Credentials credentials;

        private final Set<BackgroundTask> missingTasks = EnumSet.noneOf(BackgroundTask.class);

        private Builder() {}

        /**
         * Says that a background task is switched off.
         *
         * @param task which
         * @return this
         */
        public Builder without(BackgroundTask task) {
            missingTasks.add(task);
            return this;
        }

        /**
         * Sets the TCP port.
         *
         * @param port the one really listened on, never 0 for "any"
         * @return this
         */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /**
         * Sets the address that the server listens on.
         *
         * @param bindAddress as memcached's {@code -l} takes it; empty for all
         * @return this
         */
        public Builder bindAddress(String bindAddress) {
            this.bindAddress = bindAddress;
            return this;
        }

        /**
         * Sets how many connections are served at the same time.
         *
         * @param maxConnections at least 1
         * @return this
         */
        public Builder maxConnections(int maxConnections) {
            this.maxConnections = maxConnections;
            return this;
        }

        /**
         * Sets how many threads serve connections.
         *
         * @param threads at least 1
         * @return this
         */
        public Builder threads(int threads) {
            this.threads = threads;
            return this;
        }

        /**
         * Sets how many connections may wait for being accepted.
         *
         * @param backlog at least 1
         * @return this
         */
        public Builder backlog(int backlog) {
            this.backlog = backlog;
            return this;
        }

        /**
         * Sets after how long a silent connection is closed.
         *
         * @param seconds 0 for never
         * @return this
         */
        public Builder idleTimeoutSeconds(int seconds) {
            this.idleTimeoutSeconds = seconds;
            return this;
        }

        /**
         * Sets how talkative the server is at first.
         *
         * @param verbosity 0 to 3, memcached's number of {@code -v}
         * @return this
         */
        public Builder verbosity(int verbosity) {
            this.verbosity = verbosity;
            return this;
        }

        /**
         * Sets how many requests a session answers in one turn.
         *
         * @param requestsPerTurn at least 1
         * @return this
         */
        public Builder requestsPerTurn(int requestsPerTurn) {
            if (requestsPerTurn < 1) {
                throw new IllegalArgumentException("requestsPerTurn must be at least 1: " + requestsPerTurn);
            }
            this.requestsPerTurn = requestsPerTurn;
            return this;
        }

        /**
         * Sets which protocol is spoken.
         *
         * @param protocol by default each connection's first byte decides
         * @return this
         */
        public Builder protocol(WireProtocol protocol) {
            this.protocol = protocol;
            return this;
        }

        /**
         * Sets whether clients may flush the cache.
         *
         * @param flushEnabled false makes flush_all answer an error
         * @return this
         */
        public Builder flushEnabled(boolean flushEnabled) {
            this.flushEnabled = flushEnabled;
            return this;
        }

        /**
         * Sets whether clients may list the keys.
         *
         * @param dumpEnabled false makes cachedump and metadump answer an error
         * @return this
         */
        public Builder dumpEnabled(boolean dumpEnabled) {
            this.dumpEnabled = dumpEnabled;
            return this;
        }

        /**
         * Sets whether clients may watch what others do.
         *
         * @param watchEnabled false makes watch answer an error
         * @return this
         */
        public Builder watchEnabled(boolean watchEnabled) {
            this.watchEnabled = watchEnabled;
            return this;
        }

        /**
         * Sets whether clients may shut the server down.
         *
         * @param shutdownEnabled true makes shutdown more than an error
         * @return this
         */
        public Builder shutdownEnabled(boolean shutdownEnabled) {
            this.shutdownEnabled = shutdownEnabled;
            return this;
        }

        /**
         * Sets whether statistics by key prefix are gathered from the start.
         *
         * @param detailEnabled {@code stats detail} changes it later
         * @return this
         */
        public Builder detailEnabled(boolean detailEnabled) {
            this.detailEnabled = detailEnabled;
            return this;
        }

        /**
         * Sets what ends the prefix of a key in the statistics by prefix.
         *
         * @param prefixDelimiter any character of a key
         * @return this
         */
        public Builder prefixDelimiter(char prefixDelimiter) {
            this.prefixDelimiter = prefixDelimiter;
            return this;
        }

        /**
         * Sets the UDP port.
         *
         * @param udpPort the one really listened on; 0 for none
         * @return this
         */
        public Builder udpPort(int udpPort) {
            this.udpPort = udpPort;
            return this;
        }

        /**
         * Sets the file of the Unix domain socket that the server listens on.
         *
         * @param unixSocket empty for none
         * @return this
         */
        public Builder unixSocket(String unixSocket) {
            this.unixSocket = unixSocket;
            return this;
        }

        /**
         * Sets who may use the Unix domain socket.
         *
         * @param unixSocketPermissions the mode of its file
         * @return this
         */
        public Builder unixSocketPermissions(int unixSocketPermissions) {
            this.unixSocketPermissions = unixSocketPermissions;
            return this;
        }

        /**
         * Sets what becomes of a connection that is one too many.
         *
         * @param rejectsExcessConnections true to tell it so and close it, false to let it wait
         * @return this
         */
        public Builder rejectsExcessConnections(boolean rejectsExcessConnections) {
            this.rejectsExcessConnections = rejectsExcessConnections;
            return this;
        }

        /**
         * Sets whether connections speak TLS.
         *
         * @param tlsEnabled the sessions behind them see plain bytes
         * @return this
         */
        public Builder tlsEnabled(boolean tlsEnabled) {
            this.tlsEnabled = tlsEnabled;
            return this;
        }

        /**
         * Sets how much memory connections may hold.
         *
         * @param bufferLimits {@code read_buf_mem_limit} and {@code resp_obj_mem_limit}
         * @return this
         */
        public Builder bufferLimits(BufferLimits bufferLimits) {
            this.bufferLimits = bufferLimits;
            return this;
        }

        /**
         * Sets who may log in. Clients of the text protocol have to with their first {@code set}, memcached's {@code -Y}, those
         * of the binary protocol by SASL, memcached's {@code -S}.
         *
         * @param credentials the users; null if nobody needs to log in
         * @return this
         */
        public Builder credentials(@Nullable Credentials credentials) {
            this.credentials = credentials;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings
         */
        public ServerSettings build() {
            return new ServerSettings(this);
        }
    }
}
