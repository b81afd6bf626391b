package io.github.embeddedmemcached.internal.cli;

import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.connection.BufferLimits;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.server.InterceptorChain;
import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.server.ServerConfig;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.BackgroundTask;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.snapshot.Persistence;
import io.github.embeddedmemcached.internal.snapshot.PersistenceSettings;
import io.github.embeddedmemcached.internal.view.CacheServers;
import io.github.embeddedmemcached.protocol.WireProtocol;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The parsed command line of the program. The options are memcached's. Options that have no meaning in a JVM are accepted and ignored.
 * Values that are not numbers are rejected, while memcached's atoi converts them to 0.
 */
final class CommandLine {
    /** The action of the program. */
    enum Action {
        /** Runs a server. */
        SERVE,
        /** Prints the help text. */
        HELP,
        /** Prints the version. */
        VERSION,
        /** Prints the license. */
        LICENSE,
        /** Exits, since the command line is invalid: see {@link #message()} and {@link #exitStatus()}. */
        REJECT
    }

    static final int DEFAULT_PORT = 11211;
    private static final int FREE_PORT = -1;
    private static final int DEFAULT_MEMORY_MEGABYTES = 64;
    private static final int DEFAULT_BACKLOG = 1024;
    private static final int VERBOSITY_MAX = 3;
    private static final int UNIX_MASK_MAX = 0777;
    private static final int DIGITS_MAX = 10; // of an int

    private Action action = Action.SERVE;
    private String message = "";
    private int exitStatus;

    // addresses
    private @Nullable Integer port;
    private int udpPort; // 0: off
    private final List<String> listen = new ArrayList<>();
    private @Nullable Path unixSocket;
    private int unixMask = 0700;
    private int backlog = DEFAULT_BACKLOG;
    private @Nullable Endpoints endpoints;

    // access
    private boolean tlsEnabled;
    private boolean debugTime;
    private @Nullable PemTls pemTls; // null: no option of it has been given
    private @Nullable TlsSettings tls;
    private boolean sasl;
    private @Nullable Path authFile;
    private @Nullable Path userFile;
    private String userFileOption = "";
    private @Nullable Credentials credentials;
    private @Nullable WireProtocol protocol;

    // cache, limits and the process
    private int memoryMegabytes = DEFAULT_MEMORY_MEGABYTES;
    private boolean eviction = true;
    private boolean casEnabled = true;
    private @Nullable String itemSizeMax;
    private int maxItemSizeBytes;
    private int maxConnections = 1024;
    private @Nullable Integer threads;
    private int idleTimeoutSeconds;
    private int readBufferMegabytes; // 0: not given
    private int responseMegabytes; // 0: not given
    private ServerSettings settings = ServerSettings.defaults();
    private int verbosity;
    private @Nullable Path pidFile;
    private PersistenceSettings persistence = PersistenceSettings.NONE.saveEvery(Duration.ZERO);
    private boolean daemon;
    private final List<String> ignored = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private CommandLine() {}

    /** Parses a command line; the action of an invalid one is {@link Action#REJECT}. */
    static CommandLine parse(String... arguments) {
        return parse(arguments, null);
    }

    /** Parses a command line; the password file, which may be null, contains the users of {@code -S}. */
    static CommandLine parse(String[] arguments, @Nullable String saslPasswordFile) {
        CommandLine line = new CommandLine();
        try {
            new OptionReader(line).read(arguments);
            if (line.action == Action.SERVE) {
                line.check(saslPasswordFile);
            }
        } catch (CommandLineException e) {
            line.action = Action.REJECT;
            line.exitStatus = e.exitStatus();
            line.message = e.message();
        }
        return line;
    }

    Action action() {
        return action;
    }

    /** Returns the reason why the command line is invalid. */
    String message() {
        return message;
    }

    int exitStatus() {
        return exitStatus;
    }

    int verbosity() {
        return verbosity;
    }

    /** Returns the specified options that have no effect. */
    List<String> ignored() {
        return ignored;
    }

    /** Returns problems that do not prevent the server from starting. */
    List<String> warnings() {
        return warnings;
    }

    /** Returns whether {@code -d} was given. */
    boolean isDaemon() {
        return daemon;
    }

    @Nullable Path pidFile() {
        return pidFile;
    }

    boolean hasTls() {
        return tls != null;
    }

