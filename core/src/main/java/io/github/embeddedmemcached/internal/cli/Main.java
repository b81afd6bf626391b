package io.github.embeddedmemcached.internal.cli;

import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The stand-alone server, with memcached's options: {@code java -jar embedded-memcached.jar -p 11211 -m 64}. By default it
 * listens on the loopback addresses 127.0.0.1 and ::1. On SIGTERM, SIGINT and SIGUSR1 it saves the items if there is a memory file ({@code
 * -e}), and exits with status 0; on SIGHUP it reloads the password file and the TLS files.
 */
public final class Main {
    static final String HELP = """
            memcached %s
            embedded-memcached %s, a memcached for the JVM
            -p, --port=<num>          TCP port to listen on (default: 11211; 0: off, -1: a free port)
            -U, --udp-port=<num>      UDP port to listen on (default: 0, off; -1: a free port)
            -s, --unix-socket=<file>  Unix socket to listen on (disables network support)
            -a, --unix-mask=<mask>    access mask for Unix socket, in octal (default: 700)
            -l, --listen=<addr>       addresses to listen on: host, host:port, [v6]:port, * for all; separated by
                                      commas; prefixes: notls: for no TLS, proto[ascii|binary|negotiating]: for the
                                      protocol, tag[name]: accepted and ignored (default: 127.0.0.1 and ::1)
            -b, --listen-backlog=<num> set the backlog queue limit (default: 1024)
            -m, --memory-limit=<num>  item memory in megabytes (default: 64)
            -M, --disable-evictions   return error on memory exhausted instead of evicting
            -I, --max-item-size=<num> largest item, in bytes or with suffix k or m (default: 1m, min: 1k, max: 1024m)
            -C, --disable-cas         disable use of CAS
            -e, --memory-file=<file>  restart with the items: they are restored from the file, and saved to it when the
                                      server stops (SIGTERM, SIGINT, SIGUSR1, shutdown)
            -c, --conn-limit=<num>    max simultaneous connections (default: 1024)
            -t, --threads=<num>       number of threads to use (default: number of processors, at most 4)
            -R, --max-reqs-per-event=<num>  max requests of a connection before other connections are served (default: 1024)
            -B, --protocol=<name>     protocol - one of ascii, binary, or auto (default: auto)
            -A, --enable-shutdown     enable "shutdown" command
            -F, --disable-flush-all   disable flush_all command
            -X, --disable-dumping     disable stats cachedump and lru_crawler metadump
            -W, --disable-watch       disable watch commands
            -D <char>                 delimiter of key prefixes (default: ":"); enables statistics by prefix
            -Y, --auth-file=<file>    password file, one user:password per line; text protocol only
            -S, --enable-sasl         SASL PLAIN, binary protocol only; environment variable MEMCACHED_SASL_PWDB: password file
            -Z, --enable-ssl          enable TLS
            -P, --pidfile=<file>      write the process id to a file; removed at exit only with -d
            -d, --daemon              no effect: the server stays in the foreground
            -o, --extended=<list>     comma separated list of further options:
               debug_time                 enable the debugtime command, which changes the server's clock
               idle_timeout=<seconds>     close idle connections (default: 0, never)
               read_buf_mem_limit=<num>   max megabytes of unread replies and unfinished requests (default: heap / 16)
               resp_obj_mem_limit=<num>   max megabytes of unread replies (default: read_buf_mem_limit)
               [no_]maxconns_fast         reply with an error to excess connections and close them, or let them wait (default: maxconns_fast)
               ssl_chain_cert=<file>      certificate chain in PEM format
               ssl_key=<file>             private key in PEM format (default: in the certificate chain file)
               ssl_verify_mode=<num>      client certificates: 0 not requested, 1 optional, 2 or 3 required (default: 0)
               ssl_ca_cert=<file>         trusted CA certificates in PEM format
               ssl_ciphers=<names>        ciphers, separated by colons
               ssl_min_version=<num>      minimum version, 0 to 3 for TLS 1.0 to 1.3 (default: 2)
            -v, --verbose             verbose (print the addresses and the ignored options)
            -vv                       very verbose (also print client commands/responses)
            -vvv                      extremely verbose
            -V, --version             print version and exit
            -i, --license             print license and exit
            -h, --help                print this help and exit
            SIGHUP reloads the password file (-Y, -S) and the TLS files.
            Accepted and ignored: -f -k -L -n -N -r -u, and the options of -o for slabs, LRU, hash table and flash tier
            """;

