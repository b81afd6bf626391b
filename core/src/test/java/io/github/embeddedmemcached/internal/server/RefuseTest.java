package io.github.embeddedmemcached.internal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.listen.ListenException;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests that a server can refuse new connections while the existing ones stay open. */
@Timeout(60)
class RefuseTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final List<SocketServer> servers = new ArrayList<>();

    @AfterEach
    void closeServers() {
        servers.forEach(SocketServer::close);
    }

    private SocketServer start(Endpoints.@Nullable UnixSocket unixSocket) throws IOException {
        SocketServer server = SocketServer.bind(
                new Endpoints(List.of(new Endpoints.Tcp(FREE_PORT, false)), List.of(), unixSocket, 1024));
        servers.add(server);
        ServerSettings settings = ServerSettings.defaults().with(ServerOption.THREADS, 2);
        server.serve(new ServerContext(Engines.of(Cache.builder().build()), settings, Clock.systemUTC()), 0, null);
        return server;
    }

    private static void assertRefused(SocketServer server) {
        assertThatThrownBy(() -> SocketClient.connect(server.address()).close()).isInstanceOf(ConnectException.class);
    }

    @Test
    void shouldRefuseNewConnectionsAndServeExistingOnes() throws IOException {
        SocketServer server = start(null);
        try (SocketClient client = SocketClient.connect(server.address())) {
            server.refuse(true);
            assertRefused(server);
            client.send("get k\r\n").expect("END\r\n");
            server.refuse(true);
            assertRefused(server);
            client.send("get k\r\n").expect("END\r\n");
        }
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void shouldListenAgainOnTheSamePort() throws IOException {
        SocketServer server = start(null);
        try (SocketClient old = SocketClient.connect(server.address())) {
            for (int i = 0; i < 20; i++) {
                server.refuse(true);
                server.refuse(false);
                server.refuse(false);
                try (SocketClient client = SocketClient.connect(server.address())) {
                    client.send("get k\r\n").expect("END\r\n");
                }
                old.send("get k\r\n").expect("END\r\n");
            }
        }
        assertThat(server.failures()).isZero();
    }

    @Test
    void shouldAcceptClientsThatConnectedBefore() throws IOException {
        SocketServer server = start(null);
        for (int i = 0; i < 50; i++) {
            try (SocketClient client = SocketClient.connect(server.address())) {
                server.refuse(true);
                client.send("get k\r\n").expect("END\r\n");
            }
            server.refuse(false);
        }
    }

    @Test
    void shouldRefuseOnAUnixDomainSocket(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("s");
        SocketServer server = start(new Endpoints.UnixSocket(path, 0700));
        server.refuse(true);
        assertThat(path).doesNotExist();
        server.refuse(false);
        SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
        server.close();
        assertThat(path).doesNotExist();
    }

    @Test
    void shouldKeepRefusingIfAnotherProcessHasBoundThePort() throws IOException {
        SocketServer server = start(null);
        server.refuse(true);
        try (ServerSocket other =
                new ServerSocket(server.address().getPort(), 1, server.address().getAddress())) {
            assertThat(other.isBound()).isTrue();
            assertThatThrownBy(() -> server.refuse(false))
                    .isInstanceOf(ListenException.class)
                    .hasMessageContaining("port " + server.address().getPort());
        }
        assertRefused(server);
        server.refuse(false);
        SocketClient.connect(server.address()).close();
    }

    @Test
    void shouldListListeningSocketsOnlyWhileTheyListen() throws IOException {
        SocketServer server = start(null);
        try (SocketClient client = SocketClient.connect(server.address())) {
            server.refuse(true);
            client.send("stats conns\r\nquit\r\n");
            assertThat(client.readUntilClosed()).doesNotContain("conn_listening");
        }
        server.refuse(false);
        try (SocketClient client = SocketClient.connect(server.address())) {
            client.send("stats conns\r\nquit\r\n");
            assertThat(client.readUntilClosed()).containsOnlyOnce("conn_listening");
        }
    }

    @Test
    void shouldStayClosedIfClosedWhileRefusing() throws IOException {
        SocketServer server = start(null);
        server.refuse(true);
        server.close();
        server.refuse(false);
        assertRefused(server);
    }
}
