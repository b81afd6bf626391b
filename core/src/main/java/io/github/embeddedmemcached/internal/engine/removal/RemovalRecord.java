package io.github.embeddedmemcached.internal.engine.removal;

import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import java.nio.ByteBuffer;

/**
 * A removed item, or a value that was not stored. A record is reused for the next removal, so recipients copy what they keep. Not
 * thread-safe.
 *
 * <pre>
 *  0             8             16             24      32             40       44           48      49        50
 *  +-------------+-------------+--------------+-------+--------------+--------+------------+-------+---------+-----+
 *  | millis      | seconds     | seconds      | item  | value length | client | key length | cause | was     | key |
 *  | to live   8 | to live   8 | since access | size  |            8 | flags 4|          4 |     1 | fetched |     |
 *  |             |             |            8 |     8 |              |        |            |       |       1 |     |
 *  +-------------+-------------+--------------+-------+--------------+--------+------------+-------+---------+-----+
 * </pre>
 */
public final class RemovalRecord {
    /** The value of {@link #millisToLive} of an item that would never have expired. */
    public static final long FOREVER = Long.MAX_VALUE;

    private static final int HEADER_BYTES = 50;
    private static final RemovalCause[] CAUSES = RemovalCause.values();

    private RemovalCause cause = RemovalCause.EVICTED;
    private byte[] bytes = {};
    private int keyOffset;
    private int keyLength;
    private int flags;
    private long valueLength;
    private long itemSize;
    private boolean wasFetched;
    private long millisToLive;
    private long secondsToLive;
    private long secondsSinceAccess;

    public RemovalCause cause() {
        return cause;
    }

    /** Returns the array that contains the key; valid only during the call that receives this record. */
    public byte[] bytes() {
        return bytes;
    }

    public int keyOffset() {
        return keyOffset;
    }

    public int keyLength() {
        return keyLength;
    }

    public int flags() {
        return flags;
    }

    public long valueLength() {
        return valueLength;
    }

    /** Returns the size as {@link ItemSize#of} counts it. */
    public long itemSize() {
        return itemSize;
    }

    public boolean wasFetched() {
        return wasFetched;
    }

    /** Returns the remaining time to live in milliseconds, 0 if the item has expired, or {@link #FOREVER}. */
    public long millisToLive() {
        return millisToLive;
    }

    /** Returns the remaining time to live as the protocol shows it: -1 if the item would never have expired. */
    public long secondsToLive() {
        return secondsToLive;
    }

    /** Returns the seconds since the item was last stored or read. */
    public long secondsSinceAccess() {
        return secondsSinceAccess;
    }

    /** Sets this record to an item, whose bytes it refers to. */
    void item(RemovalCause cause, Segment segment, int item, boolean wasFetched, CacheClock clock, long now) {
        byte[] source = segment.bytes;
        key(cause, source, ItemLayout.keyOffset(source, item), ItemLayout.keyLength(source, item));
        value(ItemLayout.flags(source, item), ItemLayout.valueLength(source, item));
        expiry(segment.expiry(item), clock, now);
        this.wasFetched = wasFetched;
        secondsSinceAccess = Math.max(0, clock.second(now) - segment.accessed(item));
    }

    /** Sets the key, and all that a value which was not stored does not have. */
    void key(RemovalCause cause, byte[] bytes, int offset, int length) {
        this.cause = cause;
        this.bytes = bytes;
        keyOffset = offset;
        keyLength = length;
        wasFetched = false;
        secondsSinceAccess = 0;
    }

    /** Sets the client flags and the length of the value. */
    void value(int flags, long valueLength) {
        this.flags = flags;
        this.valueLength = valueLength;
        itemSize = ItemSize.of(keyLength, flags, valueLength);
    }

    /** Sets the times to live. */
    void expiry(long expiry, CacheClock clock, long now) {
        secondsToLive = clock.secondsToLive(expiry, now);
        millisToLive = expiry == CacheClock.NEVER
                ? FOREVER
                : cause == RemovalCause.EXPIRED || expiry <= now ? 0 : expiry - now;
    }

    /** Returns the number of bytes that {@link #write} writes. */
    int length() {
        return HEADER_BYTES + keyLength;
    }

    void write(ByteBuffer target) {
        target.putLong(millisToLive)
                .putLong(secondsToLive)
                .putLong(secondsSinceAccess)
                .putLong(itemSize)
                .putLong(valueLength)
                .putInt(flags)
                .putInt(keyLength)
                .put((byte) cause.ordinal())
                .put((byte) (wasFetched ? 1 : 0))
                .put(bytes, keyOffset, keyLength);
    }

    /** Sets this record to the next one of a buffer, whose array it refers to. */
    void read(ByteBuffer source) {
        millisToLive = source.getLong();
        secondsToLive = source.getLong();
        secondsSinceAccess = source.getLong();
        itemSize = source.getLong();
        valueLength = source.getLong();
        flags = source.getInt();
        keyLength = source.getInt();
        cause = CAUSES[source.get()];
        wasFetched = source.get() != 0;
        bytes = source.array();
        keyOffset = source.position();
        source.position(keyOffset + keyLength);
    }
}
