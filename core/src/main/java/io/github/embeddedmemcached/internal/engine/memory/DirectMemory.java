package io.github.embeddedmemcached.internal.engine.memory;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Direct memory for large values, shared by all caches of a class loader: a socket reads and writes it without a copy. It is allocated in
 * blocks, from which contiguous pieces are acquired by first fit. A caller that gets no piece uses an array instead.
 *
 * <p>Blocks are allocated by a thread of their own that ends afterwards, so that no operation waits for the memory to be zeroed, or for
 * the JDK, which runs the collector before it refuses direct memory. A block is requested when little is free, and before that the
 * thread checks that enough would be left for others. All blocks together take at most half of the direct memory of the JVM.
 *
 * <p>Pieces are charged to the account of the cache that uses them. What is not in use is bounded: no block is added while a quarter of the
 * memory in use is free, and when a cache is closed or flushed, all but a few empty blocks are dropped. Java 17 cannot free a direct buffer, so
 * a dropped block counts towards the limit until the collector has freed it. Pieces that become unreachable, with a cache that was not closed, are
 * released as well.
 *
 * <p>Readers without a lease may still read a piece that was released. They find garbage, which the version of the segment reveals; the memory
 * itself exists for as long as a buffer refers to it. Thread-safe.
 */
public class DirectMemory {
    /** A shorter value is stored in an array. */
    public static final int VALUE_BYTES_MIN = 32 << 10;

    private static final int BLOCK_BYTES_MAX = 16 << 20;

    /** The limit has space for at least this many blocks, or there are none. */
    private static final int BLOCKS_MIN = 8;

    private static final int BLOCKS_MAX = 1 << 16;

    private static final int BLOCK_BYTES_MIN = 8 * VALUE_BYTES_MIN;

    /** A piece takes at most 1/PIECE_SHARE of a block, so that the end of a block that remains unused is small. */
    private static final int PIECE_SHARE = 4;

    private static final int UNIT_BYTES = 1 << 10;

    /** 1/LIMIT_SHARE of the direct memory of the JVM is available to caches. */
    private static final int LIMIT_SHARE = 2;

    /** No block is added while 1/UNUSED_SHARE of the memory in use, and a block, is free. */
    private static final int UNUSED_SHARE = 4;

    /** The number of empty blocks that {@link #trim} keeps. */
    private static final int EMPTY_BLOCKS_MAX = 4;

    /** The time after which a block is requested again if the JVM refused one. */
    private static final long RETRY_NANOS = 30_000_000_000L;

    private final long limitBytes;
    private final int blockBytes;
    private final ReferenceQueue<Object> unreachable = new ReferenceQueue<>();

    // Guarded by this.
    private final List<Block> blocks; // with capacity for all
    private @Nullable Claim claims; // the head of a list: a reference must be reachable to be enqueued
    private int emptyBlocks;
    private long allocatedBytes; // of all blocks that are not known to be collected
    private long usedBytes;
    private boolean isAllocating;
    private boolean wasRefused;
    private long refusedNanos;

    /** Creates an empty pool for a JVM with this much direct memory. */
    public DirectMemory(long directBytes) {
        limitBytes = directBytes / LIMIT_SHARE;
        long bytes = Math.min(BLOCK_BYTES_MAX, Long.highestOneBit(limitBytes / BLOCKS_MIN));
        blockBytes = bytes < BLOCK_BYTES_MIN ? 0 : (int) bytes;
        blocks = new ArrayList<>(blockBytes == 0 ? 0 : (int) Math.min(limitBytes / blockBytes, BLOCKS_MAX));
    }

    /**
     * Acquires memory for a value. Requests another block if little is left.
     *
     * @return null if the value is too short or too long, or if there is no memory yet
     */
    public @Nullable Piece acquire(int length) {
        if (length < VALUE_BYTES_MIN || length > blockBytes / PIECE_SHARE) {
            return null;
        }
        Piece piece;
        boolean isRequested;
        synchronized (this) {
            releaseUnreachable();
            piece = find((length + UNIT_BYTES - 1) / UNIT_BYTES, length);
            isRequested = needsBlock(piece == null);
            isAllocating |= isRequested;
        }
        if (isRequested) {
            request();
        }
        return piece;
    }

