package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.view.Engines;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Operations that together reach every kind of change of a cache, for tests in which an operation is interrupted. */
final class CacheScript {
    private static final int VERIFY_SECONDS = 30;
    private static final byte[] SMALL = new byte[300];
    private static final byte[] LARGE = new byte[20_000];

    private CacheScript() {}

    /** One operation. */
    @FunctionalInterface
    interface Step {
        void run(Cache cache);
    }

    /** Each kind of operation once, on a cache that is full. */
    static final Step[] STEPS = {
        cache -> cache.set("small", SMALL),
        cache -> MemcachedOperations.set(cache, "expiring", SMALL, 0, 100),
        cache -> MemcachedOperations.set(cache, "flagged", SMALL, 7, 0),
        cache -> MemcachedOperations.set(cache, "large", LARGE, 0, 100),
        cache -> fill(cache, "fill", 60),
        cache -> fillLarge(cache, 4),
        cache -> cache.get("small"),
        cache -> cache.get("large"),
        cache -> cache.getItem("expiring"),
        cache -> cache.add("small", SMALL),
        cache -> cache.append("small", SMALL),
        cache -> cache.prepend("small", SMALL),
        cache -> cache.append("large", SMALL),
        cache -> cache.set("number", new byte[] {'9'}),
        cache -> cache.increment("number", 1),
        cache -> cache.decrement("number", 9),
        cache -> MemcachedOperations.touch(cache, "expiring", 200),
        cache -> MemcachedOperations.touch(cache, "large", 0),
        cache -> MemcachedOperations.getAndTouch(cache, "expiring", 300),
        CacheScript::storeInPlace,
        CacheScript::reserveAndRelease,
        CacheScript::vivify,
        CacheScript::invalidate,
        CacheScript::dropValue,
        cache -> cache.evict("fill1"),
        cache -> cache.delete("flagged"),
        cache -> cache.delete("large"),
        CacheScript::iterate,
        Cache::statistics,
        cache -> cache.resize(Cache.MEMORY_LIMIT_BYTES_MIN),
        cache -> cache.resize(3 * Cache.MEMORY_LIMIT_BYTES_MIN / 2),
        Cache::flushAll,
        cache -> fill(cache, "again", 20),
    };

    static void fill(Cache cache, String prefix, int items) {
        for (int i = 0; i < items; i++) {
            MemcachedOperations.set(cache, prefix + i, SMALL, 0, i % 3 == 0 ? 50 : 0);
        }
    }

    private static void fillLarge(Cache cache, int items) {
        for (int i = 0; i < items; i++) {
            cache.set("large" + i, LARGE);
        }
    }

    private static ItemUpdate update(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
        return new ItemUpdate().key(bytes, 0, bytes.length);
    }

    private static void storeInPlace(Cache cache) {
        LargeValue value = Engines.of(cache).reserve(update("inPlace"), LARGE.length);
        if (value != null) {
            Engines.of(cache).store(StoreMode.SET, update("inPlace").value(value));
        }
    }

    private static void reserveAndRelease(Cache cache) {
        LargeValue value = Engines.of(cache).reserve(update("released"), LARGE.length);
        if (value != null) {
            value.release();
        }
    }

    private static void vivify(Cache cache) {
        ItemView view = new ItemView();
        byte[] key = {'v'};
        Engines.of(cache).fetch(new ItemUpdate().key(key, 0, 1).vivify(100), view);
        Engines.of(cache).fetch(new ItemUpdate().key(key, 0, 1).vivify(100).exptime(50), view);
    }

    private static void invalidate(Cache cache) {
        Engines.of(cache).delete(update("small").invalidate().exptime(30));
        ItemView view = new ItemView();
        Engines.of(cache).fetch(update("small"), view);
    }

    private static void dropValue(Cache cache) {
        Engines.of(cache).delete(update("small").dropValue());
    }

    private static void iterate(Cache cache) {
        ItemCursor cursor = Engines.of(cache).cursor();
        long bytes = 0;
        while (cursor.next()) {
            bytes += cursor.valueLength();
        }
        assertThat(bytes).isNotNegative();
    }

    /** Stores an item; a partition whose ceiling was lowered after an OutOfMemoryError accepts it some milliseconds later. */
    private static void store(Cache cache, String key) {
        long begin = System.nanoTime();
        while (cache.set(key, SMALL) != StoreResult.STORED) {
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(VERIFY_SECONDS));
            Thread.yield();
        }
    }

    /** Checks from another thread that the cache is consistent, and that all its partitions are unlocked and usable. */
    static void verify(Cache cache, String after) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        cache.checkIntegrity();
                        for (int i = 0; i < 60; i++) { // in all partitions, and in the segments that are open
                            store(cache, "verify" + i);
                            assertThat(cache.get("verify" + i)).hasSize(SMALL.length);
                            cache.get("fill" + i);
                        }
                        for (int i = 0; i < 60; i++) {
                            MemcachedOperations.touch(cache, "verify" + i, 10);
                            cache.delete("verify" + i);
                            assertThat(cache.get("verify" + i)).isNull();
                        }
                        cache.checkIntegrity();
                        done.complete(null);
                    } catch (Throwable e) {
                        done.completeExceptionally(e);
                    }
                },
                "verify");
        thread.setDaemon(true);
        thread.start();
        try {
            done.get(VERIFY_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the cache is blocked after " + after, e);
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("the cache is broken after " + after, e);
        }
    }
}
