package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.engine.Zipf;
import java.util.List;
import java.util.Random;

/** Traces that are made up, for who has no others: the patterns that caches meet, one at a time. The same each time. */
final class MadeTraces {
    private static final int KEYS = 200_000;
    private static final double SKEW = 0.9;
    private static final long SCANNED = 1L << 32; // keys of scans are others
    private static final int SCAN_LENGTH = 10_000;
    private static final int LOOP_LENGTH = 60_000;

    private MadeTraces() {}

    static List<KeyTrace> all(int requests) {
        return List.of(zipf(requests), scans(requests), loops(requests), drift(requests));
    }

    /** Few keys are popular, and stay so. */
    private static KeyTrace zipf(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 1);
        long[] keys = new long[requests];
        for (int i = 0; i < requests; i++) {
            keys[i] = zipf.next();
        }
        return KeyTrace.ofKeys("made-zipf", keys);
    }

    /** The same, while now and then someone reads through many keys that nobody asks for again. */
    private static KeyTrace scans(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 2);
        long[] keys = new long[requests];
        long scanned = SCANNED;
        for (int i = 0; i < requests; i++) {
            boolean scans = i / SCAN_LENGTH % 3 == 2;
            keys[i] = scans ? scanned++ : zipf.next();
        }
        return KeyTrace.ofKeys("made-scans", keys);
    }

    /** The same keys over and over in the same order, among popular ones. */
    private static KeyTrace loops(int requests) {
        Zipf zipf = new Zipf(KEYS, SKEW, 3);
        long[] keys = new long[requests];
        for (int i = 0; i < requests; i++) {
            keys[i] = i % 2 == 0 ? SCANNED + i / 2 % LOOP_LENGTH : zipf.next();
        }
        return KeyTrace.ofKeys("made-loops", keys);
    }

    /** What is popular changes bit by bit. */
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
        return KeyTrace.ofKeys("made-drift", keys);
    }
}
