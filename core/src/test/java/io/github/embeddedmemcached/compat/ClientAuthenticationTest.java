package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.spotify.folsom.BinaryMemcacheClient;
import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheStatus;
import io.github.embeddedmemcached.EmbeddedMemcached;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.auth.AuthInfo;
import net.rubyeye.xmemcached.command.BinaryCommandFactory;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.auth.AuthDescriptor;
import net.spy.memcached.auth.PlainCallbackHandler;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the authentication of clients, with the correct and with a wrong password. */
class ClientAuthenticationTest {
    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.builder()
            .user("alice", "open sesame")
            .user("bob", "secret")
            .start();

    private MemcachedClient spymemcached(AuthDescriptor descriptor) throws IOException {
        var factory = new ConnectionFactoryBuilder()
                .setProtocol(ConnectionFactoryBuilder.Protocol.BINARY)
                .setOpTimeout(TimeUnit.SECONDS.toMillis(30))
                .setAuthDescriptor(descriptor)
                .build();
        return new MemcachedClient(factory, List.of(memcached.address()));
    }

    @Test
    void shouldAuthenticateSpymemcached() throws Exception {
        var plain = new AuthDescriptor(new String[] {"PLAIN"}, new PlainCallbackHandler("alice", "open sesame"));
        MemcachedClient client = spymemcached(plain);
        assertThat(client.set("key", 0, "value").get()).isTrue();
        assertThat(client.get("key")).isEqualTo("value");
        client.shutdown();
        assertThat(memcached.cache().get("key")).isEqualTo("value".getBytes());
    }

    @Test
    void shouldAuthenticateSpymemcachedAfterListOfMechanisms() throws Exception {
        MemcachedClient client =
                spymemcached(new AuthDescriptor(new String[0], new PlainCallbackHandler("bob", "secret")));
        assertThat(client.set("key", 0, "value").get()).isTrue();
        client.shutdown();
    }

    @Test
    void shouldRejectSpymemcachedWithWrongPassword() throws Exception {
        var wrong = new AuthDescriptor(new String[] {"PLAIN"}, new PlainCallbackHandler("alice", "open barley"));
        MemcachedClient client = spymemcached(wrong);
        var future = client.set("key", 0, "value");
        assertThatThrownBy(() -> future.get(2, TimeUnit.SECONDS)).isInstanceOf(Exception.class);
        client.shutdown();
        assertThat(memcached.cache().get("key")).isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAuthenticateXmemcachedOnlyWithCorrectPassword(boolean isCorrect) throws Exception {
        var builder = new XMemcachedClientBuilder(List.of(memcached.address()));
        builder.setCommandFactory(new BinaryCommandFactory());
        builder.addAuthInfo(memcached.address(), AuthInfo.plain("alice", isCorrect ? "open sesame" : "open barley"));
        builder.setOpTimeout(TimeUnit.SECONDS.toMillis(isCorrect ? 30 : 2));
        builder.setEnableHealSession(false);
        var client = builder.build();
        client.setEnableHeartBeat(false);
        if (isCorrect) {
            assertThat(client.set("key", 0, "value")).isTrue();
            assertThat(client.<String>get("key")).isEqualTo("value");
        } else {
            assertThatThrownBy(() -> client.set("key", 0, "value")).isInstanceOf(Exception.class);
            assertThat(memcached.cache().get("key")).isNull();
        }
        client.shutdown();
    }

    @Test
    void shouldAuthenticateTextClientByFirstSet() throws Exception {
        try (Socket socket = new Socket(memcached.host(), memcached.port());
                var in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))) {
            socket.setSoTimeout(30_000);
            var out = socket.getOutputStream();
            out.write("get key\r\n".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(in.readLine()).isEqualTo("CLIENT_ERROR unauthenticated");
            out.write("set me 0 0 17\r\nalice open sesame\r\nset key 0 0 1\r\na\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1));
            assertThat(in.readLine()).isEqualTo("STORED");
            assertThat(in.readLine()).isEqualTo("STORED");
        }
        assertThat(memcached.cache().get("me")).isNull();
        assertThat(memcached.cache().get("key")).isEqualTo(new byte[] {'a'});
    }

    private BinaryMemcacheClient<String> folsom(String password) {
        return MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .withUsernamePassword("alice", password)
                .connectBinary();
    }

    @Test
    void shouldAuthenticateFolsom() throws Exception {
        var client = folsom("open sesame");
        client.awaitConnected(30, TimeUnit.SECONDS);
        assertThat(client.set("key", "value", 0).toCompletableFuture().get(30, TimeUnit.SECONDS))
                .isEqualTo(MemcacheStatus.OK);
        client.shutdown();
        client.awaitFullyDisconnected(30, TimeUnit.SECONDS);
    }

    @Test
    void shouldRejectFolsomWithWrongPassword() throws Exception {
        var client = folsom("open barley");
        assertThatThrownBy(() ->
                        client.set("key", "value", 0).toCompletableFuture().get(30, TimeUnit.SECONDS))
                .isInstanceOf(Exception.class);
        assertThat(memcached.cache().get("key")).isNull();
        client.shutdown();
    }
}
