package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.internal.engine.ItemCursor;
import io.github.embeddedmemcached.internal.engine.Snapshots;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.BlockHeader;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.End;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes all items of a cache to a file. Items of about the same rank and age are collected into one block, so that a restore can add the
 * least valuable blocks first, and omit some if they do not fit. Several threads fill blocks, each from other partitions, and write them in turn.
 */
final class SnapshotWriter {
    /** A rank and an age: several for each rank of the engine. */
    static final int CLASSES = (Snapshots.RANK_MAX + 1) * SnapshotWriter.AGES;

    /** Not accessed for a day, for an hour, for a minute, or since. */
    private static final int AGES = 4;

    private static final long[] AGE_SECONDS_MIN = {
        TimeUnit.DAYS.toSeconds(1), TimeUnit.HOURS.toSeconds(1), TimeUnit.MINUTES.toSeconds(1)
    };

    private static final int RANK_MAX = 0xFF;
    private static final long UNSIGNED_INT_MAX = 0xFFFF_FFFFL;

    /** Longer values are written in parts: the JDK copies each part outside of the heap. */
    private static final int WRITE_BYTES_MAX = 128 << 10;

    /** More threads are not faster: then the copying of the bytes to the file is the bottleneck. */
    private static final int THREADS_MAX = 4;

    /** A smaller cache is saved by fewer threads. */
    private static final long BYTES_PER_THREAD_MIN = 4 << 20;

    private final Snapshots snapshots;
    private final Storage.Output output;
    private final FileHeader file;
    private final Workers workers = new Workers();
    private final AtomicInteger next = new AtomicInteger(); // partition

    // guarded by this
    private int written; // blocks
    private long items;
    private long bytes;

    SnapshotWriter(Snapshots snapshots, Storage.Output output, FileHeader file) {
        this.snapshots = snapshots;
        this.output = output;
        this.file = file;
    }

    /** Returns the rank of a block in a file. */
    static int rankOf(int blockClass) {
        return blockClass * RANK_MAX / (CLASSES - 1);
    }

    /** Returns the rank in the engine of the items of a block, by its rank in a file. */
    static int engineRankOf(int rank) {
        return (rank * (CLASSES - 1) + RANK_MAX - 1) / RANK_MAX / AGES;
    }

    synchronized long items() {
        return items;
    }

    synchronized long bytes() {
        return bytes;
    }

    /**
     * Writes the file.
     *
     * @param processors the number of threads that the machine can execute
     */
    void write(int processors) throws IOException {
        byte[] header = file.encode();
        write(header, 0, header.length);
        int threads = Math.min(Math.min(processors, THREADS_MAX), snapshots.partitions());
        long useful = Math.min(threads, snapshots.usedBytes() / BYTES_PER_THREAD_MIN);
        workers.run(this::writeItems, this::writeItems, (int) useful - 1);
        writeEnd(header);
    }

    private synchronized void writeEnd(byte[] header) throws IOException {
        byte[] end = new End(items, snapshots.lastCasUnique(), written).encode();
        byte[] endHeader = new byte[SnapshotFormat.BLOCK_HEADER_BYTES];
        BlockHeader.end(written, end).encode(file, endHeader);
        write(endHeader, 0, endHeader.length);
        write(end, 0, end.length);
        write(header, 0, header.length);
    }

    /** Writes the items of partitions until there are no more. */
    private void writeItems() throws IOException {
        @Nullable Block[] blocks = new Block[CLASSES];
        for (int i = next.getAndIncrement(); i < snapshots.partitions(); i = next.getAndIncrement()) {
            try (ItemCursor cursor = snapshots.cursor(i)) {
                while (cursor.next() && !workers.hasFailed()) {
                    if (!cursor.isPlaceholder()) { // its client may no longer exist when it is restored
                        add(cursor, blocks);
                    }
                }
            }
        }
        for (Block block : blocks) {
            if (block != null) {
                write(block, block.bytes, 0, 0);
            }
        }
    }

