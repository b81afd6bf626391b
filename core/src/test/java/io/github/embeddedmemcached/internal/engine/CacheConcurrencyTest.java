package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CounterStatus;
import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.cache.Item;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reads that are concurrent with writes, moves, eviction and the reuse of segments. Each value consists of copies of its key and
 * the number of the write, so that torn and misplaced reads are detected.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CacheConcurrencyTest {
    private static final int KEYS = 300;
    private static final int LARGE_KEYS = 5;
    private static final int ROUNDS = 60_000;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));

    @Test
    void shouldNeverReturnATornOrOlderValueWhileSegmentsAreReused() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        AtomicBoolean done = new AtomicBoolean();
        List<Runnable> tasks = new ArrayList<>();
        tasks.add(() -> {
            write(cache, new Random(1));
            done.set(true);
        });
        for (int reader = 0; reader < 3; reader++) {
            Random random = new Random(reader);
            tasks.add(() -> read(cache, random, done));
        }
        runAll(tasks);
        cache.checkIntegrity();
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isPositive();
    }

    /** A single writer, so that the numbers written under a key only increase; some values are large. */
    private void write(Cache cache, Random random) {
        for (long number = 1; number <= ROUNDS; number++) {
            int key = random.nextInt(KEYS);
            int longs = random.nextInt(50) == 0 ? 2_000 : 2 + random.nextInt(900);
            MemcachedOperations.set(cache, name(key), value(key, number, longs), 0, random.nextInt(5) == 0 ? 1 : 0);
            if (number % 64 == 0) {
                cache.delete(name(random.nextInt(KEYS)));
                clock.advance(Duration.ofSeconds(1));
            }
            if (number % 10_000 == 0) {
                cache.flushAll();
            }
        }
    }

    /** Some keys are so long that their length is stored in other bytes. */
    private static String name(int key) {
        return key % 5 == 0 ? "key" + key + "k".repeat(300) : "key" + key;
    }

    private static void read(Cache cache, Random random, AtomicBoolean done) {
        long[] newest = new long[KEYS];
        while (!done.get()) {
            int key = random.nextInt(KEYS);
            byte[] value = cache.get(name(key));
            if (value != null) {
                newest[key] = check(key, ByteBuffer.wrap(value), newest[key]);
            }
        }
    }

    /** Returns the number of a value, and checks that all copies are equal and that it is not older than the newest seen so far. */
    private static long check(int key, ByteBuffer longs, long newest) {
        long number = longs.getLong();
        while (longs.hasRemaining()) {
            long next = longs.getLong();
            if (next != (number ^ key)) {
                throw new AssertionError("torn: key " + key + ", number " + number + ", but " + next);
            }
        }
        if (number < newest) {
            throw new AssertionError("older value: key " + key + ", " + number + " after " + newest);
        }
        return number;
    }

    @Test
    void shouldNeverWriteToALeasedValueWhileArraysAreReused() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong leases = new AtomicLong();
        List<Runnable> tasks = new ArrayList<>();
        tasks.add(() -> {
            Random random = new Random(1);
            for (long number = 1; number <= ROUNDS; number++) {
                int key = random.nextInt(LARGE_KEYS);
                cache.set("key" + key, value(key, number, 1_000 + random.nextInt(20)));
            }
            done.set(true);
        });
        for (int reader = 0; reader < 2; reader++) {
            Random random = new Random(reader);
            tasks.add(() -> lease(cache, random, done, leases));
        }
        runAll(tasks);
        cache.checkIntegrity();
        assertThat(leases).hasPositiveValue();
    }

    private static void lease(Cache cache, Random random, AtomicBoolean done, AtomicLong leases) {
        long[] newest = new long[LARGE_KEYS];
        ItemView view = new ItemView();
        while (!done.get()) {
            int key = random.nextInt(LARGE_KEYS);
            byte[] name = ("key" + key).getBytes(StandardCharsets.US_ASCII);
            boolean found = Engines.of(cache).get(name, 0, name.length, view);
            ValueLease lease = found ? view.lease() : null;
            if (lease != null) {
                newest[key] = check(key, lease.buffer(), newest[key]);
                lease.release();
                leases.incrementAndGet();
            }
        }
    }

    private static byte[] value(int key, long number, int longs) {
        ByteBuffer value = ByteBuffer.allocate(longs * Long.BYTES).putLong(number);
        while (value.hasRemaining()) {
            value.putLong(number ^ key);
        }
        return value.array();
    }

    @Test
    void shouldNeitherLoseAnIncrementNorReturnATornNumber() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        cache.set("number", "0000000000".getBytes(StandardCharsets.US_ASCII));
        int increments = 20_000;
        AtomicBoolean done = new AtomicBoolean();
        List<Runnable> writers = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            writers.add(() -> {
                for (int i = 0; i < increments; i++) {
                    assertThat(cache.increment("number", 1).status()).isEqualTo(CounterStatus.STORED);
                }
            });
        }
        List<Runnable> tasks = new ArrayList<>();
        tasks.add(() -> {
            try {
                runAll(writers);
            } catch (Exception e) {
                throw new AssertionError(e);
            } finally {
                done.set(true);
            }
        });
        tasks.add(() -> {
            long last = 0;
            while (!done.get()) {
                byte[] value = cache.get("number");
                long number = Long.parseLong(text(value));
                assertThat(number).isGreaterThanOrEqualTo(last);
                last = number;
            }
        });
        runAll(tasks);
        assertThat(Long.parseLong(text(cache.get("number")))).isEqualTo(2L * increments);
    }

    @Test
    void shouldLetExactlyOneConcurrentCompareAndSetSucceed() throws Exception {
        Cache cache = Cache.builder().clock(clock).build();
        cache.set("key", new byte[1]);
        int successes = 5_000;
        List<Runnable> tasks = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
            tasks.add(() -> {
                for (int i = 0; i < successes; i++) {
                    Item item;
                    do {
                        item = cache.getItem("key");
                        if (item == null) {
                            throw new AssertionError("the item is missing");
                        }
                    } while (cache.cas("key", incremented(item.value()), item.casUnique()) != StoreResult.STORED);
                }
            });
        }
        runAll(tasks);
        assertThat(number(cache.get("key"))).isEqualTo(3L * successes);
    }

    @Test
    void shouldFindEveryItemWhileTheIndexGrows() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(64 << 20).clock(clock).build();
        int lasting = 2_000;
        for (int i = 0; i < lasting; i++) {
            cache.set("lasting" + i, new byte[] {(byte) i});
        }
        AtomicBoolean done = new AtomicBoolean();
        List<Runnable> tasks = new ArrayList<>();
        tasks.add(() -> {
            for (int i = 0; i < 200_000; i++) {
                cache.set("new" + i, new byte[20]);
            }
            done.set(true);
        });
        tasks.add(() -> {
            for (int i = 0; !done.get(); i = (i + 1) % lasting) {
                byte[] value = cache.get("lasting" + i);
                if (value == null || value[0] != (byte) i) {
                    throw new AssertionError("lasting" + i + " was not found");
                }
            }
        });
        runAll(tasks);
        assertThat(cache.statistics().items()).isEqualTo(202_000);
        cache.checkIntegrity();
    }

    private static byte[] incremented(byte[] value) {
        return Long.toString(number(value) + 1).getBytes(StandardCharsets.US_ASCII);
    }

    private static long number(byte @Nullable [] value) {
        String text = text(value);
        return text.equals("\0") ? 0 : Long.parseLong(text);
    }

    private static String text(byte @Nullable [] value) {
        if (value == null) {
            throw new AssertionError("the item is missing");
        }
        return new String(value, StandardCharsets.US_ASCII).stripTrailing();
    }

    private static void runAll(List<Runnable> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Runnable task : tasks) {
                running.add(threads.submit(task));
            }
            for (Future<?> task : running) {
                task.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldFindNoFlushedItemDuringTheFlush() throws Exception {
        HookedTime time = new HookedTime();
        Cache cache = Cache.builder()
                .memoryLimitBytes(1 << 20)
                .casEnabled(false)
                .clock(time)
                .build();
        cache.set("key", new byte[1]);
        MemcachedOperations.flushAll(cache, 100);
        time.millis.addAndGet(200_000);
        List<Object> found = new ArrayList<>();
        Thread reader = new Thread(() -> found.add(cache.get("key") != null));
        time.hook = () -> { // called by the flush while the partition is locked
            reader.start();
            while (reader.isAlive() && reader.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        };
        cache.get("other");
        reader.join();
        assertThat(time.hook).isNull();
        assertThat(found).containsExactly(false);
    }

    /** Runs a hook once, when {@code secondsOriginMillis} is called. */
    private static final class HookedTime implements ElapsedTimeSource {
        private final AtomicLong millis = new AtomicLong(1_700_000_000_000L);
        private volatile @Nullable Runnable hook;

        @Override
        public long elapsedMillis() {
            return millis.get();
        }

        @Override
        public long unixOffsetMillis() {
            return 0;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis.get());
        }

        @Override
        public long secondsOriginMillis() {
            Runnable once = hook;
            if (once != null) {
                hook = null;
                once.run();
            }
            return CACHE_START;
        }
    }
}
