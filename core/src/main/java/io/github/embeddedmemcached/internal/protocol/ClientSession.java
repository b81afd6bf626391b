package io.github.embeddedmemcached.internal.protocol;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.session.Codec;
import io.github.embeddedmemcached.internal.session.CommandInterception;
import io.github.embeddedmemcached.internal.session.Progress;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.text.AuthCodec;
import io.github.embeddedmemcached.internal.text.TextCodec;
import io.github.embeddedmemcached.internal.watch.ConnectionEvents;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One client's conversation with the server, without the wire: requests go in as bytes, answers come out as bytes. Not
 * thread-safe; one per connection.
 */
public final class ClientSession implements AutoCloseable {

    /** What the client's first byte said. */
    private enum Spoken {
        NOTHING,
        TEXT,
        BINARY
    }

    /** About what a codec with its parser and buffers takes. */
    private static final int CODEC_BYTES = 4 * 1024;

    private static final byte[] NO_REPLY = {};

    private final ServerContext context;
    private final CodecPool pool;
    private final int number;
    private WireProtocol protocol;
    private Spoken spoken = Spoken.NOTHING;
    private boolean isAuthenticated;

    /** Borrowed while a command is under way; null: the session is between two. Also read, a little late, by other threads. */
    private @Nullable Codec codec;

    private volatile @Nullable SessionTransport host;
    private @Nullable ResponseFault connectionFault;
    private @Nullable CloseReason closeReason; // null: nobody has said so far

    /**
     * Creates the session of a new connection.
     *
     * @param context what it shares with the other sessions of its server
     */
    public ClientSession(ServerContext context) {
        this(context, new CodecPool(context));
    }

    /**
     * Creates the session of a new connection that takes turns with others.
     *
     * @param context what it shares with the other sessions of its server
     * @param pool what it shares with those that the same thread serves
     */
    public ClientSession(ServerContext context, CodecPool pool) {
        this.context = context;
        this.pool = pool;
        protocol = pool.protocol();
        number = context.connections().nextNumber();
    }

    /**
     * Sets the protocol of this session, in place of that of the server's settings. To be called before the first {@link #process}.
     *
     * @param protocol text, binary or both
     */
    public void protocol(WireProtocol protocol) {
        this.protocol = protocol;
    }

    /**
     * Tells who carries the bytes; to be called once, before the first {@link #process}. Without it the session isn't among the
     * connections that are listed, and a client that watches is told things only when it is processed for another reason. An {@link
     * Interceptor} is shown the connection now; what it decides is the {@link #fault} from here on.
     *
     * @param host asked and called for as long as the session isn't closed
     */
    public void transport(SessionTransport host) {
        this.host = host;
        context.connections().open(number, this::stateName, host);
        ConnectionEvents.connected(context.watchers(), number, host);
        Interceptor interceptor = context.interceptor().get();
        if (interceptor != null) {
            connectionFault = interceptor.onConnect(number).fault();
        }
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
        Codec speaking = codec;
        if (speaking == null) {
            if (!input.hasRemaining()) {
                return Progress.NEEDS_INPUT;
            }
            speaking = borrow(input.get(input.position()));
        }
        Progress progress = speaking.process(input, output);
        if (progress == Progress.CLOSE) {
            closeReason = speaking.closeReason();
        }
        CommandInterception interception = speaking.interception();
        if (interception.hasFault()) {
            return interception.endTurn(progress, speaking.isReplying());
        }
        if (progress == Progress.NEEDS_INPUT && speaking.isReusable()) {
            codec = null;
            isAuthenticated = speaking.isAuthenticated();
            pool.giveBack(speaking);
        }
        return progress;
    }

    /**
     * Returns where the next bytes of input belong, while a large value is under way. A host may read them straight there, which
     * saves copying them out of the input. When the room is full it has to call {@link #process}, with whatever input comes next,
     * perhaps none. It may as well leave the room alone.
     *
     * @return the room, whose position is advanced as it is filled; null if there is none. To be asked for again after each {@link
     *     #process}
     */
    public @Nullable ByteBuffer valueBuffer() {
        Codec speaking = codec;
        return speaking == null ? null : speaking.valueBuffer();
    }

