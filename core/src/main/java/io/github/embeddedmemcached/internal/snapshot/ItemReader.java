package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.LargeValue;
import io.github.embeddedmemcached.internal.engine.Snapshots;
import io.github.embeddedmemcached.internal.engine.Snapshots.RestoredItem;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.snapshot.BlockList.Block;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.FileHeader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/** Reads blocks, checks them, and adds their items to a cache. Used by one thread, which has its own file descriptor. */
final class ItemReader {
    /** What an item occupies in the engine in addition to key and value, index included. */
    private static final int OVERHEAD_BYTES = 40;

    private final RandomAccessFile input;
    private final FileHeader file;
    private final CacheEngine engine;
    private final Snapshots snapshots;
    private final RestoredItem item = new RestoredItem();
    private final byte[] bytes = new byte[SnapshotFormat.BLOCK_BYTES_MAX];
    private final ByteBuffer buffer = SnapshotFormat.wrap(bytes);
    private final long[] results = new long[Snapshots.Result.values().length];
    private long casUniqueMax;

    // Fields of the item that was read last.
    private int keyLength;
    private long casUnique;
    private int flags;
    private int state;

    ItemReader(RandomAccessFile input, FileHeader file, CacheEngine engine) {
        this.input = input;
        this.file = file;
        this.engine = engine;
        snapshots = engine.snapshots();
    }

    /** Returns a reader of the same file for another thread. */
    ItemReader with(RandomAccessFile otherInput) {
        return new ItemReader(otherInput, file, engine);
    }

    /** Returns how many items had a result so far. */
    long count(Snapshots.Result result) {
        return results[result.ordinal()];
    }

    /** Returns the largest CAS unique of the items that were read, except those that only clients assign. */
    long casUniqueMax() {
        return casUniqueMax;
    }

    /** Adds the items of a block, unless it is damaged; returns whether it is intact. */
    boolean restore(Block block) {
        try {
            item.rank = SnapshotWriter.engineRankOf(block.header().rank());
            if (block.header().length() > bytes.length) {
                return restoreLarge(block);
            }
            if (!read(block)) {
                return false;
            }
            buffer.position(0);
            for (int i = 0; i < block.header().items(); i++) {
                int valueLength = readItemHeader();
                int value = buffer.position() + keyLength;
                if (begin(buffer.position())) {
                    item.update.value(bytes, value, valueLength);
                    count(snapshots.restore(item), 1);
                }
                buffer.position(value + valueLength);
            }
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
                buffer.position(0);
                for (int i = 0; i < block.header().items(); i++) {
                    int length = readItemHeader() + keyLength;
                    size += item.expiryUnixMillis > nowUnixMillis ? length + OVERHEAD_BYTES : 0;
                    buffer.position(buffer.position() + length);
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
        long end = 0;
        for (int i = 0; i < items; i++) {
            if (end + SnapshotFormat.ITEM_HEADER_BYTES > length) {
                return false;
            }
            buffer.position((int) end);
            int valueLength = readItemHeader();
            end = (long) buffer.position() + keyLength + valueLength;
            if (valueLength < 0 || keyLength == 0 || end > length) {
                return false;
            }
        }
        return end == length;
    }

    /** Reads the fields before the key, and returns the value's length. */
    private int readItemHeader() {
        casUnique = buffer.getLong();
        item.expiryUnixMillis = buffer.getLong();
        long accessedSecondsAgo = Integer.toUnsignedLong(buffer.getInt());
        item.accessedUnixSecond = TimeUnit.MILLISECONDS.toSeconds(file.savedUnixMillis()) - accessedSecondsAgo;
        flags = buffer.getInt();
        int valueLength = buffer.getInt();
        keyLength = Short.toUnsignedInt(buffer.getShort());
        state = buffer.get();
        return valueLength;
    }

    /** Begins to restore the item whose header was read; false if the cache does not accept such a key. */
    private boolean begin(int keyOffset) {
        if (keyLength > ItemSize.KEY_LENGTH_MAX) {
            count(Snapshots.Result.TOO_LARGE, 1);
            return false;
        }
        casUniqueMax = Math.max(casUniqueMax, casUnique);
        item.isStale = (state & SnapshotFormat.STALE) != 0;
        item.wasFetched = (state & SnapshotFormat.FETCHED) != 0;
        item.update
                .key(bytes, keyOffset, keyLength)
                .flags(flags)
                .assignCas(Math.max(0, casUnique))
                .binaryKey((state & SnapshotFormat.BINARY_KEY) != 0);
        return true;
    }

    private void count(Snapshots.Result result, long times) {
        results[result.ordinal()] += times;
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
        int valueLength = readItemHeader();
        int value = SnapshotFormat.ITEM_HEADER_BYTES + keyLength;
        if (valueLength < 0 || keyLength == 0 || (long) value + valueLength != length) {
            return false;
        }
        if (!begin(SnapshotFormat.ITEM_HEADER_BYTES)) {
            return true;
        }
        if (engine.isTooLarge(keyLength, flags, valueLength)) {
            count(Snapshots.Result.TOO_LARGE, 1);
            return true;
        }
        LargeValue large =
                valueLength > engine.inlineValueLengthMax() ? engine.reserve(item.update, valueLength) : null;
        byte[] target = large != null ? large.array() : HeapArrays.bytes(valueLength);
        if (target == null) {
            count(Snapshots.Result.OUT_OF_MEMORY, 1);
            return true;
        }
        int offset = large != null ? large.offset() : 0;
        boolean isRead = false;
        try {
            isRead = readLarge(block.header().crc(), value, target, offset, valueLength);
        } finally {
            if (!isRead && large != null) {
                large.release();
            }
        }
        if (isRead) {
            if (large != null) {
                item.update.value(large);
            } else {
                item.update.value(target, 0, valueLength);
            }
            count(snapshots.restore(item), 1);
            item.update.clearValue();
        }
        return isRead;
    }

    /** Reads a value whose beginning was read already, and checks the block. */
    private boolean readLarge(int expectedCrc, int value, byte[] target, int offset, int length) throws IOException {
        int known = bytes.length - value;
        System.arraycopy(bytes, value, target, offset, known);
        for (int done = known; done < length; done += bytes.length) {
            input.readFully(target, offset + done, Math.min(bytes.length, length - done));
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, value);
        crc.update(target, offset, length);
        return (int) crc.getValue() == expectedCrc;
    }
}