    private static final String LICENSE =
            "embedded-memcached is under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0";

    /** The environment variable with the name of the file to which the ports are written, for scripts that use free ports. */
    static final String PORT_FILE = "MEMCACHED_PORT_FILENAME";

    private static final String SASL_PASSWORD_FILE = "MEMCACHED_SASL_PWDB";

    private static final int EXIT_FAILURE = 1;

    /** The maximum time for which a signal that is received during the start waits for the start to complete. */
    private static final long START_TIMEOUT_SECONDS = 5;

    private Main() {}

    /**
     * Runs a server until it is shut down by a signal or a client.
     *
     * @param arguments memcached's options; {@code -h} lists them
     */
    public static void main(String[] arguments) {
        CommandLine line = CommandLine.parse(arguments, System.getenv(SASL_PASSWORD_FILE));
        var started = new CompletableFuture<Outcome>();
        if (line.action() == CommandLine.Action.SERVE) {
            MemcachedServer.prepare();
            handleSignals(line, started); // before the server starts: scripts may send signals as soon as it listens
        }
        Outcome outcome = Outcome.exit(EXIT_FAILURE); // if the start throws an exception
        try {
            outcome = start(line, System.getenv(PORT_FILE), System.out, System.err);
        } finally {
            started.complete(outcome);
        }
        MemcachedServer server = outcome.server();
        if (server == null) {
            System.exit(outcome.exitStatus());
            return;
        }
        awaitClose(server);
        System.exit(0); // a client has sent the shutdown command
    }

