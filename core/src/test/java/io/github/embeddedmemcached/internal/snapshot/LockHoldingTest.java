package io.github.embeddedmemcached.internal.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.Snapshots;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Saving and restoring hold the lock of a partition for few items, and not during operations on the file. */
@Timeout(120)
class LockHoldingTest {
    private static final int ITEMS = 50_000;
    private static final byte[] VALUE = new byte[100];

    @TempDir
    private Path folder;

    private final LockCounter locks = new LockCounter();
    private CacheEngine engine = newEngine();

    @BeforeEach
    void setUp() {
        for (int i = 0; i < ITEMS; i++) {
            set(i);
        }
    }

    /** The clock is read each time before a lock is taken, and at no other time. */
    private static final class LockCounter implements ElapsedTimeSource {
        private final AtomicLong count = new AtomicLong();

        @Override
        public long elapsedMillis() {
            count.incrementAndGet();
            return 0;
        }

        @Override
        public long unixOffsetMillis() {
            return 1_000_000_000_000L;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(unixOffsetMillis());
        }
    }

    private CacheEngine newEngine() {
        return new CacheEngine(EngineSettings.defaults().clock(locks).keyHash(KeyHash.withSeed(1)));
    }

    private void set(int index) {
        byte[] key = key(index);
        ItemUpdate update = new ItemUpdate().key(key, 0, key.length).value(VALUE, 0, VALUE.length);
        assertThat(engine.store(StoreMode.SET, update)).isEqualTo(StoreResult.STORED);
    }

    private static byte[] key(int index) {
        return ("key-" + index).getBytes(US_ASCII);
    }

    private static Persistence open(CacheEngine engine, PersistenceSettings settings, Storage storage) {
        return Persistence.open(
                engine,
                settings,
                warning -> {
                    throw new AssertionError(warning);
                },
                storage);
    }

    @Test
    void shouldLockForFewItemsAtATimeDuringSave() {
        Map<Long, Long> itemsByLock = new HashMap<>();
        for (int i = 0; i < engine.snapshots().partitions(); i++) {
            Snapshots.Scanner scanner =
                    engine.snapshots().scanner(i, item -> itemsByLock.merge(locks.count.get(), 1L, Long::sum));
            boolean hasNext = true;
            while (hasNext) {
                hasNext = scanner.scan();
            }
        }
        assertThat(itemsByLock.values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(ITEMS);
        assertThat(Collections.max(itemsByLock.values()))
                .as("items copied under one lock")
                .isBetween(8L, 50L);
    }

    @Test
    void shouldReadAndStoreWhileTheFileIsWritten() throws IOException {
        AtomicLong operations = new AtomicLong();
        Storage storage = new Storage() {
            @Override
            Output open(Path temporary) throws IOException {
                return new Output(temporary) {
                    @Override
                    void write(byte[] bytes, int offset, int length) throws IOException {
                        useAllPartitions();
                        super.write(bytes, offset, length);
                    }

                    @Override
                    void force() throws IOException {
                        useAllPartitions();
                        super.force();
                    }

                    @Override
                    public void close() throws IOException {
                        useAllPartitions();
                        super.close();
                    }
                };
            }

            /** Returns only if no lock is held: the operations are those of another thread. */
            private void useAllPartitions() {
                CompletableFuture.runAsync(() -> {
                            for (int i = 0; i < 50; i++) {
                                set(i);
                                assertThat(engine.get(key(i), 0, key(i).length, new ItemView()))
                                        .isTrue();
                                operations.incrementAndGet();
                            }
                        })
                        .join();
            }
        };
        Persistence persistence = open(engine, PersistenceSettings.NONE, storage);
        assertThat(persistence.saveTo(folder.resolve("cache")).items()).isGreaterThanOrEqualTo(ITEMS);
        assertThat(operations.get()).isGreaterThan(1000);
    }

    @Test
    void shouldLockForFewItemsAtATimeDuringRestore() throws IOException {
        Path file = folder.resolve("cache");
        open(engine, PersistenceSettings.NONE, new Storage()).saveTo(file);
        CacheEngine other = newEngine();
        long before = locks.count.get();
        Persistence restored = open(other, PersistenceSettings.NONE.restoreFrom(file), new Storage());
        assertThat(Objects.requireNonNull(restored.restored()).items()).isEqualTo(ITEMS);
        assertThat(locks.count.get() - before).isGreaterThanOrEqualTo(ITEMS / 64);
        other.checkIntegrity();
    }
}
