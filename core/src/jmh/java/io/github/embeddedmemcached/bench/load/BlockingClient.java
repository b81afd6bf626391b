package io.github.embeddedmemcached.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A connection that waits for replies; fills a server and counts the items that it still has. */
public final class BlockingClient implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int KEYS_PER_COUNT = 100;

    private final ByteChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();
    private final StringBuilder line = new StringBuilder();

    /** Connects to a server on the loopback address. */
    public BlockingClient(int port) throws IOException {
        this(port, false);
    }

    /** Connects to a server on the loopback address, with TLS or without. */
    public BlockingClient(int port, boolean isTls) throws IOException {
        SocketChannel socket = LoadConnection.connect(port);
        channel = isTls ? new TlsChannel(socket) : socket;
    }

    /** Sends a command and returns the first line of the reply. */
    public String execute(String command) throws IOException {
        send(ByteBuffer.wrap(RequestWriter.ascii(command + "\r\n")));
        return readLine();
    }

    /** Returns a statistic, or NaN if the server does not have it. */
    public double statistic(String group, String name) throws IOException {
        double value = Double.NaN;
        for (String reply = execute(("stats " + group).strip()); reply.startsWith("STAT "); reply = readLine()) {
            String[] words = reply.split(" ");
            if (words[1].equals(name)) {
                value = Double.parseDouble(words[2]);
            }
        }
        return value;
    }

    /** Sets the first {@code keys} keys, without waiting for a reply to each. */
    public void fill(int keys, int valueBytes) throws IOException {
        byte[] end = RequestWriter.ascii(" 0 0 " + valueBytes + " noreply\r\n" + "x".repeat(valueBytes) + "\r\n");
        byte[] key = new byte[RequestWriter.KEY_LENGTH];
        byte[] start = RequestWriter.ascii("set ");
        int length = start.length + key.length + end.length;
        ByteBuffer out = ByteBuffer.allocateDirect(Math.max(BUFFER_BYTES, length));
        for (int i = 0; i < keys; i++) {
            if (out.remaining() < length) {
                send(out.flip());
                out.clear();
            }
            RequestWriter.putKey(key, 0, i);
            out.put(start).put(key).put(end);
        }
        send(out.flip());
        String reply = execute("version");
        if (!reply.startsWith("VERSION")) {
            throw new IOException("fill: " + reply);
        }
    }

    /** Gets the first {@code keys} keys, and returns how many were found. */
    public int count(int keys) throws IOException {
        int found = 0;
        byte[] key = new byte[RequestWriter.KEY_LENGTH];
        for (int i = 0; i < keys; i += KEYS_PER_COUNT) {
            StringBuilder get = new StringBuilder("get");
            for (int k = i; k < Math.min(keys, i + KEYS_PER_COUNT); k++) {
                RequestWriter.putKey(key, 0, k);
                get.append(' ').append(new String(key, StandardCharsets.US_ASCII));
            }
            for (String reply = execute(get.toString()); !reply.equals("END"); reply = readLine()) {
                found++;
                skip(Integer.parseInt(reply.substring(reply.lastIndexOf(' ') + 1)) + 2);
            }
        }
        return found;
    }

    /** Sends all remaining bytes of a buffer. */
    public void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Reads the next line; returns it without its line end. */
    public String readLine() throws IOException {
        line.setLength(0);
        while (true) {
            char c = (char) (next() & 0xFF);
            if (c == '\n') {
                return line.substring(0, line.length() - 1);
            }
            line.append(c);
        }
    }

    /** Skips the given number of bytes. */
    public void skip(int bytes) throws IOException {
        for (int remaining = bytes; remaining > 0; ) {
            if (!in.hasRemaining()) {
                receive();
            }
            int skipped = Math.min(remaining, in.remaining());
            in.position(in.position() + skipped);
            remaining -= skipped;
        }
    }

    private byte next() throws IOException {
        if (!in.hasRemaining()) {
            receive();
        }
        return in.get();
    }

    private void receive() throws IOException {
        in.clear();
        if (channel.read(in) < 0) {
            throw new EOFException("the server has closed the connection");
        }
        in.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
