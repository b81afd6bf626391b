package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Caches;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large values in direct memory. */
@Timeout(120)
class DirectValueTest {
    private static final int LENGTH = 100_000;
    private static final long DIRECT_BYTES = 64 << 20;
    private static final int BLOCK_BYTES = 4 << 20;

    /** Adds blocks at once. */
    private final DirectMemory memory = new DirectMemory(DIRECT_BYTES) {
        @Override
        protected void request() {
            addBlock();
        }
    };

    private final HeapAccount account = new HeapAccount(1L << 30, memory);
    private final Cache cache = newCache(8 << 20);
    private final CacheEngine engine = Engines.of(cache);
    private final ItemView view = new ItemView();
    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-26T12:00:00Z"));

    private Cache newCache(long bytes) {
        return Caches.builder(account).memoryLimitBytes(bytes).build();
    }

    @BeforeEach
    void addFirstBlock() {
        assertThat(memory.acquire(LENGTH)).isNull();
    }

    @AfterEach
    void shouldHaveReleasedTheMemory() {
        HeapArrays.refusal = null;
        Caches.checkAndClose(cache);
        assertThat(memory.usedBytes()).isZero();
        assertThat(account.usedBytes()).isLessThan(2 << 20);
    }

    private static byte[] value(int length, int content) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) content);
        return value;
    }

    private static StoreResult store(CacheEngine engine, StoreMode mode, String key, byte[] value) {
        byte[] name = Caches.bytes(key);
        ItemUpdate update = new ItemUpdate().key(name, 0, name.length);
        LargeValue reserved = engine.reserve(update, value.length);
        if (reserved == null) {
            return StoreResult.OUT_OF_MEMORY;
        }
        reserved.buffer().put(value);
        return engine.store(mode, update.value(reserved));
    }

    private void set(String key, byte[] value) {
        assertThat(store(engine, StoreMode.SET, key, value)).isEqualTo(StoreResult.STORED);
    }

    private boolean find(String key) {
        byte[] name = Caches.bytes(key);
        return engine.get(name, 0, name.length, view);
    }

    private static byte[] bytes(ValueLease lease) {
        byte[] bytes = new byte[lease.length()];
        lease.buffer().get(bytes);
        return bytes;
    }

    @Test
    void shouldReadAValueInEachWay() {
        set("key", value(LENGTH, 1));

        assertThat(memory.usedBytes()).isGreaterThanOrEqualTo(LENGTH);
        assertThat(cache.statistics().usedBytes()).isGreaterThan(memory.usedBytes());
        for (int i = 0; i < 5; i++) { // the last times by the fast path
            assertThat(cache.get("key")).isEqualTo(value(LENGTH, 1));
        }
        assertThat(find("key")).isTrue();
        assertThat(view.value()).isEqualTo(value(LENGTH, 1));
        ValueLease lease = Objects.requireNonNull(view.lease());
        assertThat(lease.buffer().isDirect()).isTrue();
        assertThat(bytes(lease)).isEqualTo(value(LENGTH, 1));
        lease.release();
        assertThat(cache.getAndDelete("key")).isEqualTo(value(LENGTH, 1));
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void shouldConcatenateValues() {
        set("key", value(LENGTH, 2));
        assertThat(store(engine, StoreMode.APPEND, "key", value(LENGTH, 3))).isEqualTo(StoreResult.STORED);
        assertThat(store(engine, StoreMode.PREPEND, "key", value(LENGTH, 1))).isEqualTo(StoreResult.STORED);

        ByteBuffer expected = ByteBuffer.allocate(3 * LENGTH)
                .put(value(LENGTH, 1))
                .put(value(LENGTH, 2))
                .put(value(LENGTH, 3));
        assertThat(cache.get("key")).isEqualTo(expected.array());
    }

    @Test
    void shouldSaveAndRestore(@TempDir Path folder) throws IOException {
        set("key", value(LENGTH, 1));
        set("other", value(400_000, 2));
        Path file = folder.resolve("saved");
        cache.saveTo(file);
        cache.flushAll();
        Cache restored = Caches.builder(account).restoreFrom(file).build();

        assertThat(memory.usedBytes()).isPositive();
        assertThat(restored.get("key")).isEqualTo(value(LENGTH, 1));
        assertThat(restored.get("other")).isEqualTo(value(400_000, 2));
        Caches.checkAndClose(restored);
    }

    @Test
    void shouldIncrementANumberThatIsPaddedToALargeValue() {
        byte[] number = value(LENGTH, ' ');
        number[0] = '5';
        set("key", number);
        assertThat(cache.increment("key", 7).number()).isEqualTo(12);
        set("key", value(LENGTH, 'x'));
        assertThat(cache.increment("key", 7).number()).isZero();
    }

    @Test
    void shouldKeepALeasedValueUnchangedUntilItIsReleased() {
        set("key", value(LENGTH, 1));
        assertThat(find("key")).isTrue();
        ValueLease lease = Objects.requireNonNull(view.lease());
        for (int content = 2; content < 100; content++) {
            set("key", value(LENGTH, content));
        }
        cache.flushAll();
        set("key", value(LENGTH, 100));
        assertThat(bytes(lease)).isEqualTo(value(LENGTH, 1));
        lease.release();
        cache.delete("key");
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void shouldNotReadMemoryThatIsReusedAfterADeleteOrAFlush() {
        set("key", value(LENGTH, 1));
        assertThat(find("key")).isTrue();
        Segment segment = Objects.requireNonNull(view.segment);
        cache.flushAll();
        set("other", value(LENGTH, 2));

        assertThat(Segment.isChanging(segment.version())).isTrue();
        byte[] copy = new byte[LENGTH];
        assertThat(view.copyValue(copy, 0)).isFalse();
        assertThat(view.lease()).isNull();
        assertThat(view.refresh()).isFalse();

        assertThat(find("other")).isTrue();
        cache.delete("other");
        set("third", value(LENGTH, 3));
        assertThat(view.copyValue(copy, 0)).isFalse();
        assertThat(copy).isEqualTo(value(LENGTH, 3)); // the same memory
    }

    @Test
    void shouldReleaseTheMemoryOfAnAbandonedValue() {
        byte[] key = Caches.bytes("key");
        LargeValue value = Objects.requireNonNull(engine.reserve(new ItemUpdate().key(key, 0, key.length), LENGTH));
        assertThat(value.buffer().isDirect()).isTrue();
        assertThat(memory.usedBytes()).isPositive();
        value.release();
        value.release();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void shouldEvictWithinTheLimit() {
        for (int i = 0; i < 500; i++) {
            set("key" + i, value(LENGTH + i, i));
            assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(8 << 20);
            assertThat(account.usedBytes()).isLessThanOrEqualTo(10 << 20);
        }
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isPositive();
        assertThat(cache.get("key499")).isEqualTo(value(LENGTH + 499, 499));
    }

    @Test
    void shouldStoreInArraysWhatDoesNotFitIntoDirectMemory() {
        Cache large = newCache(100 << 20);
        for (int i = 0; i < 600; i++) {
            store(Engines.of(large), StoreMode.SET, "key" + i, value(LENGTH, i));
        }
        assertThat(memory.allocatedBytes()).isEqualTo(DIRECT_BYTES / 2);
        for (int i = 0; i < 600; i++) {
            assertThat(large.get("key" + i)).isEqualTo(value(LENGTH, i));
        }
        Caches.checkAndClose(large);
    }

    @Test
    void shouldReuseTheMemoryOfClosedCaches() {
        for (int i = 0; i < 50; i++) {
            Cache next = newCache(32 << 20);
            for (int j = 0; j < 100; j++) {
                store(Engines.of(next), StoreMode.SET, "key" + j, value(LENGTH, j));
            }
            assertThat(memory.usedBytes()).isGreaterThan(9 << 20);
            Caches.checkAndClose(next);
            assertThat(memory.usedBytes()).isZero();
        }
        assertThat(memory.allocatedBytes()).isLessThanOrEqualTo(16 << 20);
    }

    @Test
    void shouldStayConsistentIfAnyAllocationFails() {
        for (int call = 0; call < 200; call++) {
            AtomicInteger remaining = new AtomicInteger(call);
            HeapArrays.refusal = bytes -> remaining.getAndDecrement() == 0;
            for (int i = 0; i < 3; i++) {
                String key = "key" + i;
                attempt(() -> store(engine, StoreMode.SET, key, value(LENGTH, 1)));
                attempt(() -> store(engine, StoreMode.APPEND, key, value(LENGTH, 2)));
                attempt(() -> cache.increment(key, 1));
            }
            attempt(cache::flushAll);
            HeapArrays.refusal = null;
            cache.checkIntegrity();
            cache.flushAll();
            assertThat(memory.usedBytes()).isZero();
        }
    }

    @Test
    void shouldGiveBackEmptyBlocksAfterAFlush() {
        shouldGiveBackEmptyBlocksAfter(Cache::flushAll);
    }

    @Test
    void shouldGiveBackEmptyBlocksAfterADelayedFlush() {
        shouldGiveBackEmptyBlocksAfter(large -> {
            large.flushAll(Duration.ofSeconds(10));
            clock.advance(Duration.ofSeconds(11));
            assertThat(large.statistics().items()).isZero(); // all partitions notice that the flush is due
        });
    }

    @Test
    void shouldGiveBackEmptyBlocksAfterAReset() {
        shouldGiveBackEmptyBlocksAfter(Cache::reset);
    }

    private void shouldGiveBackEmptyBlocksAfter(Consumer<Cache> removal) {
        Cache large =
                Caches.builder(account).memoryLimitBytes(64 << 20).clock(clock).build();
        for (int i = 0; i < 300; i++) {
            assertThat(store(Engines.of(large), StoreMode.SET, "key" + i, value(LENGTH, i)))
                    .isEqualTo(StoreResult.STORED);
        }
        assertThat(memory.usedBytes()).isGreaterThan(6 * BLOCK_BYTES);
        removal.accept(large);
        Thread thread = Thread.currentThread();
        HeapArrays.refusal = bytes -> bytes == BLOCK_BYTES && Thread.currentThread() == thread;
        List<DirectMemory.Piece> pieces = new ArrayList<>();
        long free = 4 * BLOCK_BYTES - memory.usedBytes();
        for (DirectMemory.Piece piece = memory.acquire(LENGTH); piece != null; piece = memory.acquire(LENGTH)) {
            pieces.add(piece);
        }
        assertThat((long) pieces.size() * LENGTH).isPositive().isLessThanOrEqualTo(free);
        pieces.forEach(DirectMemory.Piece::release);
        Caches.checkAndClose(large);
    }

    private static void attempt(Runnable operation) {
        try {
            operation.run();
        } catch (OutOfMemoryError e) {
            assertThat(e).hasMessageContaining("test");
        }
    }

    /** Each value consists of copies of its number, so that torn reads are detected. */
    @Test
    void shouldNeverReturnATornValueWhileMemoryIsReused() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong reads = new AtomicLong();
        List<Runnable> tasks = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Random random = new Random(i);
            tasks.add(() -> {
                for (int round = 0; round < 3_000; round++) {
                    byte[] value = numbers(random.nextLong(), 5_000 + random.nextInt(30_000));
                    store(engine, StoreMode.SET, "key" + random.nextInt(20), value);
                    if (round % 500 == 0) {
                        cache.flushAll();
                    }
                }
                done.set(true);
            });
            tasks.add(() -> read(random, done, reads));
        }
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<Future<?>> running = new ArrayList<>();
            tasks.forEach(task -> running.add(threads.submit(task)));
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(reads).hasPositiveValue();
        cache.checkIntegrity();
    }

    private void read(Random random, AtomicBoolean done, AtomicLong reads) {
        ItemView found = new ItemView();
        while (!done.get()) {
            byte[] key = Caches.bytes("key" + random.nextInt(20));
            byte @Nullable [] value = cache.get(new String(key, StandardCharsets.US_ASCII));
            if (value != null) {
                check(ByteBuffer.wrap(value));
                reads.incrementAndGet();
            }
            ValueLease lease = engine.get(key, 0, key.length, found) ? found.lease() : null;
            if (lease != null) {
                check(lease.buffer());
                lease.release();
            }
        }
    }

    private static byte[] numbers(long number, int count) {
        ByteBuffer value = ByteBuffer.allocate(count * Long.BYTES);
        while (value.hasRemaining()) {
            value.putLong(number);
        }
        return value.array();
    }

    private static void check(ByteBuffer numbers) {
        long number = numbers.getLong();
        while (numbers.hasRemaining()) {
            if (numbers.getLong() != number) {
                throw new AssertionError("a torn value");
            }
        }
    }
}
