package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Predicate;

/** A server that is connected by TCP: a real memcached or this server. */
public final class SocketTarget implements TranscriptTarget {
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final String VERSION = "VERSION ";

    private final InetSocketAddress address;
    private Socket socket = new Socket();
    private boolean older;

    public SocketTarget(InetAddress host, int port) {
        this(host, port, false);
    }

    public SocketTarget(InetAddress host, int port, boolean older) {
        address = new InetSocketAddress(host, port);
        this.older = older;
    }

    /** Connects for the first time, and removes all items. */
    public SocketTarget connectAndFlush() throws IOException {
        connect();
        send("flush_all\r\nversion\r\n");
        String reply = receive(2);
        assertThat(reply).startsWith("OK\r\n" + VERSION);
        older = !reply.contains(VERSION + MemcachedVersion.TEXT);
        return this;
    }

    @Override
    public void connect() throws IOException {
        socket.close();
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(address, TIMEOUT_MILLIS);
    }

    /** Sends long requests from another thread: a server may stop reading while its replies are not read. */
    @Override
    public void send(String bytes) throws IOException {
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        if (all.length <= 1024) {
            socket.getOutputStream().write(all);
            return;
        }
        Socket current = socket;
        Thread sender = new Thread(() -> {
            try {
                current.getOutputStream().write(all);
            } catch (IOException e) {
                // the server may close the connection before it has read everything
            }
        });
        sender.setDaemon(true);
        sender.start();
    }

    @Override
    public String receive(int lineEnds) throws IOException {
        return receive(received -> received.chars().filter(c -> c == '\n').count() >= lineEnds, false);
    }

    @Override
    public String receivePackets(int count) throws IOException {
        return receive(received -> BinaryWire.countPackets(received) >= count, false);
    }

    @Override
    public String receiveUntilClosed() throws IOException {
        return receive(received -> false, true);
    }

    private String receive(Predicate<CharSequence> complete, boolean untilClosed) throws IOException {
        StringBuilder received = new StringBuilder();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[64 * 1024];
        try {
            while (!complete.test(received)) {
                int count = in.read(buffer);
                if (count < 0) {
                    return received + (untilClosed ? "" : "(closed)");
                }
                received.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            }
            return received.toString();
        } catch (SocketTimeoutException e) {
            return received + "(timeout)";
        } catch (IOException e) {
            return received + (untilClosed ? "" : "(" + e + ")");
        }
    }

    @Override
    public void advance(Duration by) {
        throw new UnsupportedOperationException("the clock of this server cannot be changed");
    }

    @Override
    public boolean isOlder() {
        return older;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
