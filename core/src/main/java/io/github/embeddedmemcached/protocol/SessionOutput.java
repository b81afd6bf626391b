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
     * @return bytes; about 64 KiB, or up to the maximum item size, if {@link ProtocolSession#process} returned {@link
     *     ProtocolSession.Progress#MORE_OUTPUT}
     */
    public int size() {
        return replies.size();
    }

    /**
     * Moves as many bytes as fit, in order.
     *
     * @param target its position is advanced; may be a direct buffer
     * @return the number of moved bytes
     */
    public int drainTo(ByteBuffer target) {
        return replies.drainTo(target);
    }

    /**
     * Removes all bytes.
     *
     * @return the bytes, in order
     */
    public byte[] takeBytes() {
        return replies.takeBytes();
    }
}
