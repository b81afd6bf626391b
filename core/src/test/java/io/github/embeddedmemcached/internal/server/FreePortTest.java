package io.github.embeddedmemcached.internal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.listen.ListenException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tests the selection of one free port for several sockets. */
class FreePortTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @Test
    void shouldRetryWithAnotherPortIfItIsInUseOnTheSecondAddress() throws Exception {
        Endpoints.Tcp free = new Endpoints.Tcp(FREE_PORT, false);
        Endpoints both = new Endpoints(List.of(free, free), List.of(), null, 1024, true);
        assertThatThrownBy(() -> SocketServer.bind(both)) // the same address twice: the shared port is always in use
                .isInstanceOf(ListenException.class);
        AtomicInteger attempts = new AtomicInteger();
        SocketServer.bind(both, () -> {
                    if (attempts.incrementAndGet() < 3) {
                        throw new ListenException(FREE_PORT, "port", new BindException("Address already in use"));
                    }
                    return SocketServer.bind(new Endpoints(List.of(free), List.of(), null, 1024));
                })
                .close();
        assertThat(attempts).hasValue(3);
    }
}