    private Codec borrow(byte first) {
        if (spoken == Spoken.NOTHING) {
            spoken = isBinary(first) ? Spoken.BINARY : Spoken.TEXT;
        }
        Codec borrowed = spoken == Spoken.BINARY ? pool.takeBinary() : textCodec();
        borrowed.attach(number, host, isAuthenticated);
        codec = borrowed;
        return borrowed;
    }

    private Codec textCodec() {
        TextCodec text = pool.takeText();
        return isAuthenticated || !context.authentication().isRequired()
                ? text
                : new AuthCodec(context.authentication(), text);
    }

    private boolean isBinary(byte first) {
        return protocol == WireProtocol.AUTO ? first == BinaryHeader.MAGIC : protocol == WireProtocol.BINARY;
    }

    /**
     * Returns how an answer is to be disturbed on its way. To be asked when {@link #process} has come back with RESPONSE_FAULT: it is the
     * answer that begins at {@link #faultOffset} then. And after {@link #host}: then it is the connection as a whole, and all
     * that is ever answered.
     *
     * @return how, or null if it isn't
     */
    public @Nullable ResponseFault fault() {
        Codec speaking = codec;
        return speaking == null ? connectionFault : speaking.interception().fault();
    }

    /**
     * Returns where the answer begins that is to be disturbed. It goes on to the end of the output, and is empty where the client
     * wanted none.
     *
     * @return how many bytes of the output are before it
     */
    public int faultOffset() {
        Codec speaking = codec;
        return speaking == null ? 0 : speaking.interception().faultOffset();
    }

    /**
     * Tells whether the answer that is to be disturbed is longer than the output. It goes on with what the next {@link #process}
     * answers, which isn't announced again, and comes back before it answers anything else.
     *
     * @return false also if none is to be disturbed
     */
    public boolean isFaultyReplyIncomplete() {
        Codec speaking = codec;
        return speaking != null && speaking.interception().hasFault();
    }

    /**
     * Tells whether the session is between two commands, so that an idle connection may be closed.
     *
     * @return false in the middle of a command
     */
    public boolean isIdle() {
        Codec speaking = codec;
        return speaking == null || speaking.isIdle();
    }

    /** What it is doing, in memcached's words; may be asked by any thread. */
    public String stateName() {
        Codec speaking = codec;
        return speaking == null ? "conn_read" : speaking.stateName();
    }

    /**
     * Returns about how much memory the session holds because a command is under way, beside input that it has not consumed and the
     * room of large values.
     *
     * @return bytes; 0 between two commands
     */
    public int heldBytes() {
        return codec == null ? 0 : CODEC_BYTES;
    }

    /**
     * Returns what a client is answered that is disconnected because its request takes too much memory.
     *
     * @return a reply; empty if there is none for it, as in the binary protocol
     */
    public byte[] outOfMemoryReply() {
        return spoken == Spoken.BINARY ? NO_REPLY : Reply.OUT_OF_MEMORY_READING.line;
    }

    /**
     * Says why the session is going to be closed, if it didn't come to its end by itself. By default the client has hung up.
     *
     * @param reason what watchers of connection events are told
     */
    public void closeReason(CloseReason reason) {
        closeReason = reason;
    }

    /** Gives back what a half-received command holds. Idempotent. */
    @Override
    public void close() {
        try {
            Codec speaking = codec;
            if (speaking != null) {
                speaking.close();
            }
        } finally {
            leave();
        }
    }

    private void leave() {
        SessionTransport left = host;
        if (left != null) {
            host = null;
            context.connections().close(number);
            ConnectionEvents.disconnected(
                    context.watchers(), number, left, closeReason == null ? CloseReason.NORMAL : closeReason);
        }
    }
}
