package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.cache.RestoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.Snapshots;
import io.github.embeddedmemcached.internal.snapshot.BlockList.Block;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.End;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Restores a file into a cache: the blocks in the order of their rank, by several threads. Blocks of the lowest ranks are omitted if the
 * items exceed the memory limit. Used once.
 */
final class SnapshotReader {
    /** More threads are not faster: then the memory is the bottleneck. */
    private static final int THREADS_MAX = 8;

    /** A file of fewer blocks is restored by the calling thread alone. */
    private static final int BLOCKS_PER_THREAD_MIN = 8;

    /** The part of the memory limit that is left to segments which are free or not full, and to the metadata of eviction. */
    private static final int FREE_SHARE = 12;

    private final Path path;
    private final CacheEngine engine;
    private final AtomicInteger next = new AtomicInteger();
    private final Workers workers = new Workers();

    // guarded by this
    private final long[] results = new long[Snapshots.Result.values().length];
    private int lostBlocks;
    private long lostItems;
    private long casUniqueMax;

    private SnapshotReader(Path path, CacheEngine engine) {
        this.path = path;
        this.engine = engine;
    }

    /**
     * Restores a file. Damaged blocks are counted, and all others are restored.
     *
     * @param processors the number of threads that the machine can execute
     * @throws IOException if the file does not exist, cannot be read, or is not a file of this format and version
     */
    static RestoreResult restore(Path path, CacheEngine engine, int processors) throws IOException {
        long begin = System.nanoTime();
        SnapshotReader reader = new SnapshotReader(path, engine);
        reader.restore(processors);
        return reader.result(Duration.ofNanos(System.nanoTime() - begin));
    }

    private RandomAccessFile open() throws IOException {
        return new RandomAccessFile(path.toFile(), "r");
    }

    private void restore(int processors) throws IOException {
        try (RandomAccessFile input = open()) {
            BlockList list = BlockList.read(input, path);
            List<Block> blocks = new ArrayList<>(list.blocks());
            blocks.sort(Comparator.comparingInt((Block block) -> block.header().rank())
                    .thenComparingLong(Block::offset));
            ItemReader reader = new ItemReader(input, list.file(), engine);
            int first = firstToRestore(blocks, reader);
            List<Block> restored = blocks.subList(first, blocks.size());
            if (!engine.evicts()) {
                Collections.reverse(restored); // the last items may not fit
            }
            engine.snapshots().growIndex(itemsOf(restored));
            int threads = Math.min(Math.min(processors, THREADS_MAX), restored.size() / BLOCKS_PER_THREAD_MIN);
            workers.run(() -> restoreBlocks(restored, reader), () -> restoreInThread(restored, reader), threads - 1);
            End end = list.end();
            lostBlocks += list.missingBlocks();
            if (end != null) {
                lostItems += Math.max(0, end.items() - itemsOf(blocks));
            }
            long last = Math.max(list.file().lastCasUnique(), end == null ? 0 : end.lastCasUnique());
            engine.snapshots().continueCasUniques(Math.max(casUniqueMax, last));
        }
    }

    private static long itemsOf(List<Block> blocks) {
        long items = 0;
        for (Block block : blocks) {
            items += block.header().items();
        }
        return items;
    }

    /** Returns the index of the first block to restore: those before have the lowest ranks and do not fit. Counts their items. */
    private int firstToRestore(List<Block> blocks, ItemReader reader) {
        long limit = engine.memoryLimitBytes() - engine.memoryLimitBytes() / FREE_SHARE;
        long lengths =
                blocks.stream().mapToLong(block -> block.header().length()).sum();
        int first = blocks.size();
        if (lengths <= limit) {
            return 0;
        }
        long now = engine.clockSource().millis();
        long size = 0;
        while (first > 0) {
            size += reader.sizeOf(blocks.get(first - 1), now);
            if (size > limit) {
                break;
            }
            first--;
        }
        for (Block omitted : blocks.subList(0, first)) {
            results[Snapshots.Result.OUT_OF_MEMORY.ordinal()] +=
                    omitted.header().items();
        }
        return first;
    }

    private void restoreInThread(List<Block> blocks, ItemReader first) {
        try (RandomAccessFile input = open()) {
            restoreBlocks(blocks, first.with(input));
        } catch (IOException e) {
            // no more descriptors: the other threads restore all blocks
        }
    }

    private void restoreBlocks(List<Block> blocks, ItemReader reader) {
        int damaged = 0;
        long items = 0;
        for (int i = next.getAndIncrement(); i < blocks.size() && !workers.hasFailed(); i = next.getAndIncrement()) {
            Block block = blocks.get(i);
            if (!reader.restore(block)) {
                damaged++;
                items += block.header().items();
            }
        }
        synchronized (this) {
            lostBlocks += damaged;
            lostItems += items;
            casUniqueMax = Math.max(casUniqueMax, reader.casUniqueMax());
            for (Snapshots.Result result : Snapshots.Result.values()) {
                results[result.ordinal()] += reader.count(result);
            }
        }
    }

    private synchronized RestoreResult result(Duration elapsed) {
        return new RestoreResult(
                results[Snapshots.Result.RESTORED.ordinal()],
                results[Snapshots.Result.EXPIRED.ordinal()],
                results[Snapshots.Result.TOO_LARGE.ordinal()],
                results[Snapshots.Result.OUT_OF_MEMORY.ordinal()],
                lostBlocks,
                lostItems,
                elapsed);
    }
}