    private void add(ItemCursor item, @Nullable Block[] blocks) throws IOException {
        int blockClass = classOf(item);
        long size = (long) SnapshotFormat.ITEM_HEADER_BYTES + item.keyLength() + item.valueLength();
        if (size > SnapshotFormat.BLOCK_BYTES_MAX - SnapshotFormat.BLOCK_HEADER_BYTES) {
            Block head = new Block(
                    blockClass,
                    SnapshotFormat.BLOCK_HEADER_BYTES + SnapshotFormat.ITEM_HEADER_BYTES + item.keyLength());
            head.add(item, accessedSecondsAgo(item));
            write(head, item.value(), item.valueOffset(), item.valueLength()); // the value is not copied
            return;
        }
        Block block = blocks[blockClass];
        if (block == null) {
            block = new Block(blockClass, SnapshotFormat.BLOCK_BYTES_MAX);
            blocks[blockClass] = block;
        } else if (size > block.buffer.remaining()) {
            write(block, block.bytes, 0, 0);
            block.clear();
        }
        block.add(item, accessedSecondsAgo(item));
        block.buffer.put(item.value(), item.valueOffset(), item.valueLength());
    }

    private int classOf(ItemCursor item) {
        long seconds = accessedSecondsAgo(item);
        int age = 0;
        while (age < AGE_SECONDS_MIN.length && seconds < AGE_SECONDS_MIN[age]) {
            age++;
        }
        return item.rank() * AGES + age;
    }

    private long accessedSecondsAgo(ItemCursor item) {
        long seconds = TimeUnit.MILLISECONDS.toSeconds(file.savedUnixMillis()) - item.accessedUnixSecond();
        return Math.max(0, Math.min(seconds, UNSIGNED_INT_MAX));
    }

    /** Writes a block, whose payload is continued in another array. */
    private void write(Block block, byte[] more, int offset, int length) throws IOException {
        int begin = SnapshotFormat.BLOCK_HEADER_BYTES;
        int payload = block.buffer.position() - begin;
        CRC32C crc = new CRC32C();
        crc.update(block.bytes, begin, payload);
        crc.update(more, offset, length);
        synchronized (this) {
            new BlockHeader(written++, payload + length, block.items, rankOf(block.blockClass), (int) crc.getValue())
                    .encode(file, block.bytes);
            items += block.items;
            write(block.bytes, 0, begin + payload);
            int end = offset + length;
            for (int from = offset; from < end; from += WRITE_BYTES_MAX) {
                write(more, from, Math.min(WRITE_BYTES_MAX, end - from));
            }
        }
    }

    private synchronized void write(byte[] array, int offset, int length) throws IOException {
        output.write(array, offset, length);
        bytes += length;
    }

    /** A block that is being filled. */
    private static final class Block {
        private final int blockClass;
        private final byte[] bytes;
        private final ByteBuffer buffer;
        private int items;

        Block(int blockClass, int size) {
            this.blockClass = blockClass;
            bytes = new byte[size];
            buffer = SnapshotFormat.wrap(bytes);
            clear();
        }

        private void clear() {
            buffer.position(SnapshotFormat.BLOCK_HEADER_BYTES);
            items = 0;
        }

        /** Adds an item except its value. */
        private void add(ItemCursor item, long accessedSecondsAgo) {
            int state = (item.isStale() ? SnapshotFormat.STALE : 0)
                    | (item.hasBinaryKey() ? SnapshotFormat.BINARY_KEY : 0)
                    | (item.isFetched() ? SnapshotFormat.FETCHED : 0);
            buffer.putLong(item.casUnique())
                    .putLong(item.expiryUnixMillis())
                    .putInt((int) accessedSecondsAgo)
                    .putInt(item.flags())
                    .putInt(item.valueLength())
                    .putShort((short) item.keyLength())
                    .put((byte) state)
                    .put(item.key(), item.keyOffset(), item.keyLength());
            items++;
        }
    }
}
