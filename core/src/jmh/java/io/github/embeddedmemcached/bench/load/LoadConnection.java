package io.github.embeddedmemcached.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One connection of the load: the batch that is under way, and how far its answers have come. */
final class LoadConnection {
    static final byte GET = 'g';
    static final byte SET = 's';

    private static final int IN_BYTES = 256 << 10;

    final SocketChannel channel;
    final SelectionKey selectionKey;
    final ByteBuffer out;
    final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);

    /** GET or SET for each request of the batch. */
    final byte[] kinds;

    /** Requests of the batch that are not answered yet. */
    int waiting;

    /** The request whose answer comes next. */
    int head;

    /** Bytes of a value, and its line end, still to be passed over. */
    int skip;

    /** Values in the current answer so far. */
    int values;

    /** When the batch was sent, or was to be sent. */
    long startNanos;

    /** Whether {@link #out} holds a set of which only the key changes. */
    boolean prepared;

    LoadConnection(LoadSpec spec, Selector selector, int outBytes) throws IOException {
        channel = connect(spec.port());
        channel.configureBlocking(false);
        selectionKey = channel.register(selector, SelectionKey.OP_READ, this);
        out = ByteBuffer.allocateDirect(outBytes);
        kinds = new byte[spec.depth()];
    }

    static SocketChannel connect(int port) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    /** Writes what the socket takes, and asks to be told when it takes more. */
    void flush() throws IOException {
        channel.write(out);
        int wanted = out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (selectionKey.interestOps() != wanted) {
            selectionKey.interestOps(wanted);
        }
    }
}
