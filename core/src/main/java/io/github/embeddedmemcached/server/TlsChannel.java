package io.github.embeddedmemcached.server;

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
 * TLS over a socket that doesn't block: what is read is decrypted, what is written is encrypted, and the handshake happens
 * on the way. A connection reads and writes it as it would the socket itself, and asks two questions more: whether all
 * that was written has left ({@link #flush}), and whether something is left to read that no selector knows of ({@link
 * #hasUnread}).
 *
 * <p>While it is silent it holds nothing but its engine. It keeps bytes only where a record has not arrived in full, where
 * more has arrived than was asked for, and where the socket doesn't take what was encrypted; each of them is bounded by
 * one of the loop's {@link TlsBuffers}.
 *
 * <p>The engine's delegated tasks, which are the arithmetic of the handshake, run right here: a millisecond for each new
 * connection, as in memcached. The rejected way, a pool of threads for them, would cost threads and a hand-over.
 */
final class TlsChannel implements ByteChannel {
    /** The first byte of a record that holds an alert, where TLS doesn't hide it: before 1.3. */
    private static final byte ALERT_RECORD = 21;

    /** About what an engine holds in the middle of a handshake. */
    private static final int HANDSHAKE_BYTES = 16 * 1024;

    private final EventLoop loop;
    private final SocketChannel socket;
    private final SSLEngine engine;

    /** What has arrived and isn't decrypted, position to limit. */
    private ByteBuffer unread;

    /** What is encrypted and the socket didn't take, position to limit. */
    private ByteBuffer unsent;

    private boolean handshaken;

    /** There is more to decrypt, without the socket having anything new. */
    private boolean hasUnread;

    /** The client has said that it sends nothing more. */
    private boolean inputEnded;

    TlsChannel(EventLoop loop, SocketChannel socket, SSLEngine engine) throws SSLException {
        this.loop = loop;
        this.socket = socket;
        this.engine = engine;
        unread = loop.buffers().noBytes();
        unsent = loop.buffers().noBytes();
        engine.beginHandshake();
    }

    // ---- in

    /**
     * Decrypts what has arrived and goes on with the handshake.
     *
     * @return how many bytes were decrypted, often none; -1 at the end
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        ByteBuffer source = loop.buffers().tls().input().put(unread);
        unread = loop.buffers().noBytes();
        int received = socket.read(source);
        source.flip();
        int before = target.position();
        try {
            decrypt(source, target);
        } catch (SSLException e) {
            loop.counters().tlsError(handshaken);
            throw e;
        }
        unread = kept(source);
        int count = target.position() - before;
        if (count > 0 || (received >= 0 && !inputEnded)) {
            return count;
        }
        if (!handshaken) {
            loop.counters().tlsError(false);
        }
        return -1;
    }

    private void decrypt(ByteBuffer source, ByteBuffer target) throws IOException {
        int begin = target.position();
        boolean goesOn = flush() && !inputEnded;
        hasUnread = true;
        while (goesOn) {
            goesOn = switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> encrypt(loop.buffers().noBytes()) && flush();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING, FINISHED ->
                    decryptRecord(source, target, target.position() > begin);
            };
        }
        hasUnread = inputEnded || (hasUnread && source.hasRemaining());
    }

    /** Returns whether to go on with the next record. */
    private boolean decryptRecord(ByteBuffer source, ByteBuffer target, boolean anyDecrypted) throws SSLException {
        if (anyDecrypted && source.hasRemaining() && source.get(source.position()) == ALERT_RECORD) {
            return false; // a good-bye, which would keep what came before it from being answered
        }
        SSLEngineResult result = engine.unwrap(source, target);
        noteHandshake(result);
        return switch (result.getStatus()) {
            case OK -> result.bytesConsumed() > 0 || needsWrap();
            case BUFFER_OVERFLOW -> {
                if (!anyDecrypted) {
                    throw new SSLException("a record that is longer than all that is read at once");
                }
                yield false;
            }
            case BUFFER_UNDERFLOW -> hasUnread = false;
            case CLOSED -> {
                inputEnded = true;
                yield false;
            }
        };
    }

    private boolean runTasks() throws SSLException {
        if (handshaken) {
            throw new SSLException("renegotiation is not served");
        }
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        return true;
    }

    private void noteHandshake(SSLEngineResult result) {
        handshaken |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    }

    /** Tells whether reading goes on without the socket being ready. */
    boolean hasUnread() {
        return hasUnread;
    }

    // ---- out

    /** Encrypts and writes, if all that was written before has left. Returns how many bytes of the source were taken. */
    @Override
    public int write(ByteBuffer source) throws IOException {
        int before = source.remaining();
        boolean goesOn = flush();
        while (goesOn && source.hasRemaining()) {
            goesOn = encrypt(source) && flush();
        }
        return before - source.remaining();
    }

    /**
     * Encrypts as much as fits, or what the engine itself has to say, and writes it once. Nothing may be unsent. False: the
     * engine has nothing more to say.
     */
    private boolean encrypt(ByteBuffer source) throws IOException {
        ByteBuffer encrypted = loop.buffers().tls().output();
        SSLEngineResult result;
        do {
            result = engine.wrap(source, encrypted);
            noteHandshake(result);
        } while (result.getStatus() == Status.OK
                && result.bytesProduced() > 0
                && (source.hasRemaining() || needsWrap()));
        encrypted.flip();
        if (source.hasRemaining() && !encrypted.hasRemaining()) {
            throw new SSLException("the client doesn't take answers any more");
        }
        socket.write(encrypted);
        unsent = kept(encrypted);
        return result.getStatus() != Status.CLOSED;
    }

    private boolean needsWrap() {
        return engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    }

    /** Sends what the socket didn't take before. True: nothing is left. */
    boolean flush() throws IOException {
        if (unsent.hasRemaining()) {
            socket.write(unsent);
            if (!unsent.hasRemaining()) {
                unsent = loop.buffers().noBytes();
            }
        }
        return !unsent.hasRemaining();
    }

    /** Returns a buffer of the connection's own with what remains of a shared one. */
    private ByteBuffer kept(ByteBuffer shared) {
        int length = shared.remaining();
        return length == 0
                ? loop.buffers().noBytes()
                : ByteBuffer.allocate(length).put(shared).flip();
    }

    // ---- memory

    /** What is held until more arrives: an unfinished record, and the state of an unfinished handshake. */
    int heldInputBytes() {
        return unread.capacity() + (handshaken ? 0 : HANDSHAKE_BYTES);
    }

    /** What is held until the socket takes it. */
    int heldOutputBytes() {
        return unsent.capacity();
    }

    // ---- the end

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Says good-bye, or what went wrong, if the socket takes it at once, and closes the socket. */
    @Override
    public void close() throws IOException {
        try (socket) {
            sayGoodbye();
        } finally {
            unread = loop.buffers().noBytes();
            unsent = loop.buffers().noBytes();
        }
    }

    private void sayGoodbye() {
        engine.closeOutbound();
        try {
            if (socket.isOpen() && flush()) {
                encrypt(loop.buffers().noBytes());
            }
        } catch (IOException e) {
            // the client has gone already
        }
    }
}
