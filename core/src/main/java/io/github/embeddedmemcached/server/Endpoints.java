package io.github.embeddedmemcached.server;

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
 */
public record Endpoints(
        List<Tcp> tcp,
        List<InetSocketAddress> udp,
        @Nullable UnixSocket unixSocket,
        int backlog) {

    /**
     * A TCP address.
     *
     * @param address where to listen
     * @param plain without TLS, even where the server speaks it
     */
    public record Tcp(InetSocketAddress address, boolean plain) {}

    /**
     * A Unix domain socket.
     *
     * @param path its file
     * @param permissions who may use it, as the mode of the file: {@code 0700}
     */
    public record UnixSocket(Path path, int permissions) {}

    /** Tells whether one number, chosen by the system, has to be free for TCP and for UDP. */
    boolean shareFreePort() {
        return !tcp.isEmpty()
                && tcp.get(0).address().getPort() == 0
                && udp.stream().anyMatch(address -> address.getPort() == 0);
    }
}
