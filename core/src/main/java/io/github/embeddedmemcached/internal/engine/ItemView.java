package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.index.ItemLocation;
import io.github.embeddedmemcached.internal.engine.lock.StackProbe;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import io.github.embeddedmemcached.internal.engine.log.ValueLease;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import org.jspecify.annotations.Nullable;

/**
 * Refers to an item that {@link CacheEngine#get} found, and reads it. A view is created once and reused for each read, so that a
 * read allocates nothing. Not thread-safe.
 *
 * <p>The value is read from the cache when it is copied. Until then, other threads may change or move the item, so a copy can fail:
 *
 * <pre>{@code
 * boolean found = engine.get(key, offset, length, view);
 * while (found && !view.copyValue(target, targetOffset)) {
 *     found = view.refresh();
 * }
 * }</pre>
 */
public final class ItemView extends ItemLocation {
    /** Failed copies after which the item is copied under the lock. */
    private static final int FAILURES_MAX = 8;

    // The location of the item.
    @Nullable Segment segment;

    int item;
    private long version;

    // Fields of the item.
    int flags;
    long casUnique;
    long expiry;
    long accessed;
    int state;
    int valueLength;
    private boolean isLeasable;
    private int valueOffset;
    private byte[] bytes = ItemUpdate.NO_BYTES;

    // State of the item before this read changed it.
    private long now;
    private boolean fetchedBefore;
    private long accessedBefore;
    private long expiryBefore;
    private int stateBefore;
    boolean won;

    // The lookup.
    private @Nullable Partition partition;
    private long hash;
    private byte[] key = ItemUpdate.NO_BYTES;
    private int keyOffset;
    private int keyLength;
    private int failures;

    /** Creates a view of no item; its accessors are meaningful only after a read that found an item. */
    public ItemView() {}

    /**
     * Returns the client flags.
     *
     * @return 32 bits
     */
    public int flags() {
        return flags;
    }

    /**
     * Returns the CAS unique.
     *
     * @return an unsigned 64-bit number
     */
    public long casUnique() {
        return casUnique;
    }

    /** Returns the moment at which the item expires, by which two versions of an item without CAS uniques can be distinguished. */
    public long expiry() {
        return expiry;
    }

    /** Returns the item's size as memcached accounts it. */
    long itemSize() {
        return ItemSize.of(keyLength, flags, valueLength);
    }

    /**
     * Returns the value's length.
     *
     * @return bytes
     */
    public int valueLength() {
        return valueLength;
    }

    /**
     * Copies the value.
     *
     * @param target receives {@link #valueLength} bytes
     * @param offset the offset of the first one
     * @return whether the copy is valid; if not, it is garbage, and {@link #refresh} may find the item again
     */
    public boolean copyValue(byte[] target, int offset) {
        Segment source = segment;
        if (source == null) {
            ItemLayout.copy(bytes, valueOffset, target, offset, valueLength);
            return true;
        }
        source.copyValue(valueOffset, valueLength, target, offset);
        return source.isUnchanged(version);
    }

    /**
     * Finds the current item again after a failed copy. The lookup is not counted in the statistics.
     *
     * @return false if the item no longer exists
     */
    public boolean refresh() {
        if (partition == null) {
            return false;
        }
        return ++failures < FAILURES_MAX ? partition.find(this) : partition.copy(this);
    }

    /**
     * Returns whether the value is in an array of its own and can be sent without a copy. That holds for large values, unless
     * leased values that are no longer in the cache use much of its memory; then they are copied like others, and are accounted by
     * the buffer that receives the copy.
     *
     * @return whether {@link #lease} may be called
     */
    public boolean isLeasable() {
        return isLeasable;
    }

    /**
     * Leases the value of a large item, see {@link #isLeasable}.
     *
     * @return a reference to the value, or null if the item was changed: {@link #refresh} may find it again
     */
    public @Nullable ValueLease lease() {
        Segment leased = segment;
        if (leased == null) {
            throw new IllegalStateException("the view contains a copy of the value, not a reference to it");
        }
        ValueLease reference = new ValueLease(leased, valueOffset, valueLength); // first: the allocation may fail
        StackProbe.check();
        return leased.lease(version) ? reference : null;
    }

    /**
     * Returns the time to live of the item.
     *
     * @return seconds, or -1 if it never expires
     */
    public long secondsToLive() {
        return partition == null ? 0 : partition.clock().secondsToLive(expiry, now);
    }

    /**
     * Returns the remaining time to live of the item.
     *
     * @return milliseconds as {@link CacheClock#millisToLive} counts them, or -1 if the item never expires
     */
    public long millisToLive() {
        return partition == null || expiry == CacheClock.NEVER
                ? -1
                : partition.clock().millisToLive(expiry, now);
    }

