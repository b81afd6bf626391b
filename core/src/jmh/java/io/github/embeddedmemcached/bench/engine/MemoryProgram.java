package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ChildProcess;
import io.github.embeddedmemcached.bench.wire.Core;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** What a million items of 100 bytes take, in a JVM of their own; {@code MemoryProgram MAKE} measures one cache. */
public final class MemoryProgram {
    private static final int ITEMS = 1_000_000;
    private static final int KEY_BYTES = 13;
    private static final int VALUE_BYTES = 100;
    private static final long ROOM = 1L << 30;
    private static final int COLLECTIONS = 3;

    private MemoryProgram() {}

    /** Writes the bytes of heap that each item takes, and how many items there are. */
    public static void main(String[] arguments) {
        long before = usedHeap();
        try (Store<?> store = Store.of(arguments[0], ROOM)) {
            fill(store);
            long used = usedHeap() - before;
            if (store instanceof OhcStore ohc) {
                used += ohc.offHeapBytes();
            }
            System.out.println((double) used / ITEMS + " " + store.size());
        }
    }

    private static <K> void fill(Store<K> store) {
        for (int i = 0; i < ITEMS; i++) {
            store.set(store.key(String.format("key%010d", i)), new byte[VALUE_BYTES]);
        }
    }

    private static long usedHeap() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Reports them all. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Memory for each of a million items of 100 bytes");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("cache", "bytes per item", "of them not key or value", "items"));
        for (String make : List.of("embedded", "caffeine", "ohc")) {
            try (ChildProcess jvm = ChildProcess.startJava(Core.ANY, List.of("-Xmx2g"), MemoryProgram.class, make)) {
                String[] told = jvm.readLine().split(" ");
                double bytes = Double.parseDouble(told[0]);
                rows.add(List.of(make, Report.number(bytes), Report.number(bytes - KEY_BYTES - VALUE_BYTES), told[1]));
            }
        }
        report.table(rows);
        report.paragraph("Heap after a collection; for OHC also what it has outside. Keys of 13 bytes.");
    }
}
