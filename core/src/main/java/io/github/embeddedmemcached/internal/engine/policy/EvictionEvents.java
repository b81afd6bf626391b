package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.cache.EvictionListener;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.jfr.FlightEvents;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The evictions of one operation, as consecutive records. Grows as long as the JVM has memory.
 *
 * <pre>
 *  0             8              16        24             28           29         30
 *  +-------------+--------------+---------+--------------+------------+----------+-----+
 *  | seconds to  | seconds since| item    | value length | key length | was      | key |
 *  | live      8 | access     8 | size  8 |            4 |          1 | fetched 1|     |
 *  +-------------+--------------+---------+--------------+------------+----------+-----+
 * </pre>
 *
 * <p>Not thread-safe: passed from thread to thread under the partition's lock.
 */
public final class EvictionEvents {
    private static final int INITIAL_BYTES = 512;
    private static final int BYTES_MAX = 1 << 30;
    private static final int HEADER_BYTES = 30;
    private static final int BYTE_MASK = 0xFF;

    private @Nullable ByteBuffer records;
    private int burstItems;
    private long burstBytes;

    /** Records an eviction; does nothing if the JVM has no memory for it. */
    void add(Segment segment, int item, boolean wasFetched, long secondsToLive, long secondsSinceAccess) {
        byte[] bytes = segment.bytes;
        int keyLength = ItemLayout.keyLength(bytes, item);
        ByteBuffer target = ensureCapacity(HEADER_BYTES + keyLength);
        if (target == null) {
            return;
        }
        int begin = target.position();
        target.putLong(begin, secondsToLive);
        target.putLong(begin + 8, secondsSinceAccess);
        target.putLong(begin + 16, ItemLayout.accountedSize(bytes, item));
        target.putInt(begin + 24, ItemLayout.valueLength(bytes, item));
        target.put(begin + 28, (byte) keyLength);
        target.put(begin + 29, (byte) (wasFetched ? 1 : 0));
        System.arraycopy(bytes, ItemLayout.keyOffset(bytes, item), target.array(), begin + HEADER_BYTES, keyLength);
        target.position(begin + HEADER_BYTES + keyLength);
    }

    /** Sets the size of the burst that these evictions are, whether they are recorded or not. */
    void burst(int items, long bytes) {
        burstItems = items;
        burstBytes = bytes;
    }

    /** Emits an event of the Flight Recorder if these evictions are a burst. */
    void emitBurst(@Nullable String cacheName) {
        if (burstItems > 0) {
            FlightEvents.evictionBurst(cacheName, burstItems, burstBytes);
        }
    }

    private @Nullable ByteBuffer ensureCapacity(int length) {
        ByteBuffer present = records;
        if (present != null && present.remaining() >= length) {
            return present;
        }
        int used = present == null ? 0 : present.position();
        if (used + length > BYTES_MAX) {
            return null;
        }
        byte[] larger = HeapArrays.bytes(Math.min(Math.max(INITIAL_BYTES, 2 * (used + length)), BYTES_MAX));
        if (larger == null) {
            return null;
        }
        if (present != null) {
            System.arraycopy(present.array(), 0, larger, 0, used);
        }
        records = ByteBuffer.wrap(larger).position(used);
        return records;
    }

    /** Calls a listener for each eviction in the order in which they happened. */
    void forEach(EvictionListener listener) {
        ByteBuffer all = records;
        int end = all == null ? 0 : all.position();
        for (int begin = 0; all != null && begin < end; ) {
            int keyLength = all.get(begin + 28) & BYTE_MASK;
            listener.onEviction(
                    all.array(),
                    begin + HEADER_BYTES,
                    keyLength,
                    all.get(begin + 29) != 0,
                    all.getLong(begin),
                    all.getLong(begin + 8),
                    all.getInt(begin + 24),
                    all.getLong(begin + 16));
            begin += HEADER_BYTES + keyLength;
        }
    }
}
