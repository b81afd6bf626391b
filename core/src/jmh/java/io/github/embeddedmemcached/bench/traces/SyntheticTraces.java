package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.engine.Zipf;
import java.util.List;
import java.util.Random;

/** Generates traces with typical access patterns, for benchmarks without recorded traces. They are the same in each run. */
final class SyntheticTraces {
    private static final int KEYS = 200_000;
    private static final double SKEW = 0.9;
    private static final long SCAN_START = 1L << 32; // the first key of scans and loops; others are smaller
    private static final int SCAN_LENGTH = 10_000;
    private static final int LOOP_LENGTH = 60_000;

    private SyntheticTraces() {}

    static List<KeyTrace> all(int requests) {
        return List.of(zipf(requests), scans(requests), loops(requests), drift(requests));
    }

    /** A constant, skewed popularity of keys. */
    private static KeyTrace zipf(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 1);
        long[] keys = new long[requests];
        for (int i = 0; i < requests; i++) {
            keys[i] = zipf.next();
        }
        return KeyTrace.withDefaultSizes("synthetic-zipf", keys);
    }

    /** The same, interrupted by scans of many keys that are requested only once. */
    private static KeyTrace scans(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 2);
        long[] keys = new long[requests];
        long scanned = SCAN_START;
        for (int i = 0; i < requests; i++) {
            boolean isScan = i / SCAN_LENGTH % 3 == 2;
            keys[i] = isScan ? scanned++ : zipf.next();
        }
        return KeyTrace.withDefaultSizes("synthetic-scans", keys);
    }

    /** Keys that are requested repeatedly in the same order, alternating with skewed ones. */
    private static KeyTrace loops(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 3);
        long[] keys = new long[requests];
        for (int i = 0; i < requests; i++) {
            keys[i] = i % 2 == 0 ? SCAN_START + i / 2 % LOOP_LENGTH : zipf.next();
        }
        return KeyTrace.withDefaultSizes("synthetic-loops", keys);
    }

    /** A skewed popularity that gradually moves to other keys. */
    private static KeyTrace drift(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 4);
        Random random = new Random(4);
        long[] names = random.longs(KEYS, 0, Integer.MAX_VALUE).toArray();
        long[] keys = new long[requests];
        for (int i = 0; i < requests; i++) {
            if (i % 10 == 0) {
                names[random.nextInt(KEYS)] = random.nextInt(Integer.MAX_VALUE);
                names[zipf.next()] = random.nextInt(Integer.MAX_VALUE);
            }
            keys[i] = names[zipf.next()];
        }
        return KeyTrace.withDefaultSizes("synthetic-drift", keys);
    }
}
