package io.github.embeddedmemcached.internal.protocol;

import java.io.IOException;
import java.time.Duration;

/** Receives the requests of a transcript: a session, or a server that is connected by a socket. */
public interface TranscriptTarget extends AutoCloseable {
    /** Closes the connection, if any, and opens a new one. */
    void connect() throws IOException;

    /** Sends bytes, given as the chars 0 to 255. */
    void send(String bytes) throws IOException;

    /**
     * Receives replies up to a number of line ends, or until a timeout.
     *
     * @return bytes as the chars 0 to 255
     */
    String receive(int lineEnds) throws IOException;

    /** Receives a number of packets of the binary protocol, or until a timeout. */
    String receivePackets(int count) throws IOException;

    /** Receives replies until the server closes the connection. Fails if it does not. */
    String receiveUntilClosed() throws IOException;

    /** Returns the number of reply bytes that were available when the last bytes were sent; 0 if it is unknown. */
    default int replyLengthBeforeLastSend() {
        return 0;
    }

    /** Advances the clock. */
    void advance(Duration by);

    /** Returns whether the server is a memcached that is older than the version described by the transcripts. */
    boolean isOlder();

    /** Returns whether the clock runs without {@link #advance}. */
    default boolean hasRunningClock() {
        return true;
    }

    @Override
    void close() throws IOException;
}
