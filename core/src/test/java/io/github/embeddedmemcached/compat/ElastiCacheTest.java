package io.github.embeddedmemcached.compat;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import net.rubyeye.xmemcached.autodiscovery.AutoDiscoveryCacheClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests xmemcached's client for Amazon ElastiCache, which is configured with one node and discovers the others. */
@Timeout(120)
class ElastiCacheTest {
    private static final int NEVER = 0; // exptime
    private static final long POLL_MILLIS = 20;

    @AutoClose
    private final EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(3);

    private AutoDiscoveryCacheClient client;

    @BeforeEach
    void connect() throws IOException {
        client = new AutoDiscoveryCacheClient(List.of(cluster.node(1).address()), POLL_MILLIS);
        client.setOpTimeout(30_000);
        client.setFailureMode(
                false); // otherwise the client keeps a node that is closed before its removal is discovered
        awaitDiscovery();
    }

    @AfterEach
    void disconnect() throws IOException {
        client.shutdown();
    }

    private void awaitDiscovery() {
        eventually(
                "the client has discovered the nodes",
                () -> client.getCurrentConfig().getVersion() == cluster.configurationVersion()
                        && new HashSet<>(client.getAvailableServers()).equals(new HashSet<>(cluster.addresses())));
    }

    private void assertKeysAreDistributed() throws Exception {
        for (int i = 0; i < 60; i++) {
            client.set("key-" + i, NEVER, "value");
            assertThat(client.<String>get("key-" + i)).isEqualTo("value");
        }
        assertThat(cluster.nodes())
                .allSatisfy(
                        node -> assertThat(node.cache().statistics().items()).isPositive());
    }

    @Test
    void shouldDiscoverAllNodes() throws Exception {
        assertThat(client.getCurrentConfig().getNodeList()).hasSize(3);
        assertKeysAreDistributed();
    }

    @Test
    void shouldDiscoverAddedAndRemovedNodes() throws Exception {
        cluster.add();
        awaitDiscovery();
        assertKeysAreDistributed();
        cluster.remove(1); // the node with which the client was configured
        awaitDiscovery();
        assertKeysAreDistributed();
    }
}
