package io.github.embeddedmemcached.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A connection that waits for its answers: for filling a server, counting what stayed, and asking for its statistics. */
public final class BlockingClient implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int KEYS_PER_COUNT = 100;

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();
    private final StringBuilder line = new StringBuilder();

    /** Connects to a server on the loopback address. */
    public BlockingClient(int port) throws IOException {
        channel = LoadConnection.connect(port);
    }

    /** Sends a command and returns the first line of its answer. */
    public String ask(String command) throws IOException {
        write(ByteBuffer.wrap(RequestWriter.ascii(command + "\r\n")));
        return readLine();
    }

    /** Sets so many keys, from the first one on, without waiting for each. */
    public void fill(int keys, int valueBytes) throws IOException {
        byte[] end = RequestWriter.ascii(" 0 0 " + valueBytes + " noreply\r\n" + "x".repeat(valueBytes) + "\r\n");
        byte[] key = new byte[RequestWriter.KEY_LENGTH];
        byte[] start = RequestWriter.ascii("set ");
        int length = start.length + key.length + end.length;
        ByteBuffer out = ByteBuffer.allocateDirect(Math.max(BUFFER_BYTES, length));
        for (int i = 0; i < keys; i++) {
            if (out.remaining() < length) {
                write(out.flip());
                out.clear();
            }
            RequestWriter.putKey(key, 0, i);
            out.put(start).put(key).put(end);
        }
        write(out.flip());
        String answer = ask("version");
        if (!answer.startsWith("VERSION")) {
            throw new IOException("fill: " + answer);
        }
    }

    /** Gets so many keys, from the first one on, and counts those that are there. */
    public int count(int keys) throws IOException {
        int found = 0;
        byte[] key = new byte[RequestWriter.KEY_LENGTH];
        for (int i = 0; i < keys; i += KEYS_PER_COUNT) {
            StringBuilder get = new StringBuilder("get");
            for (int k = i; k < Math.min(keys, i + KEYS_PER_COUNT); k++) {
                RequestWriter.putKey(key, 0, k);
                get.append(' ').append(new String(key, StandardCharsets.US_ASCII));
            }
            for (String answer = ask(get.toString()); !answer.equals("END"); answer = readLine()) {
                found++;
                skip(Integer.parseInt(answer.substring(answer.lastIndexOf(' ') + 1)) + 2);
            }
        }
        return found;
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The next line, without its end. */
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

    /** Passes over so many bytes. */
    public void skip(int bytes) throws IOException {
        for (int left = bytes; left > 0; ) {
            if (!in.hasRemaining()) {
                receive();
            }
            int passed = Math.min(left, in.remaining());
            in.position(in.position() + passed);
            left -= passed;
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

    /** Sends bytes as they are. */
    public void send(ByteBuffer bytes) throws IOException {
        write(bytes);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
