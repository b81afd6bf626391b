package io.github.embeddedmemcached.internal.server;

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

/** A client over a blocking socket, plain or with TLS. Reads time out after {@link #TIMEOUT_MILLIS}. */
public final class SocketClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int SMALL_BUFFER_BYTES = 4096;

    private final Socket socket;
    private final Socket plainSocket; // the socket without TLS

    private SocketClient(Socket socket, Socket plainSocket) {
        this.socket = socket;
        this.plainSocket = plainSocket;
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

    /** Connects with a small receive buffer, so that the server soon cannot send to a client that does not read. */
    public static SocketClient connectWithSmallBuffer(InetSocketAddress address) throws IOException {
        Socket socket = open(address, SMALL_BUFFER_BYTES);
        return new SocketClient(socket, socket);
    }

    /** Connects with a version of TLS, such as TLSv1.3, and completes the handshake. */
    public static SocketClient connectTls(InetSocketAddress address, SSLContext context, String version)
            throws IOException {
        return connectTls(open(address, 0), context, version);
    }

    static SocketClient connectTlsWithSmallBuffer(InetSocketAddress address, SSLContext context, String version)
            throws IOException {
        return connectTls(open(address, SMALL_BUFFER_BYTES), context, version);
    }

    private static SocketClient connectTls(Socket plainSocket, SSLContext context, String version) throws IOException {
        String host = plainSocket.getInetAddress().getHostAddress();
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plainSocket, host, plainSocket.getPort(), true);
        try {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {version});
            parameters.setEndpointIdentificationAlgorithm("HTTPS"); // enables the check of the host name
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return new SocketClient(socket, plainSocket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends bytes between the TLS records. */
    void sendWithoutTls(byte[] bytes) throws IOException {
        plainSocket.getOutputStream().write(bytes);
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

    /** Reads as many bytes as the expected reply has, and compares them with it. */
    public SocketClient expect(String reply) throws IOException {
        byte[] bytes = read(reply.length());
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).isEqualTo(reply);
        return this;
    }

    /** Reads this number of bytes, or fewer if the connection is closed before. */
    public byte[] read(int length) throws IOException {
        return input().readNBytes(length);
    }

    public InputStream input() throws IOException {
        return socket.getInputStream();
    }

    /** Shuts the output down; replies can still be read. */
    public SocketClient shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Reads until the server closes or resets the connection. */
    public String readUntilClosed() throws IOException {
        var received = new ByteArrayOutputStream();
        try {
            input().transferTo(received);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    /** Closes the connection with a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
