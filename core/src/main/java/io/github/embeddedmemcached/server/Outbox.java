package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ReplyBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Replies on their way from the sessions to a socket. A loop has one for all its connections, empty again after each turn;
 * a connection whose socket did not take everything keeps the outbox as it is, and the loop takes another.
 *
 * <p>Replies leave through the loop's one direct buffer and are dropped only when the socket has taken them. What a slow client does
 * not take is copied there again for the next write; in return a stalled connection holds no direct memory.
 */
final class Outbox {
    /** How much is handed to the socket at once. */
    static final int WIRE_LENGTH = 64 * 1024;

    /** How much is handed over from where a long reply lies: the JDK copies it into a direct buffer that it keeps for the thread. */
    private static final int RUN_LENGTH_MAX = 256 * 1024;

    /** How many writes a connection gets in one turn; a huge value takes several turns, so that others have theirs. */
    static final int WRITES_PER_TURN_MAX = 16;

    private final ByteBuffer wire; // the loop's; filled and emptied within writeTo
    private final ReplyBuffer replies;

    Outbox(ByteBuffer wire) {
        this(wire, new ReplyBuffer());
    }

    private Outbox(ByteBuffer wire, ReplyBuffer replies) {
        this.wire = wire;
        this.replies = replies;
    }

    /** Where the session answers to. */
    ReplyBuffer replies() {
        return replies;
    }

    boolean isEmpty() {
        return replies.isEmpty();
    }

    /** What a connection that keeps this outbox costs. A large value that is sent from the cache's memory is counted there. */
    long heldBytes() {
        return replies.capacity();
    }

    /** Writes until all is written, or the socket takes no more, or the turn is over. Returns how many bytes were written. */
    long writeTo(WritableByteChannel channel) throws IOException {
        long written = 0;
        for (int writes = 0; writes < WRITES_PER_TURN_MAX && !replies.isEmpty(); writes++) {
            int offered;
            int taken;
            if (replies.runLength() > WIRE_LENGTH) {
                offered = Math.min(replies.runLength(), RUN_LENGTH_MAX);
                taken = replies.writeRun(channel, offered);
            } else {
                replies.copyTo(wire.clear());
                offered = wire.flip().remaining();
                taken = channel.write(wire);
                replies.skip(taken);
            }
            written += taken;
            if (taken < offered) {
                break;
            }
        }
        return written;
    }

    /** Whether less than half of the memory is filled. */
    boolean isMostlyUnused() {
        return replies.size() < replies.capacity() / 2;
    }

    /** Moves what is there to an outbox of its own, with no more room than it needs. */
    Outbox moveToSmallest() {
        return new Outbox(wire, replies.moveToSmallest());
    }

    /** Removes everything, also what a failed session left in disorder. Allocates nothing. */
    void discard() {
        replies.clear();
    }
}
