package io.github.embeddedmemcached.internal.engine.log;

import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.engine.memory.Memory;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.ExpiryTimes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An array that contains consecutive items, see {@link ItemLayout}. It is filled from the start; deleted items remain until the
 * whole segment is emptied. A large item has a segment of its own, of exactly its size. Its value may be in direct memory; then the array
 * contains the rest of the item, and is never used for another one, so that readers of a dropped segment find a consistent length.
 *
 * <p>Readers take no lock: they read the {@link #version}, the items, and compare the version. It is odd while bytes that a reader might
 * read are changed, and has another value afterwards. Appending does not change it: no slot refers to the new item yet.
 */
public final class Segment {
    /** The number of bytes that a processor reads from memory at once. */
    private static final int CACHE_LINE_BYTES = 64;

    /** The bit of the number of leases that is set when the segment was dropped, and may not be leased any more. */
    private static final int CLOSED = Integer.MIN_VALUE;

    /** About the size of a {@link #valueBuffer}, for tests that refuse one. */
    public static final int VALUE_BUFFER_BYTES = 64;

    /** The base is this much earlier than the time at which it is chosen, so that setting the clock back a little does not move it. */
    private static final long BASE_SLACK_MILLIS = 3_600_000;

    /** Up to this age of the base, 19 days, every relative exptime of at most 30 days fits into an unsigned int of milliseconds. */
    private static final long BASE_AGE_MILLIS_MAX = 19L * 24 * 3_600_000;

    private static final VarHandle VERSION;
    private static final VarHandle LEASES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            VERSION = lookup.findVarHandle(Segment.class, "version", long.class);
            LEASES = lookup.findVarHandle(Segment.class, "leases", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    public final int id;
    public final byte[] bytes;
    public final boolean isLarge;

    /** Contains the value of the single item, in place of the array. */
    private final DirectMemory.@Nullable Piece direct;

    @SuppressWarnings("unused") // by VERSION
    private long version;

    @SuppressWarnings("unused") // by LEASES
    private int leases;

    private @Nullable Memory memory; // written before the segment is closed, read when the last lease is released

    // The fields below are guarded by the partition's lock.
    public int tail;
    public int liveItems;
    public int deletedBytes;

    /** Whether its items are being moved or dropped; then it is not released before all of them were visited. */
    public boolean isBeingEmptied;

    /** The {@link #reclaimableBytes} that its log counts. */
    public int countedBytes;

    private int expiredLargeBytes; // of a large segment

    public @Nullable Log log;

    public @Nullable Segment older;

    public @Nullable Segment newer;

    /**
     * The expiry times of the items, allocated with the segment so that no change needs memory for it. A large segment has none: its single
     * item has its own exptime.
     */
    private final @Nullable ExpiryTimes expiryTimes;

    /** The moment to which the times of the items are relative: a whole second. Read without the lock, written under the lock and the version. */
    private long baseMillis;

    Segment(int id, byte[] bytes, boolean isLarge, DirectMemory.@Nullable Piece direct) {
        this.id = id;
        this.bytes = bytes;
        this.isLarge = isLarge;
        this.direct = direct;
        expiryTimes = isLarge ? null : new ExpiryTimes();
    }

    /** Returns the memory of this segment in bytes. */
    public int capacity() {
        return direct == null ? bytes.length : bytes.length + direct.bytes();
    }

    /** Returns whether the value of the item is in direct memory. */
    public boolean isDirect() {
        return direct != null;
    }

    /** Copies a value. Without the lock, it is garbage if the segment was changed. */
    public void copyValue(int offset, int length, byte[] target, int targetOffset) {
        if (direct == null) {
            ItemLayout.copy(bytes, offset, target, targetOffset, length);
        } else {
            direct.buffer.get(0, target, targetOffset, length);
        }
    }

    /** Returns a buffer of the bytes of a value. */
    ByteBuffer valueBuffer(int offset, int length) {
        HeapArrays.check(VALUE_BUFFER_BYTES);
        return direct == null ? ByteBuffer.wrap(bytes, offset, length) : direct.buffer.duplicate();
    }

    /** Returns the version to compare later, unless it {@link #isChanging}. */
    public long version() {
        return (long) VERSION.getAcquire(this);
    }

    /** Returns whether a version denotes a change in progress, during which reads may be inconsistent. */
    public static boolean isChanging(long version) {
        return (version & 1) != 0;
    }

    /** Returns whether everything that was read since {@link #version} returned this version is consistent. */
    public boolean isUnchanged(long expected) {
        VarHandle.acquireFence();
        return (long) VERSION.getOpaque(this) == expected;
    }

    /**
     * Keeps the bytes unchanged until {@link #releaseLease}, even if the item is removed.
     *
     * @return false if the version is not the expected one any more, or the segment is closed
     */
    public boolean lease(long expected) {
        int before;
        do {
            before = (int) LEASES.getVolatile(this);
            if (before < 0) {
                return false;
            }
        } while (!LEASES.compareAndSet(this, before, before + 1));
        if (isUnchanged(expected)) {
            return true;
        }
        releaseLease();
        return false;
    }

    /** Ends a lease. The release of the last lease of a closed segment releases its memory. */
    void releaseLease() {
        int before = (int) LEASES.getAndAdd(this, -1);
        Memory owner = memory;
        if (before == (CLOSED | 1) && owner != null) {
            releaseDirect();
            owner.leaseReleased(capacity());
        }
    }

    /** Releases the direct memory of a dropped segment whose bytes are not leased. */
    void releaseDirect() {
        if (direct != null) {
            direct.release();
        }
    }

    /** Returns whether the bytes are leased. */
    public boolean isLeased() {
        return ((int) LEASES.getVolatile(this) & ~CLOSED) != 0;
    }

    /**
     * Refuses further leases; under the lock, when the segment is dropped.
     *
     * @param memory to which the last lease releases the segment's memory
     * @return whether leases exist; if not, no thread reads the bytes after {@link #reuse}
     */
    boolean close(Memory memory) {
        this.memory = memory;
        return (int) LEASES.getAndBitwiseOr(this, CLOSED) != 0;
    }

    /** Begins a change of published bytes. */
    public void beginChange() {
        VERSION.setOpaque(this, version + 1);
        VarHandle.storeStoreFence();
    }

    /** Ends a change of published bytes. */
    public void endChange() {
        VERSION.setRelease(this, version + 1);
    }

    /** Reads the first bytes of an item to prefetch them: header, key, and the value if it is small. */
    public int prefetch(int item) {
        int third = item + 2 * CACHE_LINE_BYTES;
        return third < bytes.length
                ? bytes[item] + bytes[item + CACHE_LINE_BYTES] + bytes[third]
                : bytes[Math.min(item, bytes.length - 1)];
    }

    /**
     * Reads from the second and the third line of an item, for a caller that reads its first one. A processor does not begin to read them when
     * the value is copied, which is after the header has arrived, but at the same time. It must not be able to skip the reads, so the caller
     * has to use the result.
     */
    public int prefetchRest(int item) {
        int third = item + 2 * CACHE_LINE_BYTES;
        return third <= bytes.length - Integer.BYTES
                ? ItemLayout.anyInt(bytes, item + CACHE_LINE_BYTES) ^ ItemLayout.anyInt(bytes, third)
                : 0;
    }

    public boolean hasSpace(int size) {
        return bytes.length - tail >= size;
    }

    /** Allocates space for an item at the tail, and returns its offset. The caller writes the item, and then its times by {@link #writeTimes}. */
    public int append(int size, long expiry, long now) {
        fitBase(now);
        int item = tail;
        tail += size;
        liveItems++;
        recordExpiry(ItemLayout.storable(expiry, baseMillis), size, now);
        return item;
    }

    /** Writes the times of an item that was appended and is not published yet. */
    public void writeTimes(int item, long expiry, long accessedSecond) {
        ItemLayout.expiry(bytes, item, ItemLayout.storable(expiry, baseMillis), baseMillis);
        ItemLayout.accessed(bytes, item, accessedSecond, baseMillis);
    }

    /** Begins a change that overwrites a live item by one of the same size. The caller writes it as an appended one, and ends the change. */
    public void beginOverwrite(int item, int size, long expiry, long now) {
        fitBase(now);
        removeExpiry(item, size);
        recordExpiry(ItemLayout.storable(expiry, baseMillis), size, now);
        beginChange();
    }

    /** Marks an item as deleted. */
    public void markDeleted(int item) {
        int size = ItemLayout.size(bytes, item);
        removeExpiry(item, size);
        ItemLayout.markDeleted(bytes, item);
        liveItems--;
        deletedBytes += size;
        expiredLargeBytes = 0;
    }

    /** Returns the moment at which an item expires. */
    public long expiry(int item) {
        return ItemLayout.expiry(bytes, item, baseMillis);
    }

    /** Returns the second in which an item was last stored or read. */
    public long accessed(int item) {
        return ItemLayout.accessed(bytes, item, baseMillis);
    }

    /** Sets the second of the last access of a live item. */
    public void access(int item, long second, long now) {
        fitBase(now);
        ItemLayout.accessed(bytes, item, second, baseMillis);
    }

    /** Sets the moment at which a live item expires. */
    public void expiry(int item, long expiry, long now) {
        fitBase(now);
        long stored = ItemLayout.storable(expiry, baseMillis);
        int size = ItemLayout.size(bytes, item);
        removeExpiry(item, size);
        recordExpiry(stored, size, now);
        beginChange();
        ItemLayout.expiry(bytes, item, stored, baseMillis);
        endChange();
    }

    /** Determines which items have expired, for {@link #reclaimableBytes}. */
    public void expire(long now) {
        if (expiryTimes != null) {
            expiryTimes.expiredBytes(now);
        } else {
            expiredLargeBytes = liveItems > 0 && expiry(0) <= now ? tail : 0;
        }
    }

    /**
     * Returns the number of bytes of deleted items, and of those that had expired by the last call of {@link #expire}: emptying this segment
     * would free them.
     */
    public int reclaimableBytes() {
        return deletedBytes + (expiryTimes == null ? expiredLargeBytes : expiryTimes.expiredBytes());
    }

    /** Returns whether no live item is known. */
    public boolean isReclaimable() {
        return reclaimableBytes() == tail;
    }

    /** Resets an emptied segment. Readers that still read from it will find a changed version. */
    void reuse() {
        beginChange();
        endChange();
        VarHandle.storeStoreFence();
        tail = 0;
        liveItems = 0;
        deletedBytes = 0;
        expiredLargeBytes = 0;
        countedBytes = 0;
        isBeingEmptied = false;
        if (expiryTimes != null) {
            expiryTimes.clear();
        }
    }

    /**
     * Ends the use of a segment that is dropped: its version remains that of a change in progress. Otherwise a reader that looked the
     * segment up before its id was assigned to another one would accept its contents, although its array may contain another
     * item by then.
     */
    void retire() {
        VERSION.setOpaque(this, version + 1 | 1); // also if an interrupted change is in progress
        VarHandle.storeStoreFence();
    }

    /** Returns whether the segment was dropped; under the lock. */
    public boolean isRetired() {
        return isChanging(version);
    }

    /** Moves the base if times that are written now would not fit: every few weeks, or after the clock was set. */
    private void fitBase(long now) {
        long age = now - baseMillis;
        if (age < 0 || age > BASE_AGE_MILLIS_MAX) {
            moveBase(
                    Math.floorDiv(now - BASE_SLACK_MILLIS, CacheClock.MILLIS_PER_SECOND) * CacheClock.MILLIS_PER_SECOND,
                    now);
        }
    }

    private void moveBase(long base, long now) {
        beginChange();
        if (expiryTimes != null) {
            expiryTimes.clear();
        }
        int size;
        for (int item = 0; item < tail; item += size) {
            size = ItemLayout.size(bytes, item);
            long expiry = ItemLayout.storable(expiry(item), base);
            long accessed = accessed(item);
            ItemLayout.expiry(bytes, item, expiry, base);
            ItemLayout.accessed(bytes, item, accessed, base);
            if (!ItemLayout.isDeleted(bytes, item)) {
                recordExpiry(expiry, size, now);
            }
        }
        baseMillis = base;
        endChange();
    }

    private void removeExpiry(int item, int size) {
        long expiry = expiry(item);
        if (expiryTimes != null && expiry != CacheClock.NEVER) {
            expiryTimes.remove(expiry, size);
        }
    }

    private void recordExpiry(long expiry, int size, long now) {
        if (expiryTimes != null && expiry != CacheClock.NEVER) {
            expiryTimes.add(expiry, size, now);
        }
    }
}
