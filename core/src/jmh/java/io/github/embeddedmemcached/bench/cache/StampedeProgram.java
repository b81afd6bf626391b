package io.github.embeddedmemcached.bench.cache;

import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.wire.ChildProcess;
import io.github.embeddedmemcached.bench.wire.Core;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Lets 16 threads request one missing key at once, each cache in a separate JVM; {@code StampedeProgram CACHE} measures one. */
public final class StampedeProgram {
    private static final List<String> NAMES = List.of("embedded", "caffeine", "ehcache-heap", "ehcache-offheap");
    private static final int THREADS = 16;
    private static final int WARM_UPS = 200;
    private static final int ROUNDS = 500;
    private static final long LOAD_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LIMIT_BYTES = 64L << 20;
    private static final long LIMIT_ITEMS = 100_000;

    private final AtomicInteger loads = new AtomicInteger();
    private final CyclicBarrier barrier = new CyclicBarrier(THREADS);
    private final ObjectCache<byte[]> cache;
    private volatile long loaded;

    private StampedeProgram(String name) {
        cache = ObjectCache.create(name, ValueType.BYTES, LIMIT_BYTES, LIMIT_ITEMS, this::load);
    }

    private byte[] load(String key) {
        loads.incrementAndGet();
        long end = System.nanoTime() + LOAD_NANOS;
        for (long left = LOAD_NANOS; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        byte[] value = ValueType.BYTES.values().apply(0);
        loaded = System.nanoTime();
        return value;
    }

    /**
     * The result of a round.
     *
     * @param loads the calls of the loader
     * @param millis the time until all threads have the value
     * @param micros the part of it after the end of the last load
     */
    private record Round(int loads, double millis, double micros) {}

    /** Prints the most loads of a round, and the medians of the times. */
    public static void main(String[] arguments) throws Exception {
        StampedeProgram program = new StampedeProgram(arguments[0]);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (program.cache) {
            List<Round> rounds = new ArrayList<>();
            for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
                rounds.add(program.run("key" + i, threads));
            }
            List<Round> measured = rounds.subList(WARM_UPS, rounds.size());
            System.out.printf(
                    Locale.ROOT,
                    "%d %f %f%n",
                    rounds.stream().mapToInt(Round::loads).max().orElseThrow(),
                    Report.median(measured.stream().map(Round::millis).toList()),
                    Report.median(measured.stream().map(Round::micros).toList()));
        } finally {
            threads.shutdown();
        }
    }

    private Round run(String key, ExecutorService threads) throws Exception {
        loads.set(0);
        List<Future<long[]>> requests = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            requests.add(threads.submit(() -> {
                barrier.await();
                long begin = System.nanoTime();
                if (cache.get(key) == null) {
                    throw new IllegalStateException("no value");
                }
                return new long[] {begin, System.nanoTime()};
            }));
        }
        long begin = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        for (Future<long[]> request : requests) {
            long[] times = request.get();
            begin = Math.min(begin, times[0]);
            end = Math.max(end, times[1]);
        }
        return new Round(loads.get(), (end - begin) / 1e6, (end - loaded) / 1e3);
    }

    /** Measures and reports all caches. */
    static void run(Report report) throws IOException {
        report.section("Stampede: 16 threads request a missing key, which takes 5 ms to load");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("cache", "calls of the loader", "until all threads have it, ms", "after the load, µs"));
        for (String name : NAMES) {
            try (ChildProcess jvm = ChildProcess.startJava(Core.ANY, List.of(), StampedeProgram.class, name)) {
                String[] values = jvm.readLine().split(" ");
                rows.add(List.of(
                        name,
                        values[0],
                        Report.number(Double.parseDouble(values[1])),
                        Report.number(Double.parseDouble(values[2]))));
            }
        }
        report.table(rows);
        report.paragraph("The most calls in a round; medians of " + ROUNDS
                + " rounds. Without OHC 0.7.4: a thread that waits in its getWithLoader may not return.");
    }
}
