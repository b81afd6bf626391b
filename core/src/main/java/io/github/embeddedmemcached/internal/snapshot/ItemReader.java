package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.LargeValue;
import io.github.embeddedmemcached.internal.engine.RestoreBatch;
import io.github.embeddedmemcached.internal.engine.Snapshots;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.snapshot.BlockList.Block;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.FileHeader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads blocks, checks them, and adds their items to a cache. Used by one thread, which has its own file descriptor. */
final class ItemReader {
    /** What an item occupies in the engine in addition to key and value, index included. */
    private static final int OVERHEAD_BYTES = 40;

    private final RandomAccessFile input;
    private final FileHeader file;
    private final CacheEngine engine;
    private final RestoreBatch batch;
    private final byte[] bytes = new byte[SnapshotFormat.BLOCK_BYTES_MAX];
    private final ByteBuffer buffer = SnapshotFormat.wrap(bytes);
    private final long savedSecond;
    private long casUniqueMax;

    ItemReader(RandomAccessFile input, FileHeader file, CacheEngine engine) {
        this.input = input;
        this.file = file;
        this.engine = engine;
        savedSecond = TimeUnit.MILLISECONDS.toSeconds(file.savedUnixMillis());
        batch = engine.snapshots().newBatch(this::readItem);
        batch.update.keyBytes = bytes;
    }

    /** Returns a reader of the same file for another thread. */
    ItemReader with(RandomAccessFile otherInput) {
        return new ItemReader(otherInput, file, engine);
    }

    /** Returns how many items had a result so far. */
    long count(Snapshots.Result result) {
        return batch.count(result);
    }

    /** Returns the largest CAS unique of the items that were read, except those that only clients assign. */
    long casUniqueMax() {
        return casUniqueMax;
    }

    /** Adds the items of a block, unless it is damaged; returns whether it is intact. */
    boolean restore(Block block) {
        try {
            batch.rank = SnapshotWriter.engineRankOf(block.header().rank());
            if (block.header().length() > bytes.length) {
                return restoreLarge(block);
            }
            if (!read(block)) {
                return false;
            }
            for (int item = 0; item < block.header().length(); item += lengthOf(item)) {
                int key = item + SnapshotFormat.ITEM_HEADER_BYTES;
                batch.add(bytes, key, SnapshotFormat.keyLength(buffer, item), item);
            }
            batch.restore();
            return true;
        } catch (IOException e) {
            return false; // a defect of the disk
        }
    }

