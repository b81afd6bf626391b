package io.github.embeddedmemcached.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One connection of the load generator, with the state of the current batch of requests. */
final class LoadConnection {
    static final byte GET = 'g';
    static final byte SET = 's';

    private static final int IN_BYTES = 256 << 10;

    final SocketChannel channel;
    private final @Nullable TlsChannel tls;
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
        tls = spec.tls() ? new TlsChannel(channel) : null;
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

    /** Returns whether there may be more to read than the socket shows. */
    boolean isBuffered() {
        return tls != null;
    }

    /** Reads what has arrived; returns -1 at the end. */
    int read() throws IOException {
        return tls == null ? channel.read(in) : tls.read(in);
    }

    /** Writes as much as the socket accepts, and selects for writing if some bytes remain. */
    void flush() throws IOException {
        boolean isFlushed;
        if (tls == null) {
            channel.write(out);
            isFlushed = !out.hasRemaining();
        } else {
            tls.write(out);
            isFlushed = !out.hasRemaining() && tls.isFlushed();
        }
        int interest = !isFlushed ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (selectionKey.interestOps() != interest) {
            selectionKey.interestOps(interest);
        }
    }
}
