package io.github.embeddedmemcached.internal.engine.removal;

import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.jfr.FlightEvents;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The removals of one operation: consecutive {@link RemovalRecord}s, and the items of a flush. Grows as long as the JVM has memory.
 *
 * <p>Not thread-safe: passed from thread to thread under the partition's lock.
 */
public final class RemovalEvents {
    private static final int INITIAL_BYTES = 512;
    private static final int BYTES_MAX = 1 << 30;

    private int burstItems;
    private long burstBytes;

    // In the order in which they are reported.
    private @Nullable ByteBuffer records;
    private @Nullable FlushedItems flushed;
    private @Nullable RemovalEvents next; // those after the flush

    /** Sets the size of the burst of evictions that these removals contain, whether they are recorded or not. */
    void burst(int items, long bytes) {
        burstItems = items;
        burstBytes = bytes;
    }

    /** Emits an event of the Flight Recorder if these removals contain a burst of evictions. */
    void emitBurst(@Nullable String cacheName) {
        if (burstItems > 0) {
            FlightEvents.evictionBurst(cacheName, burstItems, burstBytes);
        }
    }

    /** Adds a removal; does nothing if the JVM has no memory for it. */
    void add(RemovalRecord removal) {
        RemovalEvents last = last();
        ByteBuffer target = last.ensureCapacity(removal.length());
        if (target != null) {
            removal.write(target);
        }
    }

    /** Adds the items of a flush. */
    void add(FlushedItems items) {
        last().flushed = items;
    }

    /** Returns the events to which a removal can be added. */
    private RemovalEvents last() {
        RemovalEvents last = this;
        while (last.flushed != null) {
            if (last.next == null) {
                last.next = new RemovalEvents();
            }
            last = last.next;
        }
        return last;
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

    /** Calls a recipient for each removal in the order in which they happened. */
    void forEach(RemovalRecipient recipient) {
        RemovalRecord record = new RemovalRecord();
        for (RemovalEvents events = this; events != null; events = events.next) {
            ByteBuffer all = events.records;
            if (all != null) {
                all.flip();
                while (all.hasRemaining()) {
                    record.read(all);
                    recipient.onRemoval(record);
                }
            }
            if (events.flushed != null) {
                events.flushed.forEach(record, recipient);
            }
        }
    }
}
