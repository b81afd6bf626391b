package io.github.embeddedmemcached.compat;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.spotify.folsom.AsciiMemcacheClient;
import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheStatus;
import io.github.embeddedmemcached.EmbeddedMemcached;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests failover in folsom: while a node is down, the client uses the next node of its hash ring. */
class FolsomClusterTest extends FailoverTestBase {
    private static final long RECONNECT_MILLIS = 20;

    private AsciiMemcacheClient<String> client;

    @BeforeEach
    void connect() {
        MemcacheClientBuilder<String> builder = MemcacheClientBuilder.newStringClient()
                .withBackoff(attempt -> RECONNECT_MILLIS)
                .withConnectionTimeoutMillis(TimeUnit.SECONDS.toMillis(30));
        for (EmbeddedMemcached node : cluster.nodes()) {
            builder.withAddress(node.host(), node.port());
        }
        client = builder.connectAscii();
        awaitRecovery();
    }

    @AfterEach
    void disconnect() throws Exception {
        FolsomFixture.disconnect(client);
    }

    @Override
    void set(String key, String value) throws Exception {
        assertThat(FolsomFixture.await(client.set(key, value, FolsomFixture.NEVER)))
                .isEqualTo(MemcacheStatus.OK);
    }

    @Override
    String get(String key) throws Exception {
        return FolsomFixture.await(client.get(key));
    }

    @Override
    void awaitFailover() {
        eventually("one node is disconnected", () -> client.numActiveConnections() == 2);
    }

    @Override
    void awaitRecovery() {
        eventually("all nodes are connected", () -> client.numActiveConnections() == 3);
    }
}
