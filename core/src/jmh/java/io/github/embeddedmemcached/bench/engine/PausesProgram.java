package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.cache.MemoryProgram;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ChildProcess;
import io.github.embeddedmemcached.bench.wire.Core;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

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
    private static final long NANOS_MAX = TimeUnit.MINUTES.toNanos(5);

    private PausesProgram() {}

    /** Prints the number of operations, the longest, the 99.99th percentile, the time and the number of collections, and the number of items. */
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
        Histogram nanos = new Histogram(NANOS_MAX, 3);
        long gcMillis = gcMillisOrCount(true);
        long collections = gcMillisOrCount(false);
        long start = System.nanoTime();
        long stop = start + (long) (seconds * 1e9);
        for (long before = start; before < stop; ) {
            K key = key(store, random.nextInt(KEYS));
            boolean isSet = random.nextBoolean();
            before = System.nanoTime();
            if (isSet) {
                store.set(key, value);
            } else {
                store.get(key);
            }
            nanos.recordValue(Math.min(NANOS_MAX, System.nanoTime() - before));
        }
        return String.format(
                Locale.ROOT,
                "%d %f %f %d %d %d",
                nanos.getTotalCount(),
                nanos.getMaxValue() / 1e6,
                nanos.getValueAtPercentile(99.99) / 1e6,
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
        rows.add(List.of("cache", "operations", "longest, ms", "p99.99, ms", "in GC, ms", "collections", "items"));
        for (String store : List.of("embedded", "caffeine", "ohc", "none")) {
            List<String> flags = new ArrayList<>(options.jvmFlags());
            flags.add(HEAP);
            try (ChildProcess jvm =
                    ChildProcess.startJava(Core.ANY, flags, PausesProgram.class, store, Double.toString(seconds))) {
                String[] values = jvm.readLine().split(" ");
                rows.add(List.of(
                        store,
                        values[0],
                        Report.number(Double.parseDouble(values[1])),
                        Report.number(Double.parseDouble(values[2])),
                        values[3],
                        values[4],
                        values[5]));
            }
        }
        report.table(rows);
        report.paragraph(
                Report.number(seconds)
                        + " s after filling, one thread, half sets. `none` is a cache that does nothing: its pauses are those of the machine.");
    }
}
