package io.github.embeddedmemcached.bench.wire;

import com.sun.management.ThreadMXBean;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.Statistic;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

/**
 * Runs the server of this project and measures its JVM: {@code MeasuredServer MEGABYTES CONNECTIONS}. Prints its port, then replies to
 * {@code memory} (bytes in the heap after a collection, and in direct buffers) and {@code allocated} (bytes allocated so far by all
 * threads but this one, and the number of keys fetched or set).
 */
public final class MeasuredServer {
    private static final int COLLECTIONS = 3;

    private MeasuredServer() {}

    public static void main(String[] arguments) throws IOException {
        try (EmbeddedMemcached server = EmbeddedMemcached.builder()
                .memoryLimitBytes(Long.parseLong(arguments[0]) << 20)
                .maxConnections(Integer.parseInt(arguments[1]))
                .threads(1)
                .start()) {
            reply(Integer.toString(server.port()));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                switch (line) {
                    case "memory" -> reply(Long.toString(memoryBytes()));
                    case "allocated" -> {
                        CacheStatistics statistics = server.cache().statistics();
                        long gets = statistics.get(Statistic.GET_HITS) + statistics.get(Statistic.GET_MISSES);
                        reply(allocatedBytes() + " " + (gets + statistics.get(Statistic.CMD_SET)));
                    }
                    default -> reply("error no such command");
                }
            }
        }
    }

    private static void reply(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static long memoryBytes() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        long bytes = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            bytes += pool.getMemoryUsed();
        }
        return bytes;
    }

    private static long allocatedBytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        for (long id : threads.getAllThreadIds()) {
            if (id != Thread.currentThread().getId()) {
                bytes += Math.max(0, threads.getThreadAllocatedBytes(id));
            }
        }
        return bytes;
    }
}
