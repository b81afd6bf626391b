package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.WireProtocol;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens; nowhere, if nothing is named.
 *
 * @param tcp the TCP addresses; port 0 takes a free one
 * @param udp the UDP addresses; port 0 takes the number that the first TCP socket has, or a free one if there is none
 * @param unixSocket a file, or null
 * @param backlog how many clients may wait to be accepted
 * @param oneFreePort whether all TCP addresses with port 0 take the same number, and all UDP addresses too
 */
public record Endpoints(
        List<Tcp> tcp,
        List<InetSocketAddress> udp,
        @Nullable UnixSocket unixSocket,
        int backlog,
        boolean oneFreePort) {

    /**
     * Creates endpoints whose TCP addresses with port 0 take a number each.
     *
     * @param tcp the TCP addresses
     * @param udp the UDP addresses
     * @param unixSocket a file, or null
     * @param backlog how many clients may wait to be accepted
     */
    public Endpoints(List<Tcp> tcp, List<InetSocketAddress> udp, @Nullable UnixSocket unixSocket, int backlog) {
        this(tcp, udp, unixSocket, backlog, false);
    }

    /**
     * A TCP address.
     *
     * @param address where to listen
     * @param plain without TLS, even where the server speaks it
     * @param protocol the protocol of its connections; null for that of the server's settings
     */
    public record Tcp(
            InetSocketAddress address,
            boolean plain,
            @Nullable WireProtocol protocol) {
        /**
         * Creates an address whose connections speak the protocol of the server's settings.
         *
         * @param address where to listen
         * @param plain without TLS, even where the server speaks it
         */
        public Tcp(InetSocketAddress address, boolean plain) {
            this(address, plain, null);
        }

        /** The same with the port that was bound. */
        Tcp bound(InetSocketAddress bound) {
            return new Tcp(bound, plain, protocol);
        }
    }

    /**
     * A Unix domain socket.
     *
     * @param path its file
     * @param permissions who may use it, as the mode of the file: {@code 0700}
     */
    public record UnixSocket(Path path, int permissions) {}

    /** Returns whether one number, chosen by the system, has to be free for several sockets. */
    boolean shareFreePort() {
        boolean tcpIsFree = !tcp.isEmpty() && tcp.get(0).address().getPort() == 0;
        boolean udpIsFree = udp.stream().anyMatch(address -> address.getPort() == 0);
        return tcpIsFree && (udpIsFree || oneFreePort) || udpIsFree && oneFreePort;
    }
}
