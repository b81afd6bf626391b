package io.github.embeddedmemcached.bench.engine;

import java.util.Random;
import java.util.concurrent.TimeUnit;
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
 * Compares this cache with Caffeine and OHC, in-process: with items of 100 bytes that all fit, and with a mix of operations on a million
 * keys, of which only some fit. Each cache returns a copy of the value.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class StoreBenchmark {
    private static final int LENGTH = 1 << 20;
    private static final int VALUE_BYTES = 100;

    /** A store with precomputed keys. */
    private static final class Filled<K> {
        final Store<K> store;
        final Object[] keys;

        Filled(Store<K> store, int keyCount) {
            this.store = store;
            keys = new Object[keyCount];
            for (int i = 0; i < keyCount; i++) {
                keys[i] = store.key(String.format("key%010d", i));
            }
        }

        @SuppressWarnings("unchecked") // created by the constructor
        private K key(int i) {
            return (K) keys[i];
        }

        byte @Nullable [] get(int i) {
            return store.get(key(i));
        }

        void set(int i, byte[] value) {
            store.set(key(i), value);
        }
    }

    /** All items fit. */
    @State(Scope.Benchmark)
    public static class AllFit {
        private static final int HOT_KEYS = 1_000;
        private static final long LIMIT_BYTES = 256L << 20;

        @Param({"embedded", "embedded-bytes", "caffeine", "ohc"})
        public String store = "";

        @Param({"100000", "1000000"})
        public int items;

        private Filled<?> filled = new Filled<>(new NoStore(), 0);

        @Setup
        public void fill() {
            filled = new Filled<>(Store.create(store, LIMIT_BYTES), 2 * items);
            for (int i = 0; i < items; i++) {
                filled.set(i, new byte[VALUE_BYTES]);
            }
        }

        @TearDown
        public void close() {
            filled.store.close();
        }
    }

    /** A million keys; less than half of the items fit. */
    @State(Scope.Benchmark)
    public static class Evicting {
        private static final int KEYS = 1_000_000;

        @Param({"embedded", "embedded-bytes", "caffeine", "ohc"})
        public String store = "";

        private Filled<?> filled = new Filled<>(new NoStore(), 0);

        @Setup
        public void fill() {
            filled = new Filled<>(Store.create(store, 64L << 20), KEYS);
            Zipf zipf = new Zipf(KEYS, 0.99, 3);
            for (int i = 0; i < KEYS; i++) {
                filled.set(zipf.next(), new byte[VALUE_BYTES]);
            }
        }

        @TearDown
        public void close() {
            filled.store.close();
        }
    }

    /** A random sequence of keys for each thread. */
    @State(Scope.Thread)
    public static class KeySequence {
        private final int[] uniform = new int[LENGTH];
        private final int[] zipf = new int[LENGTH];
        private final byte[] value = new byte[VALUE_BYTES];
        private int index;

        @Setup
        public void generate() {
            Random random = new Random();
            Zipf skewed = new Zipf(Evicting.KEYS, 0.99, random.nextLong());
            for (int i = 0; i < LENGTH; i++) {
                uniform[i] = random.nextInt() >>> 1;
                zipf[i] = skewed.next();
            }
        }

        private int next() {
            index = index + 1 & LENGTH - 1;
            return index;
        }

        /** Returns a random number below a bound. */
        private int next(int bound) {
            return (int) ((long) uniform[next()] * bound >>> Integer.SIZE - 1);
        }
    }

    @Benchmark
    public byte @Nullable [] getHit(AllFit allFit, KeySequence sequence) {
        return allFit.filled.get(sequence.next(allFit.items));
    }

    /** As {@link #getHit}, but with so few keys that all items are in the cache of the processor. */
    @Benchmark
    public byte @Nullable [] getHotHit(AllFit allFit, KeySequence sequence) {
        return allFit.filled.get(sequence.next(AllFit.HOT_KEYS));
    }

    @Benchmark
    public byte @Nullable [] getMiss(AllFit allFit, KeySequence sequence) {
        return allFit.filled.get(allFit.items + sequence.next(allFit.items));
    }

    @Benchmark
    public void set(AllFit allFit, KeySequence sequence) {
        allFit.filled.set(sequence.next(allFit.items), sequence.value);
    }

    /** Nine gets for each set. */
    @Benchmark
    public byte @Nullable [] mixed(Evicting evicting, KeySequence sequence) {
        int index = sequence.next();
        int key = sequence.zipf[index];
        if (index % 10 == 0) {
            evicting.filled.set(key, sequence.value);
            return null;
        }
        return evicting.filled.get(key);
    }
}
