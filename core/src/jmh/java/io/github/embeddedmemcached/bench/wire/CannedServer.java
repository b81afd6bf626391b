package io.github.embeddedmemcached.bench.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The limit of a server on a JVM: one selector thread that replies to every get with the same value of 100 bytes and to every set
 * with STORED, for classic and meta commands, and stores nothing. It does not validate requests, and assumes values of 100 bytes.
 */
public final class CannedServer {
    static final int VALUE_BYTES = 100;

    private static final int BUFFER_BYTES = 64 << 10;

    private static final byte[] VALUE =
            ascii("VALUE key0000000000 0 " + VALUE_BYTES + "\r\n" + "x".repeat(VALUE_BYTES) + "\r\n");
    private static final byte[] META_VALUE = ascii("VA " + VALUE_BYTES + "\r\n" + "x".repeat(VALUE_BYTES) + "\r\n");
    private static final byte[] END = ascii("END\r\n");
    private static final byte[] STORED = ascii("STORED\r\n");
    private static final byte[] META_STORED = ascii("HD\r\n");
    private static final byte[] VERSION = ascii("VERSION 0\r\n");

    private final ServerSocketChannel listener;
    private final Selector selector;

    private CannedServer(int port) throws IOException {
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        selector = Selector.open();
        listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Runs {@code CannedServer -p PORT} until the process is terminated. */
    public static void main(String[] arguments) throws IOException {
        CannedServer server = new CannedServer(Integer.parseInt(arguments[1]));
        while (true) {
            server.selector.select(server::ready);
        }
    }

    private void ready(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                SocketChannel channel = listener.accept();
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.register(selector, SelectionKey.OP_READ, new Connection(channel));
            } else if (!((Connection) key.attachment()).readAndReply()) {
                key.channel().close();
            }
        } catch (IOException e) {
            try {
                key.channel().close();
            } catch (IOException again) {
                throw new UncheckedIOException(again);
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** One connection. */
    private static final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
        private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        /** Reads, and replies to all complete requests; returns false if the client has closed the connection. */
        boolean readAndReply() throws IOException {
            if (channel.read(in) < 0) {
                return false;
            }
            in.flip();
            while (in.hasRemaining() && replyToNext()) {}
            in.compact();
            flush();
            return true;
        }

        private boolean replyToNext() throws IOException {
            int start = in.position();
            int limit = in.limit();
            int newline = start;
            while (newline < limit && in.get(newline) != '\n') {
                newline++;
            }
            if (newline == limit) {
                return false;
            }
            byte first = in.get(start);
            boolean meta = first == 'm';
            if (first == 's' || meta && in.get(start + 1) == 's') {
                int next = newline + 1 + VALUE_BYTES + 2;
                if (next > limit) {
                    return false;
                }
                in.position(next);
                put(meta ? META_STORED : STORED);
                return true;
            }
            in.position(newline + 1);
            if (meta) {
                put(META_VALUE);
            } else if (first == 'g') {
                for (int i = start; i < newline; i++) {
                    if (in.get(i) == ' ') {
                        put(VALUE);
                    }
                }
                put(END);
            } else {
                put(VERSION);
            }
            return true;
        }

        private void put(byte[] reply) throws IOException {
            if (out.remaining() < reply.length) {
                flush();
            }
            out.put(reply);
        }

        private void flush() throws IOException {
            out.flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            out.clear();
        }
    }
}
