package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.client.tls.DefaultSSLEngineFactory;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.TestTls;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.ConnectionFactoryBuilder.Protocol;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.auth.AuthDescriptor;
import net.spy.memcached.auth.PlainCallbackHandler;
import org.junit.jupiter.api.Test;

/** Clients that authenticate, with and without TLS. */
class AuthenticationTest {
    @Test
    void shouldAuthenticateWithTheCorrectPassword() throws Exception {
        try (var memcached = EmbeddedMemcached.builder()
                .user("alice", "secret")
                .tls(TestTls.serverContext())
                .start()) {
            var client = MemcacheClientBuilder.newStringClient()
                    .withAddress(memcached.host(), memcached.port())
                    .withUsernamePassword("alice", "secret")
                    .withSSLEngineFactory(new DefaultSSLEngineFactory(TestTls.clientContext(), true))
                    .connectBinary();
            client.awaitConnected(30, TimeUnit.SECONDS);
            client.set("product:7", "Teapot", 0).toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertThat(client.get("product:7").toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .isEqualTo("Teapot");
            client.shutdown();
        }
    }

    @Test
    void shouldRejectAWrongPassword() throws Exception {
        try (var memcached = EmbeddedMemcached.builder().user("alice", "secret").start()) {
            var client = new MemcachedClient(
                    new ConnectionFactoryBuilder()
                            .setProtocol(Protocol.BINARY)
                            .setAuthDescriptor(new AuthDescriptor(
                                    new String[] {"PLAIN"}, new PlainCallbackHandler("alice", "password")))
                            .build(),
                    List.of(memcached.address()));
            var set = client.set("product:7", 0, "Teapot");
            assertThatThrownBy(() -> set.get(1, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(memcached.cache().get("product:7")).isNull();
            client.shutdown();
        }
    }
}
