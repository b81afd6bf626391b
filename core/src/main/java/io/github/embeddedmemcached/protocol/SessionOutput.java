package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;

/**
 * The replies of a {@link ProtocolSession} that have not been sent yet. Not thread-safe: used by the thread that calls the session.
 */
public final class SessionOutput {
    private final ReplyBuffer replies;

    SessionOutput(ReplyBuffer replies) {
        this.replies = replies;
    }

    /**
     * Returns whether all replies have been sent.
     *
     * @return true if there is nothing to send
     */
    public boolean isEmpty() {
        return replies.isEmpty();
    }

    /**
     * Returns the number of bytes to send.
     *
     * @return the number; about 64 KiB, or up to the maximum item size, if {@link ProtocolSession#process} returned {@link
     *     ProtocolSession.Progress#MORE_OUTPUT}
     */
    public int size() {
        return replies.size();
    }

    /**
     * Moves as many bytes as fit into a buffer, in order.
     *
     * @param target the buffer, heap or direct; its position is advanced
     * @return the number of bytes moved
     */
    public int drainTo(ByteBuffer target) {
        return replies.drainTo(target);
    }

    /**
     * Removes and returns all bytes.
     *
     * @return the bytes in order; empty if there are none
     */
    public byte[] takeBytes() {
        return replies.takeBytes();
    }
}
