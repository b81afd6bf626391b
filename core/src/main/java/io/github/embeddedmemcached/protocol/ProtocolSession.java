package io.github.embeddedmemcached.protocol;

import java.nio.ByteBuffer;

/**
 * One client's conversation with the server, without the wire: requests go in as bytes, answers come out as bytes. Not
 * thread-safe; one per connection.
 */
public final class ProtocolSession implements AutoCloseable {

    /** Why {@link #process} came back. */
    public enum Progress {
        /** Everything complete is answered; more input is needed to go on. */
        NEEDS_INPUT,
        /** The output is full; there may be more to do once it has been drained. */
        OUTPUT_FULL,
        /** The turn's request budget is used up; there may be more to do, call again after others had their turn. */
        TURN_OVER,
        /** The conversation is over: send what the output holds, then close. */
        CLOSE
    }

    /** The first byte of a binary request, and of no text command. */
    private static final byte BINARY_MAGIC = (byte) 0x80;

    private final TextCodec text;
    private boolean begun; // the client has sent something, and it was text

    /**
     * Creates the session of a new connection.
     *
     * @param state what it shares with the other sessions of its server
     */
    public ProtocolSession(ServerState state) {
        text = new TextCodec(state);
    }

    /**
     * Consumes what it can of the input and answers into the output.
     *
     * @param input array-backed; the bytes from position to limit are unread. The position is advanced over what was
     *     consumed; the rest must be presented again, followed by more
     * @param output takes the answers
     * @return why it stopped
     */
    public Progress process(ByteBuffer input, ReplyBuffer output) {
        if (!begun && input.hasRemaining()) {
            if (input.get(input.position()) == BINARY_MAGIC) {
                return Progress.CLOSE; // the binary protocol is not spoken here
            }
            begun = true;
        }
        return text.process(input, output);
    }

    /**
     * Tells whether the session is between two commands, so that an idle connection may be closed.
     *
     * @return false in the middle of a command
     */
    public boolean isIdle() {
        return text.isIdle();
    }

    /** Gives back what a half-received command holds. */
    @Override
    public void close() {
        text.close();
    }
}
