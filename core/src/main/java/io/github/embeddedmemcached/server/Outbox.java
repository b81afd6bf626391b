package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.ReplyBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Answers on their way from the sessions to a socket. A loop has one for all its connections, empty again after each turn;
 * a connection whose socket did not take everything keeps the outbox as it is, and the loop takes another.
 *
 * <p>The rejected way: copying what was left over into an array of the connection. It is one copy more for the clients
 * that read in bulk, and the connection would need two places to send from.
 */
final class Outbox {
    /** How much is handed to the socket at once. */
    static final int WIRE_LENGTH = 64 * 1024;

    /** How much is handed over from where a long answer lies: the JDK copies it into a direct buffer that it keeps for the thread. */
    private static final int RUN_LENGTH_MAX = 256 * 1024;

    /** How many writes a connection gets in one turn; a huge value takes several turns, so that others have theirs. */
    static final int WRITES_PER_TURN_MAX = 16;

    private ReplyBuffer replies = new ReplyBuffer();

    /** What left the replies and not yet the process: position to limit. */
    private final ByteBuffer wire = ByteBuffer.allocateDirect(WIRE_LENGTH).limit(0);

    /** Where the session answers to. */
    ReplyBuffer replies() {
        return replies;
    }

    boolean isEmpty() {
        return !wire.hasRemaining() && replies.isEmpty();
    }

    /** What a connection that keeps this outbox costs: memory, whether or not it is filled. */
    long heldBytes() {
        return WIRE_LENGTH + (long) replies.size();
    }

    /** Writes until all is written, or the socket takes no more, or the turn is over. Returns how many bytes were written. */
    long writeTo(WritableByteChannel channel) throws IOException {
        long written = 0;
        for (int writes = 0; writes < WRITES_PER_TURN_MAX && !isEmpty(); writes++) {
            int offered;
            int taken;
            if (!wire.hasRemaining() && replies.runLength() > WIRE_LENGTH) {
                offered = Math.min(replies.runLength(), RUN_LENGTH_MAX);
                taken = replies.writeRun(channel, offered);
            } else {
                fillWire();
                offered = wire.remaining();
                taken = channel.write(wire);
            }
            written += taken;
            if (taken < offered) {
                break;
            }
        }
        return written;
    }

    private void fillWire() {
        if (!wire.hasRemaining()) {
            wire.clear();
            replies.drainTo(wire);
            wire.flip();
        }
    }

    /** Forgets everything, also a reply buffer that a failed session left in disorder. */
    void discard() {
        wire.limit(0);
        replies = new ReplyBuffer();
    }
}
