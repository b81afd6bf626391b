package io.github.embeddedmemcached.differential;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A server at the other end of a socket. The connection is made when it is needed, and kept until it is dropped. */
final class RemoteServer implements AutoCloseable {
    /** So long an answer may take; only one that doesn't come takes so long. */
    private static final int TIMEOUT_MILLIS = 2_000;

    /** The same, where it is known already that one may not come. */
    private static final int SHORT_TIMEOUT_MILLIS = 150;

    /** More is not sent at once without reading answers meanwhile. */
    private static final int SENT_AT_ONCE_MAX = 32 * 1024;

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

    void patience(boolean isShort) throws IOException {
        timeoutMillis = isShort ? SHORT_TIMEOUT_MILLIS : TIMEOUT_MILLIS;
        drop();
    }

    /** Sends pieces of bytes, each with a write of its own; the answers to all of them are so many bytes long. */
    void send(Iterable<String> pieces, int answerLength) throws IOException {
        Socket current = connected();
        awaitSender();
        int length = answerLength;
        for (String piece : pieces) {
            length += piece.length();
        }
        if (length <= SENT_AT_ONCE_MAX) {
            write(current, pieces);
            return;
        }
        sender = new Thread(() -> write(current, pieces), "differential sender");
        sender.setDaemon(true);
        sender.start();
    }

    /** What was sent before is under way to the last byte. */
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
            // the server closed the connection before it had read everything; whether it should have, its answers tell
        }
    }

    /** Receives until there are so many line ends and so many bytes, and says so if that isn't possible. */
    String receive(int lineEnds, int length) throws IOException {
        return receive(lineEnds, length, "(closed)");
    }

    /** Receives until the server closes the connection, and says so if it doesn't; half-closed, it always should. */
    String receiveUntilClosed(boolean halfClosed) throws IOException {
        if (halfClosed) {
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
        int seen = 0;
        try {
            while (seen < lineEnds || received.length() < length) {
                int count = in.read(buffer);
                if (count < 0) {
                    return received + closed;
                }
                for (int i = 0; i < count; i++) {
                    seen += buffer[i] == '\n' ? 1 : 0;
                }
                received.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            }
            return received.toString();
        } catch (SocketTimeoutException e) {
            return received + "(nothing more came)";
        } catch (IOException e) { // closed with something unread
            return received + closed;
        }
    }

    /** Closes the connection, whatever it is in the middle of. */
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
