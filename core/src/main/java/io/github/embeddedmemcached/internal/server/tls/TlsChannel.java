package io.github.embeddedmemcached.internal.server.tls;

import io.github.embeddedmemcached.internal.connection.ServerCounters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS over a non-blocking socket. Reading decrypts, writing encrypts, and both advance the handshake. A connection uses the channel as it
 * would use the socket, and must also check whether all written bytes were sent ({@link #flush}) and whether bytes are left to read that
 * the selector does not report ({@link #hasUnread}).
 *
 * <p>An idle channel holds only its engine. It keeps bytes only while a record is incomplete, while more bytes have arrived than were
 * read, and while the socket does not accept the encrypted bytes; each of these is bounded by the length of a buffer of {@link
 * TlsBuffers}.
 *
 * <p>The engine's delegated tasks, which compute the handshake, run on the event loop's thread: about a millisecond for each new
 * connection, as in memcached. Rejected alternative: a thread pool for these tasks costs threads and hand-overs.
 */
public final class TlsChannel implements ByteChannel {
    /** The first byte of a record that contains an alert, in versions before TLS 1.3, which encrypts the type. */
    private static final byte ALERT_RECORD = 21;

    /** Approximate memory of an engine during the handshake. */
    private static final int HANDSHAKE_BYTES = 16 * 1024;

    private final TlsBuffers buffers;
    private final ServerCounters counters;
    private final SocketChannel socket;
    private final SSLEngine engine;

    /** Received bytes that are not decrypted yet, position to limit. */
    private ByteBuffer unread;

    /** Encrypted bytes that the socket has not accepted, position to limit. */
    private ByteBuffer unsent;

    private boolean handshaken;

    /** More can be decrypted without new bytes from the socket. */
    private boolean hasUnread;

    /** The client has closed its output. */
    private boolean inputEnded;

    /**
     * Creates a channel and begins its handshake.
     *
     * @param buffers those of the event loop that uses the channel
     * @param counters counts TLS errors
     * @throws SSLException if the engine cannot begin the handshake
     */
    public TlsChannel(SocketChannel socket, SSLEngine engine, TlsBuffers buffers, ServerCounters counters)
            throws SSLException {
        this.buffers = buffers;
        this.counters = counters;
        this.socket = socket;
        this.engine = engine;
        unread = buffers.noBytes();
        unsent = buffers.noBytes();
        engine.beginHandshake();
    }

    // ---- input

    /**
     * Decrypts bytes that have arrived and advances the handshake.
     *
     * @return the number of decrypted bytes, often 0; -1 at the end of the input
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        ByteBuffer source = buffers.input().put(unread);
        unread = buffers.noBytes();
        int received = socket.read(source);
        source.flip();
        int before = target.position();
        try {
            decrypt(source, target);
        } catch (SSLException e) {
            countError();
            throw e;
        }
        unread = kept(source);
        int count = target.position() - before;
        if (count > 0 || (received >= 0 && !inputEnded)) {
            return count;
        }
        if (!handshaken) {
            countError();
        }
        return -1;
    }

    private void countError() {
        if (handshaken) {
            counters.tlsProtocolFailed();
        } else {
            counters.tlsHandshakeFailed();
        }
    }

    private void decrypt(ByteBuffer source, ByteBuffer target) throws IOException {
        int begin = target.position();
        boolean canContinue = flush() && !inputEnded;
        hasUnread = true;
        while (canContinue) {
            HandshakeStatus status = engine.getHandshakeStatus();
            if (status == HandshakeStatus.NEED_TASK) {
                canContinue = runTasks();
            } else if (status == HandshakeStatus.NEED_WRAP) {
                canContinue = encrypt(buffers.noBytes()) && flush();
            } else {
                canContinue = decryptRecord(source, target, target.position() > begin);
            }
        }
        hasUnread = inputEnded || (hasUnread && source.hasRemaining());
    }

    /** Decrypts one record; returns whether to continue with the next. */
    private boolean decryptRecord(ByteBuffer source, ByteBuffer target, boolean anyDecrypted) throws SSLException {
        if (anyDecrypted && source.hasRemaining() && source.get(source.position()) == ALERT_RECORD) {
            return false; // a close_notify, which would prevent the replies to the requests before it
        }
        SSLEngineResult result = engine.unwrap(source, target);
        recordHandshake(result);
        SSLEngineResult.Status status = result.getStatus();
        if (status == SSLEngineResult.Status.OK) {
            return result.bytesConsumed() > 0 || needsWrap();
        }
        if (status == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
            hasUnread = false;
        } else if (status == SSLEngineResult.Status.CLOSED) {
            inputEnded = true;
        } else if (!anyDecrypted) { // an overflow
            throw new SSLException("the record is longer than the read buffer");
        }
        return false;
    }

    private boolean runTasks() throws SSLException {
        if (handshaken) {
            throw new SSLException("renegotiation is not supported");
        }
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        return true;
    }

    private void recordHandshake(SSLEngineResult result) {
        handshaken |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    }

    /** Returns whether bytes can be read although the socket is not ready. */
    public boolean hasUnread() {
        return hasUnread;
    }

    // ---- output

    /** Encrypts and writes if all earlier bytes have been sent. Returns how many bytes of the source were consumed. */
    @Override
    public int write(ByteBuffer source) throws IOException {
        int before = source.remaining();
        boolean canContinue = flush();
        while (canContinue && source.hasRemaining()) {
            canContinue = encrypt(source) && flush();
        }
        return before - source.remaining();
    }

    /**
     * Encrypts as many bytes as fit, or the engine's own handshake and alert records, with one write to the socket. Must not be
     * called while bytes are unsent. Returns false when the engine's output is closed.
     */
    private boolean encrypt(ByteBuffer source) throws IOException {
        ByteBuffer encrypted = buffers.output();
        SSLEngineResult result;
        do {
            result = engine.wrap(source, encrypted);
            recordHandshake(result);
        } while (result.getStatus() == Status.OK
                && result.bytesProduced() > 0
                && (source.hasRemaining() || needsWrap()));
        encrypted.flip();
        if (source.hasRemaining() && !encrypted.hasRemaining()) {
            throw new SSLException("the client does not accept replies any more");
        }
        socket.write(encrypted);
        unsent = kept(encrypted);
        return result.getStatus() != Status.CLOSED;
    }

    private boolean needsWrap() {
        return engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    }

    /** Sends bytes that the socket did not accept before; returns whether none are left. */
    public boolean flush() throws IOException {
        if (unsent.hasRemaining()) {
            socket.write(unsent);
            if (!unsent.hasRemaining()) {
                unsent = buffers.noBytes();
            }
        }
        return !unsent.hasRemaining();
    }

    /** Copies the remaining bytes of a shared buffer to one that this channel owns. */
    private ByteBuffer kept(ByteBuffer shared) {
        int length = shared.remaining();
        return length == 0
                ? buffers.noBytes()
                : ByteBuffer.allocate(length).put(shared).flip();
    }

    // ---- memory

    /** Returns the bytes held until more input arrives: an incomplete record, and the state of an incomplete handshake. */
    public int heldInputBytes() {
        return unread.capacity() + (handshaken ? 0 : HANDSHAKE_BYTES);
    }

    /** Returns the bytes held until the socket accepts them. */
    public int heldOutputBytes() {
        return unsent.capacity();
    }

    // ---- closing

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Sends close_notify or a pending alert if the socket accepts it at once, and closes the socket. */
    @Override
    public void close() throws IOException {
        try (socket) {
            sendCloseNotify();
        } finally {
            unread = buffers.noBytes();
            unsent = buffers.noBytes();
        }
    }

    private void sendCloseNotify() {
        engine.closeOutbound();
        try {
            if (socket.isOpen() && flush()) {
                encrypt(buffers.noBytes());
            }
        } catch (IOException e) {
            // the client has disconnected
        }
    }
}
