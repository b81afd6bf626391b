package io.github.embeddedmemcached.bench.cache;

import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ChildProcess;
import io.github.embeddedmemcached.bench.wire.Core;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** Measures the memory of a million items, each cache in a separate JVM; {@code MemoryProgram CACHE VALUE} measures one. */
public final class MemoryProgram {
    private static final int ITEMS = 1_000_000;
    private static final int KEY_BYTES = 13;
    private static final int VALUE_BYTES = 100;
    private static final long LIMIT_BYTES = 1L << 30;
    private static final Goal BYTES_GOAL = Goal.atMost(150);
    private static final int COLLECTIONS = 3;

    private MemoryProgram() {}

    /** Prints the bytes per item and the number of items. */
    public static void main(String[] arguments) {
        measure(arguments[0], ValueType.of(arguments[1]));
    }

    private static <V> void measure(String name, ValueType<V> type) {
        loadClasses(name, type);
        long before = usedHeap();
        try (ObjectCache<V> cache = ObjectCache.create(name, type, LIMIT_BYTES, 2 * ITEMS, null)) {
            for (int i = 0; i < ITEMS; i++) {
                cache.set(String.format("key%010d", i), type.values().apply(i));
            }
            long used = usedHeap() - before + cache.offHeapBytes();
            System.out.println((double) used / ITEMS + " " + cache.size());
        }
    }

    /** Uses a cache first, so that neither its classes nor the directories of JAR files that the JVM has read for them are counted as items. */
    private static <V> void loadClasses(String name, ValueType<V> type) {
        try (ObjectCache<V> cache = ObjectCache.create(name, type, LIMIT_BYTES, 2 * ITEMS, null)) {
            cache.set("key", type.values().apply(0));
            cache.size();
        }
    }

    private static long usedHeap() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Measures and reports all caches. */
    public static void run(Report report) throws IOException {
        report.section("Memory per item, with a million items");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "cache", "byte[100]: bytes per item", "besides key and value", "session: bytes per item", "target"));
        for (String cache : List.of("embedded", "caffeine", "ehcache-heap", "ehcache-offheap", "ohc")) {
            double bytes = bytesPerItem(cache, "bytes");
            rows.add(List.of(
                    cache,
                    Report.number(bytes),
                    Report.number(bytes - KEY_BYTES - VALUE_BYTES),
                    Report.number(bytesPerItem(cache, "session")),
                    cache.equals("embedded") ? report.goal("bytes per item of 100 bytes", BYTES_GOAL, bytes) : ""));
        }
        report.table(rows);
        report.paragraph(
                "Heap after a collection, plus the off-heap memory of OHC and Ehcache. Classes are loaded before. Keys of 13 bytes.");
    }

    private static double bytesPerItem(String cache, String type) throws IOException {
        try (ChildProcess jvm = ChildProcess.startJava(Core.ANY, List.of("-Xmx3g"), MemoryProgram.class, cache, type)) {
            String[] values = jvm.readLine().split(" ");
            if (Long.parseLong(values[1]) != ITEMS) {
                throw new IOException(cache + " has " + values[1] + " items, not " + ITEMS);
            }
            return Double.parseDouble(values[0]);
        }
    }
}