    private @Nullable Piece find(int units, int length) {
        try {
            for (Block block : blocks) {
                int start = block.find(units);
                if (start >= 0) {
                    HeapArrays.check(UNIT_BYTES);
                    Piece piece = new Piece(block.bytes.slice(start * UNIT_BYTES, length));
                    piece.claim = new Claim(piece, unreachable, block, start, units);
                    take(block, piece.claim, true);
                    link(piece.claim); // last: after a StackOverflowError the units remain marked, but are never
                    // used twice
                    return piece;
                }
            }
        } catch (OutOfMemoryError e) {
            // the objects were not created, and nothing was changed
        }
        return null;
    }

    /** Marks the units of a piece as used or free. Allocates nothing. */
    private void take(Block block, Claim claim, boolean isUsed) {
        if (block.isEmpty()) {
            emptyBlocks--;
        }
        block.mark(claim.start, claim.units, isUsed);
        long bytes = (long) claim.units * UNIT_BYTES;
        usedBytes += isUsed ? bytes : -bytes;
        if (block.isEmpty()) {
            emptyBlocks++;
        }
    }

    /** Drops the blocks that are in use by no cache, except a few for later values. Called when a cache is closed or flushed. */
    public synchronized void trim() {
        for (int i = blocks.size() - 1; i >= 0 && emptyBlocks > EMPTY_BLOCKS_MAX; i--) {
            if (blocks.get(i).isEmpty()) {
                blocks.remove(i);
                emptyBlocks--;
            }
        }
    }

    /** Releases the pieces that were not released before they became unreachable, and counts the dropped blocks that were freed. */
    private void releaseUnreachable() {
        for (Reference<?> each = unreachable.poll(); each != null; each = unreachable.poll()) {
            if (each instanceof Claim claim) {
                release(claim);
            }
        }
    }

    private synchronized void release(Claim claim) {
        if (!claim.isListed) {
            return; // released before
        }
        unlink(claim);
        Block block = claim.block;
        if (block == null) {
            allocatedBytes -= blockBytes;
        } else {
            claim.clear();
            take(block, claim, false);
        }
    }

    private void link(Claim claim) {
        claim.isListed = true;
        claim.next = claims;
        if (claims != null) {
            claims.previous = claim;
        }
        claims = claim;
    }

    private void unlink(Claim claim) {
        claim.isListed = false;
        if (claim.previous == null) {
            claims = claim.next;
        } else {
            claim.previous.next = claim.next;
        }
        if (claim.next != null) {
            claim.next.previous = claim.previous;
        }
    }

    private boolean needsBlock(boolean isMissing) {
        long free = (long) blocks.size() * blockBytes - usedBytes;
        return !isAllocating
                && (isMissing || free < blockBytes / 2)
                && free <= usedBytes / UNUSED_SHARE + blockBytes
                && allocatedBytes + blockBytes <= limitBytes
                && blocks.size() < BLOCKS_MAX
                && (!wasRefused || System.nanoTime() - refusedNanos >= RETRY_NANOS);
    }

