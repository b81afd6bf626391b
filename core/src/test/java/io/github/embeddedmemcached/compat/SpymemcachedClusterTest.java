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

/** spymemcached, which goes to another node as long as the right one is dead, and tries that one again every second. */
class SpymemcachedClusterTest extends ThreeNodes {
    private static final int NEVER = 0;

    private static class Factory extends KetamaConnectionFactory {
        @Override
        public FailureMode getFailureMode() {
            return FailureMode.Redistribute;
        }

        @Override
        public long getMaxReconnectDelay() {
            return 1; // second, and the least there is
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
        awaitReturn();
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
        return KEYS.stream().filter(this::hasRefuge).toList();
    }

    /** It looks for a living node at seven places of its ring; for a few keys these all belong to the node that is dead. */
    private boolean hasRefuge(String key) {
        NodeLocator locator = client.getNodeLocator();
        var places = new HashSet<SocketAddress>();
        locator.getSequence(key).forEachRemaining(node -> places.add(node.getSocketAddress()));
        places.remove(locator.getPrimary(key).getSocketAddress());
        return !places.isEmpty();
    }

    /** It listens only while it waits for an answer. */
    @Override
    void awaitLoss() {
        eventually("a node is lost", () -> {
            keys().forEach(client::asyncGet);
            return client.getUnavailableServers().size() == 1;
        });
    }

    @Override
    void awaitReturn() {
        eventually("no node is lost", () -> client.getUnavailableServers().isEmpty());
    }
}
