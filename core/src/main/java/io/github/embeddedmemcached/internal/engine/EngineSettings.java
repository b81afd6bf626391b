package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.MachineMemory;
import java.time.Clock;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a cache.
 *
 * @param memoryLimitBytes from {@link #MEMORY_LIMIT_MIN} to the machine's memory
 * @param maxItemSizeBytes the largest item, as {@link ItemSize} counts it; 0 for the default
 * @param evicts false to reject new items when the memory limit is reached
 * @param hasCasUniques false to store no CAS uniques
 * @param clock the source of all times
 * @param keyHash the hash function of the index
 * @param heapAccount the account to which all memory is charged
 * @param warnings receives a message if the heap is too small for the limit
 * @param name the name of the cache; null if it has none
 */
public record EngineSettings(
        long memoryLimitBytes,
        int maxItemSizeBytes,
        boolean evicts,
        boolean hasCasUniques,
        InstantSource clock,
        KeyHash keyHash,
        HeapAccount heapAccount,
        Consumer<String> warnings,
        @Nullable String name) {
    /** The smallest memory limit, in bytes. */
    public static final long MEMORY_LIMIT_MIN = 1L << 20;

    /** The largest item may occupy 1/ITEM_SHARE of the memory limit. */
    static final int ITEM_SHARE = 2;

    private static final long MEMORY_LIMIT_DEFAULT = 64L << 20;
    private static final int ITEM_SIZE_MAX_DEFAULT = 1 << 20;

    /** Returns memcached's defaults, with a random hash key and the system's clock. */
    public static EngineSettings defaults() {
        return new EngineSettings(
                MEMORY_LIMIT_DEFAULT,
                0,
                true,
                true,
                Clock.systemUTC(),
                KeyHash.withRandomKey(),
                HeapAccount.SHARED,
                new LoggedWarnings(),
                null);
    }

    public EngineSettings memoryLimitBytes(long bytes) {
        checkMemoryLimit(bytes);
        return new EngineSettings(
                bytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings maxItemSizeBytes(int bytes) {
        if (bytes < ItemSize.LIMIT_MIN || bytes > ItemSize.LIMIT_MAX) {
            throw new IllegalArgumentException("the largest item must be " + ItemSize.LIMIT_MIN + " to "
                    + ItemSize.LIMIT_MAX + " bytes, not " + bytes);
        }
        return new EngineSettings(
                memoryLimitBytes, bytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings evicts(boolean evicts) {
        return new EngineSettings(
                memoryLimitBytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings hasCasUniques(boolean hasCasUniques) {
        return new EngineSettings(
                memoryLimitBytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings clock(InstantSource clock) {
        return new EngineSettings(
                memoryLimitBytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings keyHash(KeyHash keyHash) {
        return new EngineSettings(
                memoryLimitBytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings heapAccount(HeapAccount heapAccount) {
        return new EngineSettings(
                memoryLimitBytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings warnings(Consumer<String> warnings) {
        return new EngineSettings(
                memoryLimitBytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    public EngineSettings name(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name of a cache must not be empty");
        }
        return new EngineSettings(
                memoryLimitBytes, maxItemSizeBytes, evicts, hasCasUniques, clock, keyHash, heapAccount, warnings, name);
    }

    /** Returns the consumer of warnings, which receives the name of the cache with each message if it has one. */
    Consumer<String> warningsWithName() {
        return name == null ? warnings : warning -> warnings.accept("cache " + name + ": " + warning);
    }

    /**
     * Returns the largest item allowed.
     *
     * @throws IllegalArgumentException if the requested size is more than half of the memory limit
     */
    int itemSizeMaxBytesOrDefault() {
        long max = memoryLimitBytes / ITEM_SHARE;
        if (maxItemSizeBytes > max) {
            throw new IllegalArgumentException("the largest item, " + maxItemSizeBytes
                    + " bytes, is over half of the memory limit, " + memoryLimitBytes + " bytes");
        }
        return maxItemSizeBytes == 0 ? (int) Math.min(ITEM_SIZE_MAX_DEFAULT, max) : maxItemSizeBytes;
    }

    /**
     * Checks a memory limit.
     *
     * @throws IllegalArgumentException if it is less than {@link #MEMORY_LIMIT_MIN} or more than the machine's memory
     */
    public static void checkMemoryLimit(long bytes) {
        if (bytes < MEMORY_LIMIT_MIN) {
            throw new IllegalArgumentException(
                    "the memory limit must be at least " + MEMORY_LIMIT_MIN + " bytes, not " + bytes);
        }
        MachineMemory.check(bytes);
    }

    /** Not a lambda, because linking it would slow down the start. */
    private static final class LoggedWarnings implements Consumer<String> {
        @Override
        public void accept(String warning) {
            System.getLogger("io.github.embeddedmemcached").log(System.Logger.Level.WARNING, warning);
        }
    }
}
