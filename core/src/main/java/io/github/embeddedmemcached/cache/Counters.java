package io.github.embeddedmemcached.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One number for each {@link Counter}, or one for each counter and {@link SlabClasses slab class} where it is known which item it is
 * about. Thread-safe.
 */
final class Counters {
    /** The numbers of a counter: of items whose class is not known, then of the classes from 1 on. */
    private static final int ROW = SlabClasses.count() + 1;

    private static final VarHandle ADDER = MethodHandles.arrayElementVarHandle(LongAdder[].class);

    /** Most counters never meet most classes: an adder is created when it is needed first. */
    private final @Nullable LongAdder[] adders = new LongAdder[Counter.count() * ROW];

    void increment(Counter counter) {
        add(counter, 0, 1);
    }

    void increment(Counter counter, long itemSize) {
        add(counter, SlabClasses.classOf(itemSize), 1);
    }

    /** Counts a meta get. */
    void countFetch(ItemUpdate request, boolean found, ItemView view) {
        if (!found) {
            increment(Counter.GET_MISSES); // also of one that would have touched the item
        } else if (request.isForNobody) {
            return;
        } else if (request.setsExptime) {
            increment(Counter.CMD_TOUCH);
            increment(Counter.TOUCH_HITS, view.itemSize());
        } else {
            increment(Counter.GET_HITS, view.itemSize());
        }
    }

    /** Counts what happened several times to items of a slab class, or if that is 0, to items of any. */
    void add(Counter counter, int slabClass, long times) {
        int index = counter.ordinal() * ROW + slabClass;
        LongAdder adder = adder(index);
        try {
            if (adder == null) {
                adder = create(index);
            }
            adder.add(times);
        } catch (OutOfMemoryError e) {
            // A lost count is better than a change that fails half-way.
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

    /** What was counted for a slab class. */
    long value(Counter counter, int slabClass) {
        LongAdder adder = adder(counter.ordinal() * ROW + slabClass);
        return adder == null ? 0 : adder.sum();
    }

    /** What was counted, by the counters' ordinals. */
    long[] values() {
        long[] values = new long[Counter.count()];
        for (int i = 0; i < adders.length; i++) {
            LongAdder adder = adder(i);
            values[i / ROW] += adder == null ? 0 : adder.sum();
        }
        return values;
    }

    void reset() {
        for (int i = 0; i < adders.length; i++) {
            LongAdder adder = adder(i);
            if (adder != null) {
                adder.reset();
            }
        }
    }
}
