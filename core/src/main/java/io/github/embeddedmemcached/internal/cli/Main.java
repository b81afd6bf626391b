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
 * The server as a program, with memcached's options: {@code java -jar embedded-memcached.jar -p 11211 -m 64}. By default it
 * listens on the loopback addresses 127.0.0.1 and ::1. On SIGTERM and SIGINT it ends with status 0; on SIGHUP it reads the files of
 * users and of TLS again.
 */
public final class Main {
    static final String HELP = """
            memcached %s
            embedded-memcached %s, a memcached for the JVM
            -p, --port=<num>          TCP port to listen on (default: 11211, off: 0, a free one: -1)
            -U, --udp-port=<num>      UDP port to listen on (default: 0, off; a free one: -1)
            -s, --unix-socket=<file>  Unix socket to listen on (disables network support)
            -a, --unix-mask=<mask>    access mask for Unix socket, in octal (default: 700)
            -l, --listen=<addr>       addresses to listen on: host, host:port, [v6]:port, * for all; several separated
                                      by commas; prefixes: notls: for no TLS, proto[ascii|binary|negotiating]: for its
                                      protocol, tag[name]: accepted and ignored (default: 127.0.0.1 and ::1)
            -b, --listen-backlog=<num> set the backlog queue limit (default: 1024)
            -m, --memory-limit=<num>  item memory in megabytes (default: 64)
            -M, --disable-evictions   return error on memory exhausted instead of evicting
            -I, --max-item-size=<num> largest item, in bytes or with suffix k or m (default: 1m, min: 1k, max: 1024m)
            -C, --disable-cas         disable use of CAS
            -c, --conn-limit=<num>    max simultaneous connections (default: 1024)
            -t, --threads=<num>       number of threads to use (default: the processors, at most 4)
            -R, --max-reqs-per-event=<num>  requests of a connection before others have their turn (default: 1024)
            -B, --protocol=<name>     protocol - one of ascii, binary, or auto (default: auto)
            -A, --enable-shutdown     enable "shutdown" command
            -F, --disable-flush-all   disable flush_all command
            -X, --disable-dumping     disable stats cachedump and lru_crawler metadump
            -W, --disable-watch       disable watch commands
            -D <char>                 delimiter of key prefixes (default: ":"), and statistics by prefix from the start
            -Y, --auth-file=<file>    users, one user:pass per line; text protocol only
            -S, --enable-sasl         SASL PLAIN, binary protocol only; users in the file that MEMCACHED_SASL_PWDB names
            -Z, --enable-ssl          enable TLS
            -P, --pidfile=<file>      write the process number to a file; it stays there, unless -d is given as well
            -d, --daemon              no effect: the server stays in the foreground
            -o, --extended=<list>     comma separated list of further options:
               debug_time                 let clients move the server's clock, by debugtime
               idle_timeout=<seconds>     close silent connections (default: 0, never)
               read_buf_mem_limit=<num>   megabytes that unread replies and unfinished requests may take (default: heap / 16)
               resp_obj_mem_limit=<num>   the part of it that unread replies may take (default: all of it)
               [no_]maxconns_fast         tell excess connections so and close them, or let them wait (default: the former)
               ssl_chain_cert=<file>      certificate chain in PEM format
               ssl_key=<file>             private key in PEM format, if not in the former file
               ssl_verify_mode=<num>      what clients must show: 0 nothing, 1 what they have, 2 or 3 a certificate (default: 0)
               ssl_ca_cert=<file>         whose certificates to trust, in PEM format
               ssl_ciphers=<names>        ciphers, separated by colons
               ssl_min_version=<num>      0 to 3: TLS 1.0 to 1.3 (default: 2)
            -v, --verbose             verbose (say where it listens, and what is ignored)
            -vv                       very verbose (also print client commands/responses)
            -vvv                      extremely verbose
            -V, --version             print version and exit
            -i, --license             print license and exit
            -h, --help                print this help and exit
            SIGHUP reads the files of users (-Y, -S) and of TLS again.
            Accepted and ignored: -e -f -k -L -n -N -r -u, and what -o has of slabs, LRU, hash table and flash tier
            """;

    private static final String LICENSE =
            "embedded-memcached is under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0";

    /** The variable that names the file to write the ports to, for scripts that let them be chosen freely. */
    static final String PORT_FILE = "MEMCACHED_PORT_FILENAME";

    private static final String SASL_PASSWORD_FILE = "MEMCACHED_SASL_PWDB";

    private static final int EXIT_FAILURE = 1;

    /** How long a signal that arrives during the start waits for its end. */
    private static final long START_TIMEOUT_SECONDS = 5;

    private Main() {}

    /**
     * Runs a server until the process is told to end.
     *
     * @param arguments memcached's options, {@code -h} lists them
     */
    public static void main(String[] arguments) {
        CommandLine line = CommandLine.parse(arguments, System.getenv(SASL_PASSWORD_FILE));
        var started = new CompletableFuture<Outcome>();
        if (line.action() == CommandLine.Action.SERVE) {
            handleSignals(line, started); // before the server starts: scripts send signals as soon as its port answers
        }
        Outcome outcome = Outcome.exit(EXIT_FAILURE); // of a start that throws
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
        System.exit(0); // a client has shut it down
    }

