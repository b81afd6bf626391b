package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.auth.AuthInfo;
import net.rubyeye.xmemcached.command.BinaryCommandFactory;
import net.rubyeye.xmemcached.utils.AddrUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * SASL authentication of xmemcached with addresses parsed from a connection string, as in a Spring configuration. The client finds
 * the credentials for a server by the text of its address, which contains the host name.
 */
@Timeout(60)
class XmemcachedAuthenticationTest {
    private static final int NEVER = 0;

    private static EmbeddedMemcachedBuilder builder() {
        return EmbeddedMemcached.builder().user("alice", "secret");
    }

    private static MemcachedClient connect(String connectionString, String password) throws IOException {
        var builder = new XMemcachedClientBuilder(AddrUtil.getAddresses(connectionString));
        AddrUtil.getAddresses(connectionString)
                .forEach(address -> builder.addAuthInfo(address, AuthInfo.plain("alice", password)));
        builder.setCommandFactory(new BinaryCommandFactory());
        builder.setOpTimeout(TimeUnit.SECONDS.toMillis(password.equals("secret") ? 30 : 2));
        builder.setEnableHealSession(false);
        MemcachedClient client = builder.build();
        client.setEnableHeartBeat(false);
        return client;
    }

    @Test
    void shouldAuthenticateWithTheConnectionString() throws Exception {
        try (EmbeddedMemcached memcached = builder().start()) {
            MemcachedClient client = connect(memcached.connectionString(), "secret");
            assertThat(client.set("key", NEVER, "value")).isTrue();
            assertThat(client.<String>get("key")).isEqualTo("value");
            client.shutdown();
        }
    }

    @Test
    void shouldNotAuthenticateWithAWrongPassword() throws Exception {
        try (EmbeddedMemcached memcached = builder().start()) {
            MemcachedClient client = connect(memcached.connectionString(), "wrong");
            assertThatThrownBy(() -> client.set("key", NEVER, "value")).isInstanceOf(Exception.class);
            assertThat(memcached.cache().get("key")).isNull();
            client.shutdown();
        }
    }

    @Test
    void shouldAuthenticateWithTheConnectionStringOfACluster() throws Exception {
        try (EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(3, builder())) {
            MemcachedClient client = connect(cluster.connectionString(), "secret");
            for (int i = 0; i < 60; i++) {
                assertThat(client.set("key-" + i, NEVER, "value")).isTrue();
            }
            assertThat(cluster.nodes())
                    .allSatisfy(node ->
                            assertThat(node.cache().statistics().items()).isPositive());
            client.shutdown();
        }
    }
}
