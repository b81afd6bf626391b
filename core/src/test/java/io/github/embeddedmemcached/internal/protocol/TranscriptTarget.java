package io.github.embeddedmemcached.internal.protocol;

import java.io.IOException;
import java.time.Duration;

/** Something that a transcript can be played to: a session, or a server at the other end of a socket. */
public interface TranscriptTarget extends AutoCloseable {
    /** Opens a new connection, after the old one, if any, was closed. */
    void connect() throws IOException;

    /** Sends bytes, given as the chars 0 to 255. */
    void send(String bytes) throws IOException;

    /**
     * Receives what is answered: until there are that many line ends, or until nothing more can come.
     *
     * @return bytes as the chars 0 to 255
     */
    String receive(int lineEnds) throws IOException;

    /** Receives so many packets of the binary protocol, or until nothing more can come. */
    String receivePackets(int count) throws IOException;

    /** Receives everything until the server closes the connection; fails when it doesn't. */
    String receiveUntilClosed() throws IOException;

    /** How many bytes had been answered, and not received, when the last bytes were sent; 0 where that is not known. */
    default int answeredBeforeLastSend() {
        return 0;
    }

    /** Lets time pass. */
    void advance(Duration by);

    /** Whether the server is a memcached that predates the version whose behaviour the transcripts show. */
    boolean isOlder();

    /** Whether time passes here without {@link #advance}. */
    default boolean hasRunningClock() {
        return true;
    }

    @Override
    void close() throws IOException;
}