    private static void handleSignals(CommandLine line, CompletableFuture<Outcome> started) {
        String problem = HangupSignal.onHangup(() -> started.thenAccept(outcome -> {
            MemcachedServer server = outcome.server();
            if (server != null) {
                reload(line, server, log(System.err));
            }
        }));
        if (problem != null) {
            log(System.err).accept(problem);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(line, started)));
    }

    /** Closes the server. A server that did not start leaves the exit status as it is. */
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
        if (pidFile != null && line.daemon()) { // memcached removes the file of a daemon only
            pidFile.remove();
        }
        // a signal makes the JVM end with 128 + its number; a server that was told to end and did is a success
        Runtime.getRuntime().halt(0);
    }

    /** What has come of a command line: a server that runs, or the status to exit with. */
    record Outcome(
            @Nullable MemcachedServer server,
            int exitStatus,
            @Nullable PidFile pidFile) {
        static Outcome exit(int status) {
            return new Outcome(null, status, null);
        }
    }

    /** Does what the command line says, and writes the ports to a file, if it is given. */
    static Outcome start(CommandLine line, @Nullable String portFile, PrintStream out, PrintStream err) {
        return switch (line.action()) {
            case SERVE -> serve(line, portFile, err);
            case HELP -> {
                out.printf(HELP, MemcachedVersion.TEXT, version());
                yield Outcome.exit(0);
            }
            case VERSION -> {
                out.println("memcached " + MemcachedVersion.TEXT); // alone in its line, for programs that parse it
                out.println("embedded-memcached " + version());
                yield Outcome.exit(0);
            }
            case LICENSE -> {
                out.println(LICENSE);
                yield Outcome.exit(0);
            }
            case REFUSE -> {
                log(err).accept(line.message() + " (-h lists the options)");
                yield Outcome.exit(line.exitStatus());
            }
        };
    }

    private static Consumer<String> log(PrintStream err) {
        return sentence -> err.println("embedded-memcached: " + sentence);
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
        line.warnings().forEach(log);
        List<String> places = places(server.endpoints());
        if (line.verbosity() > 0 || chosenFreely(line.endpoints())) { // otherwise a free port would be unknown
            places.forEach(place -> log.accept("listening on " + place));
        }
        if (line.verbosity() > 0 && !line.ignored().isEmpty()) {
            log.accept("ignored: " + String.join(", ", line.ignored()));
        }
        if (places.isEmpty()) {
            log.accept("listening on nothing, as it was asked to");
        }
        if (portFile != null && server.endpoints().unixSocket() == null) {
            writePorts(server.endpoints(), portFile, log);
        }
        Path pidFile = line.pidFile();
        return new Outcome(server, 0, pidFile == null ? null : PidFile.write(pidFile, ProcessHandle.current(), log));
    }

    /** Reads the files of users and of TLS again, as memcached does on SIGHUP. A file that can't be used changes nothing. */
    static void reload(CommandLine line, MemcachedServer server, Consumer<String> log) {
        try {
            Credentials users = line.readCredentials();
            if (users != null) {
                server.credentials(users);
                if (line.verbosity() > 0) {
                    log.accept("the users were read again");
                }
            }
        } catch (CommandLineException e) {
            log.accept(e.sentence() + "; the users are as they were");
        }
        if (line.hasTls()) {
            String problem = server.refreshCertificates();
            if (problem != null) {
                log.accept(problem + "; the certificates are as they were");
            } else if (line.verbosity() > 0) {
                log.accept("the certificates were read again");
            }
        }
    }

    private static boolean chosenFreely(Endpoints wanted) {
        return wanted.tcp().stream().anyMatch(endpoint -> endpoint.address().getPort() == 0)
                || wanted.udp().stream().anyMatch(address -> address.getPort() == 0);
    }

    private static List<String> places(Endpoints endpoints) {
        List<String> places = new ArrayList<>();
        for (Endpoints.Tcp endpoint : endpoints.tcp()) {
            places.add(place(endpoint.address(), "port"));
        }
        for (InetSocketAddress address : endpoints.udp()) {
            places.add(place(address, "UDP port"));
        }
        Endpoints.UnixSocket unix = endpoints.unixSocket();
        if (unix != null) {
            places.add(unix.path().toString());
        }
        return places;
    }

    private static String place(InetSocketAddress address, String port) {
        InetAddress host = address.getAddress();
        String where = host.isAnyLocalAddress() ? "all addresses," : host.getHostAddress();
        return where + " " + port + " " + address.getPort();
    }

    /** Writes the ports as memcached does: to another file first, so that who waits for this one finds it complete. */
    private static void writePorts(Endpoints endpoints, String portFile, Consumer<String> log) {
        StringBuilder ports = new StringBuilder();
        endpoints.tcp().forEach(endpoint -> appendPort(ports, "TCP", endpoint.address()));
        endpoints.udp().forEach(address -> appendPort(ports, "UDP", address));
        try {
            Path unfinished = Path.of(portFile + ".lck");
            Files.writeString(unfinished, ports);
            Files.move(unfinished, Path.of(portFile), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.accept(FileErrorMessages.writing("the file of ports (" + PORT_FILE + ")", Path.of(portFile), e));
        }
    }

    /** {@code TCP INET: 11211}; a wildcard is both families' where the system has both. */
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
                // nobody has a reason to
            }
        }
    }
}
