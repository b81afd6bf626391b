package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.memory.EmptyMember;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.engine.memory.UploadBudget;
import io.github.embeddedmemcached.internal.engine.policy.ShadowCaches;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A partition of a few tiny segments, in which a few operations compact, evict and reuse segments. Keys and values are
 * numbers; a value consists of copies of its number, so that torn and misplaced reads are detected.
 */
final class TinyPartition {
    /** The result of {@link #get} for a value that was never stored. */
    static final int TORN = Integer.MIN_VALUE;

    /** Space for six small items. */
    private static final int SEGMENT_BYTES = 192;

    private static final int SMALL_VALUE_BYTES = 8;
    /** More than a quarter of a segment: the item has a segment of its own. */
    private static final int LARGE_VALUE_BYTES = 100;

    private static final int OTHER_KEY = 100;
    private static final int OTHER_KEYS = 13;

    private static final int START_SECOND = 1_700_000_000;

    /** The cache to which the memory is charged. */
    private static final HeapAccount.Member OWNER = new EmptyMember();

    private final KeyHash keyHash;
    private final PartitionSettings settings;
    private final Partition partition;

    /**
     * Creates a partition without items.
     *
     * @param indexChunks the memory for the index; the first two chunks hold 64 buckets and their overflow
     * @param segments the memory for items
     */
    TinyPartition(int indexChunks, int segments, boolean evicts, KeyHash keyHash) {
        this.keyHash = keyHash;
        long bytes = (long) indexChunks * Index.CHUNK_BYTES_MIN + (long) segments * SEGMENT_BYTES;
        HeapAccount.Share heap = new HeapAccount(Long.MAX_VALUE).open(OWNER);
        settings = new PartitionSettings(
                heap,
                new UploadBudget(heap, bytes),
                new ExpiredSpace(),
                bytes,
                SEGMENT_BYTES,
                Index.CHUNK_BYTES_MIN,
                ItemSize.LIMIT_MIN,
                evicts,
                keyHash,
                new CacheClock(SystemTime.elapsingAs(Clock.fixed(Instant.ofEpochSecond(START_SECOND), ZoneOffset.UTC))),
                new AtomicLong(),
                new Counters(),
                new Removals(null),
                new ShadowCaches(0, 1, heap));
        partition = new Partition(settings);
    }

    StoreResult store(StoreMode mode, int key, int number) {
        return store(mode, key, number, SMALL_VALUE_BYTES);
    }

    StoreResult setLarge(int key, int number) {
        return store(StoreMode.SET, key, number, LARGE_VALUE_BYTES);
    }

    private StoreResult store(StoreMode mode, int key, int number, int valueLength) {
        ByteBuffer value = ByteBuffer.allocate(valueLength);
        while (value.hasRemaining()) {
            value.putInt(number);
        }
        ItemUpdate update = update(key);
        update.value(value.array(), 0, valueLength);
        return partition.store(mode, update, hash(update));
    }

    /** Returns the number stored under a key, or {@link #TORN}; null if there is none. */
    @Nullable Integer get(int key) {
        return get(key, () -> {});
    }

    /** As {@link #get(int)}, but calls {@link #churn} after the item was found and before its value is copied. */
    @Nullable Integer getWithChurn(int key) {
        return get(key, this::churn);
    }

    private @Nullable Integer get(int key, Runnable beforeCopy) {
        ItemUpdate update = update(key);
        ItemView view = new ItemView();
        view.seek(partition, hash(update), update.keyBytes, update.keyOffset, update.keyLength);
        if (partition.get(view, settings.clock().now()) != Partition.Read.HIT) {
            return null;
        }
        beforeCopy.run();
        return number(view.value());
    }

    /** As {@link #get(int)}, but first tries the fast path for items that are read often. */
    @Nullable Integer getFast(int key) {
        ItemUpdate update = update(key);
        byte[] value = partition.copyValue(hash(update), update.keyBytes, Index.ANY);
        return value == null ? get(key) : value == Index.NONE ? null : number(value);
    }

    private static @Nullable Integer number(byte @Nullable [] value) {
        if (value == null) {
            return null;
        }
        ByteBuffer copies = ByteBuffer.wrap(value);
        int number = copies.getInt();
        while (copies.hasRemaining()) {
            if (copies.getInt() != number) {
                return TORN;
            }
        }
        return number;
    }

    /** Replaces other items in an order that leaves live and deleted ones in each segment, so that segments are compacted and reused. */
    void churn() {
        for (int round = 0; round < 4; round++) { // Lincheck reports a loop of more than 50 rounds as endless
            for (int i = 0; i < OTHER_KEYS; i++) {
                store(
                        StoreMode.SET,
                        OTHER_KEY + i * 5 % OTHER_KEYS,
                        i,
                        SMALL_VALUE_BYTES >> (round & 1)); // of the same size, they would be overwritten in place
                if (i % 4 == 0) {
                    setLarge(OTHER_KEY + OTHER_KEYS, i);
                }
            }
        }
    }

    DeleteResult delete(int key) {
        ItemUpdate update = update(key);
        return partition.delete(update, hash(update));
    }

    /** Drops an item as an eviction does. */
    boolean evict(int key) {
        ItemUpdate update = update(key);
        return partition.drop(update, hash(update), true);
    }

    void flush() {
        partition.flushAll(0);
    }

    void checkIntegrity() {
        partition.checkIntegrity();
    }

    long count(Statistic counter) {
        return settings.counters().values()[counter.ordinal()];
    }

    private static ItemUpdate update(int key) {
        byte[] bytes = Integer.toString(key).getBytes(StandardCharsets.US_ASCII);
        return new ItemUpdate().key(bytes, 0, bytes.length);
    }

    private long hash(ItemUpdate update) {
        return keyHash.hash(update.keyBytes, update.keyOffset, update.keyLength);
    }
}
