package io.github.embeddedmemcached.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One connection of the load generator, with the state of the current batch of requests. */
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

    /** The number of requests of the batch without a complete reply. */
    int pending;

    /** The index of the request whose reply is next. */
    int current;

    /** Remaining bytes of a value and its line end, which are skipped. */
    int skip;

    /** The number of values of the current reply read so far. */
    int values;

    /** When the batch was sent, or was due. */
    long startNanos;

    /** Whether {@link #out} contains a set in which only the key changes. */
    boolean isPrepared;

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

    /** Writes as much as the socket accepts, and selects for writing if some bytes remain. */
    void flush() throws IOException {
        channel.write(out);
        int interest = out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (selectionKey.interestOps() != interest) {
            selectionKey.interestOps(interest);
        }
    }
}
