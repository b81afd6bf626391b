package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.fence.LoadFence;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.statistics.Counters;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import org.jspecify.annotations.Nullable;

/**
 * A change to one item, as sessions pass it to the {@link CacheEngine}: the key, the value, the conditions, and afterwards the results.
 * An update is created once and reused for each request, so that a change allocates nothing: {@link #key} begins a new change and resets
 * every other field to its default.
 *
 * <p>The byte ranges belong to the caller and are only read during the call that receives the update. Not thread-safe.
 */
public final class ItemUpdate {
    static final byte[] NO_BYTES = {};

    public byte[] keyBytes = NO_BYTES;
    public int keyOffset;
    public int keyLength;
    byte[] valueBytes = NO_BYTES;
    int valueOffset;
    int valueLength;
    int flags;
    long exptimeSeconds;
    private long millisToLive; // in place of the exptime, unless 0
    boolean setsExptime;
    boolean keepsExpiry;
    boolean comparesCas;
    long expectedCas;
    long assignedCas;
    boolean hasBinaryKey;
    boolean invalidates;
    boolean vivifies;
    long vivifyExptimeSeconds;
    long ownVivifyExptimeSeconds; // as passed to vivify; a later exptime does not change it
    boolean recaches;
    long recacheSeconds;
    boolean recachesAfterExptime;
    boolean skipsAccessUpdate;
    boolean isReplyDiscarded;
    boolean dropsValue;
    long initialNumber;
    long recacheMillis;
    boolean takesOver;
    boolean isNeverRecached;

    @Nullable LoadFence fence;

    @Nullable LargeValue largeValue;

    // Results.
    public long casUnique;
    long number;
    int storedLength;
    long secondsToLive;
    long secondsToLiveBefore;
    long secondsToLiveByVivify;
    long secondsToLiveByExptime;
    boolean createdItem;

    /** Creates an update without a key. */
    public ItemUpdate() {}

    /**
     * Begins a new change of the item with a key, and resets client flags, exptime, value and conditions to their defaults.
     *
     * @param bytes contains the key
     * @param offset the offset of the key
     * @param length the key's length, 1 to {@link ItemSize#KEY_LENGTH_MAX}
     * @return this
     * @throws IllegalArgumentException if the key is empty or too long
     */
    public ItemUpdate key(byte[] bytes, int offset, int length) {
        keyBytes = bytes;
        keyOffset = offset;
        keyLength = checkedKeyLength(length);
        valueBytes = NO_BYTES;
        valueOffset = 0;
        valueLength = 0;
        flags = 0;
        exptimeSeconds = 0;
        millisToLive = 0;
        setsExptime = false;
        keepsExpiry = false;
        comparesCas = false;
        expectedCas = 0;
        assignedCas = 0;
        hasBinaryKey = false;
        invalidates = false;
        vivifies = false;
        recaches = false;
        recachesAfterExptime = false;
        skipsAccessUpdate = false;
        isReplyDiscarded = false;
        dropsValue = false;
        initialNumber = 0;
        recacheMillis = 0;
        takesOver = false;
        isNeverRecached = false;
        fence = null;
        largeValue = null;
        casUnique = 0;
        number = 0;
        storedLength = 0;
        secondsToLive = 0;
        secondsToLiveBefore = 0;
        secondsToLiveByVivify = 0;
        secondsToLiveByExptime = 0;
        createdItem = false;
        return this;
    }

    /**
     * Sets the value to store, in place of any other.
     *
     * @param bytes contains the value
     * @param offset the offset of the value
     * @param length the value's length
     * @return this
     */
    public ItemUpdate value(byte[] bytes, int offset, int length) {
        valueBytes = bytes;
        valueOffset = offset;
        valueLength = length;
        largeValue = null;
        return this;
    }

    /**
     * Sets the value to store to one that was filled in place.
     *
     * @param value reserved for this key with these client flags
     * @return this
     */
    public ItemUpdate value(LargeValue value) {
        value(NO_BYTES, 0, value.length());
        largeValue = value;
        return this;
    }

    /** Removes the value, so that the update does not keep it reachable. The results stay. */
    public void clearValue() {
        value(NO_BYTES, 0, 0);
    }

