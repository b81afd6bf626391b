package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * Replies of a session that have not been written to the socket. A loop has one output buffer for all its connections, which is empty
 * after each of them; a connection whose socket did not accept everything keeps the buffer, and the loop uses another one.
 *
 * <p>Replies are written through the loop's direct buffer and are removed only when the socket has accepted them. Bytes that a slow
 * client does not accept are copied again for the next write; in return a stalled connection holds no direct memory. A value in direct memory
 * is written from there, in one write with what precedes and follows it. A value in an array that is longer than the loop's buffer is also
 * written in one call, if the JDK does not have to copy too much of it into a direct buffer that it keeps.
 */
final class OutputBuffer {
    /** The maximum length of a write in bytes. */
    static final int WIRE_LENGTH = 64 * 1024;

    /** The maximum length of a write that bypasses the loop's direct buffer: the JDK copies it into a direct buffer that it keeps per thread. */
    private static final int RUN_LENGTH_MAX = 256 * 1024;

    /** The maximum number of writes in one turn; a huge value takes several turns, so that other connections are not delayed. */
    static final int WRITES_PER_TURN_MAX = 16;

    private final ByteBuffer wire; // owned by the loop; filled and emptied within writeTo
    private final ReplyBuffer replies;

    OutputBuffer(ByteBuffer wire) {
        this(wire, new ReplyBuffer());
    }

    private OutputBuffer(ByteBuffer wire, ReplyBuffer replies) {
        this.wire = wire;
        this.replies = replies;
    }

    /** Returns the buffer to which the session writes its replies. */
    ReplyBuffer replies() {
        return replies;
    }

    boolean isEmpty() {
        return replies.isEmpty();
    }

    /** Returns the memory of this buffer in bytes. A large value that is sent from the cache's memory is counted by the cache. */
    long heldBytes() {
        return replies.capacity();
    }

    /** Writes until all replies are written, the socket accepts no more, or the turn is over. Returns how many bytes were written. */
    long writeTo(WritableByteChannel channel) throws IOException {
        long written = 0;
        for (int writes = 0; writes < WRITES_PER_TURN_MAX && !replies.isEmpty(); writes++) {
            long offered;
            long accepted;
            if (channel instanceof GatheringByteChannel gathering
                    && replies.isGatherable(wire.capacity(), RUN_LENGTH_MAX)) {
                offered = replies.size();
                accepted = replies.writeAll(gathering, wire);
            } else if (replies.runLength() > WIRE_LENGTH) {
                int length = Math.min(replies.runLength(), RUN_LENGTH_MAX);
                offered = length;
                accepted = replies.writeRun(channel, length);
            } else {
                replies.copyTo(wire.clear());
                offered = wire.flip().remaining();
                int count = channel.write(wire);
                accepted = count;
                replies.skip(count);
            }
            written += accepted;
            if (accepted < offered) {
                break;
            }
        }
        return written;
    }

    /** Returns whether less than half of the memory is filled. */
    boolean isMostlyUnused() {
        return replies.size() < replies.capacity() / 2;
    }

    /** Moves the content to a new buffer of exactly the needed capacity. */
    OutputBuffer moveToSmallest() {
        return new OutputBuffer(wire, replies.moveToSmallest());
    }

    /** Removes all replies, including the incomplete reply of a failed session. Allocates nothing. */
    void discard() {
        replies.clear();
    }
}
