package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.connection.BufferLimits;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An option of a server, with its default, its range, and its name and value in {@code stats settings}. {@link ServerSettings} holds the
 * values.
 *
 * @param <T> the type of the values
 */
public final class ServerOption<T> {
    /** The bound TCP port; 0 if there is none. */
    public static final ServerOption<Integer> PORT = number("tcpport", 11211, 0, 65535);

    /** The bound UDP port; 0 if there is none. */
    public static final ServerOption<Integer> UDP_PORT = number("udpport", 0, 0, 65535);

    /** The address that the server listens on; empty for all. */
    public static final ServerOption<String> BIND_ADDRESS = text("inter");

    /** The file of the Unix domain socket; empty if there is none. */
    public static final ServerOption<String> UNIX_SOCKET = text("domain_socket");

    /** The POSIX mode of the file of the Unix domain socket. */
    public static final ServerOption<Integer> UNIX_SOCKET_PERMISSIONS = number("umask", 0700, 0, 0777);

    public static final ServerOption<Integer> MAX_CONNECTIONS = number("maxconns", 1024, 1, Integer.MAX_VALUE);

    /**
     * Whether a connection above {@link #MAX_CONNECTIONS} is accepted, receives an error and is closed. Otherwise it stays in the
     * backlog until another connection is closed.
     */
    public static final ServerOption<Boolean> REJECTS_EXCESS_CONNECTIONS = flag("maxconns_fast", true);

    public static final ServerOption<Integer> THREADS = number("num_threads", 4, 1, 1024);

    /** The length of the queue of connections that have not been accepted yet. */
    public static final ServerOption<Integer> BACKLOG = number("tcp_backlog", 1024, 0, Integer.MAX_VALUE);

    /** The time in seconds after which an idle connection is closed; 0 for never. */
    public static final ServerOption<Integer> IDLE_TIMEOUT_SECONDS = number("idle_timeout", 0, 0, Integer.MAX_VALUE);

    /** The initial verbosity: the number of {@code -v} options. */
    public static final ServerOption<Integer> VERBOSITY = number("verbosity", 0, 0, Integer.MAX_VALUE);

    /**
     * The number of requests that a session executes before the other connections of its event loop are processed. memcached's default is
     * 20: its connections are state machines, which are cheap to resume. Here a small number would divide a deep pipeline into many system
     * calls, and a thousand short requests take about as long as a few large values.
     */
    public static final ServerOption<Integer> REQUESTS_PER_TURN = number("reqs_per_event", 1024, 1, Integer.MAX_VALUE);

    public static final ServerOption<WireProtocol> PROTOCOL = of("binding_protocol", WireProtocol.AUTO);

    public static final ServerOption<Boolean> TLS_ENABLED = flag("ssl_enabled", false);
    public static final ServerOption<Boolean> FLUSH_ENABLED = flag("flush_enabled", true);
    public static final ServerOption<Boolean> DUMP_ENABLED = flag("dump_enabled", true);

    /** Whether {@code watch} is enabled. {@code stats settings} does not show it. */
    public static final ServerOption<Boolean> WATCH_ENABLED = flag("watch_enabled", true);

    public static final ServerOption<Boolean> SHUTDOWN_ENABLED = flag("shutdown_command", false);

    /** Whether statistics by key prefix are collected from the start. */
    public static final ServerOption<Boolean> DETAIL_ENABLED = flag("detail_enabled", false);

    /** The file to which the items are saved; empty if there is none. */
    public static final ServerOption<String> MEMORY_FILE = of("memory_file", "");

    /** The character that ends the prefix of a key in the statistics by prefix. */
    public static final ServerOption<Character> PREFIX_DELIMITER = of("stat_key_prefix", ':');

    public static final ServerOption<BufferLimits> BUFFER_LIMITS = of("read_buf_mem_limit", BufferLimits.DEFAULT);

    /** The disabled background tasks of memcached. {@code stats settings} does not show the set. */
    static final ServerOption<Set<BackgroundTask>> DISABLED_TASKS = of("disabled_tasks", Set.of());

    /** The users; empty if clients need not authenticate. */
    public static final ServerOption<Optional<Credentials>> CREDENTIALS = of("auth_enabled", Optional.empty());

    private final String statsName;
    private final T defaultValue;
    private final int min;
    private final int max;

    private ServerOption(String statsName, T defaultValue, int min, int max) {
        this.statsName = statsName;
        this.defaultValue = defaultValue;
        this.min = min;
        this.max = max;
    }

    private static <T> ServerOption<T> of(String statsName, T defaultValue) {
        return new ServerOption<>(statsName, defaultValue, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static ServerOption<Integer> number(String statsName, int defaultValue, int min, int max) {
        return new ServerOption<>(statsName, defaultValue, min, max);
    }

    private static ServerOption<Boolean> flag(String statsName, boolean defaultValue) {
        return of(statsName, defaultValue);
    }

    private static ServerOption<String> text(String statsName) {
        return of(statsName, "");
    }

    private static String yesOrNo(boolean value) {
        return value ? "yes" : "no";
    }

    private static String nameOf(WireProtocol protocol) {
        return protocol == WireProtocol.AUTO
                ? "auto-negotiate"
                : protocol.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the name of the option in {@code stats settings}. */
    public String statsName() {
        return statsName;
    }

    /** Returns a value as {@code stats settings} shows it. */
    public String format(T value) {
        if (value instanceof Boolean flag) {
            return yesOrNo(flag);
        }
        if (value instanceof Optional<?> users) {
            return yesOrNo(users.isPresent());
        }
        if (value instanceof WireProtocol protocol) {
            return nameOf(protocol);
        }
        if (value instanceof Integer mode && this == UNIX_SOCKET_PERMISSIONS) {
            return Integer.toOctalString(mode);
        }
        String text = value.toString();
        return !text.isEmpty() ? text : this == MEMORY_FILE ? "(null)" : "NULL";
    }

    T defaultValue() {
        return defaultValue;
    }

    /**
     * Returns the value if it is in the range of the option.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    T checked(T value) {
        if (value instanceof Integer number && (number < min || number > max)) {
            throw new IllegalArgumentException(statsName + " must be between " + min + " and " + max + ": " + number);
        }
        return value;
    }
}