    /** Returns whether the items are saved when the server stops. */
    boolean hasMemoryFile() {
        return persistence.persistTo() != null;
    }

    /** Reads the password file again; returns null if there is none. */
    @Nullable Credentials readCredentials() throws CommandLineException {
        return userFile == null ? null : readUsers(userFile);
    }

    /** Returns the addresses to listen on; port 0 selects a free port. */
    Endpoints endpoints() {
        if (endpoints == null) {
            throw new IllegalStateException("this command line does not start a server");
        }
        return endpoints;
    }

    /**
     * Starts the server.
     *
     * @param sink receives warnings and traces
     * @throws UncheckedIOException if a port is in use, the system refuses a socket or thread, or the memory file cannot be used
     */
    MemcachedServer start(Consumer<String> sink) {
        EngineSettings engine = EngineSettings.defaults()
                .memoryLimitBytes((long) memoryMegabytes << 20)
                .evicts(eviction)
                .hasCasUniques(casEnabled)
                .warnings(warning -> sink.accept("embedded-memcached: " + warning));
        if (itemSizeMax != null) {
            engine = engine.maxItemSizeBytes(maxItemSizeBytes);
        }
        DebugClock debugClock = debugTime ? new DebugClock(new TestClock()) : null;
        if (debugClock != null) {
            engine = engine.clock(debugClock.clock());
        }
        CacheEngine cache = new CacheEngine(engine);
        settings = settings.with(ServerOption.MAX_CONNECTIONS, maxConnections)
                .with(ServerOption.CREDENTIALS, Optional.ofNullable(credentials))
                .with(ServerOption.VERBOSITY, verbosity);
        if (protocol != null) {
            settings = settings.with(ServerOption.PROTOCOL, protocol);
        }
        if (threads != null) {
            settings = settings.with(ServerOption.THREADS, threads);
        }
        ServerConfig config =
                new ServerConfig(endpoints(), settings, tls, TimeUnit.SECONDS.toMillis(idleTimeoutSeconds), sink);
        Persistence saved = hasMemoryFile() ? Persistence.open(cache, persistence, engine.warnings()) : null;
        boolean isStarted = false;
        try {
            MemcachedServer server = new MemcachedServer(
                    config,
                    cache,
                    new CacheServers(),
                    engine.clock(),
                    debugClock,
                    new InterceptorChain(),
                    () -> close(saved, cache));
            isStarted = true;
            return server;
        } finally {
            if (!isStarted) {
                close(saved, cache);
            }
        }
    }

    private static void close(@Nullable Persistence saved, CacheEngine cache) {
        if (saved != null) {
            saved.close();
        }
        cache.clear();
    }

    // ---- single options

    /** Returns whether further options do not matter. */
    boolean isComplete() {
        return action != Action.SERVE;
    }

    /** Applies an option; the value is empty if the option takes none. */
    void apply(Option option, String value) throws CommandLineException {
        switch (option) {
            case PORT -> port = port(value);
            case UDP_PORT -> udpPort = port(value);
            case LISTEN -> listen.add(value);
            case UNIX_SOCKET -> unixSocket = path(value);
            case UNIX_MASK -> unixMask = mask(value);
            case LISTEN_BACKLOG -> backlog = number(value, 0, "the backlog (-b) must be a number");
            case ENABLE_SSL -> tlsEnabled = true;
            case ENABLE_SASL -> sasl = true;
            case AUTH_FILE -> authFile = path(value);
            case PROTOCOL -> protocol = protocol(value);
            case MEMORY_LIMIT -> memoryMegabytes = memoryMegabytes(value);
            case DISABLE_EVICTIONS -> eviction = false;
            case MAX_ITEM_SIZE -> itemSizeMax = value;
            case DISABLE_CAS -> casEnabled = false;
            case MEMORY_FILE -> {
                persistence = persistence.persistTo(path(value));
                settings = settings.with(ServerOption.MEMORY_FILE, value);
            }
            case CONN_LIMIT ->
                maxConnections = number(value, 1, "the maximum number of connections (-c) must be greater than 0");
            case THREADS ->
                threads = number(
                        value,
                        1,
                        1024,
                        CommandLineException.EXIT_FAILURE,
                        "the number of threads (-t) must be greater than 0, and at most 1024");
            case MAX_REQS_PER_EVENT ->
                settings = settings.with(
                        ServerOption.REQUESTS_PER_TURN,
                        number(value, 1, "the number of requests per event (-R) must be greater than 0"));
            case ENABLE_SHUTDOWN -> settings = settings.with(ServerOption.SHUTDOWN_ENABLED, true);
            case DISABLE_FLUSH_ALL -> settings = settings.with(ServerOption.FLUSH_ENABLED, false);
            case DISABLE_DUMPING -> settings = settings.with(ServerOption.DUMP_ENABLED, false);
            case DISABLE_WATCH -> settings = settings.with(ServerOption.WATCH_ENABLED, false);
            case DELIMITER ->
                settings = settings.with(ServerOption.PREFIX_DELIMITER, delimiter(value))
                        .with(ServerOption.DETAIL_ENABLED, true);
            case EXTENDED -> applyExtended(value);
            case PIDFILE -> pidFile = path(value);
            case DAEMON -> {
                daemon = true;
                warnings.add("-d has no effect, the server stays in the foreground");
            }
            case VERBOSE -> verbosity = Math.min(VERBOSITY_MAX, verbosity + 1);
            case VERSION -> action = Action.VERSION;
            case LICENSE -> action = Action.LICENSE;
            case HELP -> action = Action.HELP;
            case USER, LOCK_MEMORY, ENABLE_COREDUMPS, SLAB_GROWTH_FACTOR, SLAB_MIN_SIZE, ENABLE_LARGEPAGES, NAPI_IDS ->
                ignored.add("-" + option.letter);
        }
    }

