package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Starts and closes a thousand servers in one JVM, with varied use, and checks that no resources leak. */
@Timeout(120)
class EmbeddedMemcachedLeakTest {
    private static final int SERVERS = 1000;
    private static final int WARM_UP = 50;
    private static final Path OPEN_FILES = Path.of("/proc/self/fd"); // exists on Linux only

    /** Exceeded if each server leaks more than four kilobytes. The items of a server already need more. */
    private static final long HEAP_GROWTH_MAX = 4 << 20;

    /** The tolerance for files that the JVM opens, such as the jar of a class used for the first time. */
    private static final int OTHER_FILES_MAX = 10;

    private final List<WeakReference<Object>> references = new ArrayList<>();

    @Test
    void shouldNotLeakResources() throws IOException {
        useServers(WARM_UP);
        long heapBytes = heapBytes();
        long openFiles = openFiles();
        useServers(SERVERS);
        assertThat(threads()).isZero();
        eventually("all servers are garbage-collected", this::areAllCollected);
        assertThat(heapBytes() - heapBytes).isLessThan(HEAP_GROWTH_MAX);
        assertThat(openFiles() - openFiles).isLessThanOrEqualTo(OTHER_FILES_MAX);
    }

    private void useServers(int count) throws IOException {
        int unavailable = 0;
        for (int i = 0; i < count; i++) {
            int port = useServer(i);
            try {
                new ServerSocket(port).close();
                new DatagramSocket(port).close();
            } catch (BindException e) {
                unavailable++; // by now another process may use the port
            }
        }
        assertThat(unavailable).as("ports that are not available again").isLessThan(count / 10);
    }

    /** Starts a server, uses it in a way that depends on the number, and closes it. */
    private int useServer(int number) throws IOException {
        EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().threads(2).udp(number % 2 == 0).start();
        references.add(new WeakReference<>(memcached));
        references.add(new WeakReference<>(memcached.cache()));
        try (memcached;
                SocketClient idle = SocketClient.connect(memcached.address())) {
            use(memcached);
            switch (number % 8) {
                case 0 -> memcached.pause();
                case 1 -> {
                    memcached.pause();
                    memcached.resume();
                }
                case 2 -> memcached.stop();
                case 3 -> memcached.restart(Items.KEPT);
                case 4 -> {
                    memcached.pause();
                    idle.send("get k\r\n");
                    memcached.restart(Items.DROPPED);
                    use(memcached);
                }
                case 5 -> memcached.dropConnections();
                case 6 -> memcached.reset();
                default -> {
                    idle.send("watch\r\n").expect("OK\r\n");
                    use(memcached);
                }
            }
            memcached.close(); // before the client closes its connection
        }
        return memcached.port();
    }

    private static void use(EmbeddedMemcached memcached) throws IOException {
        try (SocketClient client = SocketClient.connect(memcached.address())) {
            client.send("set k 0 0 3\r\nabc\r\n").expect("STORED\r\n");
            client.send("get k\r\n").expect("VALUE k 0 3\r\nabc\r\nEND\r\n");
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("embedded-memcached-"))
                .count();
    }

    private boolean areAllCollected() {
        System.gc();
        references.removeIf(reference -> reference.refersTo(null));
        return references.isEmpty();
    }

    private static long heapBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long openFiles() throws IOException {
        if (!Files.isDirectory(OPEN_FILES)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(OPEN_FILES)) {
            return files.count();
        }
    }
}
