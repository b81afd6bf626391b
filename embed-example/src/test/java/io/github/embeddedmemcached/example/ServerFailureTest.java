package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.spotify.folsom.MemcacheClientBuilder;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.OperationTimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A server that fails and recovers, or hangs temporarily. */
class ServerFailureTest {
    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @Test
    void shouldKeepItemsDuringANetworkFailure() throws Exception {
        var client = MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .connectAscii();
        client.awaitConnected(30, TimeUnit.SECONDS);
        client.set("product:7", "Teapot", 0).toCompletableFuture().get(30, TimeUnit.SECONDS);

        memcached.stop();
        client.awaitDisconnected(30, TimeUnit.SECONDS);
        var failed = client.get("product:7").toCompletableFuture();
        assertThatThrownBy(() -> failed.get(30, TimeUnit.SECONDS)).isNotInstanceOf(TimeoutException.class);

        memcached.restart(Items.KEPT);
        client.awaitConnected(30, TimeUnit.SECONDS);
        assertThat(client.get("product:7").toCompletableFuture().get(30, TimeUnit.SECONDS))
                .isEqualTo("Teapot");
        client.shutdown();
    }

    @Test
    void shouldReplyAfterAPause() throws Exception {
        var client = new MemcachedClient(
                new ConnectionFactoryBuilder().setOpTimeout(200).build(), List.of(memcached.address()));
        memcached.pause();
        assertThatThrownBy(() -> client.get("product:7")).isInstanceOf(OperationTimeoutException.class);

        memcached.resume();
        var future = client.asyncGet("product:7");
        assertThat(future.get(30, TimeUnit.SECONDS)).isNull();
        client.shutdown();
    }
}
