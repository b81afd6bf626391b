package io.github.embeddedmemcached.bench.cache;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Compares the typed views of this cache with other caches of objects: single keys of 100,000 items, and 100 keys at once of a million
 * items. All items fit.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
public class CacheBenchmark {
    private static final long LIMIT_BYTES = 512L << 20;
    private static final long LIMIT_ITEMS = 2_000_000;

    /** A cache with items. */
    private static final class Filled<V> {
        private static final int VALUES = 1 << 10;

        final ObjectCache<V> cache;
        private final List<V> values = new ArrayList<>(VALUES); // so that a set does not create its value

        Filled(String name, ValueType<V> type, int items, boolean isLoading) {
            Function<String, V> loader = key -> type.values().apply(0);
            cache = ObjectCache.create(name, type, LIMIT_BYTES, LIMIT_ITEMS, isLoading ? loader : null);
            for (int i = 0; i < items; i++) {
                cache.set(key(i), type.values().apply(i));
            }
            for (int i = 0; i < VALUES; i++) {
                values.add(type.values().apply(i));
            }
        }

        void set(String key, int number) {
            cache.set(key, values.get(number & VALUES - 1));
        }
    }

    private static String key(int number) {
        return "key" + (1_000_000_000 + number);
    }

    /** A hundred thousand items. */
    @State(Scope.Benchmark)
    public static class Items {
        private static final int ITEMS = 100_000;
        private static final int SEQUENCE = 1 << 20;

        @Param({"embedded", "caffeine", "caffeine-bytes", "ehcache-heap", "ehcache-offheap", "ohc"})
        public String cache = "";

        @Param({"bytes", "session"})
        public String value = "";

        private final String[] keys = new String[ITEMS];
        private final int[] sequence = new Random(1).ints(SEQUENCE, 0, ITEMS).toArray();
        private int index;

        Filled<?> filled = new Filled<>("caffeine", ValueType.BYTES, 0, false);

        @Setup
        public void fill() {
            filled = new Filled<>(cache, ValueType.of(value), ITEMS, isLoading());
            for (int i = 0; i < ITEMS; i++) {
                keys[i] = key(i);
            }
        }

        boolean isLoading() {
            return false;
        }

        @TearDown
        public void close() {
            filled.cache.close();
        }

        private int next() {
            index = index + 1 & SEQUENCE - 1;
            return sequence[index];
        }

        @Nullable Object get() {
            return filled.cache.get(keys[next()]);
        }

        void set() {
            int number = next();
            filled.set(keys[number], number);
        }
    }

    /** A hundred thousand items of a cache with a loader. */
    public static class LoadingItems extends Items {
        @Override
        boolean isLoading() {
            return true;
        }
    }

    /** Many items, which are requested a hundred at a time. */
    @State(Scope.Benchmark)
    public static class ManyItems {
        private static final int KEYS = 100;
        private static final int SETS = 1 << 12;

        @Param({"embedded", "caffeine", "caffeine-bytes", "ehcache-heap", "ehcache-offheap", "ohc"})
        public String cache = "";

        @Param("1000000")
        public int items;

        private final List<Set<String>> keys = new ArrayList<>(SETS);
        private final AtomicInteger index = new AtomicInteger(); // little work beside that of a hundred keys

        Filled<?> filled = new Filled<>("caffeine", ValueType.BYTES, 0, false);

        @Setup
        public void fill() {
            filled = new Filled<>(cache, ValueType.BYTES, items, isLoading());
            Random random = new Random(1);
            for (int i = 0; i < SETS; i++) {
                Set<String> set = new LinkedHashSet<>(2 * KEYS);
                while (set.size() < KEYS) {
                    set.add(key(random.nextInt(items)));
                }
                keys.add(set);
            }
        }

        boolean isLoading() {
            return false;
        }

        @TearDown
        public void close() {
            filled.cache.close();
        }

        Map<String, ?> getAll() {
            return filled.cache.getAll(keys.get(index.getAndIncrement() & SETS - 1));
        }
    }

    /** Many items of a cache with a loader. */
    public static class LoadingManyItems extends ManyItems {
        @Override
        boolean isLoading() {
            return true;
        }
    }

    @Benchmark
    public @Nullable Object get(Items items) {
        return items.get();
    }

    /** The item exists, so that the loader is not called. */
    @Benchmark
    public @Nullable Object getWithLoader(LoadingItems items) {
        return items.get();
    }

    @Benchmark
    public void set(Items items) {
        items.set();
    }

    @Benchmark
    public Map<String, ?> getAll(ManyItems items) {
        return items.getAll();
    }

    /** The items exist, so that the loader is not called. */
    @Benchmark
    public Map<String, ?> getAllWithLoader(LoadingManyItems items) {
        return items.getAll();
    }
}
