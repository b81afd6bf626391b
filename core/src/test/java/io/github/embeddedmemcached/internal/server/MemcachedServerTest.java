package io.github.embeddedmemcached.internal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemcachedServerTest {
    private static Endpoints tcp(InetSocketAddress... addresses) {
        return new Endpoints(
                Stream.of(addresses)
                        .map(address -> new Endpoints.Tcp(address, false))
                        .toList(),
                List.of(),
                null,
                1024);
    }

    @Test
    void shouldSetThePermissionsOfTheUnixDomainSocket(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("socket");
        Endpoints endpoints = new Endpoints(List.of(), List.of(), new Endpoints.UnixSocket(file, 0765), 1024);
        try (MemcachedServer memcached = MemcachedServers.start(endpoints)) {
            assertThat(memcached.isRunning()).isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rwxrw-r-x");
        }
    }

    @Test
    void shouldListenOnSeveralAddresses() throws IOException {
        InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (MemcachedServer memcached = MemcachedServers.start(tcp(free, free))) {
            List<Endpoints.Tcp> endpoints = memcached.endpoints().tcp();
            InetSocketAddress first = Objects.requireNonNull(memcached.address());
            assertThat(first).isEqualTo(endpoints.get(0).address());
            assertThat(endpoints.get(1).address().getPort()).isNotIn(0, first.getPort());
            for (int round = 0; round < 2; round++) {
                for (Endpoints.Tcp endpoint : endpoints) {
                    try (SocketClient client = SocketClient.connect(endpoint.address())) {
                        client.send("get k\r\n").expect("END\r\n");
                    }
                }
                memcached.restart(false);
            }
        }
    }

    @Test
    void shouldBindNoPortIfOneOfThemIsInUse() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EmbeddedMemcached first = EmbeddedMemcached.start()) {
            InetSocketAddress wasFree = first.address();
            first.stop();
            InetSocketAddress taken = (InetSocketAddress) other.getLocalSocketAddress();
            Endpoints endpoints = tcp(wasFree, taken);
            assertThatThrownBy(() -> MemcachedServers.start(endpoints))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith("cannot listen on 127.0.0.1 port " + taken.getPort());
            try (ServerSocket again = new ServerSocket()) {
                again.setReuseAddress(true);
                again.bind(wasFree);
            }
        }
    }
}
