package io.github.embeddedmemcached.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A client's TLS connection over a channel that may be non-blocking after the handshake. It trusts every server. */
final class TlsChannel implements ByteChannel {
    /** Accepts all certificates: the server is this machine. */
    private static final X509TrustManager TRUST_ALL = new X509TrustManager() {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    };

    private final SocketChannel socket;
    private final SSLEngine engine;
    private final ByteBuffer received; // encrypted, ready for reading
    private final ByteBuffer sending; // encrypted, ready for reading
    private final ByteBuffer decrypted; // ready for reading

    /** Completes the handshake on a blocking channel. */
    TlsChannel(SocketChannel socket) throws IOException {
        this.socket = socket;
        engine = context().createSSLEngine();
        engine.setUseClientMode(true);
        int packetBytes = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocateDirect(2 * packetBytes).flip();
        sending = ByteBuffer.allocateDirect(2 * packetBytes).flip();
        decrypted = ByteBuffer.allocateDirect(2 * engine.getSession().getApplicationBufferSize())
                .flip();
        engine.beginHandshake();
        handshake();
    }

    private static SSLContext context() throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {TRUST_ALL}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private void handshake() throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> {
                    wrap(ByteBuffer.allocate(0));
                    while (sending.hasRemaining()) {
                        socket.write(sending);
                    }
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (unwrap() == SSLEngineResult.Status.BUFFER_UNDERFLOW && receive() < 0) {
                        throw new EOFException("the server has closed the connection during the handshake");
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private void wrap(ByteBuffer source) throws IOException {
        sending.compact();
        engine.wrap(source, sending);
        sending.flip();
    }

    private SSLEngineResult.Status unwrap() throws IOException {
        decrypted.compact();
        SSLEngineResult result = engine.unwrap(received, decrypted);
        decrypted.flip();
        return result.getStatus();
    }

    private int receive() throws IOException {
        received.compact();
        int bytes = socket.read(received);
        received.flip();
        return bytes;
    }

    /** Reads what has arrived; returns 0 if that is nothing and the channel is non-blocking, or -1 at the end. */
    @Override
    public int read(ByteBuffer target) throws IOException {
        while (!decrypted.hasRemaining()) {
            if (unwrap() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                int bytes = receive();
                if (bytes <= 0) {
                    return bytes;
                }
            } else if (engine.isInboundDone()) {
                return -1;
            }
        }
        int bytes = Math.min(target.remaining(), decrypted.remaining());
        ByteBuffer part = decrypted.slice(decrypted.position(), bytes);
        target.put(part);
        decrypted.position(decrypted.position() + bytes);
        return bytes;
    }

    /** Encrypts and writes as much as the socket accepts; {@link #isFlushed} tells whether that includes the encrypted bytes. */
    @Override
    public int write(ByteBuffer source) throws IOException {
        int before = source.remaining();
        while (flush() && source.hasRemaining()) {
            wrap(source);
        }
        return before - source.remaining();
    }

    /** Writes encrypted bytes; returns whether none remain. */
    private boolean flush() throws IOException {
        if (sending.hasRemaining()) {
            socket.write(sending);
        }
        return !sending.hasRemaining();
    }

    /** Returns whether no encrypted bytes wait to be written. */
    boolean isFlushed() {
        return !sending.hasRemaining();
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