    /**
     * Returns whether the item is an empty one that a client created in order to fill it (protocol.txt, "Meta Get", flag N).
     *
     * @return whether it has no value, is not stale, and a client was chosen to renew it
     */
    public boolean isPlaceholder() {
        return ItemLayout.isPlaceholder(state, valueLength);
    }

    /**
     * Returns the time to live that the item had before this read.
     *
     * @return seconds, or -1 if it never expired
     */
    public long secondsToLiveBefore() {
        return partition == null ? 0 : partition.clock().secondsToLive(expiryBefore, now);
    }

    /**
     * Returns the time between the last store or read of the item and this read.
     *
     * @return seconds
     */
    public long secondsSinceAccess() {
        return partition == null ? 0 : Math.max(0, partition.clock().second(now) - accessedBefore);
    }

    /**
     * Returns whether the item was read before this read.
     *
     * @return whether it was read since it was stored
     */
    public boolean wasFetched() {
        return fetchedBefore;
    }

    /**
     * Returns whether the item is stale, see {@link ItemUpdate#invalidate}.
     *
     * @return whether it was marked as stale before this read
     */
    public boolean isStale() {
        return (stateBefore & ItemLayout.STALE) != 0;
    }

    /**
     * Returns whether this client was chosen to renew the item ("won", protocol.txt, "Meta Get"): because it is stale, was created
     * by this read, or expires soon.
     *
     * @return whether no other client was chosen before
     */
    public boolean hasWon() {
        return won;
    }

    /**
     * Returns whether the item should be renewed: it is stale, or its remaining time to live is short, see {@link ItemUpdate#recacheMillis}.
     *
     * @param recacheMillis the time to live below which an item is renewed; 0 for none
     * @return whether it should be renewed, even if a client was already chosen to do so
     */
    public boolean isDue(long recacheMillis) {
        return isDue(recacheMillis, now);
    }

    /**
     * Returns whether another client was chosen to renew the item, and has not done so yet.
     *
     * @return whether another client has won
     */
    public boolean isBeingRenewed() {
        return !won && (stateBefore & ItemLayout.TOKEN_SENT) != 0;
    }

    /**
     * Returns whether the item's key is binary, see {@link ItemUpdate#binaryKey}.
     *
     * @return whether it is shown in base64
     */
    public boolean hasBinaryKey() {
        return (state & ItemLayout.BINARY_KEY) != 0;
    }

    /** Returns a copy of the value of the item as it was found or as it is now; null if the item no longer exists. */
    public byte @Nullable [] value() {
        do {
            byte[] value = new byte[valueLength];
            if (copyValue(value, 0)) {
                return value;
            }
        } while (refresh());
        return null;
    }

    /** Returns the {@link #value} of an item that is not a {@linkplain #isPlaceholder placeholder}; otherwise null. */
    public byte @Nullable [] storedValue() {
        return isPlaceholder() ? null : value();
    }

    /** Records a read of the item; under the lock. */
    void recordAccess(long second, long now) {
        if (recordFetch(second)) {
            recordLastAccess(second, now);
        }
    }

    /**
     * Records a read in the slot of the item, if that changes the slot. Returns whether the second of the last access must also
     * be written to the item: at most once a second, from the second access on, as in memcached's segmented LRU.
     */
    boolean recordFetch(long second) {
        long before = slot;
        if (Slot.isUnsaturated(before)) {
            int frequency = Math.min(Slot.frequency(before) + 1, Slot.FREQUENCY_MAX);
            Index.updateSlot(this, Slot.withFetched(Slot.withFrequency(before, frequency)));
        }
        return Slot.isFetched(before) && accessed != second;
    }

    /** Writes the second of the last access; under the lock, because the segment may be reused at any time. */
    void recordLastAccess(long second, long now) {
        Segment found = segment;
        if (found != null && isInPlace() && !found.isRetired()) {
            found.access(item, second, now);
        }
    }

    /** Saves the state of the item before it is changed. */
    void savePreviousState(long now) {
        this.now = now;
        fetchedBefore = Slot.isFetched(slot);
        accessedBefore = accessed;
        expiryBefore = expiry;
        stateBefore = state;
        won = false;
    }

    /** Records that the item was created by this read, for this client to fill. */
    void recordCreation(long now) {
        savePreviousState(now);
        expiryBefore = CacheClock.NEVER;
        won = true;
    }

    /** Returns whether a client should be chosen to renew the item, and none was chosen yet. */
    boolean needsRenewal(ItemUpdate request, CacheClock clock, long now) {
        if ((state & ItemLayout.TOKEN_SENT) != 0 && !request.takesOver) {
            return false;
        }
        return isDue(request.recacheMillis, now) || (request.recaches && expiresSoon(request, clock, now));
    }

