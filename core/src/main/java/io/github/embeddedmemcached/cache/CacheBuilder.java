package io.github.embeddedmemcached.cache;

import java.time.Clock;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a cache is to be like. Not thread-safe; can build several. */
public final class CacheBuilder {
    private static final long MEMORY_LIMIT_DEFAULT = 64L << 20;
    private static final int ITEM_SIZE_MAX_DEFAULT = 1 << 20;
    /** The largest item takes at most half of the memory, as memcached has it. */
    static final int ITEM_SHARE = 2;

    long memoryLimitBytes = MEMORY_LIMIT_DEFAULT;
    private int itemSizeMaxBytes; // 0: not set
    boolean eviction = true;
    boolean casUnique = true;
    InstantSource clock = Clock.systemUTC();
    private @Nullable KeyHash keyHash; // null: with a random key
    HeapAccount heapAccount = HeapAccount.SHARED;
    Consumer<String> warnings = CacheBuilder::log;

    CacheBuilder() {}

    /**
     * Sets the memory limit, 64 MiB by default. All caches of a JVM together get about two thirds of its heap, so the heap may allow less:
     * {@link #onWarning} reports that when the cache is built, and {@link Cache#memoryLimitBytes()} is what is allowed.
     *
     * @param bytes from {@link Cache#MEMORY_LIMIT_MIN} to the machine's memory
     * @return this
     * @throws IllegalArgumentException if it is less or more
     */
    public CacheBuilder memoryLimitBytes(long bytes) {
        checkMemoryLimit(bytes);
        memoryLimitBytes = bytes;
        return this;
    }

    /**
     * Sets the size of the largest item as {@link Cache#itemSize} counts it. By default 1 MiB, or half of the memory limit where
     * that is less.
     *
     * @param bytes {@link Cache#ITEM_SIZE_MAX_MIN} to {@link Cache#ITEM_SIZE_MAX_MAX}, and at most half of the memory limit
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public CacheBuilder itemSizeMaxBytes(int bytes) {
        if (bytes < Cache.ITEM_SIZE_MAX_MIN || bytes > Cache.ITEM_SIZE_MAX_MAX) {
            throw new IllegalArgumentException("the largest item must be " + Cache.ITEM_SIZE_MAX_MIN + " to "
                    + Cache.ITEM_SIZE_MAX_MAX + " bytes, not " + bytes);
        }
        itemSizeMaxBytes = bytes;
        return this;
    }

    /**
     * Sets whether live items are dropped to make room, as they are by default.
     *
     * @param on false to have sets refused instead
     * @return this
     */
    public CacheBuilder eviction(boolean on) {
        eviction = on;
        return this;
    }

    /**
     * Sets whether items have a CAS unique, as they do by default.
     *
     * @param on false to have none: it is always 0, and no compare-and-set succeeds
     * @return this
     */
    public CacheBuilder casUnique(boolean on) {
        casUnique = on;
        return this;
    }

    /**
     * Sets the clock, the system's by default.
     *
     * @param source the time by which items expire
     * @return this
     */
    public CacheBuilder clock(InstantSource source) {
        clock = Objects.requireNonNull(source);
        return this;
    }

    /**
     * Sets what receives warnings: that the heap allows less than the memory limit, when the cache is built or given another limit, and once that the
     * caches of the JVM have used up what the heap allows. By default they are logged by the {@link System.Logger} named {@code
     * io.github.embeddedmemcached}.
     *
     * @param consumer takes sentences; called by any thread that uses the cache, while no part of it is locked
     * @return this
     */
    public CacheBuilder onWarning(Consumer<String> consumer) {
        warnings = Objects.requireNonNull(consumer);
        return this;
    }

    /** Sets the hash of the items' keys, for tests that depend on it. */
    CacheBuilder keyHash(KeyHash hash) {
        keyHash = hash;
        return this;
    }

    /** Charges the cache's memory to another account than that of all caches, for tests. */
    CacheBuilder heapAccount(HeapAccount account) {
        heapAccount = account;
        return this;
    }

    KeyHash keyHash() {
        return keyHash == null ? KeyHash.withRandomKey() : keyHash;
    }

    /**
     * Builds a cache.
     *
     * @return a new and empty one
     * @throws IllegalArgumentException if the largest item is over half of the memory limit
     */
    public Cache build() {
        return new Cache(this);
    }

    int itemSizeMaxBytes() {
        long most = memoryLimitBytes / ITEM_SHARE;
        if (itemSizeMaxBytes > most) {
            throw new IllegalArgumentException("the largest item, " + itemSizeMaxBytes
                    + " bytes, is over half of the memory limit, " + memoryLimitBytes + " bytes");
        }
        return itemSizeMaxBytes == 0 ? (int) Math.min(ITEM_SIZE_MAX_DEFAULT, most) : itemSizeMaxBytes;
    }

    boolean hasItemSizeMax() {
        return itemSizeMaxBytes != 0;
    }

    static void checkMemoryLimit(long bytes) {
        if (bytes < Cache.MEMORY_LIMIT_MIN) {
            throw new IllegalArgumentException(
                    "the memory limit must be at least " + Cache.MEMORY_LIMIT_MIN + " bytes, not " + bytes);
        }
        MachineMemory.check(bytes);
    }

    private static void log(String warning) {
        System.getLogger("io.github.embeddedmemcached").log(System.Logger.Level.WARNING, warning);
    }
}
