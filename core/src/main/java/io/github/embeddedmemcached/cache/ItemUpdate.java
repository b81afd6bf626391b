package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/**
 * One change to one item, as a codec hands it to the {@link Cache}: the key, the value, the conditions, and afterwards what
 * came of it. An update is made once and filled again for each request, so that a change allocates nothing: {@link #key}
 * begins a new one and sets every other field back to its default.
 *
 * <p>The byte ranges belong to the caller and are only read during the call that takes the update. Not thread-safe.
 */
public final class ItemUpdate {
    static final byte[] NO_BYTES = {};

    byte[] keyBytes = NO_BYTES;
    int keyOffset;
    int keyLength;
    byte[] valueBytes = NO_BYTES;
    int valueOffset;
    int valueLength;
    int flags;
    long exptimeSeconds;
    boolean setsExptime;
    boolean comparesCas;
    long expectedCas;
    long givenCas;
    boolean hasBinaryKey;
    boolean invalidates;
    boolean vivifies;
    long vivifyExptimeSeconds;
    long ownVivifyExptimeSeconds; // without the exptime that was given after it
    boolean recaches;
    long recacheSeconds;
    boolean recachesAfterExptime;
    boolean leavesNoTrace;
    boolean isForNobody;
    boolean dropsValue;
    long initialNumber;

    @Nullable LargeValue largeValue;

    // What came of it.
    long casUnique;
    long number;
    int storedLength;
    long secondsToLive;
    long secondsToLiveBefore;
    long secondsToLiveMade;
    long secondsToLiveSet;
    boolean madeItem;

    /** Creates an update without a key. */
    public ItemUpdate() {}

    /**
     * Begins a new update of the item under a key; client flags, exptime, value and conditions are at their defaults then.
     *
     * @param bytes holds the key
     * @param offset where the key begins
     * @param length the key's length, 1 to {@link Cache#KEY_LENGTH_MAX}
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
        setsExptime = false;
        comparesCas = false;
        expectedCas = 0;
        givenCas = 0;
        hasBinaryKey = false;
        invalidates = false;
        vivifies = false;
        recaches = false;
        recachesAfterExptime = false;
        leavesNoTrace = false;
        isForNobody = false;
        dropsValue = false;
        initialNumber = 0;
        largeValue = null;
        casUnique = 0;
        number = 0;
        storedLength = 0;
        secondsToLive = 0;
        secondsToLiveBefore = 0;
        secondsToLiveMade = 0;
        secondsToLiveSet = 0;
        madeItem = false;
        return this;
    }

    /**
     * Gives the value to store.
     *
     * @param bytes holds the value
     * @param offset where the value begins
     * @param length the value's length
     * @return this
     */
    public ItemUpdate value(byte[] bytes, int offset, int length) {
        valueBytes = bytes;
        valueOffset = offset;
        valueLength = length;
        return this;
    }

    /**
     * Gives the value to store as one that was filled in place.
     *
     * @param value reserved for this key with these client flags
     * @return this
     */
    public ItemUpdate value(LargeValue value) {
        largeValue = value;
        return value(value.array(), value.offset(), value.length());
    }

    /**
     * Sets the client flags, 0 by default.
     *
     * @param flags 32 bits that the cache keeps and doesn't look at
     * @return this
     */
    public ItemUpdate flags(int flags) {
        this.flags = flags;
        return this;
    }

    /**
     * Sets the exptime, 0 by default. Commands that need none change the item's own if it is given; an item that they make gets
     * it too, if it is given after {@link #vivify}.
     *
     * @param seconds as the protocol has it: 0 never, negative at once, up to 30 days from now, else Unix time
     * @return this
     */
    public ItemUpdate exptime(long seconds) {
        exptimeSeconds = seconds;
        setsExptime = true;
        if (vivifies) {
            vivifyExptimeSeconds = seconds;
        }
        return this;
    }

