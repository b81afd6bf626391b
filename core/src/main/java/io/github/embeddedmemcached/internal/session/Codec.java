package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The implementation of one protocol: executes the requests of a session. Not thread-safe, except for {@link #stateName}. */
public interface Codec {
    /** Executes the complete requests of the input and writes their replies to the output. */
    SessionProgress process(ByteBuffer input, ReplyBuffer output);

    /** Returns the buffers for the missing bytes of a large value and of its line end; null if no large value is being received. */
    ByteBuffer @Nullable [] valueBuffers();

    /** Returns whether no request is being received or executed. */
    boolean isIdle();

    /** Attaches the codec to a session, whose requests it processes until it is attached to another one. */
    void attach(int sessionNumber, @Nullable SessionTransport transport, boolean isAuthenticated);

    /** Returns whether the client may execute all commands: it is authenticated, or the server has no users. */
    boolean isAuthenticated();

    /** Returns whether another session may use the codec: it is between two requests and holds no state of its session. */
    boolean isReusable();

    CommandInterception interception();

    /** Returns whether a reply that is longer than the output has been written in part. */
    boolean isReplying();

    /** Returns memcached's name for the state of the connection. Called by any thread. */
    String stateName();

    /** Returns the reason why the codec has closed the session. */
    CloseReason closeReason();

    void close();
}
