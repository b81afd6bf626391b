package io.github.embeddedmemcached.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client that knows nothing but a blocking socket; waits for its answers, and for none longer than {@link #TIMEOUT_MILLIS}. */
public final class SocketClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;

    private SocketClient(InetSocketAddress address, int receiveBufferBytes) throws IOException {
        socket = new Socket();
        try {
            if (receiveBufferBytes > 0) {
                socket.setReceiveBufferSize(receiveBufferBytes);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(address, TIMEOUT_MILLIS);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    public static SocketClient connect(InetSocketAddress address) throws IOException {
        return new SocketClient(address, 0);
    }

    /** A client whose system takes little on its behalf while it doesn't read. */
    public static SocketClient connectWithSmallBuffer(InetSocketAddress address) throws IOException {
        return new SocketClient(address, 4096);
    }

    public SocketClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public SocketClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Reads as many bytes as are expected, and expects them. */
    public SocketClient expect(String answer) throws IOException {
        byte[] bytes = read(answer.length());
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).isEqualTo(answer);
        return this;
    }

    /** Reads so many bytes, or all until the end. */
    public byte[] read(int length) throws IOException {
        return input().readNBytes(length);
    }

    public InputStream input() throws IOException {
        return socket.getInputStream();
    }

    /** Says that nothing more will be sent, and goes on reading. */
    public SocketClient shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Reads what comes until the server closes; a reset is the end as well. */
    public String readUntilClosed() throws IOException {
        var all = new ByteArrayOutputStream();
        try {
            input().transferTo(all);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** Hangs up without a good-bye: the server sees a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
