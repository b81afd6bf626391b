package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ReplyBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What a loop lends to its connections: an outbox to whose turn it is, and buffers to those that have to keep something. A silent
 * connection has none of them. Only the loop's thread comes here.
 */
final class LoopBuffers {
    /** What an incomplete request without a value mostly fits into; an idle connection may keep such a one for ever. */
    private static final int SMALL_LENGTH = 256;

    /** How many outboxes that connections gave back are kept for the next ones. */
    private static final int SPARE_OUTBOXES_MAX = 4;

    /** From so many bytes on replies are sent first while memory is tight; one more reply fits above it. */
    private static final int TIGHT_HIGH_WATER = 8 * 1024;

    private final HeldMemory held;
    private final ByteBuffer noBytes = ByteBuffer.allocate(0);
    private @Nullable ByteBuffer wire;
    private @Nullable Outbox outbox;
    private final ArrayDeque<Outbox> spareOutboxes = new ArrayDeque<>();
    private @Nullable ByteBuffer spare;
    private @Nullable ByteBuffer smallSpare;
    private @Nullable TlsBuffers tls;

    LoopBuffers(HeldMemory held) {
        this.held = held;
    }

    /** The buffer of a connection that keeps nothing. */
    ByteBuffer noBytes() {
        return noBytes;
    }

    /** The outbox for this turn, empty before and after it. Less fits into it while memory is tight. */
    Outbox outbox() {
        Outbox current = outbox;
        if (current == null) {
            current = spareOutboxes.isEmpty() ? new Outbox(wire()) : spareOutboxes.remove();
            outbox = current;
        }
        current.replies().highWater(held.isTight() ? TIGHT_HIGH_WATER : ReplyBuffer.DEFAULT_HIGH_WATER);
        return current;
    }

    /** What replies leave through: one direct buffer for all connections. */
    ByteBuffer wire() {
        ByteBuffer buffer = wire;
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(Outbox.WIRE_LENGTH);
            wire = buffer;
        }
        return buffer;
    }

    /** Empties the outbox after a turn that failed. */
    void discard() {
        if (outbox != null) {
            outbox.discard();
        }
    }

    /**
     * Hands the outbox over to a connection, with what is in it. While memory is tight, the connection gets no more of it than it
     * needs, if there is enough for that.
     */
    Outbox takeOutbox() {
        Outbox taken = outbox();
        if (taken.isMostlyUnused() && held.isTight()) {
            try {
                return taken.moveToSmallest();
            } catch (OutOfMemoryError e) {
                // the connection gets all of it
            }
        }
        outbox = null;
        return taken;
    }

    void giveBack(Outbox empty) {
        if (spareOutboxes.size() < SPARE_OUTBOXES_MAX && !held.isTight()) {
            spareOutboxes.add(empty);
        }
    }

    /**
     * A buffer for an incomplete request. One that came back is lent again: of a stream of large requests the end of each read
     * is one.
     */
    ByteBuffer lend(int length) {
        boolean isSmall = length <= SMALL_LENGTH;
        ByteBuffer buffer = isSmall ? smallSpare : spare;
        if (buffer == null || buffer.capacity() < length) {
            return ByteBuffer.allocate(Math.max(length, SMALL_LENGTH));
        }
        if (isSmall) {
            smallSpare = null;
        } else {
            spare = null;
        }
        return buffer;
    }

    void takeBack(ByteBuffer buffer) {
        if (buffer.capacity() == SMALL_LENGTH) {
            smallSpare = buffer;
        } else if (spare == null || spare.capacity() < buffer.capacity()) {
            spare = buffer;
        }
    }

    /** What TLS connections decrypt from and encrypt to. */
    TlsBuffers tls() {
        if (tls == null) {
            tls = new TlsBuffers();
        }
        return tls;
    }
}
