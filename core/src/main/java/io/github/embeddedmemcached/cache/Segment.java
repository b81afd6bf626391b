package io.github.embeddedmemcached.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of memory that holds items one behind the other, see {@link ItemLayout}. It fills from the front; dead items stay
 * where they are until the segment is emptied as a whole. A large item has a segment of its own, of just its size.
 *
 * <p>Readers take no lock: they note the {@link #version}, read, and compare. A version is odd while bytes that a reader might
 * look at are changed, and another one afterwards. Appending needs none of that: nothing points there yet.
 */
final class Segment {
    /** How much a processor reads from memory at once. */
    private static final int CACHE_LINE_BYTES = 64;

    /** Set in the number of loans when nothing more may be lent. */
    private static final int CLOSED = Integer.MIN_VALUE;

    /** The base lies so far before the time at which it is chosen: a clock that is set back a little doesn't move it. */
    private static final long BASE_SLACK_MILLIS = 3_600_000;

    /** Up to this age of the base every relative exptime, of 30 days at most, fits an unsigned int of milliseconds: 19 days. */
    private static final long BASE_AGE_MILLIS_MAX = 19L * 24 * 3_600_000;

    private static final VarHandle VERSION;
    private static final VarHandle LOANS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            VERSION = lookup.findVarHandle(Segment.class, "version", long.class);
            LOANS = lookup.findVarHandle(Segment.class, "loans", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final int id;
    final byte[] bytes;
    final boolean isLarge;

    @SuppressWarnings("unused") // by VERSION
    private long version;

    @SuppressWarnings("unused") // by LOANS
    private int loans;

    private @Nullable Memory memory; // written before the loans are closed, read by the last borrower

    // All below is guarded by the partition's lock.
    int tail;
    int liveItems;
    int deadBytes;

    @Nullable Log log;

    @Nullable Segment older;

    @Nullable Segment newer;

    /**
     * When the items expire, allocated with the segment so that no change needs memory for it. A large segment has none: its one item
     * has its own exptime.
     */
    private final @Nullable ExpiryTimes expiryTimes;

    /** What the items' times are relative to: a whole second. Read by all, written under the lock and the version. */
    private long baseMillis;

    Segment(int id, byte[] bytes, boolean isLarge) {
        this.id = id;
        this.bytes = bytes;
        this.isLarge = isLarge;
        expiryTimes = isLarge ? null : new ExpiryTimes();
    }

    /** The version to compare with later, unless {@link #isChanging} it. */
    long version() {
        return (long) VERSION.getAcquire(this);
    }

    /** Whether a version is that of a change in progress: what is read meanwhile may be torn. */
    static boolean isChanging(long version) {
        return (version & 1) != 0;
    }

    /** Whether all that was read since {@link #version} returned this version is true. */
    boolean isStill(long expected) {
        VarHandle.acquireFence();
        return (long) VERSION.getOpaque(this) == expected;
    }

    /**
     * Keeps the bytes as they are until {@link #giveBack}, whatever becomes of the item.
     *
     * @return false if the version is not the expected one any more, or the segment is closed
     */
    boolean lend(long expected) {
        int before;
        do {
            before = (int) LOANS.getVolatile(this);
            if (before < 0) {
                return false;
            }
        } while (!LOANS.compareAndSet(this, before, before + 1));
        if (isStill(expected)) {
            return true;
        }
        giveBack();
        return false;
    }

    /** Ends what {@link #lend} began. The last borrower of a closed segment gives its memory back. */
    void giveBack() {
        int before = (int) LOANS.getAndAdd(this, -1);
        Memory owner = memory;
        if (before == (CLOSED | 1) && owner != null) {
            owner.returned(bytes.length);
        }
    }

    /** Whether somebody has the bytes at this moment. */
    boolean isLent() {
        return ((int) LOANS.getVolatile(this) & ~CLOSED) != 0;
    }

    /**
     * Lends nothing from now on; under the lock, when the segment is dropped.
     *
     * @param memory takes the segment's memory back from the last borrower
     * @return whether there are borrowers; if not, nobody looks at the bytes after {@link #reuse}
     */
    boolean close(Memory memory) {
        this.memory = memory;
        return (int) LOANS.getAndBitwiseOr(this, CLOSED) != 0;
    }

    /** Begins a change of published bytes. */
    void beginChange() {
        VERSION.setOpaque(this, version + 1);
        VarHandle.storeStoreFence();
    }

    /** Ends it. */
    void endChange() {
        VERSION.setRelease(this, version + 1);
    }

    /** Reads the first bytes of an item, for who looks ahead: header, key, and the value if it is small. */
    int read(int item) {
        int last = bytes.length - 1;
        return bytes[Math.min(item, last)]
                + bytes[Math.min(item + CACHE_LINE_BYTES, last)]
                + bytes[Math.min(item + 2 * CACHE_LINE_BYTES, last)];
    }

    boolean hasRoom(int size) {
        return bytes.length - tail >= size;
    }

    /** Takes room for an item at the tail, and returns where. The caller writes the item, and then its times by {@link #writeTimes}. */
    int append(int size, long expiry, long now) {
        fitBase(now);
        int item = tail;
        tail += size;
        liveItems++;
        noteExpiry(ItemLayout.storable(expiry, baseMillis), size, now);
        return item;
    }

    /** Writes the times of an item that was appended and isn't published yet. */
    void writeTimes(int item, long expiry, long accessedSecond) {
        ItemLayout.expiry(bytes, item, ItemLayout.storable(expiry, baseMillis), baseMillis);
        ItemLayout.accessed(bytes, item, accessedSecond, baseMillis);
    }

    /** Takes note that an item here is dead. */
    void kill(int item) {
        int size = ItemLayout.size(bytes, item);
        long expiry = expiry(item);
        ItemLayout.markDead(bytes, item);
        liveItems--;
        deadBytes += size;
        if (expiryTimes != null && expiry != CacheClock.NEVER) {
            expiryTimes.remove(expiry, size);
        }
    }

    /** The moment at which an item expires. */
    long expiry(int item) {
        return ItemLayout.expiry(bytes, item, baseMillis);
    }

    /** The second in which an item was stored or read last. */
    long accessed(int item) {
        return ItemLayout.accessed(bytes, item, baseMillis);
    }

    /** Notes an access to a live item. */
    void access(int item, long second, long now) {
        fitBase(now);
        ItemLayout.accessed(bytes, item, second, baseMillis);
    }

    /** Gives a live item another expiry. */
    void expiry(int item, long expiry, long now) {
        fitBase(now);
        long old = expiry(item);
        long stored = ItemLayout.storable(expiry, baseMillis);
        int size = ItemLayout.size(bytes, item);
        if (expiryTimes != null && old != CacheClock.NEVER) {
            expiryTimes.remove(old, size);
        }
        noteExpiry(stored, size, now);
        beginChange();
        ItemLayout.expiry(bytes, item, stored, baseMillis);
        endChange();
    }

    /** Bytes that emptying this segment would win: those of the dead and of the expired. */
    int reclaimableBytes(long now) {
        if (expiryTimes != null) {
            return deadBytes + expiryTimes.expiredBytes(now);
        }
        return liveItems > 0 && expiry(0) <= now ? tail : deadBytes;
    }

    /** Makes an emptied segment as good as new. Whoever still reads in it will see that the version is another one. */
    void reuse() {
        beginChange();
        endChange();
        VarHandle.storeStoreFence();
        tail = 0;
        liveItems = 0;
        deadBytes = 0;
        if (expiryTimes != null) {
            expiryTimes.clear();
        }
    }

    /**
     * Ends the use of a segment that is dropped: its version stays that of a change in progress. A reader that looked the segment up before its
     * number was given to another one would otherwise trust it, although its array may be another item's by now.
     */
    void retire() {
        beginChange();
    }

    /** Whether the segment was dropped; under the lock. */
    boolean isRetired() {
        return isChanging(version);
    }

    /** Moves the base if times that are written now wouldn't fit: once in weeks, or because the clock was moved. */
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
            if (!ItemLayout.isDead(bytes, item)) {
                noteExpiry(expiry, size, now);
            }
        }
        baseMillis = base;
        endChange();
    }

    private void noteExpiry(long expiry, int size, long now) {
        if (expiryTimes != null && expiry != CacheClock.NEVER) {
            expiryTimes.add(expiry, size, now);
        }
    }
}
