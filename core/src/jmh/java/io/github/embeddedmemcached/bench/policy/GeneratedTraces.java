package io.github.embeddedmemcached.bench.policy;

import io.github.embeddedmemcached.bench.engine.Zipf;
import io.github.embeddedmemcached.bench.traces.KeyTrace;
import java.util.List;
import java.util.Random;
import java.util.function.IntToLongFunction;

/** Generates traces with typical access patterns. They are the same in each run. */
final class GeneratedTraces {
    private static final int KEYS = 100_000;
    private static final int VALUE_BYTES = 1_500; // so that a small share of the keys is megabytes
    private static final double SKEW = 0.9;
    private static final long SCAN_START = 1L << 32; // the first key of scans and loops; others are smaller
    private static final int SCAN_LENGTH = 10_000;
    private static final int LOOP_LENGTH = 60_000;

    private GeneratedTraces() {}

    static List<KeyTrace> all(int requests) {
        return List.of(zipf(requests), loop(requests), scans(requests), loops(requests), drift(requests));
    }

    private static KeyTrace generate(String name, int requests, IntToLongFunction key) {
        long[] keys = new long[requests];
        for (int i = 0; i < requests; i++) {
            keys[i] = key.applyAsLong(i);
        }
        return KeyTrace.ofEqualSizes(name, keys, VALUE_BYTES);
    }

    /** A constant, skewed popularity of keys. */
    static KeyTrace zipf(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 1);
        return generate("generated-zipf", requests, i -> zipf.next());
    }

    /** Keys that are requested repeatedly in the same order. */
    private static KeyTrace loop(int requests) {
        return generate("generated-loop", requests, i -> SCAN_START + i % LOOP_LENGTH);
    }

    /** A skewed popularity, interrupted by scans of many keys that are requested only once. */
    static KeyTrace scans(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 2);
        return generate("generated-scans", requests, i -> {
            boolean isScan = i / SCAN_LENGTH % 3 == 2;
            return isScan ? SCAN_START + i : zipf.next();
        });
    }

    /** A loop, alternating with keys of a skewed popularity. */
    private static KeyTrace loops(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 3);
        return generate(
                "generated-loop-zipf", requests, i -> i % 2 == 0 ? SCAN_START + i / 2 % LOOP_LENGTH : zipf.next());
    }

    /** A skewed popularity that gradually moves to other keys. */
    private static KeyTrace drift(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 4);
        Random random = new Random(4);
        long[] names = random.longs(KEYS, 0, Integer.MAX_VALUE).toArray();
        return generate("generated-drift", requests, i -> {
            if (i % 10 == 0) {
                names[random.nextInt(KEYS)] = random.nextInt(Integer.MAX_VALUE);
                names[zipf.next()] = random.nextInt(Integer.MAX_VALUE);
            }
            return names[zipf.next()];
        });
    }
}
