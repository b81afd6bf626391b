package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One protocol's side of a session, see the methods of {@link ProtocolSession}. */
interface Codec {
    Progress process(ByteBuffer input, ReplyBuffer output);

    @Nullable ByteBuffer room();

    boolean isIdle();

    /** Works for this session from now on, whose client has logged in or not. */
    void serve(int sessionNumber, @Nullable SessionHost host, boolean isLoggedIn);

    /** Tells whether the client may do what only users may; true where there are none. */
    boolean isLoggedIn();

    /** Tells whether it could serve another session as well: it is between two commands, and keeps nothing. */
    boolean isAtRest();

    /** The way to whom commands are shown. */
    Interception interception();

    /** Tells whether the answer to a command has begun, and is longer than the output. */
    boolean isAnswering();

    /** What it is doing, in memcached's words for the states of a connection; may be asked by any thread. */
    String stateName();

    /** Why it has come to an end by itself. */
    CloseReason closeReason();

    void close();
}
