package io.github.embeddedmemcached.compat;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.FailureMode;
import net.spy.memcached.KetamaConnectionFactory;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.NodeLocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests failover in spymemcached: while a node is down, the client uses another node and tries to reconnect each second. */
class SpymemcachedClusterTest extends FailoverTestBase {
    private static final int NEVER = 0; // exptime

    private static class Factory extends KetamaConnectionFactory {
        @Override
        public FailureMode getFailureMode() {
            return FailureMode.Redistribute;
        }

        @Override
        public long getMaxReconnectDelay() {
            return 1; // in seconds; the minimum
        }

        @Override
        public long getOperationTimeout() {
            return TimeUnit.SECONDS.toMillis(30);
        }
    }

    private MemcachedClient client;

    @BeforeEach
    void connect() throws IOException {
        client = new MemcachedClient(new Factory(), AddrUtil.getAddresses(cluster.connectionString()));
        awaitRecovery();
    }

    @AfterEach
    void disconnect() {
        client.shutdown();
    }

    @Override
    void set(String key, String value) throws Exception {
        assertThat(client.set(key, NEVER, value).get()).isTrue();
    }

    @Override
    String get(String key) {
        return (String) client.get(key);
    }

    @Override
    List<String> keys() {
        return KEYS.stream().filter(this::hasAlternativeNode).toList();
    }

    /** Returns false for the few keys for which all seven alternatives on the client's hash ring belong to the same node. */
    private boolean hasAlternativeNode(String key) {
        NodeLocator locator = client.getNodeLocator();
        var alternatives = new HashSet<SocketAddress>();
        locator.getSequence(key).forEachRemaining(node -> alternatives.add(node.getSocketAddress()));
        alternatives.remove(locator.getPrimary(key).getSocketAddress());
        return !alternatives.isEmpty();
    }

    /** The client detects a closed connection only while it waits for a reply. */
    @Override
    void awaitFailover() {
        eventually("one node is disconnected", () -> {
            keys().forEach(client::asyncGet);
            return client.getUnavailableServers().size() == 1;
        });
    }

    @Override
    void awaitRecovery() {
        eventually(
                "all nodes are connected", () -> client.getUnavailableServers().isEmpty());
    }
}
