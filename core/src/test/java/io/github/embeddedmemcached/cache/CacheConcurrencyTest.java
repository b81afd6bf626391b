package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.testing.ManualClock;
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
 * Reads racing with writes, moves, eviction and the reuse of segments. Each value says which key it belongs to and when it was
 * written, all over, so that a torn or misplaced read can't go unnoticed.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CacheConcurrencyTest {
    private static final int KEYS = 300;
    private static final int LARGE_KEYS = 5;
    private static final int ROUNDS = 60_000;

    private final ManualClock clock = ManualClock.startingAt(Instant.ofEpochSecond(1_700_000_000));

    @Test
    void shouldNeverShowATornValueNorGoBackInTimeWhileSegmentsAreReused() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        AtomicBoolean done = new AtomicBoolean();
        List<Runnable> work = new ArrayList<>();
        work.add(() -> {
            write(cache, new Random(1));
            done.set(true);
        });
        for (int reader = 0; reader < 3; reader++) {
            Random random = new Random(reader);
            work.add(() -> read(cache, random, done));
        }
        runAll(work);
        cache.checkIntegrity();
        assertThat(cache.statistics().get(Counter.EVICTIONS)).isPositive();
    }

    /** One writer, so that the numbers written under a key only go up; large and small values in turn. */
    private void write(Cache cache, Random random) {
        for (long number = 1; number <= ROUNDS; number++) {
            int key = random.nextInt(KEYS);
            int longs = random.nextInt(50) == 0 ? 2_000 : 2 + random.nextInt(900);
            cache.set("key" + key, value(key, number, longs), 0, random.nextInt(5) == 0 ? 1 : 0);
            if (number % 64 == 0) {
                cache.delete("key" + random.nextInt(KEYS));
                clock.advance(Duration.ofSeconds(1));
            }
            if (number % 10_000 == 0) {
                cache.flushAll();
            }
        }
    }

    private static void read(Cache cache, Random random, AtomicBoolean done) {
        long[] newest = new long[KEYS];
        while (!done.get()) {
            int key = random.nextInt(KEYS);
            byte[] value = cache.get("key" + key);
            if (value != null) {
                newest[key] = check(key, ByteBuffer.wrap(value), newest[key]);
            }
        }
    }

    /** Says which number a value is of, if it is all one and no older than the newest seen so far. */
    private static long check(int key, ByteBuffer longs, long newest) {
        long number = longs.getLong();
        while (longs.hasRemaining()) {
            long next = longs.getLong();
            if (next != (number ^ key)) {
                throw new AssertionError("torn: key " + key + ", number " + number + ", but " + next);
            }
        }
        if (number < newest) {
            throw new AssertionError("back in time: key " + key + ", " + number + " after " + newest);
        }
        return number;
    }

    @Test
    void shouldNeverWriteToALentValueWhileArraysAreUsedAgain() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong loans = new AtomicLong();
        List<Runnable> work = new ArrayList<>();
        work.add(() -> {
            Random random = new Random(1);
            for (long number = 1; number <= ROUNDS; number++) {
                int key = random.nextInt(LARGE_KEYS);
                cache.set("key" + key, value(key, number, 1_000 + random.nextInt(20)));
            }
            done.set(true);
        });
        for (int reader = 0; reader < 2; reader++) {
            Random random = new Random(reader);
            work.add(() -> borrow(cache, random, done, loans));
        }
        runAll(work);
        cache.checkIntegrity();
        assertThat(loans).hasPositiveValue();
    }

    private static void borrow(Cache cache, Random random, AtomicBoolean done, AtomicLong loans) {
        long[] newest = new long[LARGE_KEYS];
        ItemView view = new ItemView();
        while (!done.get()) {
            int key = random.nextInt(LARGE_KEYS);
            byte[] name = ("key" + key).getBytes(StandardCharsets.US_ASCII);
            boolean found = cache.raw().get(name, 0, name.length, view);
            Loan loan = found ? view.lend() : null;
            if (loan != null) {
                newest[key] = check(key, ByteBuffer.wrap(loan.array(), loan.offset(), loan.length()), newest[key]);
                loan.giveBack();
                loans.incrementAndGet();
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
    void shouldNotLoseAnIncrementNorShowATornNumber() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        cache.set("number", "0000000000".getBytes(StandardCharsets.US_ASCII));
        int increments = 20_000;
        AtomicBoolean done = new AtomicBoolean();
        List<Runnable> writers = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            writers.add(() -> {
                for (int i = 0; i < increments; i++) {
                    assertThat(cache.increment("number", 1).result()).isEqualTo(DeltaResult.STORED);
                }
            });
        }
        List<Runnable> all = new ArrayList<>();
        all.add(() -> {
            try {
                runAll(writers);
            } catch (Exception e) {
                throw new AssertionError(e);
            } finally {
                done.set(true);
            }
        });
        all.add(() -> {
            long last = 0;
            while (!done.get()) {
                byte[] value = cache.get("number");
                long number = Long.parseLong(text(value));
                assertThat(number).isGreaterThanOrEqualTo(last);
                last = number;
            }
        });
        runAll(all);
        assertThat(Long.parseLong(text(cache.get("number")))).isEqualTo(2L * increments);
    }

    @Test
    void shouldLetExactlyOneOfManyCompareAndSetsWin() throws Exception {
        Cache cache = Cache.builder().clock(clock).build();
        cache.set("key", new byte[1]);
        int wins = 5_000;
        List<Runnable> work = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
            work.add(() -> {
                for (int i = 0; i < wins; i++) {
                    Item item;
                    do {
                        item = cache.gets("key");
                        if (item == null) {
                            throw new AssertionError("the item is gone");
                        }
                    } while (cache.cas("key", more(item.value()), 0, 0, item.casUnique()) != StoreResult.STORED);
                }
            });
        }
        runAll(work);
        assertThat(number(cache.get("key"))).isEqualTo(3L * wins);
    }

    @Test
    void shouldNeverMissAnItemThatIsThereWhileTheIndexGrows() throws Exception {
        Cache cache = Cache.builder().memoryLimitBytes(64 << 20).clock(clock).build();
        int lasting = 2_000;
        for (int i = 0; i < lasting; i++) {
            cache.set("lasting" + i, new byte[] {(byte) i});
        }
        AtomicBoolean done = new AtomicBoolean();
        List<Runnable> work = new ArrayList<>();
        work.add(() -> {
            for (int i = 0; i < 200_000; i++) {
                cache.set("new" + i, new byte[20]);
            }
            done.set(true);
        });
        work.add(() -> {
            for (int i = 0; !done.get(); i = (i + 1) % lasting) {
                byte[] value = cache.get("lasting" + i);
                if (value == null || value[0] != (byte) i) {
                    throw new AssertionError("lasting" + i + " was not found");
                }
            }
        });
        runAll(work);
        assertThat(cache.statistics().items()).isEqualTo(202_000);
        cache.checkIntegrity();
    }

    private static byte[] more(byte[] value) {
        return Long.toString(number(value) + 1).getBytes(StandardCharsets.US_ASCII);
    }

    private static long number(byte @Nullable [] value) {
        String text = text(value);
        return text.equals("\0") ? 0 : Long.parseLong(text);
    }

    private static String text(byte @Nullable [] value) {
        if (value == null) {
            throw new AssertionError("the item is gone");
        }
        return new String(value, StandardCharsets.US_ASCII).stripTrailing();
    }

    private static void runAll(List<Runnable> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(work.size());
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Runnable one : work) {
                running.add(threads.submit(one));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldFindNoFlushedItemWhileTheFlushIsUnderWay() throws Exception {
        HookedTime time = new HookedTime();
        Cache cache = Cache.builder()
                .memoryLimitBytes(1 << 20)
                .casUnique(false)
                .clock(time)
                .build();
        cache.set("key", new byte[1]);
        cache.flushAll(100);
        time.millis.addAndGet(200_000);
        List<Object> found = new ArrayList<>();
        Thread reader = new Thread(() -> found.add(cache.get("key") != null));
        time.hook = () -> { // by the flush, with the partition locked
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

    /** Runs a hook once, when it is asked where seconds begin. */
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
        public long secondsBeginAtMillis() {
            Runnable once = hook;
            if (once != null) {
                hook = null;
                once.run();
            }
            return AT_ANY_TIME;
        }
    }
}
