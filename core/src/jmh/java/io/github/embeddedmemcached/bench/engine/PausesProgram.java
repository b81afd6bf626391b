package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.cache.MemoryProgram;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ChildProcess;
import io.github.embeddedmemcached.bench.wire.Core;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Measures pauses of sets and gets of about five million items in a heap of 2 GB, with half of the operations being sets;
 * {@code PausesProgram STORE SECONDS} measures one cache. The limit of each cache is the memory that five million items occupy in
 * it; there are twice as many keys, so that half of the sets evict an item.
 */
public final class PausesProgram {
    private static final int ITEMS = 5_000_000;
    private static final int KEYS = 2 * ITEMS;
    private static final int VALUE_BYTES = 100;
    private static final String HEAP = "-Xmx2g";

    private static final Goal P9999_GOAL = Goal.atMost(0.1);
    private static final Goal LONGEST_GOAL = Goal.atMost(2);
    private static final Goal OPERATIONS_GOAL = Goal.atLeast(1);

    private PausesProgram() {}

    /**
     * Prints the number of operations, the longest and the 99.99th percentile outside collections, the longest of all, the time and the
     * number of collections, and the number of items.
     */
    public static void main(String[] arguments) {
        try (Store<?> store = Store.create(arguments[0], bytesFor(arguments[0]))) {
            System.out.println(measure(store, Double.parseDouble(arguments[1])));
        }
    }

    /** Returns slightly more than the memory of five million items of 100 bytes as measured by {@link MemoryProgram}. */
    private static long bytesFor(String store) {
        return ITEMS
                * switch (store) {
                    case "caffeine" -> CaffeineStore.OWN_BYTES + 120L;
                    case "ohc" -> 192L;
                    default -> 170L;
                };
    }

    private static <K> String measure(Store<K> store, double seconds) {
        Random random = new Random(1);
        byte[] value = new byte[VALUE_BYTES];
        for (int i = 0; i < KEYS; i++) {
            store.set(key(store, random.nextInt(KEYS)), value);
        }
        long gcMillis = gcMillisOrCount(true);
        long collections = gcMillisOrCount(false);
        OperationTimes times = new OperationTimes();
        long stop = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < stop) {
            K key = key(store, random.nextInt(KEYS));
            boolean isSet = random.nextBoolean();
            times.start();
            if (isSet) {
                store.set(key, value);
            } else {
                store.get(key);
            }
            times.end();
        }
        return String.format(
                Locale.ROOT,
                "%d %f %f %f %d %d %d",
                times.count(),
                times.longestMillis(),
                times.percentileMillis(99.99),
                times.longestMillisWithCollections(),
                gcMillisOrCount(true) - gcMillis,
                gcMillisOrCount(false) - collections,
                store.size());
    }

    private static <K> K key(Store<K> store, int number) {
        return store.key("key" + (1_000_000_000 + number));
    }

    private static long gcMillisOrCount(boolean isMillis) {
        long sum = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            sum += isMillis ? collector.getCollectionTime() : collector.getCollectionCount();
        }
        return sum;
    }

    /** Measures and reports all caches. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Pauses while five million items are replaced, heap 2 GB");
        double seconds = options.seconds() * options.rounds() * 4;
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "cache",
                "operations",
                "p99.99, ms",
                "longest, ms",
                "longest with GC, ms",
                "in GC, ms",
                "collections",
                "items"));
        Map<String, double[]> byStore = new HashMap<>();
        for (String store : List.of("embedded", "caffeine", "ohc", "none")) {
            List<String> flags = new ArrayList<>(options.jvmFlags());
            flags.add(HEAP);
            try (ChildProcess jvm =
                    ChildProcess.startJava(Core.ANY, flags, PausesProgram.class, store, Double.toString(seconds))) {
                String[] words = jvm.readLine().split(" ");
                double[] values =
                        Stream.of(words).mapToDouble(Double::parseDouble).toArray();
                byStore.put(store, values);
                rows.add(List.of(
                        store,
                        words[0],
                        Report.number(values[2]),
                        Report.number(values[1]),
                        Report.number(values[3]),
                        words[4],
                        words[5],
                        words[6]));
            }
        }
        report.table(rows);
        double[] embedded = byStore.get("embedded");
        double[] ohc = byStore.get("ohc");
        if (embedded != null && ohc != null) {
            report.paragraph("This cache: p99.99 " + report.goal("p99.99 outside GC, ms", P9999_GOAL, embedded[2])
                    + "; longest " + report.goal("longest pause outside GC, ms", LONGEST_GOAL, embedded[1])
                    + "; operations / OHC "
                    + report.goal("operations / OHC", OPERATIONS_GOAL, embedded[0] / ohc[0]) + ".");
        }
        report.paragraph(
                Report.number(seconds)
                        + " s after filling, one thread, half sets. p99.99 and longest are without the operations that the garbage collector has stopped. `none` is a cache that does nothing: its pauses are those of the machine.");
    }
}
