package io.github.embeddedmemcached.internal.server.listen;

import io.github.embeddedmemcached.protocol.WireProtocol;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses on which a server listens. All of them are optional.
 *
 * @param tcp the TCP addresses; port 0 selects a free port
 * @param udp the UDP addresses; port 0 selects the port of the first TCP socket, or a free one if there is no TCP socket
 * @param unixSocket the Unix domain socket, or null
 * @param backlog the number of clients that may wait to be accepted
 * @param oneFreePort whether all TCP addresses with port 0 get the same port, and all UDP addresses too
 */
public record Endpoints(
        List<Tcp> tcp,
        List<InetSocketAddress> udp,
        @Nullable UnixSocket unixSocket,
        int backlog,
        boolean oneFreePort) {

    /**
     * Creates endpoints whose TCP addresses with port 0 each get their own port.
     *
     * @param tcp the TCP addresses
     * @param udp the UDP addresses
     * @param unixSocket the Unix domain socket, or null
     * @param backlog the number of clients that may wait to be accepted
     */
    public Endpoints(List<Tcp> tcp, List<InetSocketAddress> udp, @Nullable UnixSocket unixSocket, int backlog) {
        this(tcp, udp, unixSocket, backlog, false);
    }

    /**
     * A TCP address.
     *
     * @param address the address to listen on
     * @param plain whether connections are not encrypted even if the server has TLS settings
     * @param protocol the protocol of its connections; null for that of the server's settings
     */
    public record Tcp(
            InetSocketAddress address,
            boolean plain,
            @Nullable WireProtocol protocol) {
        /**
         * Creates an address whose connections use the protocol of the server's settings.
         *
         * @param address the address to listen on
         * @param plain whether connections are not encrypted even if the server has TLS settings
         */
        public Tcp(InetSocketAddress address, boolean plain) {
            this(address, plain, null);
        }

        /** Returns this address with the port that was bound. */
        public Tcp bound(InetSocketAddress bound) {
            return new Tcp(bound, plain, protocol);
        }
    }

    /**
     * A Unix domain socket.
     *
     * @param path its file
     * @param permissions the mode of the file, for example {@code 0700}
     */
    public record UnixSocket(Path path, int permissions) {}

    /** Returns whether one port, chosen by the system, must be free for several sockets. */
    public boolean shareFreePort() {
        boolean tcpIsFree = !tcp.isEmpty() && tcp.get(0).address().getPort() == 0;
        boolean udpIsFree = false;
        for (InetSocketAddress address : udp) {
            udpIsFree |= address.getPort() == 0;
        }
        return tcpIsFree && (udpIsFree || oneFreePort) || udpIsFree && oneFreePort;
    }
}
