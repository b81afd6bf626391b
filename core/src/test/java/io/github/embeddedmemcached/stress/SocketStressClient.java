package io.github.embeddedmemcached.stress;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client of the text protocol over a blocking socket. */
final class SocketStressClient implements StressClient {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream out;

    SocketStressClient(InetSocketAddress address) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(address, TIMEOUT_MILLIS);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            out = new BufferedOutputStream(socket.getOutputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public byte @Nullable [] get(String key) throws IOException {
        send("get " + key + "\r\n");
        out.flush();
        String header = readLine();
        if (header.equals("END")) {
            return null;
        }
        String[] words = header.split(" ");
        if (words.length != 4 || !words[0].equals("VALUE") || !words[1].equals(key)) {
            throw new AssertionError("the reply to get " + key + ": " + header);
        }
        byte[] value = new byte[Integer.parseInt(words[3])];
        in.readFully(value);
        expect("");
        expect("END");
        return value;
    }

    @Override
    public boolean set(String key, byte[] value, int exptimeSeconds) throws IOException {
        send("set " + key + " 0 " + exptimeSeconds + " " + value.length + "\r\n");
        out.write(value);
        send("\r\n");
        return reply("STORED", "SERVER_ERROR out of memory storing object");
    }

    @Override
    public boolean delete(String key) throws IOException {
        send("delete " + key + "\r\n");
        return reply("DELETED", "NOT_FOUND");
    }

    @Override
    public void flushAll() throws IOException {
        send("flush_all\r\n");
        reply("OK", "OK");
    }

    private void send(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private boolean reply(String yes, String no) throws IOException {
        out.flush();
        String line = readLine();
        if (!line.equals(yes) && !line.equals(no)) {
            throw new AssertionError("unexpected reply: " + line);
        }
        return line.equals(yes);
    }

    private void expect(String expected) throws IOException {
        String line = readLine();
        if (!line.equals(expected)) {
            throw new AssertionError("expected '" + expected + "', but read: " + line);
        }
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        int next = in.read();
        while (next != '\n') {
            if (next < 0) {
                throw new EOFException();
            }
            line.append((char) next);
            next = in.read();
        }
        line.setLength(line.length() - 1);
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
