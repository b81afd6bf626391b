package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.view.Engines;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Uses caches in a heap that is too small; started by {@link SmallHeapTest} in a JVM of its own. */
final class SmallHeapProgram {
    private static final int SETS = 100_000;
    private static final int LARGE = 300_000;

    private SmallHeapProgram() {}

    /** Exits with status 0 if all checks pass; failures are printed. */
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "limit-over-heap" -> limitOverHeap();
            case "heap-full-at-times" -> heapFullAtTimes();
            case "eight-caches" -> eightCaches();
            case "little-direct-memory" -> littleDirectMemory();
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.exit(0);
    }

    private static void check(boolean isValid, String failure) {
        if (!isValid) {
            System.out.println(failure);
            System.exit(2);
        }
    }

    /** Fills a cache whose limit is far larger than the heap. */
    private static void limitOverHeap() {
        Cache cache = Cache.builder()
                .memoryLimitBytes(256 << 20)
                .onWarning(warning -> {})
                .build();
        byte[] value = new byte[1000];
        for (int i = 0; i < SETS; i++) {
            check(cache.set("key" + i, value) == StoreResult.STORED, "a set was rejected");
        }
        cache.checkIntegrity();
        check(cache.get("key" + (SETS - 1)) != null, "the last item is missing");
        check(cache.statistics().get(Statistic.EVICTIONS) > 0, "nothing was evicted");
        check(cache.statistics().items() > 1_000, "too few items: " + cache);
    }

    /** Replaces large values that are received while they are read, in heap and direct memory that do not suffice for all of them. */
    private static void littleDirectMemory() throws InterruptedException {
        DirectMemory memory = HeapAccount.SHARED.directMemory();
        Cache cache = Cache.builder()
                .memoryLimitBytes(32 << 20)
                .onWarning(warning -> {})
                .build();
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong found = new AtomicLong();
        List<Thread> users = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            boolean isWriter = i % 2 == 0;
            Thread user = new Thread(() -> {
                for (int round = 0; !done.get(); round++) {
                    try {
                        if (isWriter) {
                            receive(Engines.of(cache), "key" + round % 100, (byte) round);
                        } else {
                            found.addAndGet(readCopies(cache, "key" + round % 100));
                        }
                    } catch (OutOfMemoryError e) {
                        // the value's or the copy's array
                    }
                }
            });
            user.setDaemon(true);
            user.start();
            users.add(user);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while ((found.get() < 2_000 || memory.usedBytes() == 0) && System.nanoTime() < deadline) {
            check(memory.allocatedBytes() <= 8 << 20, "too much direct memory: " + memory.allocatedBytes());
            Thread.onSpinWait();
        }
        done.set(true);
        for (Thread user : users) {
            user.join();
        }
        check(found.get() >= 2_000, "too few values: " + found);
        check(memory.usedBytes() > 0, "no direct memory is used");
        cache.checkIntegrity();
        cache.close();
        check(memory.usedBytes() == 0, "a closed cache uses direct memory: " + memory.usedBytes());
    }

    private static void receive(CacheEngine engine, String key, byte content) {
        byte[] name = key.getBytes(StandardCharsets.US_ASCII);
        ItemUpdate update = new ItemUpdate().key(name, 0, name.length);
        LargeValue value = engine.reserve(update, LARGE);
        if (value != null) {
            ByteBuffer buffer = value.buffer();
            while (buffer.hasRemaining()) {
                buffer.put(content);
            }
            engine.store(StoreMode.SET, update.value(value));
        }
    }

    private static int readCopies(Cache cache, String key) {
        byte[] value = cache.get(key);
        if (value == null) {
            return 0;
        }
        for (byte each : value) {
            check(each == value[0], "a torn value");
        }
        return 1;
    }

    /** Repeatedly fills the heap while other threads use the cache, which must acquire its memory again afterwards. */
    private static void heapFullAtTimes() throws InterruptedException {
        long limit = 48 << 20;
        Cache cache = Cache.builder().memoryLimitBytes(limit).build();
        fill(cache, "first", limit);
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong attempts = new AtomicLong();
        List<Thread> users = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            String prefix = "user" + i;
            Thread user = new Thread(() -> use(cache, prefix, done, attempts));
            user.setDaemon(true);
            user.start();
            users.add(user);
        }
        for (int round = 0; round < 5; round++) {
            fillHeap(attempts);
        }
        done.set(true);
        for (Thread user : users) {
            user.join();
        }
        cache.checkIntegrity();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        for (int i = 0; cache.statistics().usedBytes() < limit * 15 / 16 && System.nanoTime() < deadline; i++) {
            fill(cache, "again" + i, limit / 64);
        }
        check(cache.statistics().usedBytes() >= limit * 15 / 16, "has not grown again: " + cache);
        cache.checkIntegrity();
    }

    private static void fill(Cache cache, String prefix, long bytes) {
        byte[] value = new byte[1000];
        for (int i = 0; i < bytes / value.length; i++) {
            cache.set(prefix + i, value);
        }
    }

    private static void use(Cache cache, String prefix, AtomicBoolean done, AtomicLong attempts) {
        for (int i = 0; !done.get(); i++) {
            attempts.incrementAndGet();
            try {
                cache.set(prefix + i % 1000, new byte[i % 10 == 0 ? LARGE : 1000]);
                cache.get(prefix + i % 777);
            } catch (OutOfMemoryError e) {
                // the value's or the copy's array
            }
        }
    }

    /** Fills the heap, keeps it full until the users have made some more attempts, and releases it. */
    private static void fillHeap(AtomicLong attempts) {
        await(attempts, 1); // a first call, as later ones may have no memory to initialize constants
        byte[][] arrays = new byte[5_000][];
        try {
            for (int i = 0; i < arrays.length; i++) {
                arrays[i] = new byte[100_000];
            }
        } catch (OutOfMemoryError e) {
            await(attempts, 20);
        }
        arrays = null;
        await(attempts, 100);
    }

    private static void await(AtomicLong attempts, int more) {
        long before = attempts.get();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (attempts.get() < before + more && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        check(attempts.get() >= before + more, "the users of the cache make no progress");
    }

    /** Fills eight caches of the default limit in a heap that has space for two or three, and continues until it is terminated. */
    private static void eightCaches() throws InterruptedException {
        List<Cache> caches = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            caches.add(Cache.builder().onWarning(warning -> {}).build());
        }
        AtomicLong ready = new AtomicLong();
        for (Cache cache : caches) {
            Thread writer = new Thread(() -> write(cache, ready));
            writer.setDaemon(true);
            writer.start();
            writers.add(writer);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(80);
        while (ready.get() < caches.size() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        long used = caches.stream()
                .mapToLong(cache -> cache.statistics().usedBytes())
                .sum();
        check(ready.get() == caches.size(), "the writers make no progress: " + caches);
        check(used < 192 << 20, "too much is in use: " + caches);
        for (Cache cache : caches) {
            check(cache.statistics().usedBytes() > 6 << 20, "a cache has too little memory: " + caches);
            cache.checkIntegrity();
        }
        System.out.println("filled");
        for (Thread writer : writers) {
            writer.join();
        }
    }

    private static void write(Cache cache, AtomicLong ready) {
        for (int i = 0; ; i++) {
            cache.set("key" + i, new byte[i % 1000 == 0 ? LARGE : 1000]);
            if (i == SETS / 4) {
                ready.incrementAndGet();
            }
        }
    }
}
