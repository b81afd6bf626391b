package io.github.embeddedmemcached.bench.growth;

import io.github.embeddedmemcached.bench.engine.OperationTimes;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Measures a cache with a number of items: {@code GrowthProgram ITEMS LIMIT_BYTES FILE}. Prints a value for each {@link Measure}. */
public final class GrowthProgram {
    /** With its key and overhead, an item needs fewer bytes than {@link GrowthBenchmark#LIMIT_BYTES_PER_ITEM}. */
    static final int VALUE_BYTES = 300;

    static final int EXPIRING_MAX = 1_000_000;

    private static final int WARM_UP_ITEMS = 300_000;
    private static final long WARM_UP_LIMIT = 64L << 20;
    private static final int OPERATIONS = 500_000;
    private static final Duration TIME_TO_LIVE = Duration.ofMinutes(10);
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final int items;
    private final Path file;
    private final Cache cache;
    private final Map<Measure, Double> results = new EnumMap<>(Measure.class);
    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] value = new byte[VALUE_BYTES];
    private volatile Instant now = Instant.now();

    private GrowthProgram(int items, long limitBytes, Path file) {
        this.items = items;
        this.file = file;
        InstantSource clock = () -> now;
        cache = Cache.builder().memoryLimitBytes(limitBytes).clock(clock).build();
    }

    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[2]);
        new GrowthProgram(WARM_UP_ITEMS / 2, WARM_UP_LIMIT, file).measure();
        Map<Measure, Double> results =
                new GrowthProgram(Integer.parseInt(arguments[0]), Long.parseLong(arguments[1]), file).measure();
        System.out.println(results.values().stream()
                .map(result -> String.format(Locale.ROOT, "%f", result))
                .collect(Collectors.joining(" ")));
    }

    private Map<Measure, Double> measure() throws IOException {
        try (cache) {
            long start = System.nanoTime();
            for (int i = 0; i < items; i++) {
                cache.set(key(i), value);
            }
            results.put(Measure.INSERT, (double) (System.nanoTime() - start) / items);
            String[] keys = new String[1 << 18];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = key(random.nextInt(items));
            }
            results.put(Measure.SET, nanosPerOperation(i -> cache.set(keys[i & keys.length - 1], value)));
            results.put(Measure.GET, nanosPerOperation(i -> cache.get(keys[i & keys.length - 1])));
            results.put(Measure.SAVE, cache.saveTo(file).elapsed().toNanos() / 1e6);
            Files.delete(file);
            evict();
            start = System.nanoTime();
            cache.flushAll();
            results.put(Measure.FLUSH, (System.nanoTime() - start) / 1e6);
            OperationTimes times = new OperationTimes();
            for (int i = 0; i < OPERATIONS; i++) {
                timedSet(times, key(i));
            }
            results.put(Measure.FLUSH_LONGEST, times.longestMillis());
            expire();
        }
        measureMachine();
        return results;
    }

    private static String key(int number) {
        return "key" + (1_000_000_000 + number);
    }

    private interface Operation {
        void run(int number);
    }

    private static double nanosPerOperation(Operation operation) {
        long start = System.nanoTime();
        for (int i = 0; i < OPERATIONS; i++) {
            operation.run(i);
        }
        return (double) (System.nanoTime() - start) / OPERATIONS;
    }

    private void timedSet(OperationTimes times, String key) {
        times.start();
        cache.set(key, value);
        times.end();
    }

    /** Sets new keys in a full cache. */
    private void evict() {
        int number = items;
        while (cache.statistics().get(Statistic.EVICTIONS) == 0) {
            for (int end = number + 1000; number < end; number++) {
                cache.set(key(number), value);
            }
        }
        OperationTimes times = new OperationTimes();
        for (int end = number + OPERATIONS; number < end; number++) {
            timedSet(times, key(number));
        }
        results.put(Measure.EVICT, times.meanNanos());
        results.put(Measure.EVICT_LONGEST, times.longestMillis());
    }

    private void measureMachine() {
        OperationTimes times = new OperationTimes();
        byte[] target = new byte[VALUE_BYTES];
        for (long stop = System.nanoTime() + SECOND_NANOS; System.nanoTime() < stop; ) {
            times.start();
            random.nextBytes(target);
            times.end();
        }
        results.put(Measure.MACHINE_LONGEST, times.longestMillis());
    }

    /** Sets items that all expire in the same second, and measures sets of other keys during the next second of real time. */
    private void expire() {
        cache.reset();
        int expiring = Math.min(items, EXPIRING_MAX);
        for (int i = 0; i < expiring; i++) {
            cache.set(key(i), value, TIME_TO_LIVE);
        }
        now = now.plus(TIME_TO_LIVE).plusSeconds(2);
        OperationTimes times = new OperationTimes();
        long stop = System.nanoTime() + SECOND_NANOS;
        while (System.nanoTime() < stop) {
            timedSet(times, key(items + random.nextInt(items)));
        }
        results.put(Measure.EXPIRE_LONGEST, times.longestMillis());
        results.put(Measure.EXPIRE, times.meanNanos());
    }
}
