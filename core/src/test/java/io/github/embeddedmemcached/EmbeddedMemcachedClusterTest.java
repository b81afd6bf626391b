package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.testing.CommandMatcher;
import io.github.embeddedmemcached.testing.Fault;
import io.github.embeddedmemcached.testing.FaultRule;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.rubyeye.xmemcached.utils.AddrUtil;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EmbeddedMemcachedClusterTest {
    private static final byte[] VALUE = "value".getBytes(StandardCharsets.US_ASCII);

    @AutoClose
    private final EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(3);

    private static SocketClient connect(EmbeddedMemcached node) throws IOException {
        return SocketClient.connect(node.address());
    }

    // ---- nodes

    @Test
    void shouldStartIndependentNodes() throws IOException {
        assertThat(cluster.nodes()).hasSize(3).allMatch(EmbeddedMemcached::isRunning);
        assertThat(new HashSet<>(cluster.addresses())).hasSize(3);
        cluster.node(0).cache().set("key", VALUE);
        try (SocketClient client = connect(cluster.node(1))) {
            client.send("get key\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldStopANodeAndRestartItWithoutItsItems() throws IOException {
        EmbeddedMemcached node = cluster.node(1);
        node.cache().set("key", VALUE);
        cluster.stop(1);
        assertThat(cluster.nodes()).extracting(EmbeddedMemcached::isRunning).containsExactly(true, false, true);
        cluster.restart(1);
        assertThat(cluster.node(1)).isSameAs(node);
        try (SocketClient client = connect(node)) {
            client.send("get key\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldRestartANodeWithItsItems() throws IOException {
        cluster.node(1).cache().set("key", VALUE);
        cluster.stop(1);
        cluster.restart(1, Items.KEPT);
        try (SocketClient client = connect(cluster.node(1))) {
            client.send("get key\r\n").expect("VALUE key 0 5\r\nvalue\r\nEND\r\n");
        }
    }

    @Test
    void shouldKeepTheIndexesOfOtherNodesOnAddAndRemove() {
        EmbeddedMemcached first = cluster.node(0);
        EmbeddedMemcached third = cluster.node(2);
        EmbeddedMemcached second = cluster.node(1);
        cluster.remove(1);
        assertThat(second.isRunning()).isFalse();
        assertThatIllegalStateException().isThrownBy(second::restart);
        int added = cluster.add();
        assertThat(added).isEqualTo(3);
        assertThat(cluster.node(2)).isSameAs(third);
        assertThat(cluster.nodes()).containsExactly(first, third, cluster.node(added));
        assertThat(cluster.node(added).isRunning()).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> cluster.stop(1)).withMessage("node 1 has been removed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cluster.node(4))
                .withMessage("there is no node 4; the nodes are [0, 2, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cluster.remove(-1))
                .withMessage("there is no node -1; the nodes are [0, 2, 3]");
    }

    @Test
    void shouldNotRemoveTheLastNode() {
        cluster.remove(2);
        cluster.remove(0);
        assertThatIllegalStateException()
                .isThrownBy(() -> cluster.remove(1))
                .withMessage("node 1 is the last node and cannot be removed: stop it, or close the cluster");
        assertThat(cluster.node(1).isRunning()).isTrue();
    }

    @Test
    void shouldReturnTheAddressesInTheFormatOfClients() {
        cluster.stop(1); // stopped nodes are included
        assertThat(cluster.addresses())
                .containsExactlyElementsOf(
                        cluster.nodes().stream().map(EmbeddedMemcached::address).toList());
        assertThat(cluster.connectionString().split(" "))
                .containsExactlyElementsOf(cluster.nodes().stream()
                        .map(EmbeddedMemcached::connectionString)
                        .toList());
        assertThat(AddrUtil.getAddresses(cluster.connectionString())).isEqualTo(cluster.addresses());
        assertThat(net.spy.memcached.AddrUtil.getAddresses(cluster.connectionString()))
                .isEqualTo(cluster.addresses());
        assertThat(cluster.toString())
                .contains("0=EmbeddedMemcached[")
                .contains(cluster.node(1).port() + ", stopped, ");
    }

    @Test
    void shouldShareOneClock() throws IOException {
        int added = cluster.add();
        assertThat(cluster.nodes()).extracting(EmbeddedMemcached::clock).containsOnly(cluster.clock());
        try (SocketClient client = connect(cluster.node(added))) {
            client.send("set key 0 100 5\r\nvalue\r\n").expect("STORED\r\n");
            cluster.clock().advance(Duration.ofSeconds(100));
            client.send("get key\r\n").expect("END\r\n");
        }
        var clock = new TestClock();
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().clock(clock);
        try (EmbeddedMemcachedCluster other = EmbeddedMemcachedCluster.start(2, builder)) {
            assertThat(other.clock()).isSameAs(clock);
            assertThat(other.node(1).clock()).isSameAs(clock);
        }
    }

    @Test
    void shouldRestoreTheInitialStateOnReset() throws IOException {
        List<InetSocketAddress> addresses = cluster.addresses();
        cluster.node(0).cache().set("key", VALUE);
        cluster.node(1).cache().set("key", VALUE);
        cluster.stop(1);
        cluster.node(2).pause();
        cluster.clock().freeze();
        cluster.reset();
        assertThat(cluster.nodes()).allMatch(EmbeddedMemcached::isRunning);
        assertThat(cluster.node(0).cache().get("key")).isNull();
        assertThat(cluster.node(1).cache().get("key")).isNull();
        assertThat(cluster.clock().isFrozen()).isFalse();
        assertThat(cluster.addresses()).isEqualTo(addresses);
        assertConfiguration(cluster.node(1), body(1, cluster.node(0), cluster.node(1), cluster.node(2)));
    }

    // ---- start and close

    @Test
    void shouldApplyTheSettingsToEachNode() {
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().memoryLimitBytes(2 << 20);
        try (EmbeddedMemcachedCluster small = EmbeddedMemcachedCluster.start(2, builder)) {
            builder.memoryLimitBytes(4 << 20);
            int added = small.add();
            assertThat(small.node(0).cache().memoryLimitBytes()).isEqualTo(2 << 20);
            assertThat(small.node(added).cache().memoryLimitBytes()).isEqualTo(2 << 20);
        }
    }

    private static ServerSocket occupyAPortAfterAFreeOne() throws IOException {
        while (true) {
            ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            try {
                new ServerSocket(taken.getLocalPort() - 1, 1, InetAddress.getLoopbackAddress()).close();
                return taken;
            } catch (BindException e) {
                taken.close();
            }
        }
    }

    @Test
    void shouldUseConsecutivePortsAndCloseNodesIfAPortIsInUse() throws IOException {
        try (ServerSocket taken = occupyAPortAfterAFreeOne()) {
            int port = taken.getLocalPort() - 1;
            EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().port(port);
            assertThatThrownBy(() -> EmbeddedMemcachedCluster.start(2, builder))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(String.valueOf(taken.getLocalPort()));
            try (EmbeddedMemcachedCluster one = EmbeddedMemcachedCluster.start(1, builder)) {
                assertThat(one.addresses())
                        .containsExactly(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                assertThatThrownBy(one::add).isInstanceOf(UncheckedIOException.class);
                assertThat(one.nodes()).hasSize(1);
                assertThat(one.configurationVersion()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldRejectSettingsThatDoNotApplyToACluster() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddedMemcachedCluster.start(0))
                .withMessage("the number of nodes must be at least 1: 0");
        EmbeddedMemcachedBuilder unix = EmbeddedMemcached.builder().unixSocket(Path.of("memcached.sock"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddedMemcachedCluster.start(2, unix))
                .withMessage("the nodes of a cluster can't share a Unix domain socket: memcached.sock");
        EmbeddedMemcachedBuilder noTcp = EmbeddedMemcached.builder().tcp(false);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddedMemcachedCluster.start(2, noTcp))
                .withMessage("the nodes of a cluster are distinguished by their TCP ports: tcp(false) is not possible");
        EmbeddedMemcachedBuilder highPort = EmbeddedMemcached.builder().port(65534);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddedMemcachedCluster.start(3, highPort))
                .withMessage("3 nodes do not fit into the ports from 65534 to 65535");
    }

    @Test
    void shouldCloseAllNodes() {
        cluster.stop(0);
        cluster.close();
        cluster.close();
        assertThat(cluster.nodes()).hasSize(3).noneMatch(EmbeddedMemcached::isRunning);
        assertThatIllegalStateException().isThrownBy(() -> cluster.restart(0));
        assertThatIllegalStateException()
                .isThrownBy(cluster::add)
                .withMessage("the cluster has been closed: start another one");
        assertThat(cluster.addresses()).hasSize(3);
    }

    @Test
    void shouldContinueWithTheOtherNodesIfOneFails() {
        var done = new ArrayList<Integer>();
        var first = new IllegalStateException("1");
        var second = new IllegalStateException("3");
        assertThatThrownBy(() -> EmbeddedMemcachedCluster.doAll(List.of(0, 1, 2, 3, 4), node -> {
                    if (node % 2 == 1) {
                        throw node == 1 ? first : second;
                    }
                    done.add(node);
                }))
                .isSameAs(first)
                .hasSuppressedException(second);
        assertThat(done).containsExactly(0, 2, 4);
    }

    @Test
    void shouldAddNodesFromSeveralThreads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            var changes = new ArrayList<Callable<Object>>();
            for (int i = 0; i < 8; i++) {
                changes.add(Executors.callable(() -> cluster.remove(cluster.add())));
            }
            for (Future<Object> change : pool.invokeAll(changes)) {
                change.get();
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(cluster.nodes()).hasSize(3);
        assertThat(cluster.configurationVersion()).isEqualTo(1 + 16);
    }

    // ---- auto discovery

    private static String body(int version, EmbeddedMemcached... nodes) {
        var body = new StringBuilder().append(version).append('\n');
        for (EmbeddedMemcached node : nodes) {
            body.append(node == nodes[0] ? "" : " ").append("127.0.0.1|127.0.0.1|" + node.port());
        }
        return body.append('\n').toString();
    }

    private static void assertConfiguration(EmbeddedMemcached node, String body) throws IOException {
        try (SocketClient client = connect(node)) {
            client.send("config get cluster\r\n")
                    .expect("CONFIG cluster 0 " + body.length() + "\r\n" + body + "\r\nEND\r\n");
            client.send("get AmazonElastiCache:cluster\r\n")
                    .expect("VALUE AmazonElastiCache:cluster 0 " + body.length() + "\r\n" + body + "\r\nEND\r\n");
        }
    }

    @Test
    void shouldReturnAllNodesFromEachNode() throws IOException {
        EmbeddedMemcached[] nodes = cluster.nodes().toArray(EmbeddedMemcached[]::new);
        for (EmbeddedMemcached node : nodes) {
            assertConfiguration(node, body(1, nodes));
        }
    }

    private static byte[] binaryRequest(int code, String key) {
        return ByteBuffer.allocate(24 + key.length())
                .put(0, (byte) 0x80)
                .put(1, (byte) code)
                .putShort(2, (short) key.length())
                .putInt(8, key.length())
                .putInt(12, 0xfedcba98)
                .put(24, key.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    private static byte[] binaryResponse(int code, String body) {
        return ByteBuffer.allocate(28 + body.length())
                .put(0, (byte) 0x81)
                .put(1, (byte) code)
                .put(4, (byte) 4)
                .putInt(8, 4 + body.length())
                .putInt(12, 0xfedcba98)
                .put(28, body.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    @Test
    void shouldReturnAllNodesOverTheBinaryProtocol() throws IOException {
        String body = body(1, cluster.nodes().toArray(EmbeddedMemcached[]::new));
        try (SocketClient client = connect(cluster.node(2))) {
            for (int i = 0; i < 2; i++) {
                client.send(binaryRequest(0x60, "cluster"));
                assertThat(client.read(28 + body.length())).isEqualTo(binaryResponse(0x60, body));
            }
            client.send(binaryRequest(0x00, "AmazonElastiCache:cluster"));
            assertThat(client.read(28 + body.length())).isEqualTo(binaryResponse(0x00, body));
        }
    }

    @Test
    void shouldIncrementTheVersionWhenANodeIsAddedOrRemoved() throws IOException {
        assertThat(cluster.configurationVersion()).isEqualTo(1);
        EmbeddedMemcached added = cluster.node(cluster.add());
        assertThat(cluster.configurationVersion()).isEqualTo(2);
        assertConfiguration(added, body(2, cluster.node(0), cluster.node(1), cluster.node(2), added));
        cluster.remove(0);
        assertThat(cluster.configurationVersion()).isEqualTo(3);
        assertConfiguration(cluster.node(1), body(3, cluster.node(1), cluster.node(2), added));
    }

    @Test
    void shouldIncludeStoppedNodesAndKeepTheVersion() throws IOException {
        cluster.stop(0);
        cluster.stop(1);
        assertConfiguration(cluster.node(2), body(1, cluster.node(0), cluster.node(1), cluster.node(2)));
        cluster.restart(0);
        cluster.restart(1, Items.KEPT);
        assertConfiguration(cluster.node(0), body(1, cluster.node(0), cluster.node(1), cluster.node(2)));
        assertConfiguration(cluster.node(1), body(1, cluster.node(0), cluster.node(1), cluster.node(2)));
    }

    @Test
    void shouldApplyFaultsAndRecordAutoDiscovery() throws IOException {
        EmbeddedMemcached node = cluster.node(0);
        String body = body(1, cluster.nodes().toArray(EmbeddedMemcached[]::new));
        FaultRule slow = node.faults().inject(Fault.throttle(40, Duration.ofMillis(1)));
        node.recording().start();
        assertConfiguration(node, body);
        assertThat(slow.timesTriggered()).isEqualTo(2);
        assertThat(node.recording().commands())
                .extracting(Command::line)
                .containsExactly("config get cluster", "get AmazonElastiCache:cluster");
        slow.remove();
        node.recording().stop();
        assertConfiguration(node, body);
    }

    @Test
    void shouldReturnTheReplyOfAFaultInsteadOfTheConfiguration() throws IOException {
        cluster.node(0).faults().on(CommandMatcher.command("config")).once().inject(Fault.serverError("busy"));
        try (SocketClient client = connect(cluster.node(0))) {
            client.send("config get cluster\r\n").expect("SERVER_ERROR busy\r\n");
        }
        assertConfiguration(cluster.node(0), body(1, cluster.nodes().toArray(EmbeddedMemcached[]::new)));
    }

    @Test
    void shouldNotAffectOtherCommands() throws IOException {
        try (SocketClient client = connect(cluster.node(0))) {
            client.send("config get nothing\r\n").expect("ERROR\r\n");
            client.send("config set cluster\r\n").expect("ERROR\r\n");
            client.send("get AmazonElastiCache:other\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldNotBeSupportedByASingleServer() throws IOException {
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start();
                SocketClient client = connect(memcached)) {
            client.send("config get cluster\r\n").expect("ERROR\r\n");
            client.send("get AmazonElastiCache:cluster\r\n").expect("END\r\n");
        }
    }
}
