package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ChildProcess;
import io.github.embeddedmemcached.bench.wire.Core;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** Measures the memory of a million items of 100 bytes, each cache in a separate JVM; {@code MemoryProgram STORE} measures one. */
public final class MemoryProgram {
    private static final int ITEMS = 1_000_000;
    private static final int KEY_BYTES = 13;
    private static final int VALUE_BYTES = 100;
    private static final long LIMIT_BYTES = 1L << 30;
    private static final int COLLECTIONS = 3;

    private MemoryProgram() {}

    /** Prints the bytes per item and the number of items. */
    public static void main(String[] arguments) {
        long before = usedHeap();
        try (Store<?> store = Store.create(arguments[0], LIMIT_BYTES)) {
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

    /** Measures and reports all caches. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Memory per item, with a million items of 100 bytes");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("cache", "bytes per item", "besides key and value", "items"));
        for (String store : List.of("embedded", "caffeine", "ohc")) {
            try (ChildProcess jvm = ChildProcess.startJava(Core.ANY, List.of("-Xmx2g"), MemoryProgram.class, store)) {
                String[] values = jvm.readLine().split(" ");
                double bytes = Double.parseDouble(values[0]);
                rows.add(List.of(
                        store, Report.number(bytes), Report.number(bytes - KEY_BYTES - VALUE_BYTES), values[1]));
            }
        }
        report.table(rows);
        report.paragraph("Heap after a collection, plus the off-heap memory of OHC. Keys of 13 bytes.");
    }
}
