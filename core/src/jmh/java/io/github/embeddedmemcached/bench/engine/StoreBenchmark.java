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
 * This cache beside Caffeine and OHC, in-process: 100,000 items of 100 bytes that all stay, and a mix over a million keys of
 * which only some do. A get returns a copy of the value with each of them.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class StoreBenchmark {
    private static final int PICKS = 1 << 20;
    private static final int VALUE_BYTES = 100;

    /** A store, with its keys made beforehand. */
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

        @SuppressWarnings("unchecked") // made by the constructor
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

    /** All items stay. */
    @State(Scope.Benchmark)
    public static class Roomy {
        private static final int KEYS = 100_000;
        private static final int HOT_KEYS = 1_000;

        @Param({"embedded", "embedded-bytes", "caffeine", "ohc"})
        public String store = "";

        private Filled<?> filled = new Filled<>(new NoStore(), 0);

        @Setup
        public void fill() {
            filled = new Filled<>(Store.of(store, 256L << 20), 2 * KEYS);
            for (int i = 0; i < KEYS; i++) {
                filled.set(i, new byte[VALUE_BYTES]);
            }
        }

        @TearDown
        public void close() {
            filled.store.close();
        }
    }

    /** A million keys, and room for less than half of them. */
    @State(Scope.Benchmark)
    public static class Tight {
        private static final int KEYS = 1_000_000;

        @Param({"embedded", "embedded-bytes", "caffeine", "ohc"})
        public String store = "";

        private Filled<?> filled = new Filled<>(new NoStore(), 0);

        @Setup
        public void fill() {
            filled = new Filled<>(Store.of(store, 64L << 20), KEYS);
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

    /** Which key comes next; each thread has its own order. */
    @State(Scope.Thread)
    public static class Picks {
        private final int[] uniform = new int[PICKS];
        private final int[] zipf = new int[PICKS];
        private final byte[] value = new byte[VALUE_BYTES];
        private int at;

        @Setup
        public void draw() {
            Random random = new Random();
            Zipf skewed = new Zipf(Tight.KEYS, 0.99, random.nextLong());
            for (int i = 0; i < PICKS; i++) {
                uniform[i] = random.nextInt(Roomy.KEYS);
                zipf[i] = skewed.next();
            }
        }

        private int next() {
            at = at + 1 & PICKS - 1;
            return at;
        }
    }

    @Benchmark
    public byte @Nullable [] getHit(Roomy roomy, Picks picks) {
        return roomy.filled.get(picks.uniform[picks.next()]);
    }

    /** The same with so few keys that the processor has all of them in its own cache. */
    @Benchmark
    public byte @Nullable [] getHotHit(Roomy roomy, Picks picks) {
        return roomy.filled.get(picks.uniform[picks.next()] % Roomy.HOT_KEYS);
    }

    @Benchmark
    public byte @Nullable [] getMiss(Roomy roomy, Picks picks) {
        return roomy.filled.get(Roomy.KEYS + picks.uniform[picks.next()]);
    }

    @Benchmark
    public void set(Roomy roomy, Picks picks) {
        roomy.filled.set(picks.uniform[picks.next()], picks.value);
    }

    /** Nine gets to a set. */
    @Benchmark
    public byte @Nullable [] mixed(Tight tight, Picks picks) {
        int at = picks.next();
        int key = picks.zipf[at];
        if (at % 10 == 0) {
            tight.filled.set(key, picks.value);
            return null;
        }
        return tight.filled.get(key);
    }
}
