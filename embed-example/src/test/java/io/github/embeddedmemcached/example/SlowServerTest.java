package io.github.embeddedmemcached.example;

import static io.github.embeddedmemcached.example.Retries.retry;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheStatus;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.Fault;
import io.github.embeddedmemcached.testing.FaultRule;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.OperationTimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The reactions of clients to a server that is slow or stops sending. */
class SlowServerTest {
    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @Test
    void shouldTimeOutInSpymemcached() throws Exception {
        var client = new MemcachedClient(
                new ConnectionFactoryBuilder().setOpTimeout(200).build(), List.of(memcached.address()));
        memcached.faults().on(command("get").key("product:7")).once().inject(Fault.delay(Duration.ofSeconds(30)));

        assertThatThrownBy(() -> client.get("product:7")).isInstanceOf(OperationTimeoutException.class);
        client.shutdown();
    }

    @Test
    void shouldTimeOutInXmemcached() throws Exception {
        var client = new XMemcachedClientBuilder(List.of(memcached.address())).build();
        client.setOpTimeout(200);
        memcached.faults().on(command("get")).inject(Fault.stall());

        assertThatThrownBy(() -> client.get("product:7")).isInstanceOf(TimeoutException.class);
        client.shutdown();
    }

    @Test
    void shouldTimeOutInFolsomAndRecover() throws Exception {
        var client = MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .withConnectionTimeoutMillis(200)
                .connectAscii();
        client.awaitConnected(30, TimeUnit.SECONDS);
        FaultRule slow = memcached.faults().on(command("set")).inject(Fault.stallAfter(3));

        var future = client.set("product:7", "Teapot", 0).toCompletableFuture();
        assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS)).isNotInstanceOf(TimeoutException.class);
        assertThat(slow.timesTriggered()).isPositive(); // folsom retries on its own

        slow.remove();
        assertThat(retry(() -> client.set("product:7", "Teapot", 0))) // over a new connection
                .isEqualTo(MemcacheStatus.OK);
        client.shutdown();
    }

    @Test
    void shouldReceiveAThrottledReply() throws Exception {
        var client = new MemcachedClient(memcached.address());
        client.set("product:7", 0, "Teapot").get();
        memcached.faults().inject(Fault.throttle(1, Duration.ofMillis(1)));

        assertThat(client.get("product:7")).isEqualTo("Teapot");
        client.shutdown();
    }
}
