package io.github.embeddedmemcached.internal.engine.policy;

import io.github.embeddedmemcached.cache.EvictionListener;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The evictions of one operation, as consecutive records. Grows as long as the JVM has memory.
 *
 * <pre>
 *  0             8              16        24             28           32         33
 *  +-------------+--------------+---------+--------------+------------+----------+-----+
 *  | seconds to  | seconds since| item    | value length | key length | was      | key |
 *  | live      8 | access     8 | size  8 |            4 |          4 | fetched 1|     |
 *  +-------------+--------------+---------+--------------+------------+----------+-----+
 * </pre>
 *
 * <p>Not thread-safe: passed from thread to thread under the partition's lock.
 */
public final class EvictionEvents {
    private static final int INITIAL_BYTES = 512;
    private static final int BYTES_MAX = 1 << 30;
    private static final int HEADER_BYTES = 33;

    private @Nullable ByteBuffer records;

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
        target.putInt(begin + 28, keyLength);
        target.put(begin + 32, (byte) (wasFetched ? 1 : 0));
        System.arraycopy(bytes, ItemLayout.keyOffset(bytes, item), target.array(), begin + HEADER_BYTES, keyLength);
        target.position(begin + HEADER_BYTES + keyLength);
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
            int keyLength = all.getInt(begin + 28);
            listener.onEviction(
                    all.array(),
                    begin + HEADER_BYTES,
                    keyLength,
                    all.get(begin + 32) != 0,
                    all.getLong(begin),
                    all.getLong(begin + 8),
                    all.getInt(begin + 24),
                    all.getLong(begin + 16));
            begin += HEADER_BYTES + keyLength;
        }
    }
}
