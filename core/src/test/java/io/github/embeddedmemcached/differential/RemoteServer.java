package io.github.embeddedmemcached.differential;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A server that is connected by a socket. The connection is opened when it is needed, and kept until {@link #drop}. */
final class RemoteServer implements AutoCloseable {
    /** The maximum time to wait for a reply. */
    private static final int TIMEOUT_MILLIS = 2_000;

    /** The maximum time to wait for a reply when replies may be missing. */
    private static final int SHORT_TIMEOUT_MILLIS = 150;

    /** The maximum length of requests and replies for which sending cannot block while no replies are read. */
    private static final int NONBLOCKING_LENGTH_MAX = 32 * 1024;

    private final InetSocketAddress address;
    private @Nullable Socket socket;
    private @Nullable Thread sender;
    private int timeoutMillis = TIMEOUT_MILLIS;
    private final byte[] buffer = new byte[64 * 1024];

    RemoteServer(InetAddress host, int port) {
        address = new InetSocketAddress(host, port);
    }

    private Socket connected() throws IOException {
        Socket current = socket;
        if (current == null) {
            current = new Socket();
            current.setTcpNoDelay(true);
            current.setSoTimeout(timeoutMillis);
            current.connect(address, TIMEOUT_MILLIS);
            socket = current;
        }
        return current;
    }

    void shortTimeout(boolean isShort) throws IOException {
        timeoutMillis = isShort ? SHORT_TIMEOUT_MILLIS : TIMEOUT_MILLIS;
        drop();
    }

    /**
     * Sends pieces of input, each with a separate write.
     *
     * @param replyLength the length of the expected replies
     */
    void send(Iterable<String> pieces, int replyLength) throws IOException {
        Socket current = connected();
        awaitSender();
        int length = replyLength;
        for (String piece : pieces) {
            length += piece.length();
        }
        if (length <= NONBLOCKING_LENGTH_MAX) {
            write(current, pieces);
            return;
        }
        sender = new Thread(() -> write(current, pieces), "differential sender");
        sender.setDaemon(true);
        sender.start();
    }

    /** Waits until the previous pieces have been written. */
    private void awaitSender() throws IOException {
        Thread current = sender;
        sender = null;
        if (current != null) {
            try {
                current.join(timeoutMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }

    private static void write(Socket to, Iterable<String> pieces) {
        try {
            for (String piece : pieces) {
                to.getOutputStream().write(piece.getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            // the server may close the connection before it has read everything; the replies are compared anyway
        }
    }

    /** Receives a number of line ends and a number of bytes. Appends a note to the result if the connection ends earlier. */
    String receive(int lineEnds, int length) throws IOException {
        return receive(lineEnds, length, "(closed)");
    }

    /**
     * Receives until the server closes the connection. Appends a note to the result if it does not.
     *
     * @param closesOutput whether to close the output first, which should always cause the server to close the connection
     */
    String receiveUntilClosed(boolean closesOutput) throws IOException {
        if (closesOutput) {
            awaitSender();
            connected().shutdownOutput();
        }
        String received = receive(Integer.MAX_VALUE, 0, "");
        drop();
        return received;
    }

    private String receive(int lineEnds, int length, String closed) throws IOException {
        StringBuilder received = new StringBuilder();
        InputStream in = connected().getInputStream();
        int receivedLineEnds = 0;
        try {
            while (receivedLineEnds < lineEnds || received.length() < length) {
                int count = in.read(buffer);
                if (count < 0) {
                    return received + closed;
                }
                for (int i = 0; i < count; i++) {
                    receivedLineEnds += buffer[i] == '\n' ? 1 : 0;
                }
                received.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            }
            return received.toString();
        } catch (SocketTimeoutException e) {
            return received + "(timeout)";
        } catch (IOException e) { // the server closed the connection with unread input
            return received + closed;
        }
    }

    /** Closes the connection immediately. */
    void drop() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }

    @Override
    public void close() throws IOException {
        drop();
    }
}
