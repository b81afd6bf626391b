package io.github.embeddedmemcached.cache;

import java.util.concurrent.atomic.LongAdder;

/** One number for each {@link Counter}. Thread-safe. */
final class Counters {
    private final LongAdder[] adders = new LongAdder[Counter.count()];

    Counters() {
        for (int i = 0; i < adders.length; i++) {
            adders[i] = new LongAdder();
        }
    }

    void increment(Counter counter) {
        adders[counter.ordinal()].increment();
    }

    void add(Counter counter, long times) {
        adders[counter.ordinal()].add(times);
    }

    long[] values() {
        long[] values = new long[adders.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = adders[i].sum();
        }
        return values;
    }

    void reset() {
        for (LongAdder adder : adders) {
            adder.reset();
        }
    }
}
