package io.github.embeddedmemcached.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client that knows nothing but a blocking socket, plain or with TLS; waits for its answers, and for none longer than {@link #TIMEOUT_MILLIS}. */
public final class SocketClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int SMALL_BUFFER_BYTES = 4096;

    private final Socket socket;
    private final Socket beneath; // the same without TLS

    private SocketClient(Socket socket, Socket beneath) {
        this.socket = socket;
        this.beneath = beneath;
    }

    private static Socket open(InetSocketAddress address, int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        try {
            if (receiveBufferBytes > 0) {
                socket.setReceiveBufferSize(receiveBufferBytes);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(address, TIMEOUT_MILLIS);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    public static SocketClient connect(InetSocketAddress address) throws IOException {
        Socket socket = open(address, 0);
        return new SocketClient(socket, socket);
    }

    /** A client whose system takes little on its behalf while it doesn't read. */
    public static SocketClient connectWithSmallBuffer(InetSocketAddress address) throws IOException {
        Socket socket = open(address, SMALL_BUFFER_BYTES);
        return new SocketClient(socket, socket);
    }

    /** A client that speaks TLS in a version, such as TLSv1.3; the handshake is over when it returns. */
    public static SocketClient connectTls(InetSocketAddress address, SSLContext context, String version)
            throws IOException {
        return connectTls(open(address, 0), context, version);
    }

    static SocketClient connectTlsWithSmallBuffer(InetSocketAddress address, SSLContext context, String version)
            throws IOException {
        return connectTls(open(address, SMALL_BUFFER_BYTES), context, version);
    }

    private static SocketClient connectTls(Socket beneath, SSLContext context, String version) throws IOException {
        String host = beneath.getInetAddress().getHostAddress();
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(beneath, host, beneath.getPort(), true);
        try {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {version});
            parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the name is checked
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return new SocketClient(socket, beneath);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Puts bytes between the records of TLS. */
    void sendBeneathTls(byte[] bytes) throws IOException {
        beneath.getOutputStream().write(bytes);
    }

    void handshakeAgain() throws IOException {
        ((SSLSocket) socket).startHandshake();
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
