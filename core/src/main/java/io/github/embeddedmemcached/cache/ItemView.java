package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * A reader's window onto one item: where {@link RawCache#get} puts what it found. A view is made once and
 * filled again by each read, so that a read allocates nothing. Not thread-safe.
 *
 * <p>The value stays in the cache until it is copied. Meanwhile the item can be changed or moved by others, so a copy can fail:
 *
 * <pre>{@code
 * boolean found = raw.get(key, offset, length, view);
 * while (found && !view.copyValue(target, at)) {
 *     found = view.refresh();
 * }
 * }</pre>
 */
public final class ItemView {
    /** So many copies may fail before the item is copied under the lock. */
    private static final int FAILURES_MAX = 8;

    // Where the item is.
    long[] chunk = {};
    int at;
    long slot;

    @Nullable Segment segment;

    int item;
    private long version;

    // What the item says of itself.
    int flags;
    long casUnique;
    long expiry;
    long accessed;
    int state;
    int valueLength;
    private boolean isLendable;
    private int valueOffset;
    private byte[] bytes = ItemUpdate.NO_BYTES;

    // What it said when it was found, before the finding changed it.
    private long now;
    private boolean fetchedBefore;
    private long accessedBefore;
    private long expiryBefore;
    private int stateBefore;
    boolean won;

    // How it was asked for.
    private @Nullable Partition partition;
    private long hash;
    private byte[] key = ItemUpdate.NO_BYTES;
    private int keyOffset;
    private int keyLength;
    private int failures;

    /** Creates a view of nothing; its accessors have a meaning only after a read that found an item. */
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

