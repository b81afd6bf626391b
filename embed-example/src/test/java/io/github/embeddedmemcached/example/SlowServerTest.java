package io.github.embeddedmemcached.example;

import static io.github.embeddedmemcached.example.Insistence.untilAnswered;
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

/** What clients make of a server that is slow, or falls silent. */
class SlowServerTest {
    private static final Duration OVERDUE = Duration.ofSeconds(30);

    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @Test
    void shouldTimeOutInSpymemcached() throws Exception {
        var client = new MemcachedClient(
                new ConnectionFactoryBuilder().setOpTimeout(200).build(), List.of(memcached.address()));
        memcached.faults().on(command("get").key("product:7")).once().inject(Fault.delay(OVERDUE));

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
    void shouldTimeOutInFolsomOnlyWhereTheServerIsSlow() throws Exception {
        var client = MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .withConnectionTimeoutMillis(200)
                .connectAscii();
        client.awaitConnected(30, TimeUnit.SECONDS);
        FaultRule slow = memcached.faults().on(command("set")).inject(Fault.stallAfter(3));

        var overdue = client.set("product:7", "Teapot", 0).toCompletableFuture();
        assertThatThrownBy(() -> overdue.get(30, TimeUnit.SECONDS)).isNotInstanceOf(TimeoutException.class);
        assertThat(slow.timesTriggered()).isPositive(); // folsom tries again by itself

        slow.remove();
        assertThat(untilAnswered(() -> client.set("product:7", "Teapot", 0))) // over another connection
                .isEqualTo(MemcacheStatus.OK);
        client.shutdown();
    }

    @Test
    void shouldBeReadByteForByte() throws Exception {
        var client = new MemcachedClient(memcached.address());
        client.set("product:7", 0, "Teapot").get();
        memcached.faults().inject(Fault.throttle(1, Duration.ofMillis(1)));

        assertThat(client.get("product:7")).isEqualTo("Teapot");
        client.shutdown();
    }
}
