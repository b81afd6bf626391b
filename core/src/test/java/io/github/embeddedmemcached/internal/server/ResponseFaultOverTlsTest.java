package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.IOException;

/** Runs the tests of response faults over TLS. The byte counts refer to the decrypted bytes. */
class ResponseFaultOverTlsTest extends ResponseFaultTest {
    @Override
    TlsSettings tls() {
        return TlsSettings.of(TestTls.serverContext(), null);
    }

    @Override
    SocketClient connect() throws IOException {
        return SocketClient.connectTls(server.address(), TestTls.clientContext(), "TLSv1.3");
    }
}