    /** The item's size as memcached accounts it. */
    long itemSize() {
        return Cache.itemSize(keyLength, flags, valueLength);
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
     * @param target takes {@link #valueLength} bytes
     * @param offset where the first one goes
     * @return whether the copy is the item's value; if not, it is garbage, and {@link #refresh} may find the item again
     */
    public boolean copyValue(byte[] target, int offset) {
        System.arraycopy(bytes, valueOffset, target, offset, valueLength);
        return segment == null || segment.isStill(version);
    }

    /**
     * Finds the item again after a failed copy, as it is now. Nothing is counted for it in the statistics.
     *
     * @return false if the item is gone
     */
    public boolean refresh() {
        if (partition == null) {
            return false;
        }
        return ++failures < FAILURES_MAX ? partition.find(this) : partition.copy(this);
    }

    /**
     * Returns whether the value lies in an array of its own and can be handed to the network as it is. Large values can, unless those that are
     * lent and no longer in the cache take much of its memory: then they are copied like others, and count where they are copied to.
     *
     * @return whether {@link #lend} may be used
     */
    public boolean isLarge() {
        return isLendable;
    }

    /**
     * Lends the value of a large item, see {@link #isLarge}.
     *
     * @return the value where it lies, or null if the item was changed meanwhile: {@link #refresh} may find it again
     */
    public @Nullable Loan lend() {
        Segment lender = segment;
        if (lender == null) {
            throw new IllegalStateException("the view holds a copy");
        }
        Loan loan = new Loan(lender, bytes, valueOffset, valueLength); // before it is lent: this may fail
        StackProbe.check();
        return lender.lend(version) ? loan : null;
    }

    /**
     * Returns how long the item lives.
     *
     * @return seconds, or -1 if it never expires
     */
    public long secondsToLive() {
        return partition == null ? 0 : partition.clock().secondsToLive(expiry, now);
    }

    /**
     * Returns how long the item would have lived, had this read not given it another exptime.
     *
     * @return seconds, or -1 if it would never have expired
     */
    public long secondsToLiveBefore() {
        return partition == null ? 0 : partition.clock().secondsToLive(expiryBefore, now);
    }

    /**
     * Returns how long ago the item was stored or read, before this read.
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
     * Returns whether the item is out of date, see {@link ItemUpdate#invalidate}.
     *
     * @return whether it is stale
     */
    public boolean isStale() {
        return (stateBefore & ItemLayout.STALE) != 0;
    }

    /**
     * Returns whether this reader was chosen to renew the item: because it is stale, was made just now, or expires soon.
     *
     * @return whether it is the first one to whom this is said
     */
    public boolean hasWon() {
        return won;
    }

    /**
     * Returns whether another reader was chosen to renew the item, and has not done so yet.
     *
     * @return whether somebody else has won
     */
    public boolean isBeingRenewed() {
        return !won && (stateBefore & ItemLayout.TOKEN_SENT) != 0;
    }

    /**
     * Returns whether the item's key is a binary one, see {@link ItemUpdate#binaryKey}.
     *
     * @return whether it is to be shown in base64
     */
    public boolean hasBinaryKey() {
        return (state & ItemLayout.BINARY_KEY) != 0;
    }

    /** A copy of the value, of the item as it was found or as it is now; null if it is gone meanwhile. */
    byte @Nullable [] value() {
        do {
            byte[] value = new byte[valueLength];
            if (copyValue(value, 0)) {
                return value;
            }
        } while (refresh());
        return null;
    }

    /** Marks the item as read; under the lock. */
    void noteAccess(long second, long now) {
        if (noteFetched(second)) {
            noteLastAccess(second, now);
        }
    }

    /**
     * Marks the item as read in its slot, if that changes anything. Returns whether the second of the last access is to be written into the
     * item too: from the second access on, once a second at most, as memcached's segmented LRU does.
     */
    boolean noteFetched(long second) {
        long before = slot;
        if (Slot.isCounting(before)) {
            int frequency = Math.min(Slot.frequency(before) + 1, Slot.FREQUENCY_MAX);
            Index.note(this, Slot.withFetched(Slot.withFrequency(before, frequency)));
        }
        return Slot.isFetched(before) && accessed != second;
    }

    /** Writes the last access; under the lock, because the segment may be reused at any moment. */
    void noteLastAccess(long second, long now) {
        Segment found = segment;
        if (found != null && isInPlace() && !found.isRetired()) {
            found.access(item, second, now);
        }
    }

    /** Notes what the item says of itself, before it is changed. */
    void noteBefore(long now) {
        this.now = now;
        fetchedBefore = Slot.isFetched(slot);
        accessedBefore = accessed;
        expiryBefore = expiry;
        stateBefore = state;
        won = false;
    }

    /** Notes that the item was made just now, for this reader to fill. */
    void noteMade(long now) {
        noteBefore(now);
        expiryBefore = CacheClock.NEVER;
        won = true;
    }

    /** Whether somebody should be chosen to renew the item, and nobody was so far. */
    boolean lacksRenewal(ItemUpdate request, CacheClock clock, long now) {
        if ((state & ItemLayout.TOKEN_SENT) != 0) {
            return false;
        }
        return (state & ItemLayout.STALE) != 0 || (request.recaches && expiresSoon(request, clock, now));
    }

    private boolean expiresSoon(ItemUpdate request, CacheClock clock, long now) {
        long then = request.recachesAfterExptime ? clock.expiry(request.exptimeSeconds, now) : expiry;
        long soon = clock.expiry(request.recacheSeconds, now);
        return soon != CacheClock.NEVER && clock.isBefore(then, soon);
    }

    /** Notes what is looked for. */
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

    /** Looks for it in an index, without the lock. */
    Index.Lookup findIn(Index index) {
        return index.find(hash, key, keyOffset, keyLength, this);
    }

    /** Looks for it in an index; under the lock. */
    boolean findLockedIn(Index index) {
        return index.findLocked(hash, key, keyOffset, keyLength, this);
    }

    /**
     * Opens this view on the item of a slot, if that has the key. Without the lock: the result is unknown if the item is changed or moved
     * meanwhile.
     */
    Index.Lookup open(SegmentTable segments, long[] chunk, int at, long slot, byte[] key, int offset, int length) {
        Segment candidate = segments.get(Slot.segment(slot));
        if (candidate == null) {
            return Index.Lookup.UNKNOWN;
        }
        long candidateVersion = candidate.version();
        if (Segment.isChanging(candidateVersion) || !Slot.isSameItem(Index.slotOf(chunk, at), slot)) {
            return Index.Lookup.UNKNOWN;
        }
        // The slot was there after the version was read: until the version changes, its item is what these bytes say.
        int candidateItem = Slot.offset(slot);
        boolean hasKey = ItemLayout.hasKey(candidate.bytes, candidateItem, key, offset, length);
        if (hasKey) {
            read(candidate, candidateItem);
        }
        if (!candidate.isStill(candidateVersion)) {
            return Index.Lookup.UNKNOWN;
        }
        if (!hasKey) {
            return Index.Lookup.ABSENT;
        }
        version = candidateVersion;
        place(chunk, at, slot);
        return Index.Lookup.FOUND;
    }

    /** Opens this view on the item of a slot, if that has the key; under the lock, where nothing can change meanwhile. */
    boolean openLocked(SegmentTable segments, long[] chunk, int at, long slot, byte[] key, int offset, int length) {
        Segment candidate = segments.get(Slot.segment(slot));
        int candidateItem = Slot.offset(slot);
        if (candidate == null || !ItemLayout.hasKey(candidate.bytes, candidateItem, key, offset, length)) {
            return false;
        }
        read(candidate, candidateItem);
        version = candidate.version();
        place(chunk, at, slot);
        return true;
    }

    void place(long[] chunk, int at, long slot) {
        this.chunk = chunk;
        this.at = at;
        this.slot = slot;
    }

    /** Puts a copy of the value in place of the item itself; under the lock. */
    void detach() {
        byte[] copy = new byte[valueLength];
        System.arraycopy(bytes, valueOffset, copy, 0, valueLength);
        bytes = copy;
        valueOffset = 0;
        segment = null;
        isLendable = false;
    }

    /** Whether the slot is still the one that was found. */
    boolean isInPlace() {
        return Slot.isSameItem(Index.slotOf(chunk, at), slot);
    }

    int valueOffset() {
        return valueOffset;
    }

    private void read(Segment segment, int item) {
        this.segment = segment;
        this.item = item;
        isLendable = segment.isLarge && partition != null && partition.lends();
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
