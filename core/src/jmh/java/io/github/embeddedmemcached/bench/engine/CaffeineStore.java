package io.github.embeddedmemcached.bench.engine;

import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.embeddedmemcached.bench.cache.MemoryProgram;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/** Caffeine, bounded by weight. The weight of an entry is the heap that it occupies, so that limits are comparable with those of other caches. */
public final class CaffeineStore implements Store<String> {
    /**
     * The overhead of an entry besides the characters of its key and the bytes of its value: the headers of a String and of two arrays
     * (24 + 16 + 16), Caffeine's node, the hash table's node and slot, and the frequency sketch. Measured by
     * {@link MemoryProgram}: 261 bytes for a key of 13 bytes and a value of 100.
     */
    public static final int OWN_BYTES = 141;

    private final com.github.benmanes.caffeine.cache.Cache<String, byte[]> cache;

    private CaffeineStore(Executor executor, long bytes, int bytesPerItem) {
        cache = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((String key, byte[] value) -> align(key.length()) + align(value.length) + bytesPerItem)
                .executor(executor)
                .build();
    }

    /** Returns a cache in the default configuration, which evicts asynchronously in the common pool. */
    static CaffeineStore withDefaultEviction(long bytes) {
        return new CaffeineStore(ForkJoinPool.commonPool(), bytes, OWN_BYTES);
    }

    /**
     * Returns a cache that evicts in the thread that sets an item, so that it never exceeds its limit.
     *
     * @param bytes the limit
     * @param bytesPerItem the weight of an item besides its key and value
     * @return a new cache
     */
    public static CaffeineStore withImmediateEviction(long bytes, int bytesPerItem) {
        return new CaffeineStore(Runnable::run, bytes, bytesPerItem);
    }

    private static int align(int bytes) {
        return bytes + 7 & ~7;
    }

    @Override
    public String key(String name) {
        return name;
    }

    @Override
    public byte @Nullable [] get(String key) {
        byte[] value = cache.getIfPresent(key);
        return value == null ? null : value.clone();
    }

    @Override
    public void set(String key, byte[] value) {
        cache.put(key, value.clone());
    }

    @Override
    public long size() {
        cache.cleanUp();
        return cache.estimatedSize();
    }

    @Override
    public void close() {
        cache.invalidateAll();
    }
}
