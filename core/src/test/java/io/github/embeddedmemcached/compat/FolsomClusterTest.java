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

/** folsom, which goes to the next node on its ring as long as the right one is dead. */
class FolsomClusterTest extends ThreeNodes {
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
        awaitReturn();
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
    void awaitLoss() {
        eventually("a node is lost", () -> client.numActiveConnections() == 2);
    }

    @Override
    void awaitReturn() {
        eventually("no node is lost", () -> client.numActiveConnections() == 3);
    }
}
