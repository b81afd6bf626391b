package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.bench.BenchOptions;
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
 * How long a set or get stands still while about five million items come and go in a heap of 2 GB and half of the traffic is
 * writes; {@code PausesProgram MAKE SECONDS} measures one cache. Each cache is given the bytes that five million items take in
 * it, and picks from twice as many keys, so that half of the sets push another item out.
 */
public final class PausesProgram {
    private static final int ITEMS = 5_000_000;
    private static final int KEYS = 2 * ITEMS;
    private static final int VALUE_BYTES = 100;
    private static final String HEAP = "-Xmx2g";
    private static final long NANOS_MAX = TimeUnit.MINUTES.toNanos(5);

    private PausesProgram() {}

    /** Writes operations, longest stop, p99.99, time lost to collections and their number, items. */
    public static void main(String[] arguments) {
        try (Store<?> store = Store.of(arguments[0], bytesFor(arguments[0]))) {
            System.out.println(measure(store, Double.parseDouble(arguments[1])));
        }
    }

    /** What five million items of 100 bytes take, as {@link MemoryProgram} tells it, with a little more. */
    private static long bytesFor(String make) {
        return ITEMS
                * switch (make) {
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
        long collectedMillis = collections(true);
        long collections = collections(false);
        long start = System.nanoTime();
        long stop = start + (long) (seconds * 1e9);
        for (long before = start; before < stop; ) {
            K key = key(store, random.nextInt(KEYS));
            boolean writes = random.nextBoolean();
            before = System.nanoTime();
            if (writes) {
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
                collections(true) - collectedMillis,
                collections(false) - collections,
                store.size());
    }

    private static <K> K key(Store<K> store, int number) {
        return store.key("key" + (1_000_000_000 + number));
    }

    private static long collections(boolean millis) {
        long sum = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            sum += millis ? collector.getCollectionTime() : collector.getCollectionCount();
        }
        return sum;
    }

    /** Reports them all. */
    public static void run(BenchOptions options, Report report) throws IOException {
        report.section("Stops while five million items come and go, heap 2 GB");
        double seconds = options.seconds() * options.rounds() * 4;
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "cache", "operations", "longest stop, ms", "p99.99, ms", "lost to GC, ms", "collections", "items"));
        for (String make : List.of("embedded", "caffeine", "ohc", "none")) {
            List<String> flags = new ArrayList<>(options.jvmFlags());
            flags.add(HEAP);
            try (ChildProcess jvm =
                    ChildProcess.startJava(Core.ANY, flags, PausesProgram.class, make, Double.toString(seconds))) {
                String[] told = jvm.readLine().split(" ");
                rows.add(List.of(
                        make,
                        told[0],
                        Report.number(Double.parseDouble(told[1])),
                        Report.number(Double.parseDouble(told[2])),
                        told[3],
                        told[4],
                        told[5]));
            }
        }
        report.table(rows);
        report.paragraph(
                Report.number(seconds)
                        + " s after the filling, one thread, half sets. `none` is a cache that does nothing: what the machine does to all.");
    }
}
