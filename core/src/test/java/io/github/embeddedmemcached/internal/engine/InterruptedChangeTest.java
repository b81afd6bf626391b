package io.github.embeddedmemcached.internal.engine;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.view.Engines;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exceptions and errors at every point of a change at which user code runs or memory is allocated. */
class InterruptedChangeTest {
    private static final int TIMES_MAX = 5_000;

    @AfterEach
    void allowAllocations() {
        HeapArrays.refusal = null;
    }

    /** Throws from one call, and works again afterwards. */
    private static final class FailingClock implements InstantSource {
        private final AtomicLong remainingCalls = new AtomicLong(Long.MAX_VALUE);

        @Override
        public Instant instant() {
            if (remainingCalls.decrementAndGet() == 0) {
                throw new IllegalStateException("the clock failed");
            }
            return Instant.ofEpochSecond(1_000_000);
        }
    }

    @Test
    void shouldStayConsistentIfTheClockThrowsAtAnyCall() {
        FailingClock clock = new FailingClock();
        Cache cache = Cache.builder()
                .memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN)
                .clock(clock)
                .build();
        CacheScript.fill(cache, "item", 4_000);
        for (CacheScript.Step step : CacheScript.STEPS) {
            int failures = 0;
            for (int call = 1; call < TIMES_MAX; call++) {
                clock.remainingCalls.set(call);
                boolean failed = fails(step, cache);
                clock.remainingCalls.set(Long.MAX_VALUE);
                cache.checkIntegrity();
                if (!failed) {
                    break;
                }
                failures++;
            }
            assertThat(failures).isLessThan(TIMES_MAX - 1);
            CacheScript.verify(cache, "a clock that throws");
        }
        assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isZero();
    }

    @Test
    void shouldReleaseItsMemoryWhenClosedEvenIfTheClockThrows() {
        FailingClock clock = new FailingClock();
        Cache cache = Cache.builder().clock(clock).build();
        long empty = Engines.of(cache).heapBytes();
        cache.set("key", new byte[100_000]);
        clock.remainingCalls.set(1);
        cache.close();
        assertThat(Engines.of(cache).heapBytes()).isEqualTo(empty);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStayConsistentIfAnyAllocationFails(boolean nextOnesFailToo) {
        int failures = 0;
        for (int time = 1; time < TIMES_MAX; time++) {
            Cache cache = Cache.builder()
                    .memoryLimitBytes(3 * Cache.MEMORY_LIMIT_BYTES_MIN / 2)
                    .build();
            boolean failed = refuse(time, nextOnesFailToo, () -> runAll(cache));
            cache.checkIntegrity();
            assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isZero();
            if (!failed) {
                break;
            }
            failures++;
            CacheScript.verify(cache, "allocation " + time + " failed");
        }
        assertThat(failures).isBetween(50, TIMES_MAX - 2);
    }

    @Test
    void shouldEmptyAPartitionWhoseChangeWasInterrupted() {
        long resets = 0;
        int failures = 0;
        for (int time = 1; time < TIMES_MAX; time++) {
            Cache cache = Cache.builder()
                    .memoryLimitBytes(3 * Cache.MEMORY_LIMIT_BYTES_MIN / 2)
                    .build();
            boolean failed = interrupt(time, () -> runAll(cache));
            cache.checkIntegrity();
            resets += cache.statistics().get(Statistic.PARTITION_RESETS);
            if (!failed) {
                break;
            }
            failures++;
            CacheScript.verify(cache, "error at allocation " + time);
        }
        assertThat(failures).isBetween(50, TIMES_MAX - 2);
        assertThat(resets).isPositive();
    }

    private static void interruptNextChangeAndRefuseMemory() {
        Thread interrupted = Thread.currentThread(); // not one that allocates direct memory
        AtomicBoolean isInterrupted = new AtomicBoolean();
        HeapArrays.refusal = bytes -> {
            if (Thread.currentThread() == interrupted && isInterrupted.compareAndSet(false, true)) {
                throw new StackOverflowError("in the middle");
            }
            return true;
        };
    }

    @Test
    void shouldRecoverLaterIfThereIsNoMemory() {
        Cache cache =
                Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN).build();
        cache.set("a", new byte[10]);
        cache.set("number", new byte[] {'1'});
        interruptNextChangeAndRefuseMemory();
        assertThatThrownBy(() -> cache.set("large", new byte[100_000])).isInstanceOf(StackOverflowError.class);
        assertThatThrownBy(() -> cache.set("b", new byte[10])).isInstanceOf(OutOfMemoryError.class);
        assertThatThrownBy(() -> cache.increment("number", 1)).isInstanceOf(OutOfMemoryError.class);
        cache.get("a"); // found or not: a reader needs no lock
        HeapArrays.refusal = null;
        // memory is not acquired again at once after it was refused
        eventually("the partition has memory again", () -> cache.set("b", new byte[10]) == StoreResult.STORED);
        assertThat(cache.get("a")).isNull();
        assertThat(cache.get("b")).isNotNull();
        cache.checkIntegrity();
        assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isEqualTo(1);
        assertThat(cache.statistics().items()).isEqualTo(1);
    }

    @Test
    void shouldReleaseAReservedValueWhileThereIsNoMemoryToRecover() {
        Cache cache =
                Cache.builder().memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN).build();
        byte[] key = {'k'};
        ItemUpdate update = new ItemUpdate().key(key, 0, key.length);
        LargeValue reserved = Objects.requireNonNull(Engines.of(cache).reserve(update, 100_000));
        interruptNextChangeAndRefuseMemory();
        assertThatThrownBy(() -> cache.set("large", new byte[90_000])).isInstanceOf(StackOverflowError.class);
        assertThatThrownBy(() -> Engines.of(cache).store(StoreMode.SET, update.value(reserved)))
                .isInstanceOf(OutOfMemoryError.class);
        HeapArrays.refusal = null;
        cache.flushAll();
        assertThat(cache.statistics().usedBytes()).isLessThan(90_000);
        cache.checkIntegrity();
    }

    private static void runAll(Cache cache) {
        CacheScript.fill(cache, "item", 1_000);
        for (CacheScript.Step step : CacheScript.STEPS) {
            step.run(cache);
        }
    }

    /** Runs an action with one allocation refused, or also the next 29; returns whether there were that many allocations. */
    private static boolean refuse(int time, boolean nextOnesFailToo, Runnable action) {
        Thread refused = Thread.currentThread();
        int[] count = {0};
        HeapArrays.refusal = bytes -> Thread.currentThread() == refused
                && (++count[0] == time || (nextOnesFailToo && count[0] > time && count[0] < time + 30));
        try {
            action.run();
        } catch (OutOfMemoryError e) {
            assertThat(e).hasMessageContaining("refused by a test");
        } finally {
            HeapArrays.refusal = null;
        }
        return count[0] >= time;
    }

    /** Runs an action, and throws an error that the engine does not expect at one allocation; returns whether there were that many. */
    private static boolean interrupt(int time, Runnable action) {
        Thread interrupted = Thread.currentThread();
        int[] count = {0};
        HeapArrays.refusal = bytes -> {
            if (Thread.currentThread() == interrupted && ++count[0] == time) {
                throw new InternalError("interrupted by a test");
            }
            return false;
        };
        try {
            action.run();
        } catch (InternalError e) {
            assertThat(e).hasMessage("interrupted by a test");
        } finally {
            HeapArrays.refusal = null;
        }
        return count[0] >= time;
    }

    private static boolean fails(CacheScript.Step step, Cache cache) {
        try {
            step.run(cache);
            return false;
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("the clock failed");
            return true;
        }
    }
}
