package io.github.embeddedmemcached.soak;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static io.github.embeddedmemcached.testing.CommandMatcher.anyCommand;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.testing.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import net.spy.memcached.ConnectionFactoryBuilder.Protocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs five clients, four over sockets and one in-process, while the server is restarted, flushed, paused and resized and its replies are
 * truncated. Each reply is checked. After each fault the server must serve each client again, and at the end memory, threads and
 * descriptors must be at their initial values.
 */
class SoakTest {
    private static final long MEMORY_LIMIT_MIN = 8L << 20;
    private static final long MEMORY_LIMIT_MAX = 32L << 20;

    /** Values that are being received may take up to a quarter of the limit in addition. */
    private static final long UPLOADS_MAX = MEMORY_LIMIT_MAX / 4;

    /** The operations of each client between two faults, which show that it is served. */
    private static final int OPERATIONS_BETWEEN = 20;

    private static final Duration SHORT = Duration.ofSeconds(3);

    /** The duration of the nightly test. */
    private static final long LONG_MINUTES = Long.getLong("soak.minutes", 30);

    private static final long HEAP_GROWTH_MAX = 48L << 20;
    private static final int SOCKETS_GROWTH_MAX = 0;
    private static final Path OPEN_FILES = Path.of("/proc/self/fd"); // on Linux

    private final Random random = new Random(20261126);
    private final Map<String, Integer> faults = new LinkedHashMap<>();
    private final List<SoakWorker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final EmbeddedMemcached memcached = EmbeddedMemcached.builder()
            .memoryLimitBytes(MEMORY_LIMIT_MAX)
            .threads(2)
            .start();

    @AfterEach
    void close() throws Exception {
        workers.forEach(SoakWorker::stop);
        for (Thread thread : threads) {
            thread.join();
        }
        for (SoakWorker worker : workers) {
            worker.close();
        }
        memcached.close();
    }

    @Test
    void shouldServeAllClientsDespiteFaults() throws Exception {
        soak(SHORT);
    }

    @Tag("nightly")
    @Test
    void shouldServeAllClientsDespiteFaultsForLongTime() throws Exception {
        soak(Duration.ofMinutes(LONG_MINUTES));
    }

    private void soak(Duration duration) throws Exception {
        long heapBytes = heapBytes();
        long openSockets = openSockets();
        startWorkers();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < duration.toNanos()) {
            injectFault();
            awaitOperations();
            checkMemory();
        }
        close();
        workers.forEach(SoakWorker::check);
        assertThat(workers).allSatisfy(worker -> assertThat(worker.hits()).isPositive());
        assertThat(serverThreads()).as("threads of the server").isZero();
        eventually("the heap has its initial size", () -> heapBytes() - heapBytes < HEAP_GROWTH_MAX);
        eventually("the sockets are closed", () -> openSockets() - openSockets <= SOCKETS_GROWTH_MAX);
        report(duration);
    }

    private void startWorkers() throws Exception {
        start("spymemcached-text", () -> SoakClient.spymemcached(memcached, Protocol.TEXT));
        start("spymemcached-binary", () -> SoakClient.spymemcached(memcached, Protocol.BINARY));
        start("xmemcached", () -> SoakClient.xmemcached(memcached));
        start("folsom", () -> SoakClient.folsom(memcached));
        start("in-process", () -> SoakClient.inProcess(memcached));
    }

    private void start(String name, Callable<SoakClient> connector) throws Exception {
        SoakWorker worker = new SoakWorker(name, connector, random.nextLong());
        workers.add(worker);
        Thread thread = new Thread(worker, "soak-" + name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void injectFault() {
        int kind = random.nextInt(11);
        String name = switch (kind) {
            case 0 -> {
                memcached.restart(Items.KEPT);
                yield "restart with items";
            }
            case 1 -> {
                memcached.restart(Items.DROPPED);
                yield "restart without items";
            }
            case 2 -> {
                memcached.cache().flushAll();
                yield "flush";
            }
            case 3 -> {
                long limit = random.nextLong(MEMORY_LIMIT_MIN, MEMORY_LIMIT_MAX);
                assertThat(memcached.cache().resize(limit)).isTrue();
                yield "memory limit";
            }
            case 4 -> {
                memcached.pause();
                memcached.resume();
                yield "pause";
            }
            case 5 -> {
                memcached.dropConnections();
                yield "drop of connections";
            }
            case 6 -> inject(Fault.delay(Duration.ofMillis(random.nextInt(1, 100))), "delay");
            case 7 -> inject(Fault.resetAfter(random.nextInt(1, 40)), "reset within a reply");
            case 8 -> inject(Fault.closeAfter(random.nextInt(1, 40)), "close within a reply");
            case 9 -> {
                memcached.faults().on(command("set")).times(3).inject(Fault.outOfMemory());
                yield "out of memory";
            }
            default -> {
                memcached.faults().clear();
                yield "end of faults";
            }
        };
        faults.merge(name, 1, Integer::sum);
    }

    private String inject(Fault fault, String name) {
        memcached.faults().on(anyCommand()).skip(random.nextInt(10)).once().inject(fault);
        return name;
    }

    private void awaitOperations() {
        for (SoakWorker worker : workers) {
            long before = worker.successes();
            eventually("the client is served", () -> {
                worker.check();
                return worker.successes() - before >= OPERATIONS_BETWEEN;
            });
        }
    }

    private void checkMemory() {
        CacheStatistics statistics = memcached.cache().statistics();
        assertThat(statistics.usedBytes()).isLessThanOrEqualTo(MEMORY_LIMIT_MAX + UPLOADS_MAX);
        memcached.cache().checkIntegrity();
    }

    private void report(Duration duration) {
        StringBuilder report = new StringBuilder("soak of " + duration + ": faults " + faults);
        for (int i = 0; i < workers.size(); i++) {
            SoakWorker worker = workers.get(i);
            report.append("%n%s: %d operations, %d hits, %d reconnections"
                    .formatted(threads.get(i).getName(), worker.successes(), worker.hits(), worker.reconnections()));
        }
        System.out.println(report);
    }

    private static long serverThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("embedded-memcached"))
                .count();
    }

    private static long heapBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long openSockets() {
        if (!Files.isDirectory(OPEN_FILES)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(OPEN_FILES)) {
            return files.filter(SoakTest::isSocket).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed concurrently
        }
    }
}
