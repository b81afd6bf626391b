package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.internal.engine.Snapshots;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.BlockHeader;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.End;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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

    private static final ByteBuffer NO_BUFFER = ByteBuffer.allocate(0);
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
    private final byte[] part = new byte[WRITE_BYTES_MAX]; // of a long value
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
        workers.run(() -> new Collector().collect(), () -> new Collector().collect(), (int) useful - 1);
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

    private long accessedSecondsAgo(Snapshots.Scanner item) {
        long seconds = TimeUnit.MILLISECONDS.toSeconds(file.savedUnixMillis()) - item.accessedUnixSecond();
        return Math.max(0, Math.min(seconds, UNSIGNED_INT_MAX));
    }

    private static int classOf(int rank, long accessedSecondsAgo) {
        int age = 0;
        while (age < AGE_SECONDS_MIN.length && accessedSecondsAgo < AGE_SECONDS_MIN[age]) {
            age++;
        }
        return rank * AGES + age;
    }

    /** Writes a block and the value that it leases. */
    private void write(Block block) throws IOException {
        ValueLease value = block.value;
        int begin = SnapshotFormat.BLOCK_HEADER_BYTES;
        int payload = block.buffer.position() - begin;
        CRC32C crc = new CRC32C();
        crc.update(block.bytes, begin, payload);
        if (value != null) {
            crc.update(value.buffer());
            payload += value.length();
        }
        synchronized (this) {
            new BlockHeader(written++, payload, block.items, rankOf(block.blockClass), (int) crc.getValue())
                    .encode(file, block.bytes);
            items += block.items;
            write(block.bytes, 0, block.buffer.position());
            ByteBuffer unwritten = value == null ? NO_BUFFER : value.buffer();
            while (unwritten.hasRemaining()) {
                int length = Math.min(part.length, unwritten.remaining());
                unwritten.get(part, 0, length);
                write(part, 0, length);
            }
        }
    }

    private synchronized void write(byte[] array, int offset, int length) throws IOException {
        output.write(array, offset, length);
        bytes += length;
    }

    /** Collects the items of partitions in blocks. Used by one thread. */
    private final class Collector implements Consumer<Snapshots.Scanner> {
        private final @Nullable Block[] blocks = new Block[CLASSES];

        /** Blocks that are full, and items that are not in a block yet. */
        private final List<Block> pending = new ArrayList<>();

        private @Nullable Block empty;

        /** Writes the items of partitions until there are no more. */
        void collect() throws IOException {
            try {
                for (int i = next.getAndIncrement(); i < snapshots.partitions(); i = next.getAndIncrement()) {
                    Snapshots.Scanner scanner = snapshots.scanner(i, this);
                    boolean hasNext = true;
                    while (hasNext && !workers.hasFailed()) {
                        hasNext = scanner.scan();
                        writePending();
                    }
                }
                for (Block block : blocks) {
                    if (block != null) {
                        write(block);
                    }
                }
            } finally {
                pending.forEach(Block::clear);
            }
        }

        @Override
        public void accept(Snapshots.Scanner item) {
            if (item.isPlaceholder()) {
                return; // its client may no longer exist when it is restored
            }
            long secondsAgo = accessedSecondsAgo(item);
            int blockClass = classOf(item.rank(), secondsAgo);
            int length = item.keyLength() + (item.isLarge() ? 0 : item.valueLength());
            int size = SnapshotFormat.ITEM_HEADER_BYTES + length;
            if (item.isLarge() || size > Block.SPACE) {
                Block block = new Block(blockClass, SnapshotFormat.BLOCK_HEADER_BYTES + size);
                pending.add(block);
                block.value = item.isLarge() ? item.lease() : null;
                if (item.isLarge() && block.value == null) {
                    return; // the item is being removed
                }
                block.add(item, secondsAgo, length);
            } else {
                blockFor(blockClass, size).add(item, secondsAgo, length);
            }
        }

        /** Returns a block of a class that has enough space. */
        private Block blockFor(int blockClass, int size) {
            Block block = blocks[blockClass];
            if (block != null && size <= block.buffer.remaining()) {
                return block;
            }
            Block added = empty == null ? new Block(blockClass, SnapshotFormat.BLOCK_BYTES_MAX) : empty;
            if (block != null) {
                pending.add(block);
            }
            empty = null;
            added.blockClass = blockClass;
            blocks[blockClass] = added;
            return added;
        }

        private void writePending() throws IOException {
            for (int i = 0; i < pending.size(); i++) {
                Block block = pending.get(i);
                ValueLease value = block.value;
                int size = block.buffer.position() - SnapshotFormat.BLOCK_HEADER_BYTES;
                if (value != null && size + value.length() <= Block.SPACE) {
                    Block target = blockFor(block.blockClass, size + value.length());
                    target.buffer
                            .put(block.bytes, SnapshotFormat.BLOCK_HEADER_BYTES, size)
                            .put(value.buffer());
                    target.items++;
                } else if (block.items > 0) {
                    write(block);
                    if (block.bytes.length == SnapshotFormat.BLOCK_BYTES_MAX) {
                        empty = block;
                    }
                }
                block.clear();
            }
            pending.clear();
        }
    }

    /** A block that is being filled. */
    private static final class Block {
        /** The largest size of several items. */
        private static final int SPACE = SnapshotFormat.BLOCK_BYTES_MAX - SnapshotFormat.BLOCK_HEADER_BYTES;

        private final byte[] bytes;
        private final ByteBuffer buffer;
        private int blockClass;
        private int items;

        /** The value of the single item, if it is not in the buffer. */
        private @Nullable ValueLease value;

        Block(int blockClass, int size) {
            this.blockClass = blockClass;
            bytes = new byte[size];
            buffer = SnapshotFormat.wrap(bytes);
            clear();
        }

        private void clear() {
            buffer.position(SnapshotFormat.BLOCK_HEADER_BYTES);
            items = 0;
            if (value != null) {
                value.release();
                value = null;
            }
        }

        /** Adds an item, with a number of bytes of its key and value. */
        private void add(Snapshots.Scanner item, long accessedSecondsAgo, int length) {
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
                    .put(item.bytes(), item.keyOffset(), length);
            items++;
        }
    }
}
