package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A server with users and TLS; the client is a plain SSL socket. */
class TlsAuthenticationTest {
    @Test
    void shouldExecuteCommandsOnlyAfterAuthentication() throws Exception {
        try (var memcached = EmbeddedMemcached.builder()
                .user("alice", "secret")
                .tls(TestTls.serverContext())
                .start()) {
            try (Socket socket = TestTls.clientContext()
                            .getSocketFactory()
                            .createSocket(memcached.host(), memcached.port());
                    var replies = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
                send(socket, "get greeting\r\n");
                assertThat(replies.readLine()).isEqualTo("CLIENT_ERROR unauthenticated");
                send(socket, "set login 0 0 12\r\nalice secret\r\n");
                assertThat(replies.readLine()).isEqualTo("STORED");
                send(socket, "set greeting 0 0 5\r\nhello\r\n");
                assertThat(replies.readLine()).isEqualTo("STORED");
                assertThat(memcached.cache().get("greeting")).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    private static void send(Socket socket, String request) throws Exception {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }
}
