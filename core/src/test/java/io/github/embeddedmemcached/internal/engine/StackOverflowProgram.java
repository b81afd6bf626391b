package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;

/** Runs each operation with different amounts of remaining stack, see {@link StackOverflowTest}. */
final class StackOverflowProgram {
    private static final long STACK_BYTES = 256 << 10;
    /** After this many consecutive successes, an operation also succeeds with more remaining stack. */
    private static final int SUCCESSES = 4;

    private final Cache cache;
    private final CacheScript.Step step;
    private int successes;
    private int overflows;

    private StackOverflowProgram(Cache cache, CacheScript.Step step) {
        this.cache = cache;
        this.step = step;
    }

    public static void main(String[] arguments) throws InterruptedException {
        run(Integer.parseInt(arguments[0]));
    }

    /** Runs every operation whose index is a multiple of the stride. */
    static void run(int stride) throws InterruptedException {
        Cache cache =
                Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN).build();
        CacheScript.fill(cache, "item", 4_000);
        for (int i = 0; i < CacheScript.STEPS.length; i += stride) {
            StackOverflowProgram program = new StackOverflowProgram(cache, CacheScript.STEPS[i]);
            Thread thread = new Thread(null, () -> program.recurse(0), "recursive", STACK_BYTES);
            thread.start();
            thread.join();
            assertThat(program.overflows).isPositive();
            assertThat(program.successes).isEqualTo(SUCCESSES);
            CacheScript.verify(cache, "a stack overflow in step " + i);
            CacheScript.fill(cache, "item", 500);
        }
        assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isZero();
    }

    /** Recurses until the stack overflows, and attempts the operation at each depth while returning. */
    @SuppressWarnings("InfiniteRecursion")
    private int recurse(int depth) {
        int deepest = depth;
        try {
            deepest = recurse(depth + 1);
        } catch (StackOverflowError e) {
            successes = 0;
        }
        if (successes < SUCCESSES) {
            attempt();
        }
        return deepest;
    }

    private void attempt() {
        try {
            step.run(cache);
            successes++;
        } catch (StackOverflowError e) {
            overflows++;
        }
    }
}
