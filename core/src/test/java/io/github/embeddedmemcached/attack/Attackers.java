package io.github.embeddedmemcached.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Many connections that send as much as the system accepts and never read. */
final class Attackers implements AutoCloseable {
    private final InetSocketAddress address;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final List<ByteBuffer> unsent = new ArrayList<>();

    Attackers(int port) {
        address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Opens further connections, each of which will send the same text. */
    Attackers connect(int count, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(address);
            channel.configureBlocking(false);
            channels.add(channel);
            unsent.add(bytes.duplicate());
        }
        return this;
    }

    /** Sends as much as is accepted on the connections that are still open. Returns whether everything has been sent. */
    boolean send() {
        boolean all = true;
        for (int i = 0; i < channels.size(); i++) {
            try {
                channels.get(i).write(unsent.get(i));
                all &= !unsent.get(i).hasRemaining();
            } catch (IOException e) {
                unsent.get(i).position(unsent.get(i).limit());
            }
        }
        return all;
    }

    /** Sends one more byte over each connection. */
    void sendByte() {
        for (int i = 0; i < channels.size(); i++) {
            ByteBuffer bytes = unsent.get(i);
            int limit = bytes.limit();
            bytes.limit(Math.min(limit, bytes.position() + 1));
            try {
                channels.get(i).write(bytes);
            } catch (IOException e) {
                bytes.position(bytes.limit());
            }
            bytes.limit(limit);
        }
    }

    int count() {
        return channels.size();
    }

    /** Closes every other connection with a reset. */
    void resetHalf() throws IOException {
        for (int i = 0; i < channels.size(); i += 2) {
            channels.get(i).setOption(StandardSocketOptions.SO_LINGER, 0);
            channels.get(i).close();
        }
    }

    /** Shuts down the output of every connection. */
    void shutdownOutput() throws IOException {
        for (SocketChannel channel : channels) {
            if (channel.isOpen()) {
                channel.shutdownOutput();
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
        channels.clear();
        unsent.clear();
    }
}