    /**
     * Makes the change depend on the item's CAS unique. Nothing is compared by default.
     *
     * @param casUnique what it must be; 0 is no item's
     * @return this
     */
    public ItemUpdate expectCas(long casUnique) {
        comparesCas = true;
        expectedCas = casUnique;
        return this;
    }

    /**
     * Gives the CAS unique that the item is to have afterwards; by default it is the next one. The meta commands' E.
     *
     * @param casUnique an unsigned 64-bit number; 0 is for the next one
     * @return this
     */
    public ItemUpdate giveCas(long casUnique) {
        givenCas = casUnique;
        return this;
    }

    /**
     * Marks the key of an item that is stored as binary: it came in base64, and is shown so. The meta commands' b. As in memcached,
     * items that a fetch, increment or decrement makes don't have the mark, and one that is appended to loses it.
     *
     * @param isBinary whether it is
     * @return this
     */
    public ItemUpdate binaryKey(boolean isBinary) {
        hasBinaryKey = isBinary;
        return this;
    }

    /**
     * Makes a delete mark the item as stale instead of removing it; and a store go ahead whose CAS unique is lower than the item's,
     * but leave it stale. The meta commands' I.
     *
     * @return this
     */
    public ItemUpdate invalidate() {
        invalidates = true;
        return this;
    }

    /**
     * Has an item made where there is none: an empty one by a fetch, one of the value by an append or prepend, one of the initial
     * number by an increment or decrement. The meta commands' N.
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
     * Has a fetch choose its caller to renew the item if it expires soon; by its new exptime, if that was given before. The meta
     * commands' R.
     *
     * @param seconds before then is soon, as an exptime has it; 0 and before now are never
     * @return this
     */
    public ItemUpdate recache(long seconds) {
        recaches = true;
        recacheSeconds = seconds;
        recachesAfterExptime = setsExptime;
        return this;
    }

    /**
     * Makes a fetch one whose answer nobody will see, because the request turns out to be bad: it does what it does, but a hit isn't
     * counted, and nobody is chosen to renew the item.
     *
     * @return this
     */
    public ItemUpdate forNobody() {
        isForNobody = true;
        return this;
    }

    /**
     * Makes a fetch leave no trace: the item doesn't count as read. The meta commands' u.
     *
     * @return this
     */
    public ItemUpdate leaveNoTrace() {
        leavesNoTrace = true;
        return this;
    }

    /**
     * Makes a delete take away the value and set the client flags and exptime to those of the update, but leave the item. The meta
     * commands' x.
     *
     * @return this
     */
    public ItemUpdate dropValue() {
        dropsValue = true;
        return this;
    }

    /**
     * Sets the number of an item that an increment or decrement makes, 0 by default. The meta commands' J.
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
     * Returns how long the item lives after an increment or decrement.
     *
     * @return seconds, or -1 if it never expires
     */
    public long secondsToLive() {
        return secondsToLive;
    }

    /**
     * Returns how long the item would have lived, had the increment or decrement not given it another exptime.
     *
     * @return seconds, or -1 if it would never have expired, as an item that was made has it
     */
    public long secondsToLiveBefore() {
        return secondsToLiveBefore;
    }

    /**
     * Returns how long an item that was made was to live by {@link #vivify}, whatever its {@link #exptime} said.
     *
     * @return seconds, or -1 if forever; 0 if no item was made
     */
    public long secondsToLiveMade() {
        return secondsToLiveMade;
    }

    /**
     * Returns how long an item that was made was to live by its {@link #exptime}, whatever {@link #vivify} said.
     *
     * @return seconds, or -1 if forever; 0 if no item was made
     */
    public long secondsToLiveSet() {
        return secondsToLiveSet;
    }

    /**
     * Returns whether a fetch, increment or decrement made the item.
     *
     * @return whether there was none, see {@link #vivify}
     */
    public boolean hasMadeItem() {
        return madeItem;
    }

    static int checkedKeyLength(int length) {
        if (length < 1 || length > Cache.KEY_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a key has 1 to " + Cache.KEY_LENGTH_MAX + " bytes, this one has " + length);
        }
        return length;
    }
}
