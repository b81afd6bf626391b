package io.github.embeddedmemcached.internal.protocol;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.ConnectionList;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.session.Codec;
import io.github.embeddedmemcached.internal.session.CommandInterception;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.text.AuthCodec;
import io.github.embeddedmemcached.internal.text.TextCodec;
import io.github.embeddedmemcached.internal.watch.ConnectionEvents;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The session of one client, independent of the transport: requests are passed in as bytes, replies are returned as bytes. One per
 * connection. Not thread-safe, except for {@link #stateName}.
 */
public final class ClientSession implements AutoCloseable, ConnectionList.Client {

    /** The approximate size of a codec with its parser and buffers. */
    private static final int CODEC_BYTES = 4 * 1024;

    private static final byte[] NO_REPLY = {};

    private final ServerContext context;
    private final CodecPool pool;
    private final int number;
    private WireProtocol protocol;
    private WireProtocol selected = WireProtocol.AUTO; // by the client's first byte; AUTO before
    private boolean isAuthenticated;

    /** Taken from the pool; null between two commands. Other threads also read it without synchronization, and may see an old value. */
    private @Nullable Codec codec;

    private volatile @Nullable SessionTransport transport;
    private @Nullable ResponseFault connectionFault;
    private @Nullable CloseReason closeReason; // null if none has been set

    /**
     * Creates the session of a new connection.
     *
     * @param context the state that the sessions of a server share
     */
    public ClientSession(ServerContext context) {
        this(context, new CodecPool(context));
    }

    /**
     * Creates the session of a new connection that shares its codec with others.
     *
     * @param context the state that the sessions of a server share
     * @param pool the codecs of the sessions that the same thread serves
     */
    public ClientSession(ServerContext context, CodecPool pool) {
        this.context = context;
        this.pool = pool;
        protocol = pool.protocol();
        number = context.connections().nextNumber();
    }

    /**
     * Sets the protocol of this session, which overrides the server's settings. Called before the first {@link #process}.
     *
     * @param protocol text, binary or both
     */
    public void protocol(WireProtocol protocol) {
        this.protocol = protocol;
    }

    /**
     * Sets the transport, and reports the connection to the watchers and the {@link Interceptor}, whose fault for the connection as a whole
     * is then returned by {@link #fault}. Called at most once, before the first {@link #process}. A session without a transport is not
     * listed among the connections, and a client that watches receives log lines only when the session is processed for another reason.
     *
     * @param transport used until the session is closed
     */
    public void transport(SessionTransport transport) {
        this.transport = transport;
        context.connections().open(number, this, transport);
        ConnectionEvents.connected(context.watchers(), number, transport);
        Interceptor interceptor = context.interceptor().get();
        if (interceptor != null) {
            connectionFault = interceptor.onConnect(number).fault();
        }
    }

    /**
     * Executes the complete requests of the input and writes their replies to the output.
     *
     * @param input the bytes from its position to its limit; backed by an array. The position is advanced over the bytes that were
     *     consumed. The remaining bytes must be passed again with the next call, followed by more
     * @param output receives the replies
     * @return why processing stopped
     */
    public SessionProgress process(ByteBuffer input, ReplyBuffer output) {
        Codec current = codec;
        if (current == null) {
            if (!input.hasRemaining()) {
                return SessionProgress.NEEDS_INPUT;
            }
            current = attachCodec(input.get(input.position()));
        }
        SessionProgress progress = current.process(input, output);
        if (progress == SessionProgress.CLOSE) {
            closeReason = current.closeReason();
        }
        CommandInterception interception = current.interception();
        if (interception.hasFault()) {
            return interception.endTurn(progress, current.isReplying());
        }
        if (progress == SessionProgress.NEEDS_INPUT && current.isReusable()) {
            codec = null;
            isAuthenticated = current.isAuthenticated();
            pool.release(current);
        }
        return progress;
    }

    /**
     * Returns the buffers for the missing bytes of a large value that is being received. A host may read input directly into them, which
     * avoids a copy; into the second one only when the first one is full. When the first one is full, the host must call {@link
     * #process}, with further input or without. A host that ignores the buffers passes the bytes to {@link #process} as usual.
     *
     * @return the buffers for the rest of the value and of its line end, whose positions are advanced as bytes are added; null if there
     *     are none. Valid until the next {@link #process}
     */
    public ByteBuffer @Nullable [] valueBuffers() {
        Codec current = codec;
        return current == null ? null : current.valueBuffers();
    }

    private Codec attachCodec(byte first) {
        if (selected == WireProtocol.AUTO) {
            selected = isBinary(first) ? WireProtocol.BINARY : WireProtocol.ASCII;
        }
        Codec taken = selected == WireProtocol.BINARY ? pool.takeBinary() : textCodec();
        taken.attach(number, transport, isAuthenticated);
        codec = taken;
        return taken;
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
     * Returns the fault of a reply or connection. After {@link #process} has returned RESPONSE_FAULT, it is the fault of the reply that
     * begins at {@link #faultOffset}. After {@link #transport}, it is the fault of the connection, which applies to all replies.
     *
     * @return the fault; null if there is none
     */
    public @Nullable ResponseFault fault() {
        Codec current = codec;
        return current == null ? connectionFault : current.interception().fault();
    }

    /**
     * Returns the offset of the reply with the {@link #fault}. The reply extends to the end of the output. It is empty if the client
     * suppressed it.
     *
     * @return the number of bytes of the output before the reply
     */
    public int faultOffset() {
        Codec current = codec;
        return current == null ? 0 : current.interception().faultOffset();
    }

    /**
     * Returns whether the reply with the {@link #fault} is longer than the output. The next {@link #process} continues it, without
     * returning RESPONSE_FAULT again, and returns before it writes another reply.
     *
     * @return false also if there is no fault
     */
    public boolean isFaultyReplyIncomplete() {
        Codec current = codec;
        return current != null && current.interception().hasFault();
    }

    /**
     * Returns whether no command is being received or executed, so that an idle connection may be closed.
     *
     * @return false in the middle of a command
     */
    public boolean isIdle() {
        Codec current = codec;
        return current == null || current.isIdle();
    }

    /** Returns memcached's name for the state of the connection. Called by any thread. */
    @Override
    public String stateName() {
        Codec current = codec;
        return current == null ? "conn_read" : current.stateName();
    }

    /**
     * Returns the approximate memory that the session uses for an incomplete command, without unconsumed input and large values.
     *
     * @return bytes; 0 between two commands
     */
    public int heldBytes() {
        return codec == null ? 0 : CODEC_BYTES;
    }

    /**
     * Returns the reply to a client that is disconnected because its request needs too much memory.
     *
     * @return the reply; empty in the binary protocol, which has none for this case
     */
    public byte[] outOfMemoryReply() {
        return selected == WireProtocol.BINARY ? NO_REPLY : Reply.OUT_OF_MEMORY_READING.line;
    }

    /**
     * Sets the reason why the host closes the session. By default the client has closed the connection.
     *
     * @param reason reported to the watchers of connection events
     */
    public void closeReason(CloseReason reason) {
        closeReason = reason;
    }

    /** Releases the memory of an incomplete command, and reports the end of the connection. Idempotent. */
    @Override
    public void close() {
        try {
            Codec current = codec;
            if (current != null) {
                current.close();
            }
        } finally {
            disconnect();
        }
    }

    private void disconnect() {
        SessionTransport closed = transport;
        if (closed != null) {
            transport = null;
            context.connections().close(number);
            ConnectionEvents.disconnected(
                    context.watchers(), number, closed, closeReason == null ? CloseReason.NORMAL : closeReason);
        }
    }
}
