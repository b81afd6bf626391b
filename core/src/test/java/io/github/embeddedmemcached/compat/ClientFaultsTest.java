package io.github.embeddedmemcached.compat;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.spotify.folsom.MemcacheClient;
import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheStatus;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.Fault;
import io.github.embeddedmemcached.testing.FaultRule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.OperationTimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests the reactions of clients to injected faults. */
@Timeout(60)
class ClientFaultsTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final int SHORT_MILLIS = 50;

    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @Test
    void shouldTimeOutInSpymemcachedAndRecover() throws Exception {
        var settings = new ConnectionFactoryBuilder().setOpTimeout(SHORT_MILLIS).build();
        var client = new MemcachedClient(settings, List.of(memcached.address()));
        try {
            memcached.cache().set("k", "text".getBytes(StandardCharsets.US_ASCII));
            FaultRule rule = memcached.faults().on(command("get")).once().inject(Fault.delay(LONG));
            assertThatThrownBy(() -> client.get("k")).isInstanceOf(OperationTimeoutException.class);
            assertThat(rule.timesTriggered()).isEqualTo(1);
            rule.remove();
            assertThat(client.asyncGet("k").get(20, TimeUnit.SECONDS)).isEqualTo("text");
        } finally {
            client.shutdown();
        }
    }

    @Test
    void shouldReportOutOfMemoryToXmemcached() throws Exception {
        var builder = new XMemcachedClientBuilder(List.of(memcached.address()));
        builder.setOpTimeout(TimeUnit.SECONDS.toMillis(20));
        var client = builder.build();
        try {
            memcached.faults().on(command("set")).nth(2).inject(Fault.outOfMemory());
            assertThat(client.set("k", 0, "one")).isTrue();
            assertThatThrownBy(() -> client.set("k", 0, "two")).hasMessageContaining("out of memory storing object");
            assertThat(client.<String>get("k")).isEqualTo("one");
        } finally {
            client.shutdown();
        }
    }

    @Test
    void shouldAcceptReconnectOfXmemcachedAfterReset() throws Exception {
        var builder = new XMemcachedClientBuilder(List.of(memcached.address()));
        builder.setOpTimeout(TimeUnit.SECONDS.toMillis(20));
        builder.setHealSessionInterval(1);
        var client = builder.build();
        try {
            client.setEnableHeartBeat(false);
            client.set("k", 0, "one");
            memcached.faults().on(command("get")).once().inject(Fault.resetAfter(3));
            assertThatThrownBy(() -> client.get("k")).isInstanceOf(Exception.class);
            eventually("the client has reconnected", () -> "one".equals(valueOrEmpty(client)));
        } finally {
            client.shutdown();
        }
    }

    private static Object valueOrEmpty(net.rubyeye.xmemcached.MemcachedClient client) {
        try {
            return client.get("k");
        } catch (Exception e) {
            return "";
        }
    }

    @Test
    void shouldTimeOutInFolsomAndAcceptItsReconnect() throws Exception {
        MemcacheClient<String> client = MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .withConnectionTimeoutMillis(SHORT_MILLIS)
                .connectAscii();
        try {
            client.awaitConnected(20, TimeUnit.SECONDS);
            assertThat(FolsomFixture.await(client.set("k", "one", 0))).isEqualTo(MemcacheStatus.OK);
            memcached.faults().on(command("get")).once().inject(Fault.stallAfter(10));
            assertThatThrownBy(() -> FolsomFixture.await(client.get("k"))).isInstanceOf(ExecutionException.class);
            eventually("the client has reconnected", client::isConnected);
            assertThat(FolsomFixture.await(client.get("k"))).isEqualTo("one");
        } finally {
            FolsomFixture.disconnect(client);
        }
    }
}