    /** <pre><name>[=<value>](,<name>[=<value>])*</pre> */
    private void applyExtended(String list) throws CommandLineException {
        for (String text : list.split(",")) {
            int equals = text.indexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals);
            ExtendedOption option = ExtendedOption.of(name);
            if (option == null) {
                throw new CommandLineException(
                        CommandLineException.EXIT_FAILURE, "illegal suboption \"" + text + "\" (-o)");
            }
            if (option.takesValue() && equals < 0) {
                throw new CommandLineException(
                        CommandLineException.EXIT_FAILURE, "missing argument for " + name + " (-o)");
            }
            applyExtended(option, name, text.substring(equals + 1));
        }
    }

    private void applyExtended(ExtendedOption option, String name, String value) throws CommandLineException {
        switch (option) {
            case DEBUG_TIME -> debugTime = true;
            case IDLE_TIMEOUT -> idleTimeoutSeconds = number(value, 0, "idle_timeout (-o) must be a number of seconds");
            case MAXCONNS_FAST -> settings = settings.with(ServerOption.REJECTS_EXCESS_CONNECTIONS, true);
            case NO_LRU_CRAWLER -> settings = settings.without(BackgroundTask.LRU_CRAWLER);
            case NO_LRU_MAINTAINER -> settings = settings.without(BackgroundTask.LRU_MAINTAINER);
            case NO_MAXCONNS_FAST -> settings = settings.with(ServerOption.REJECTS_EXCESS_CONNECTIONS, false);
            case NO_MODERN -> {
                for (BackgroundTask task : BackgroundTask.values()) {
                    settings = settings.without(task);
                }
                settings = settings.with(ServerOption.REJECTS_EXCESS_CONNECTIONS, false);
            }
            case NO_SLAB_REASSIGN -> settings = settings.without(BackgroundTask.SLAB_REASSIGN);
            case READ_BUF_MEM_LIMIT ->
                readBufferMegabytes = number(value, 0, "read_buf_mem_limit (-o) must be a number of megabytes");
            case RESP_OBJ_MEM_LIMIT ->
                responseMegabytes = number(value, 0, "resp_obj_mem_limit (-o) must be a number of megabytes");
            case SSL_CHAIN_CERT -> pemTls().chainFile(path(value));
            case SSL_KEY -> pemTls().keyFile(path(value));
            case SSL_CA_CERT -> pemTls().trustFile(path(value));
            case SSL_CIPHERS -> pemTls().ciphers(value);
            case SSL_VERIFY_MODE ->
                pemTls().verifyMode(number(
                        value,
                        PemTls.VERIFY_NONE,
                        PemTls.VERIFY_MODE_MAX,
                        CommandLineException.EXIT_FAILURE,
                        "ssl_verify_mode (-o) must be from 0 to 3"));
            case SSL_MIN_VERSION ->
                pemTls().minVersion(number(
                        value,
                        0,
                        PemTls.MIN_VERSION_MAX,
                        CommandLineException.EXIT_FAILURE,
                        "ssl_min_version (-o) must be from 0 to 3"));
            case SSL_KEYFORMAT -> {
                if (!value.equalsIgnoreCase("PEM") && !value.equals("1")) {
                    throw new CommandLineException(
                            CommandLineException.EXIT_FAILURE, "ssl_keyformat (-o) can only be PEM: \"" + value + "\"");
                }
            }
            case IGNORED -> ignored.add("-o " + name);
        }
    }

    // ---- combinations of options

    private void check(@Nullable String saslPasswordFile) throws CommandLineException {
        settings = settings.with(
                ServerOption.BUFFER_LIMITS,
                new BufferLimits((long) readBufferMegabytes << 20, (long) responseMegabytes << 20));
        checkItemSizeMax();
        checkAuthentication(saslPasswordFile);
        if (tlsEnabled) {
            tls = pemTls().load();
        }
        endpoints = newEndpoints();
    }

    private Endpoints newEndpoints() throws CommandLineException {
        if (unixSocket != null) { // no other addresses, as in memcached
            Endpoints.UnixSocket unix = new Endpoints.UnixSocket(unixSocket, unixMask);
            return new Endpoints(List.of(), List.of(), unix, backlog);
        }
        boolean udp = udpPort != 0;
        int tcpPort = port != null ? port : udp ? udpPort : DEFAULT_PORT;
        List<Endpoints.Tcp> tcp =
                tcpPort == 0 ? List.of() : ListenAddresses.parse(listen, tcpPort == FREE_PORT ? 0 : tcpPort);
        for (Endpoints.Tcp endpoint : tcp) {
            if (endpoint.plain() && !tlsEnabled) {
                throw new CommandLineException(
                        CommandLineException.EXIT_OS_ERROR, "notls: (-l) is valid only if TLS (-Z) is enabled");
            }
        }
        List<InetSocketAddress> udpAddresses = udp
                ? ListenAddresses.parse(listen, udpPort == FREE_PORT ? 0 : udpPort).stream()
                        .map(Endpoints.Tcp::address)
                        .toList()
                : List.of();
        return new Endpoints(tcp, udpAddresses, null, backlog, listen.isEmpty());
    }

    private void checkAuthentication(@Nullable String saslPasswordFile) throws CommandLineException {
        if (sasl) {
            restrictTo(WireProtocol.BINARY, "the text protocol (-B ascii) can't be combined with SASL (-S)");
            credentials = Credentials.NONE;
            if (saslPasswordFile != null) {
                userFile = path(saslPasswordFile);
                userFileOption = "-S, MEMCACHED_SASL_PWDB";
            }
        }
        if (authFile != null) {
            restrictTo(WireProtocol.ASCII, "the binary protocol (-B) can't be combined with text authentication (-Y)");
            userFile = authFile;
            userFileOption = "-Y";
        }
        if (userFile != null) {
            credentials = readUsers(userFile);
            if (credentials.hasUserWithoutPassword()) {
                warnings.add(userFileText() + " has a user without a password: " + userFile);
            }
        }
        if (credentials != null && udpPort != 0) {
            throw new CommandLineException(
                    CommandLineException.EXIT_USAGE, "UDP (-U) can't be combined with authentication (-S, -Y)");
        }
    }

    private void restrictTo(WireProtocol required, String message) throws CommandLineException {
        if (protocol != null && protocol != required) {
            throw new CommandLineException(CommandLineException.EXIT_USAGE, message);
        }
        protocol = required;
    }

    private Credentials readUsers(Path file) throws CommandLineException {
        try {
            return Credentials.read(file);
        } catch (IOException e) {
            throw new CommandLineException(
                    CommandLineException.EXIT_FAILURE, FileErrorMessages.reading(userFileText(), file, e));
        } catch (IllegalArgumentException e) {
            throw new CommandLineException(
                    CommandLineException.EXIT_FAILURE, userFileText() + " can't be used: " + e.getMessage());
        }
    }

    private String userFileText() {
        return "the password file (" + userFileOption + ")";
    }

    private static int memoryMegabytes(String value) throws CommandLineException {
        int megabytes = number(
                value,
                1,
                Integer.MAX_VALUE,
                CommandLineException.EXIT_USAGE,
                "the memory limit (-m) must be a number of megabytes, from 1 to the memory of the machine");
        try {
            EngineSettings.checkMemoryLimit((long) megabytes << 20);
        } catch (IllegalArgumentException e) {
            throw usage("the memory limit (-m) can't be \"" + value + "\" megabytes: " + e.getMessage());
        }
        return megabytes;
    }

    /** Parses {@code <digits>[k|m]} bytes, from 1k to 1024m, and at most half of the memory limit. */
    private void checkItemSizeMax() throws CommandLineException {
        if (itemSizeMax == null) {
            return;
        }
        String text = itemSizeMax.toLowerCase(Locale.ROOT);
        if (!text.matches("[0-9]{1,10}[km]?")) {
            throw usage("the item size limit (-I) must be a number of bytes, with or without the suffix k or m: \""
                    + itemSizeMax + "\"");
        }
        int shift = text.endsWith("k") ? 10 : text.endsWith("m") ? 20 : 0;
        long bytes = Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1)) << shift;
        if (bytes < ItemSize.LIMIT_MIN) {
            throw usage("the item size limit (-I) cannot be less than 1024 bytes");
        }
        if (bytes > ItemSize.LIMIT_MAX) {
            throw usage("the item size limit (-I) cannot be higher than 1024 megabytes");
        }
        if (bytes > ((long) memoryMegabytes << 20) / 2) {
            throw usage("the item size limit (-I) cannot be higher than 1/2 of the memory limit (-m)");
        }
        maxItemSizeBytes = (int) bytes;
    }

    // ---- parsing of values

    /** Parses a port; 0 for none, {@link #FREE_PORT} for a free one. */
    private static int port(String text) throws CommandLineException {
        return number(
                text, FREE_PORT, ListenAddresses.PORT_MAX, CommandLineException.EXIT_USAGE, "invalid port number");
    }

    private static Path path(String text) throws CommandLineException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw usage("invalid file name: \"" + text + "\"");
        }
    }

    /** Parses the mode of a file, in octal. */
    private static int mask(String text) throws CommandLineException {
        int mask = text.matches("[0-7]{1,4}") ? Integer.parseInt(text, 8) : -1;
        if (mask < 0 || mask > UNIX_MASK_MAX) {
            throw usage("the access mask (-a) must be octal, and at most 777: \"" + text + "\"");
        }
        return mask;
    }

    private static char delimiter(String text) throws CommandLineException {
        if (text.isEmpty()) {
            throw new CommandLineException(CommandLineException.EXIT_FAILURE, "no delimiter specified (-D)");
        }
        return text.charAt(0);
    }

    private static WireProtocol protocol(String name) throws CommandLineException {
        return switch (name) {
            case "auto" -> WireProtocol.AUTO;
            case "ascii" -> WireProtocol.ASCII;
            case "binary" -> WireProtocol.BINARY;
            default -> throw usage("the protocol (-B) must be auto, binary, or ascii: \"" + name + "\"");
        };
    }

    private static int number(String text, int min, String message) throws CommandLineException {
        boolean isTooLarge =
                text.length() >= DIGITS_MAX && hasDigits(text, 0) && new BigInteger(text).bitLength() >= Integer.SIZE;
        return number(
                text,
                min,
                Integer.MAX_VALUE,
                CommandLineException.EXIT_FAILURE,
                isTooLarge ? message + ", and at most " + Integer.MAX_VALUE : message);
    }

    /** Parses a number between two bounds. */
    static int number(String text, int min, int max, int status, String message) throws CommandLineException {
        int sign = text.startsWith("-") ? 1 : 0;
        if (text.length() - sign <= DIGITS_MAX && hasDigits(text, sign)) {
            long parsed = Long.parseLong(text);
            if (parsed >= min && parsed <= max) {
                return (int) parsed;
            }
        }
        throw new CommandLineException(status, message + ": \"" + text + "\"");
    }

    private PemTls pemTls() {
        if (pemTls == null) {
            pemTls = new PemTls();
        }
        return pemTls;
    }

    /** Returns whether all characters from an index are digits, at least one. */
    private static boolean hasDigits(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() > from;
    }

    private static CommandLineException usage(String message) {
        return new CommandLineException(CommandLineException.EXIT_USAGE, message);
    }
}