    /** Returns the bytes that the items of a block would occupy in the engine, without those that have expired; 0 if it is damaged. */
    long sizeOf(Block block, long nowUnixMillis) {
        if (block.header().length() > bytes.length) {
            return block.header().length();
        }
        long size = 0;
        try {
            if (read(block)) {
                int length;
                for (int item = 0; item < block.header().length(); item += length) {
                    length = lengthOf(item);
                    boolean isLive = buffer.getLong(item + SnapshotFormat.EXPIRY) > nowUnixMillis;
                    size += isLive ? length - SnapshotFormat.ITEM_HEADER_BYTES + OVERHEAD_BYTES : 0;
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return size;
    }

    /** Reads the payload of a block that is not large; returns whether it is intact, and its items have the lengths that it states. */
    private boolean read(Block block) throws IOException {
        int length = block.header().length();
        input.seek(block.offset());
        input.readFully(bytes, 0, length);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        buffer.limit(length);
        return (int) crc.getValue() == block.header().crc()
                && hasItems(block.header().items(), length);
    }

    private boolean hasItems(int items, int length) {
        int end = 0;
        for (int i = 0; i < items; i++) {
            if (end + SnapshotFormat.ITEM_HEADER_BYTES > length || SnapshotFormat.keyLength(buffer, end) == 0) {
                return false;
            }
            int valueLength = SnapshotFormat.valueLength(buffer, end);
            if (valueLength < 0 || valueLength > length) {
                return false;
            }
            end += lengthOf(end);
        }
        return end == length;
    }

    private int lengthOf(int item) {
        return SnapshotFormat.ITEM_HEADER_BYTES
                + SnapshotFormat.keyLength(buffer, item)
                + SnapshotFormat.valueLength(buffer, item);
    }

    /** Sets the batch to an item of the block. */
    private void readItem(int item) {
        int key = item + SnapshotFormat.ITEM_HEADER_BYTES;
        int keyLength = readKey(item);
        batch.update.value(bytes, key + keyLength, SnapshotFormat.valueLength(buffer, item));
    }

    /** Sets the batch to an item of the block except the value, and returns the length of its key. */
    private int readKey(int item) {
        long casUnique = buffer.getLong(item + SnapshotFormat.CAS_UNIQUE);
        casUniqueMax = Math.max(casUniqueMax, casUnique);
        batch.expiryUnixMillis = buffer.getLong(item + SnapshotFormat.EXPIRY);
        batch.accessedUnixSecond =
                savedSecond - Integer.toUnsignedLong(buffer.getInt(item + SnapshotFormat.ACCESSED_AGO));
        int state = buffer.get(item + SnapshotFormat.STATE);
        batch.isStale = (state & SnapshotFormat.STALE) != 0;
        batch.wasFetched = (state & SnapshotFormat.FETCHED) != 0;
        int keyLength = SnapshotFormat.keyLength(buffer, item);
        batch.update.keyOffset = item + SnapshotFormat.ITEM_HEADER_BYTES;
        batch.update.keyLength = keyLength;
        batch.update
                .flags(buffer.getInt(item + SnapshotFormat.FLAGS))
                .assignCas(Math.max(0, casUnique))
                .binaryKey((state & SnapshotFormat.BINARY_KEY) != 0);
        return keyLength;
    }

    /** Restores a large item: its value is read to its place in the cache if there is free memory for it. */
    private boolean restoreLarge(Block block) throws IOException {
        int length = block.header().length();
        if (block.header().items() != 1) {
            return false;
        }
        input.seek(block.offset());
        input.readFully(bytes, 0, bytes.length);
        buffer.clear();
        int valueLength = SnapshotFormat.valueLength(buffer, 0);
        int value = SnapshotFormat.ITEM_HEADER_BYTES + SnapshotFormat.keyLength(buffer, 0);
        if (valueLength < 0 || value == SnapshotFormat.ITEM_HEADER_BYTES || (long) value + valueLength != length) {
            return false;
        }
        int keyLength = readKey(0);
        int flags = buffer.getInt(SnapshotFormat.FLAGS);
        if (engine.isTooLarge(keyLength, flags, valueLength)) {
            batch.reject(Snapshots.Result.TOO_LARGE);
            return true;
        }
        LargeValue large =
                valueLength > engine.inlineValueLengthMax() ? engine.reserve(batch.update, valueLength) : null;
        ByteBuffer target = large == null ? newBuffer(valueLength) : large.buffer();
        if (target == null) {
            batch.reject(Snapshots.Result.OUT_OF_MEMORY);
            return true;
        }
        boolean isRead = false;
        try {
            isRead = readLarge(block.header().crc(), value, target);
        } finally {
            if (!isRead && large != null) {
                large.release();
            }
        }
        if (isRead) {
            if (large != null) {
                batch.update.value(large);
            } else {
                batch.update.value(target.array(), 0, valueLength);
            }
            batch.restoreCurrent();
            batch.update.clearValue();
        }
        return isRead;
    }

    private static @Nullable ByteBuffer newBuffer(int length) {
        byte[] array = HeapArrays.bytes(length);
        return array == null ? null : ByteBuffer.wrap(array);
    }

    /** Reads a value whose beginning was read already, and checks the block. The key remains in the array. */
    private boolean readLarge(int expectedCrc, int value, ByteBuffer target) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        target.put(bytes, value, bytes.length - value);
        while (target.hasRemaining()) {
            int length = Math.min(bytes.length - value, target.remaining());
            input.readFully(bytes, value, length);
            crc.update(bytes, value, length);
            target.put(bytes, value, length);
        }
        return (int) crc.getValue() == expectedCrc;
    }
}
