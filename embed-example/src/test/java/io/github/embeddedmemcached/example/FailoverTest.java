package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.MemcachedClientStateListener;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.impl.KetamaMemcachedSessionLocator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A cluster of three servers, one of which fails. */
class FailoverTest {
    @AutoClose
    private final EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(3);

    private final CountDownLatch disconnected = new CountDownLatch(1);

    @Test
    void shouldUseTheRemainingNodes() throws Exception {
        var builder = new XMemcachedClientBuilder(cluster.addresses());
        builder.setSessionLocator(new KetamaMemcachedSessionLocator());
        builder.addStateListener(new DisconnectListener());
        var client = builder.build();
        client.setOpTimeout(30_000);
        storeHundredItems(client);
        assertThat(cluster.nodes()).allSatisfy(node -> assertThat(items(node)).isPositive());

        cluster.stop(0);
        assertThat(disconnected.await(30, TimeUnit.SECONDS)).isTrue();
        cluster.nodes().forEach(node -> node.cache().flushAll());
        storeHundredItems(client);
        assertThat(items(cluster.node(0))).isZero();
        assertThat(items(cluster.node(1)) + items(cluster.node(2))).isEqualTo(100);
        client.shutdown();
    }

    private static void storeHundredItems(MemcachedClient client) throws Exception {
        for (int id = 0; id < 100; id++) {
            assertThat(client.set(id + ":product", 0, "Teapot")).isTrue();
        }
    }

    private static long items(EmbeddedMemcached node) {
        return node.cache().statistics().items();
    }

    /** Signals that the client has detected the failure. */
    private final class DisconnectListener implements MemcachedClientStateListener {
        @Override
        public void onDisconnected(MemcachedClient client, InetSocketAddress node) {
            disconnected.countDown();
        }

        @Override
        public void onConnected(MemcachedClient client, InetSocketAddress node) {}

        @Override
        public void onStarted(MemcachedClient client) {}

        @Override
        public void onShutDown(MemcachedClient client) {}

        @Override
        public void onException(MemcachedClient client, Throwable failure) {}
    }
}
