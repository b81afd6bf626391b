package io.github.embeddedmemcached;

import io.github.embeddedmemcached.protocol.ServerState;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The server as a program of its own, with memcached's options: {@code java -jar embedded-memcached.jar -p 11211 -m 64}. It
 * listens on the loopback address unless told otherwise, and ends with status 0 when it is told to by SIGTERM or SIGINT.
 */
public final class Main {
    static final String HELP = """
            embedded-memcached %s, a memcached %s for the JVM
            -p, --port=<num>          TCP port to listen on (default: 11211; 0 or -1: a free one)
            -l, --listen=<addr>       address to listen on: host, host:port, [v6]:port, * for all (default: loopback)
            -m, --memory-limit=<num>  item memory in megabytes (default: 64)
            -M, --disable-evictions   return error on memory exhausted instead of evicting
            -c, --conn-limit=<num>    max simultaneous connections (default: 1024)
            -t, --threads=<num>       number of threads to use (default: the processors, at most 4)
            -I, --max-item-size=<num> largest item, in bytes or with suffix k or m (default: 1m, min: 1k, max: 1024m)
            -v, --verbose             verbose (say where it listens)
            -vv                       very verbose (also print client commands/responses)
            -vvv                      extremely verbose
            -V, --version             print version and exit
            -h, --help                print this help and exit
            -U, --udp-port=0, -u, --user=<user>  accepted and ignored
            """;

    private Main() {}

    /**
     * Runs a server until the process is told to end.
     *
     * @param arguments memcached's options, {@code -h} lists them
     */
    public static void main(String[] arguments) {
        Outcome outcome = start(CommandLine.parse(arguments), System.out, System.err);
        EmbeddedMemcached server = outcome.server();
        if (server == null) {
            System.exit(outcome.exitStatus());
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            // a signal makes the JVM end with 128 + its number; a server that was told to end and did is a success
            Runtime.getRuntime().halt(0);
        }));
        waitForEver();
    }

    /** What has come of a command line: a server that runs, or the status to exit with. */
    record Outcome(@Nullable EmbeddedMemcached server, int exitStatus) {}

    /** Does what the command line says. */
    static Outcome start(CommandLine line, PrintStream out, PrintStream err) {
        return switch (line.action()) {
            case SERVE -> serve(line, err);
            case HELP -> {
                out.printf(HELP, version(), ServerState.VERSION);
                yield new Outcome(null, 0);
            }
            case VERSION -> {
                out.println("embedded-memcached " + version() + " (memcached " + ServerState.VERSION + ")");
                yield new Outcome(null, 0);
            }
            case REFUSE -> {
                err.println("embedded-memcached: " + line.message() + " (-h lists the options)");
                yield new Outcome(null, line.exitStatus());
            }
        };
    }

    private static Outcome serve(CommandLine line, PrintStream err) {
        try {
            EmbeddedMemcached server = line.toBuilder(err::println).start();
            if (line.verbosity() > 0 || line.port() == 0) { // nobody would know a free port without being told
                String address = line.bindAddress().getHostAddress();
                err.println("embedded-memcached: listening on " + address + " port " + server.port());
            }
            return new Outcome(server, 0);
        } catch (UncheckedIOException e) {
            err.println("embedded-memcached: " + e.getMessage());
            return new Outcome(null, CommandLine.EXIT_OS_ERROR);
        }
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version != null ? version : "(unpackaged)";
    }

    private static void waitForEver() {
        CountDownLatch never = new CountDownLatch(1);
        while (true) {
            try {
                never.await();
            } catch (InterruptedException e) {
                // nobody has a reason to
            }
        }
    }
}
