package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** A real memcached process, started for a comparison. */
public final class RealMemcached implements AutoCloseable {
    private static final int ATTEMPTS_MAX = 200;
    private static final int ATTEMPT_MILLIS = 25;

    /** Another process may take the port between its choice and the start. */
    private static final int PORTS_MAX = 3;

    /** A datagram with the header of memcached, request 1, and a command. */
    private static final byte[] PROBE = "\0\1\0\0\0\1\0\0version\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final Process process;
    private final int port;

    private RealMemcached(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a memcached. If none is installed, the test is skipped, or fails if the system property {@code memcached.required} is true.
     *
     * @param options options of the command line, in addition to the address and port
     */
    public static RealMemcached start(String... options) throws IOException {
        return start(false, options);
    }

    /** Starts a memcached that also listens on UDP. */
    public static RealMemcached startWithUdp() throws IOException {
        return start(true);
    }

    private static RealMemcached start(boolean udp, String... options) throws IOException {
        Optional<Path> executable = Stream.concat(
                        Stream.of(System.getenv("PATH").split(File.pathSeparator)),
                        Stream.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"))
                .map(folder -> Path.of(folder, "memcached"))
                .filter(Files::isExecutable)
                .findFirst();
        if (executable.isEmpty()) {
            assertThat(Boolean.getBoolean("memcached.required"))
                    .as("memcached is required for the comparison, but not installed")
                    .isFalse();
            throw new TestAbortedException("memcached is not installed: the comparison with it is skipped");
        }
        for (int i = 1; ; i++) {
            try {
                return start(executable.get(), freePort(udp), udp, options);
            } catch (IOException e) {
                if (i == PORTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private static RealMemcached start(Path executable, int port, boolean udp, String... options) throws IOException {
        String portText = Integer.toString(port);
        List<String> command = new ArrayList<>(List.of(executable.toString(), "-p", portText, "-l", "127.0.0.1"));
        // with several threads the order of replies to datagrams would be undefined
        command.addAll(udp ? List.of("-U", portText, "-t", "1") : List.of("-U", "0"));
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("-u", "root"));
        }
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        RealMemcached memcached = new RealMemcached(process, port);
        memcached.awaitPort();
        if (udp) {
            memcached.awaitUdp();
        }
        return memcached;
    }

    private static int freePort(boolean udp) throws IOException {
        InetAddress address = InetAddress.getLoopbackAddress();
        try (ServerSocket socket = new ServerSocket(0, 1, address)) {
            int port = socket.getLocalPort();
            if (udp) {
                new DatagramSocket(port, address).close();
            }
            return port;
        }
    }

    /** Waits until a datagram is replied to: memcached ends if it cannot use the UDP port, after it has opened the TCP port. */
    private void awaitUdp() throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(address());
            socket.setSoTimeout(ATTEMPT_MILLIS);
            for (int i = 0; i < ATTEMPTS_MAX && process.isAlive(); i++) {
                try {
                    socket.send(new DatagramPacket(PROBE, PROBE.length));
                    socket.receive(new DatagramPacket(new byte[100], 100));
                    return;
                } catch (SocketTimeoutException | PortUnreachableException e) {
                    continue; // not yet
                }
            }
        }
        close();
        throw new IOException("memcached does not reply to datagrams on port " + port);
    }

    private void awaitPort() throws IOException {
        for (int i = 0; i < ATTEMPTS_MAX; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ATTEMPT_MILLIS);
                return;
            } catch (IOException e) {
                try {
                    if (process.waitFor(ATTEMPT_MILLIS, TimeUnit.MILLISECONDS)) {
                        throw new IOException("memcached ended with status " + process.exitValue(), e);
                    }
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new IOException(interrupted);
                }
            }
        }
        close();
        throw new IOException("memcached does not accept connections on port " + port);
    }

    /** Returns the address that it listens on. */
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Returns the port of the {@link #address}. */
    public int port() {
        return port;
    }

    /** Removes all items, and returns a target for a new connection. */
    public TranscriptTarget target() throws IOException {
        return new SocketTarget(InetAddress.getLoopbackAddress(), port).connectAndFlush();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