    /** Returns whether the item is stale, or has less than this time to live, and may be renewed. */
    private boolean isDue(long recacheMillis, long now) {
        return (state & ItemLayout.STALE) != 0
                || (expiry != CacheClock.NEVER
                        && expiry - now < recacheMillis
                        && (state & ItemLayout.NEVER_RECACHED) == 0);
    }

    private boolean expiresSoon(ItemUpdate request, CacheClock clock, long now) {
        long itemExpiry = request.recachesAfterExptime ? request.expiry(clock, now) : expiry;
        long threshold = clock.expiry(request.recacheSeconds, now);
        return threshold != CacheClock.NEVER && clock.isBefore(itemExpiry, threshold);
    }

    /** Sets the key to look up. */
    void seek(Partition partition, long hash, byte[] key, int offset, int length) {
        this.partition = partition;
        this.hash = hash;
        this.key = key;
        keyOffset = offset;
        keyLength = length;
        failures = 0;
    }

    long hash() {
        return hash;
    }

    /** Looks up the key in an index, without the lock. */
    Index.Lookup findIn(Index index) {
        return index.find(hash, key, keyOffset, keyLength, this);
    }

    /** Looks up the key in an index; under the lock. */
    boolean findLockedIn(Index index) {
        return index.findLocked(hash, key, keyOffset, keyLength, this);
    }

    /**
     * Sets this view to the item of a slot, if the item has the key. Without the lock: the result is unknown if the item is
     * changed or moved concurrently.
     */
    @Override
    protected Index.Lookup open(
            SegmentTable segments, long[] chunk, int index, long slot, byte[] key, int offset, int length) {
        Segment candidate = segments.get(Slot.segment(slot));
        if (candidate == null) {
            return Index.Lookup.UNKNOWN;
        }
        long candidateVersion = candidate.version();
        if (Segment.isChanging(candidateVersion) || !Slot.isSameItem(Index.slotOf(chunk, index), slot)) {
            return Index.Lookup.UNKNOWN;
        }
        // The slot was valid after the version was read: until the version changes, these bytes are those of its item.
        int candidateItem = Slot.offset(slot);
        boolean hasKey = ItemLayout.hasKey(candidate.bytes, candidateItem, key, offset, length);
        if (hasKey) {
            read(candidate, candidateItem);
        }
        if (!candidate.isUnchanged(candidateVersion)) {
            return Index.Lookup.UNKNOWN;
        }
        if (!hasKey) {
            return Index.Lookup.ABSENT;
        }
        version = candidateVersion;
        setSlot(chunk, index, slot);
        return Index.Lookup.FOUND;
    }

    /** Sets this view to the item of a slot, if the item has the key; under the lock, so nothing can change. */
    @Override
    protected boolean openLocked(
            SegmentTable segments, long[] chunk, int index, long slot, byte[] key, int offset, int length) {
        Segment candidate = segments.get(Slot.segment(slot));
        int candidateItem = Slot.offset(slot);
        if (candidate == null || !ItemLayout.hasKey(candidate.bytes, candidateItem, key, offset, length)) {
            return false;
        }
        read(candidate, candidateItem);
        version = candidate.version();
        setSlot(chunk, index, slot);
        return true;
    }

    /** Removes the references to the value: an idle session must not keep it reachable after the cache has dropped it. Allocates nothing. */
    public void clearValue() {
        segment = null;
        bytes = ItemUpdate.NO_BYTES;
        isLeasable = false;
    }

    /** Replaces the reference to the item by a copy of its value; under the lock. */
    void detach() {
        byte[] copy = new byte[valueLength];
        copyValue(copy, 0);
        bytes = copy;
        valueOffset = 0;
        segment = null;
        isLeasable = false;
    }

    /** Returns whether the slot still refers to the item that was found. */
    boolean isInPlace() {
        return Slot.isSameItem(Index.slotOf(chunk, index), slot);
    }

    int valueOffset() {
        return valueOffset;
    }

    private void read(Segment segment, int item) {
        this.segment = segment;
        this.item = item;
        isLeasable = segment.isLarge && partition != null && partition.allowsLeases();
        bytes = segment.bytes;
        flags = ItemLayout.flags(bytes, item);
        casUnique = ItemLayout.casUnique(bytes, item);
        expiry = segment.expiry(item);
        accessed = segment.accessed(item);
        state = ItemLayout.state(bytes, item);
        valueLength = ItemLayout.valueLength(bytes, item);
        valueOffset = ItemLayout.valueOffset(bytes, item);
    }
}