    /**
     * Sets the client flags, 0 by default.
     *
     * @param flags 32 bits, which the cache stores and does not interpret
     * @return this
     */
    public ItemUpdate flags(int flags) {
        this.flags = flags;
        return this;
    }

    /**
     * Sets the exptime, 0 by default. Commands that need none change the exptime of the item if this is called; an item that they
     * create gets it too, if it is set after {@link #vivify}.
     *
     * @param seconds as in the protocol: 0 never expires, a negative one expires at once, up to 30 days are relative to now, a larger
     *     one is a Unix time
     * @return this
     */
    public ItemUpdate exptime(long seconds) {
        exptimeSeconds = seconds;
        millisToLive = 0;
        setsExptime = true;
        if (vivifies) {
            vivifyExptimeSeconds = seconds;
        }
        return this;
    }

    /**
     * Sets the time to live in place of an exptime. The item does not expire earlier, and at most one second later.
     *
     * @param millis at least 1; from {@link CacheClock#MILLIS_MAX} on the item never expires
     * @return this
     */
    public ItemUpdate timeToLive(long millis) {
        exptime(0);
        millisToLive = millis;
        return this;
    }

    /**
     * Makes a storage command keep the moment at which the item expires, if the item exists.
     *
     * @return this
     */
    public ItemUpdate keepExpiry() {
        keepsExpiry = true;
        return this;
    }

    /** Returns the moment at which the item expires according to its exptime or time to live. */
    long expiry(CacheClock clock, long now) {
        return millisToLive == 0 ? clock.expiry(exptimeSeconds, now) : clock.expiryAfter(millisToLive, now);
    }

    /**
     * Makes the change depend on the item's CAS unique. Nothing is compared by default.
     *
     * @param casUnique the expected CAS unique; 0 matches no item
     * @return this
     */
    public ItemUpdate expectCas(long casUnique) {
        comparesCas = true;
        expectedCas = casUnique;
        return this;
    }

    /**
     * Sets the CAS unique of the item after the change; by default the cache assigns the next one. The meta commands' E flag.
     *
     * @param casUnique an unsigned 64-bit number; 0 for the next one
     * @return this
     */
    public ItemUpdate assignCas(long casUnique) {
        assignedCas = casUnique;
        return this;
    }

    /**
     * Marks the key of an item that is stored as binary: it was received in base64, and is shown in base64. The meta commands' b flag. As
     * in memcached, items that a fetch, increment or decrement creates do not have the mark, and an item that is appended to loses
     * it.
     *
     * @param isBinary whether the key is binary
     * @return this
     */
    public ItemUpdate binaryKey(boolean isBinary) {
        hasBinaryKey = isBinary;
        return this;
    }

    /**
     * Makes a delete mark the item as stale instead of removing it, and lets a store succeed whose CAS unique is lower than the
     * item's, but leaves the item stale. The meta commands' I flag.
     *
     * @return this
     */
    public ItemUpdate invalidate() {
        invalidates = true;
        return this;
    }

    /**
     * Creates an item if there is none: for a fetch, an empty one; for an append or prepend, one with the value; for an increment or
     * decrement, one with the initial number. The meta commands' N flag.
     *
     * @param exptimeSeconds the new item's exptime
     * @return this
     */
    public ItemUpdate vivify(long exptimeSeconds) {
        vivifies = true;
        vivifyExptimeSeconds = exptimeSeconds;
        ownVivifyExptimeSeconds = exptimeSeconds;
        return this;
    }

    /**
     * Lets a fetch choose its client to renew the item if it expires soon; by its new exptime, if that was set before. The meta
     * commands' R flag.
     *
     * @param seconds an item that expires before this exptime expires soon; 0 and times in the past mean never
     * @return this
     */
    public ItemUpdate recache(long seconds) {
        recaches = true;
        recacheSeconds = seconds;
        recachesAfterExptime = setsExptime;
        return this;
    }

    /**
     * Makes a change the end of a load: it does nothing, as if its condition were not met, if the fence is broken. For {@link LoadOperations}
     * also the fence of a load that begins.
     *
     * @param fence the fence of the load
     * @return this
     */
    public ItemUpdate fence(LoadFence fence) {
        this.fence = fence;
        return this;
    }

