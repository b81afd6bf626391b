package io.github.embeddedmemcached.bench.wire;

import com.sun.management.OperatingSystemMXBean;
import io.github.embeddedmemcached.bench.load.BlockingClient;
import io.github.embeddedmemcached.internal.cli.Main;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server under load in a separate process, pinned to {@link Core#SERVER}, with one worker thread. */
public final class ServerProcess implements AutoCloseable {
    private static final long START_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final String JAR = ".jar";
    private static final String PEM_FOLDER = "io/github/embeddedmemcached/internal/cli/pem";

    /** By default, the heap of a JVM is a quarter of the machine's memory. */
    private static final int DEFAULT_HEAP_DIVISOR = 4;

    private final ServerKind kind;
    private final ChildProcess process;
    private final int port;
    private final List<String> command;

    private ServerProcess(ServerKind kind, ChildProcess process, int port, List<String> command) {
        this.kind = kind;
        this.process = process;
        this.port = port;
        this.command = command;
    }

    /** Starts a server on {@link Core#SERVER}, and waits until it replies. The options are those of memcached. */
    public static ServerProcess start(ServerKind kind, List<String> jvmFlags, int megabytes, String... options)
            throws IOException {
        return start(Core.SERVER, kind, jvmFlags, megabytes, options);
    }

    /** Starts a server on the given core, and waits until it replies. */
    public static ServerProcess start(
            Core core, ServerKind kind, List<String> jvmFlags, int megabytes, String... options) throws IOException {
        int port = freePort();
        List<String> command = command(kind, jvmFlags, megabytes, port, options);
        ServerProcess server = new ServerProcess(kind, ChildProcess.start(core, command), port, command);
        server.awaitReply();
        return server;
    }

    static List<String> command(ServerKind kind, List<String> jvmFlags, int megabytes, int port, String... options) {
        List<String> command = new ArrayList<>();
        switch (kind) {
            case EMBEDDED -> {
                command.addAll(ChildProcess.java(heapFlags(jvmFlags, megabytes)));
                String path = jarOrClasses();
                command.addAll(path.endsWith(JAR) ? List.of("-jar", path) : List.of("-cp", path, Main.class.getName()));
            }
            case CANNED -> {
                command.addAll(ChildProcess.java(jvmFlags, ChildProcess.classPathOf(CannedServer.class)));
                command.addAll(List.of(CannedServer.class.getName(), "-p", Integer.toString(port)));
                return command;
            }
            case MEMCACHED -> {
                command.add(ServerKind.memcached().orElseThrow().toString());
                command.addAll(List.of("-u", System.getProperty("user.name"), "-U", "0"));
            }
        }
        command.addAll(List.of("-p", Integer.toString(port), "-l", "127.0.0.1"));
        command.addAll(List.of("-t", "1", "-m", Integer.toString(megabytes)));
        command.addAll(List.of(options));
        return command;
    }

    /** Returns the path of the jar of this project, or of its classes if there is none. */
    static String jarOrClasses() {
        String jar = System.getProperty("bench.jar", "");
        return !jar.isEmpty() && Files.exists(Path.of(jar)) ? jar : ChildProcess.classPathOf(Main.class);
    }

    /** Returns the given flags, and a larger heap if the default one is too small for the memory limit. */
    static List<String> heapFlags(List<String> jvmFlags, int megabytes) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long defaultMegabytes = (system.getTotalMemorySize() >> 20) / DEFAULT_HEAP_DIVISOR;
        long requiredMegabytes = megabytes * 3L / 2 + 64; // the cache uses at most three quarters of the heap
        List<String> flags = new ArrayList<>(jvmFlags);
        if (requiredMegabytes > defaultMegabytes) {
            flags.add("-Xmx" + requiredMegabytes + "m");
        }
        return flags;
    }

    /** Returns options for TLS, with a certificate of the tests. */
    static List<String> tlsOptions() {
        return List.of(
                "-Z",
                "-o",
                "ssl_chain_cert=" + resource("rsa-certificate.pem") + ",ssl_key=" + resource("rsa-pkcs8.pem"));
    }

    private static Path resource(String name) {
        return Path.of(ChildProcess.classPathOf(ServerProcess.class), PEM_FOLDER, name);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitReply() throws IOException {
        long start = System.nanoTime();
        while (true) {
            try (BlockingClient client = new BlockingClient(port, command.contains("-Z"))) {
                client.execute("version");
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - start > START_NANOS_MAX) {
                    close();
                    throw new IOException(kind.title() + " does not reply: " + String.join(" ", command), e);
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    public ServerKind kind() {
        return kind;
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    /** Returns the command line without paths. */
    String shortCommand() {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < command.size(); i++) {
            switch (command.get(i)) {
                case "-cp", "-u", "-p", "-l", "-o" -> i++;
                case "-jar" -> words.add("-jar " + Path.of(command.get(++i)).getFileName());
                default -> words.add(command.get(i));
            }
        }
        words.set(0, Path.of(words.get(0)).getFileName().toString());
        return String.join(" ", words);
    }

    /** Returns the resident memory of the process in bytes, or -1 if it is unknown. */
    long residentBytes() throws IOException {
        Path status = Path.of("/proc", Long.toString(pid()), "status");
        if (!Files.isReadable(status)) {
            return -1;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(-1);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