    /** Makes another thread add a block. Tests override it. */
    protected void request() {
        boolean isStarted = false;
        try {
            Thread thread = new Thread(null, this::addBlock, "embedded-memcached-direct-memory", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            thread.start();
            isStarted = true;
        } catch (OutOfMemoryError | SecurityException e) {
            // no thread; retried later
        } finally {
            if (!isStarted) {
                add(null);
            }
        }
    }

    /** Allocates a block, and adds it. */
    protected final void addBlock() {
        Block block = null;
        try {
            HeapArrays.check(blockBytes);
            if (hasSpace()) {
                block = new Block(ByteBuffer.allocateDirect(blockBytes), unreachable);
            }
        } catch (OutOfMemoryError e) {
            // refused
        } finally {
            add(block);
        }
    }

    private synchronized void add(@Nullable Block block) {
        isAllocating = false;
        wasRefused = block == null;
        if (block == null) {
            refusedNanos = System.nanoTime();
        } else {
            blocks.add(block);
            link(block.memory);
            emptyBlocks++;
            allocatedBytes += blockBytes;
        }
    }

    /** Returns whether the JVM has enough direct memory for another block. A JVM that does not tell is asked for it. */
    private boolean hasSpace() {
        try {
            return Management.hasSpace(allocatedBytes(), blockBytes);
        } catch (LinkageError | RuntimeException e) {
            return true; // java.management or jdk.management is not in this run-time image
        }
    }

    /** Returns the bytes of all blocks, in use or not. */
    public synchronized long allocatedBytes() {
        releaseUnreachable();
        return allocatedBytes;
    }

    /** Returns the bytes of all pieces. */
    public synchronized long usedBytes() {
        releaseUnreachable();
        return usedBytes;
    }

    /** A part of a block, for one value. */
    public final class Piece {
        /** The memory, with exactly the length that was requested. Position and limit do not change. */
        public final ByteBuffer buffer;

        private @Nullable Claim claim;

        private Piece(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        /** Returns the bytes that are charged for this piece. */
        public int bytes() {
            return (buffer.capacity() + UNIT_BYTES - 1) / UNIT_BYTES * UNIT_BYTES;
        }

        /** Releases the memory. Idempotent. Allocates nothing. */
        public void release() {
            Claim owned = claim;
            if (owned != null) {
                DirectMemory.this.release(owned);
            }
        }
    }

    /** The units of a piece, or the memory of a whole block. */
    private static final class Claim extends PhantomReference<Object> {
        private final @Nullable Block block; // null if it is the memory of a block
        private final int start;
        private final int units;
        private boolean isListed;
        private @Nullable Claim previous;
        private @Nullable Claim next;

        Claim(Object owner, ReferenceQueue<Object> queue, @Nullable Block block, int start, int units) {
            super(owner, queue);
            this.block = block;
            this.start = start;
            this.units = units;
        }
    }

    private static final class Block {
        private final ByteBuffer bytes;
        private final Claim memory;
        private final int units;
        private final BitSet used;

        /** No run of free units is longer. */
        private int longestFree;

        Block(ByteBuffer bytes, ReferenceQueue<Object> unreachable) {
            this.bytes = bytes;
            memory = new Claim(bytes, unreachable, null, 0, 0);
            units = bytes.capacity() / UNIT_BYTES;
            used = new BitSet(units);
            longestFree = units;
        }

        boolean isEmpty() {
            return used.isEmpty();
        }

        /** Returns the beginning of the first free run that is long enough, or -1. */
        int find(int length) {
            if (length > longestFree) {
                return -1;
            }
            int longest = 0;
            int end;
            for (int start = used.nextClearBit(0); start < units; start = used.nextClearBit(end)) {
                int next = used.nextSetBit(start);
                end = next < 0 ? units : next;
                if (end - start >= length) {
                    return start;
                }
                longest = Math.max(longest, end - start);
            }
            longestFree = longest;
            return -1;
        }

        void mark(int start, int length, boolean isUsed) {
            used.set(start, start + length, isUsed);
            if (!isUsed) {
                longestFree = units; // not more than known
            }
        }
    }

    /** A separate class, so that it is linked only if it is used. */
    private static final class Management {
        static boolean hasSpace(long allocatedBytes, int blockBytes) {
            HotSpotDiagnosticMXBean options = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            long option =
                    Long.parseLong(options.getVMOption("MaxDirectMemorySize").getValue());
            long limit = option == 0 ? Runtime.getRuntime().maxMemory() : option;
            long used = 0;
            for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
                used += pool.getName().equals("direct") ? pool.getTotalCapacity() : 0;
            }
            return allocatedBytes + blockBytes <= limit / LIMIT_SHARE && used + 2L * blockBytes <= limit;
        }
    }
}