    /**
     * Lets the caller that begins a load renew the item if its remaining time to live is short, as {@link #recache} does for whole seconds.
     *
     * @param millis an item that lives for less than this is renewed; 0 for none
     * @param takesOver whether to do so even if another client was chosen to renew the item
     * @return this
     */
    public ItemUpdate recacheMillis(long millis, boolean takesOver) {
        recacheMillis = millis;
        this.takesOver = takesOver;
        return this;
    }

    /**
     * Marks a stored item that {@link #recacheMillis} does not apply to, because its time to live is shorter than usual.
     *
     * @return this
     */
    public ItemUpdate neverRecache() {
        isNeverRecached = true;
        return this;
    }

    /**
     * Marks a fetch whose reply is discarded, because the request turns out to be invalid: the fetch is executed, but a hit is not
     * counted, and the client is not chosen to renew the item.
     *
     * @return this
     */
    public ItemUpdate discardReply() {
        isReplyDiscarded = true;
        return this;
    }

    /**
     * Makes a fetch not count as a read of the item: its access time and frequency are unchanged. The meta commands' u flag.
     *
     * @return this
     */
    public ItemUpdate skipAccessUpdate() {
        skipsAccessUpdate = true;
        return this;
    }

    /**
     * Makes a delete remove the value and set the client flags and exptime to those of the update, but keep the item. The meta
     * commands' x flag.
     *
     * @return this
     */
    public ItemUpdate dropValue() {
        dropsValue = true;
        return this;
    }

    /**
     * Sets the number of an item that an increment or decrement creates, 0 by default. The meta commands' J flag.
     *
     * @param number an unsigned 64-bit number
     * @return this
     */
    public ItemUpdate initialNumber(long number) {
        initialNumber = number;
        return this;
    }

    /**
     * Returns the item's CAS unique after the change.
     *
     * @return the new CAS unique, or 0 when nothing was stored
     */
    public long casUnique() {
        return casUnique;
    }

    /**
     * Returns the item's number after an increment or decrement.
     *
     * @return an unsigned 64-bit number
     */
    public long number() {
        return number;
    }

    /**
     * Returns the length of the item's value after a store.
     *
     * @return bytes
     */
    public int storedLength() {
        return storedLength;
    }

    /**
     * Returns the time to live of the item after an increment or decrement.
     *
     * @return seconds, or -1 if it never expires
     */
    public long secondsToLive() {
        return secondsToLive;
    }

    /**
     * Returns the time to live that the item had before the increment or decrement.
     *
     * @return seconds, or -1 if it never expired, which includes an item that was created
     */
    public long secondsToLiveBefore() {
        return secondsToLiveBefore;
    }

    /**
     * Returns the time to live of a created item according to {@link #vivify}, independent of its {@link #exptime}.
     *
     * @return seconds, or -1 if unlimited; 0 if no item was created
     */
    public long secondsToLiveByVivify() {
        return secondsToLiveByVivify;
    }

    /**
     * Returns the time to live of a created item according to its {@link #exptime}, independent of {@link #vivify}.
     *
     * @return seconds, or -1 if unlimited; 0 if no item was created
     */
    public long secondsToLiveByExptime() {
        return secondsToLiveByExptime;
    }

    /**
     * Returns whether a fetch, increment or decrement created the item.
     *
     * @return whether there was none, see {@link #vivify}
     */
    public boolean hasCreatedItem() {
        return createdItem;
    }

    /** Counts this meta get. */
    void countFetch(Counters counters, boolean found, ItemView view) {
        if (!found) {
            counters.increment(Statistic.GET_MISSES); // even if the request sets the exptime
        } else if (isReplyDiscarded) {
            return;
        } else if (setsExptime) {
            counters.increment(Statistic.CMD_TOUCH);
            counters.increment(Statistic.TOUCH_HITS, view.itemSize());
        } else {
            counters.increment(Statistic.GET_HITS, view.itemSize());
        }
    }

    /**
     * Checks the length of a key.
     *
     * @param length bytes
     * @return the same length
     * @throws IllegalArgumentException if it is not 1 to {@link ItemSize#KEY_LENGTH_MAX}
     */
    public static int checkedKeyLength(int length) {
        if (length < 1 || length > ItemSize.KEY_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "the key must have 1 to " + ItemSize.KEY_LENGTH_MAX + " bytes: " + length);
        }
        return length;
    }
}
