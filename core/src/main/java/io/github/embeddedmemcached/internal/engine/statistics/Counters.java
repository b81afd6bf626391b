package io.github.embeddedmemcached.internal.engine.statistics;

import io.github.embeddedmemcached.cache.Statistic;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The values of all {@link Statistic}s, kept by {@link SlabClasses slab class} if the item is known. Thread-safe. */
public final class Counters {
    /** Array elements of one statistic: items of unknown class, then the classes from 1 on. */
    private static final int ROW = SlabClasses.count() + 1;

    private static final int STATISTICS = Statistic.values().length;
    private static final VarHandle ADDER = MethodHandles.arrayElementVarHandle(LongAdder[].class);

    /** Adders are created on first use, as most statistics are only counted for a few classes. */
    private final @Nullable LongAdder[] adders = new LongAdder[STATISTICS * ROW];

    /** Creates counters that are 0. */
    public Counters() {}

    public void increment(Statistic counter) {
        add(counter, 0, 1);
    }

    public void increment(Statistic counter, long itemSize) {
        add(counter, SlabClasses.classOf(itemSize), 1);
    }

    /** Adds to a statistic of items of a slab class; 0 if the class is not known. */
    public void add(Statistic counter, int slabClass, long times) {
        int index = counter.ordinal() * ROW + slabClass;
        LongAdder adder = adder(index);
        try {
            if (adder == null) {
                adder = create(index);
            }
            adder.add(times);
        } catch (OutOfMemoryError e) {
            // Losing a count is better than failing in the middle of a change.
        }
    }

    private synchronized LongAdder create(int index) {
        LongAdder adder = adder(index);
        if (adder == null) {
            adder = new LongAdder();
            ADDER.setRelease(adders, index, adder);
        }
        return adder;
    }

    private @Nullable LongAdder adder(int index) {
        return (LongAdder) ADDER.getAcquire(adders, index);
    }

    /** Returns a statistic of one slab class. */
    public long value(Statistic counter, int slabClass) {
        LongAdder adder = adder(counter.ordinal() * ROW + slabClass);
        return adder == null ? 0 : adder.sum();
    }

    /** Returns the totals of all statistics, indexed by ordinal. */
    public long[] values() {
        long[] values = new long[STATISTICS];
        for (int i = 0; i < adders.length; i++) {
            LongAdder adder = adder(i);
            values[i / ROW] += adder == null ? 0 : adder.sum();
        }
        return values;
    }

    public void reset() {
        for (int i = 0; i < adders.length; i++) {
            LongAdder adder = adder(i);
            if (adder != null) {
                adder.reset();
            }
        }
    }
}
