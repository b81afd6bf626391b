package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.testing.TestTls;
import java.io.IOException;

/** What is counted are the bytes that TLS carries. */
class DisturbanceOverTlsTest extends DisturbanceTest {
    @Override
    TlsSettings tls() {
        return TlsSettings.of(TestTls.serverContext(), null);
    }

    @Override
    SocketClient connect() throws IOException {
        return SocketClient.connectTls(server.address(), TestTls.clientContext(), "TLSv1.3");
    }
}
