package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.Set;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NamedServerTest {
    private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();
    private static final String NAME = "NamedServerTest";

    @AfterEach
    void shouldLeaveNothingRegistered() throws Exception {
        assertThat(registered()).isEmpty();
    }

    private static Set<ObjectName> registered() throws Exception {
        return BEANS.queryNames(new ObjectName("io.github.embeddedmemcached:name=" + NAME + "*,*"), null);
    }

    private static Object get(String attribute) throws Exception {
        return BEANS.getAttribute(new ObjectName("io.github.embeddedmemcached:type=Server,name=" + NAME), attribute);
    }

    private static boolean isEqual(String attribute, Object value) {
        try {
            return get(attribute).equals(value);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static EmbeddedMemcachedBuilder builder() {
        return EmbeddedMemcached.builder().name(NAME).threads(1).maxConnections(7);
    }

    @Test
    void shouldShowTheFiguresOfAServer() throws Exception {
        try (EmbeddedMemcached memcached = builder().start();
                SocketClient client = SocketClient.connect(memcached.address())) {
            client.send("set k 0 0 1\r\nx\r\n").expect("STORED\r\n");
            client.send("get k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\n");
            assertThat(get("Name")).isEqualTo(NAME);
            assertThat(get("Address")).isEqualTo(memcached.host() + ":" + memcached.port());
            assertThat(get("Threads")).isEqualTo(1L);
            assertThat(get("Connections")).isEqualTo(1L);
            assertThat(get("TotalConnections")).isEqualTo(1L);
            assertThat(get("RejectedConnections")).isEqualTo(0L);
            assertThat(get("MaxConnections")).isEqualTo(7L);
            assertThat(get("BytesRead")).isEqualTo(23L);
            eventually("the replies are counted, after they were sent", () -> isEqual("BytesWritten", 29L));
            assertThat(get("Commands")).isEqualTo(2L);
            assertThat(BEANS.getAttribute(
                            new ObjectName("io.github.embeddedmemcached:type=Cache,name=" + NAME), "Items"))
                    .isEqualTo(1L);
        }
    }

    @Test
    void shouldShowWhetherTheServerIsRunningAndPaused() throws Exception {
        try (EmbeddedMemcached memcached = builder().start()) {
            assertThat(get("Running")).isEqualTo(true);
            assertThat(get("Paused")).isEqualTo(false);
            memcached.pause();
            assertThat(get("Paused")).isEqualTo(true);
            memcached.resume();
            assertThat(get("Paused")).isEqualTo(false);
            memcached.pause();
            memcached.stop();
            assertThat(get("Running")).isEqualTo(false);
            assertThat(get("Paused")).isEqualTo(false);
            memcached.restart();
            assertThat(get("Running")).isEqualTo(true);
        }
    }

    @Test
    void shouldDescribeEachAttributeWithAValue() throws Exception {
        try (EmbeddedMemcached memcached = builder().start()) {
            assertThat(memcached.name()).isEqualTo(NAME);
            ObjectName name = new ObjectName("io.github.embeddedmemcached:type=Server,name=" + NAME);
            String[] names = Arrays.stream(BEANS.getMBeanInfo(name).getAttributes())
                    .map(MBeanAttributeInfo::getName)
                    .toArray(String[]::new);
            assertThat(names).contains("CommandsPerSecond", "BytesReadPerSecond");
            assertThat(BEANS.getAttributes(name, names)).hasSameSizeAs(names);
        }
    }

    @Test
    void shouldShowTheNameInToString() {
        try (EmbeddedMemcached memcached = builder().start()) {
            assertThat(memcached.toString()).startsWith("EmbeddedMemcached[" + NAME + ": 127.0.0.1:");
            assertThat(memcached.cache().toString()).startsWith("Cache[" + NAME + ": items=0");
        }
    }

    @Test
    void shouldRegisterNothingIfTheServerCannotStart() throws IOException {
        try (ServerSocket occupied = new ServerSocket(0)) {
            EmbeddedMemcachedBuilder builder =
                    builder().bindAddress(occupied.getInetAddress()).port(occupied.getLocalPort());
            assertThatThrownBy(builder::start).isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void shouldNumberTheNodesOfACluster() throws Exception {
        try (EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(2, builder())) {
            assertThat(cluster.nodes()).extracting(EmbeddedMemcached::name).containsExactly(NAME + "-0", NAME + "-1");
            assertThat(registered()).hasSize(4);
        }
    }

    @Test
    void shouldRejectAnEmptyName() {
        assertThatThrownBy(() -> EmbeddedMemcached.builder().name(""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the name of a server must not be empty");
    }
}