    private static void handleSignals(CommandLine line, CompletableFuture<Outcome> started) {
        report(Signals.onHangup(() -> started.thenAccept(outcome -> {
            MemcachedServer server = outcome.server();
            if (server != null) {
                reload(line, server, log(System.err));
            }
        })));
        String problem = Signals.onGracefulStop(() -> {
            System.err.println("Gracefully stopping"); // as memcached
            System.exit(0);
        });
        if (line.hasMemoryFile()) {
            report(problem);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(line, started)));
    }

    private static void report(@Nullable String problem) {
        if (problem != null) {
            log(System.err).accept(problem);
        }
    }

    /** Closes the server. If the server did not start, the exit status is not changed. */
    private static void shutDown(CommandLine line, CompletableFuture<Outcome> started) {
        Outcome outcome = started.completeOnTimeout(Outcome.exit(0), START_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join();
        MemcachedServer server = outcome.server();
        if (server == null && outcome.exitStatus() != 0) {
            return;
        }
        if (server != null) {
            server.close();
        }
        PidFile pidFile = outcome.pidFile();
        if (pidFile != null && line.isDaemon()) { // memcached removes only the file of a daemon
            pidFile.remove();
        }
        // after a signal, the JVM would exit with 128 + its number; a regular shutdown is not a failure
        Runtime.getRuntime().halt(0);
    }

    /** The result of a command line: a running server, or the exit status. */
    record Outcome(
            @Nullable MemcachedServer server,
            int exitStatus,
            @Nullable PidFile pidFile) {
        static Outcome exit(int status) {
            return new Outcome(null, status, null);
        }
    }

    /** Executes the action of the command line. A server's ports are written to the port file, unless it is null. */
    static Outcome start(CommandLine line, @Nullable String portFile, PrintStream out, PrintStream err) {
        CommandLine.Action action = line.action();
        if (action == CommandLine.Action.SERVE) {
            return serve(line, portFile, err);
        }
        if (action == CommandLine.Action.HELP) {
            out.printf(HELP, MemcachedVersion.TEXT, version());
        } else if (action == CommandLine.Action.VERSION) {
            out.println("memcached " + MemcachedVersion.TEXT); // a separate line, for programs that parse it
            out.println("embedded-memcached " + version());
        } else if (action == CommandLine.Action.LICENSE) {
            out.println(LICENSE);
        } else {
            log(err).accept(line.message() + " (-h lists the options)");
        }
        return Outcome.exit(line.exitStatus());
    }

    private static Consumer<String> log(PrintStream err) {
        return message -> err.println("embedded-memcached: " + message);
    }

    private static Outcome serve(CommandLine line, @Nullable String portFile, PrintStream err) {
        Consumer<String> log = log(err);
        MemcachedServer server;
        try {
            server = line.start(err::println);
        } catch (UncheckedIOException e) {
            log.accept(String.valueOf(e.getMessage()));
            return Outcome.exit(CommandLineException.EXIT_OS_ERROR);
        }
        for (String warning : line.warnings()) {
            log.accept(warning);
        }
        List<String> addresses = addresses(server.endpoints());
        if (line.verbosity() > 0
                || hasFreePort(line.endpoints())) { // a free port must be reported, or it would be unknown
            for (String address : addresses) {
                log.accept("listening on " + address);
            }
        }
        if (line.verbosity() > 0 && !line.ignored().isEmpty()) {
            log.accept("ignored: " + String.join(", ", line.ignored()));
        }
        if (addresses.isEmpty()) {
            log.accept("listening on nothing: TCP and UDP are off");
        }
        if (portFile != null && server.endpoints().unixSocket() == null) {
            writePorts(server.endpoints(), portFile, log);
        }
        Path pidFile = line.pidFile();
        return new Outcome(server, 0, pidFile == null ? null : PidFile.write(pidFile, ProcessHandle.current(), log));
    }

    /** Reloads the password file and the TLS files, as memcached does on SIGHUP. An invalid file changes nothing. */
    static void reload(CommandLine line, MemcachedServer server, Consumer<String> log) {
        try {
            Credentials users = line.readCredentials();
            if (users != null) {
                server.credentials(users);
                if (line.verbosity() > 0) {
                    log.accept("the users have been reloaded");
                }
            }
        } catch (CommandLineException e) {
            log.accept(e.message() + "; the users are unchanged");
        }
        if (line.hasTls()) {
            String problem = server.refreshCertificates();
            if (problem != null) {
                log.accept(problem + "; the certificates are unchanged");
            } else if (line.verbosity() > 0) {
                log.accept("the certificates have been reloaded");
            }
        }
    }

    private static boolean hasFreePort(Endpoints configured) {
        for (Endpoints.Tcp endpoint : configured.tcp()) {
            if (endpoint.address().getPort() == 0) {
                return true;
            }
        }
        for (InetSocketAddress address : configured.udp()) {
            if (address.getPort() == 0) {
                return true;
            }
        }
        return false;
    }

    private static List<String> addresses(Endpoints endpoints) {
        List<String> addresses = new ArrayList<>();
        for (Endpoints.Tcp endpoint : endpoints.tcp()) {
            addresses.add(text(endpoint.address(), "port"));
        }
        for (InetSocketAddress address : endpoints.udp()) {
            addresses.add(text(address, "UDP port"));
        }
        Endpoints.UnixSocket unix = endpoints.unixSocket();
        if (unix != null) {
            addresses.add(unix.path().toString());
        }
        return addresses;
    }

    private static String text(InetSocketAddress address, String port) {
        InetAddress host = address.getAddress();
        String hostText = host.isAnyLocalAddress() ? "all addresses," : host.getHostAddress();
        return hostText + " " + port + " " + address.getPort();
    }

    /** Writes the ports as memcached does: to another file first, so that the port file is complete when it appears. */
    private static void writePorts(Endpoints endpoints, String portFile, Consumer<String> log) {
        StringBuilder ports = new StringBuilder();
        endpoints.tcp().forEach(endpoint -> appendPort(ports, "TCP", endpoint.address()));
        endpoints.udp().forEach(address -> appendPort(ports, "UDP", address));
        try {
            Path unfinished = Path.of(portFile + ".lck");
            Files.writeString(unfinished, ports);
            Files.move(unfinished, Path.of(portFile), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.accept(FileErrorMessages.writing("the port file (" + PORT_FILE + ")", Path.of(portFile), e));
        }
    }

    /** Appends a line {@code TCP INET: 11211}; an IPv6 wildcard address has lines for both families. */
    private static void appendPort(StringBuilder ports, String transport, InetSocketAddress address) {
        boolean v6 = address.getAddress() instanceof Inet6Address;
        if (!v6 || address.getAddress().isAnyLocalAddress()) {
            ports.append(transport + " INET: " + address.getPort() + "\n");
        }
        if (v6) {
            ports.append(transport + " INET6: " + address.getPort() + "\n");
        }
    }

    private static String version() {
        String version =
                Main.class.getPackage().getImplementationVersion(); // of the jar; a run-time image has no manifest
        return version != null
                ? version
                : Optional.ofNullable(Main.class.getModule().getDescriptor())
                        .flatMap(ModuleDescriptor::rawVersion)
                        .orElse("(unpackaged)");
    }

    private static void awaitClose(MemcachedServer server) {
        while (true) {
            try {
                server.awaitClose();
                return;
            } catch (InterruptedException e) {
                // no code of this program interrupts the main thread
            }
        }
    }
}
