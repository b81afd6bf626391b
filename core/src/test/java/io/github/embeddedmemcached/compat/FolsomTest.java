package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.spotify.folsom.AsciiMemcacheClient;
import com.spotify.folsom.GetResult;
import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheStatus;
import com.spotify.folsom.client.tls.DefaultSSLEngineFactory;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.TestTls;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tests Spotify's folsom over the text protocol. */
class FolsomTest extends FolsomFixture<AsciiMemcacheClient<String>> {
    @Override
    AsciiMemcacheClient<String> connect(MemcacheClientBuilder<String> builder) {
        return builder.connectAscii();
    }

    @Test
    void shouldExecuteAllStoreCommands() throws Exception {
        assertThat(await(client.replace("key", "zero", NEVER))).isEqualTo(MemcacheStatus.ITEM_NOT_STORED);
        assertThat(await(client.append("key", "zero"))).isEqualTo(MemcacheStatus.ITEM_NOT_STORED);
        assertThat(await(client.add("key", "b", NEVER))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.add("key", "x", NEVER))).isEqualTo(MemcacheStatus.ITEM_NOT_STORED);
        assertThat(await(client.append("key", "c"))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.prepend("key", "a"))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.get("key"))).isEqualTo("abc");
        assertThat(await(client.replace("key", "d", NEVER))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.set("key", "e", NEVER))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.get("key"))).isEqualTo("e");
    }

    @Test
    void shouldCompareAndSwap() throws Exception {
        await(client.set("key", "one", NEVER));
        GetResult<String> item = await(client.casGet("key"));
        assertThat(await(client.set("key", "two", NEVER, item.getCas()))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.set("key", "three", NEVER, item.getCas()))).isEqualTo(MemcacheStatus.KEY_EXISTS);
        assertThat(await(client.set("nothing", "x", NEVER, 1L))).isEqualTo(MemcacheStatus.KEY_NOT_FOUND);
        assertThat(await(client.get("key"))).isEqualTo("two");
    }

    @Test
    void shouldGetSeveralKeysAtOnce() throws Exception {
        await(client.set("a", "1", NEVER));
        await(client.set("c", "3", NEVER));
        assertThat(await(client.get(List.of("a", "b", "c")))).isEqualTo(Arrays.asList("1", null, "3"));
        assertThat(await(client.casGetAsMap(List.of("a", "b", "c")))).containsOnlyKeys("a", "c");
    }

    @Test
    void shouldIncrementAndDecrement() throws Exception {
        await(client.set("number", "10", NEVER));
        assertThat(await(client.incr("number", 5))).isEqualTo(15);
        assertThat(await(client.decr("number", 6))).isEqualTo(9);
        assertThat(await(client.incr("nothing", 1))).isNull();
    }

    @Test
    void shouldExpireTouchDeleteAndFlush() throws Exception {
        await(client.set("key", "a", 10));
        assertThat(await(client.touch("key", 20))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.touch("nothing", 20))).isEqualTo(MemcacheStatus.KEY_NOT_FOUND);
        clock.advance(Duration.ofSeconds(19));
        assertThat(await(client.get("key"))).isEqualTo("a");
        clock.advance(Duration.ofSeconds(1));
        assertThat(await(client.get("key"))).isNull();
        await(client.set("key", "b", NEVER));
        assertThat(await(client.delete("key"))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.delete("key"))).isEqualTo(MemcacheStatus.KEY_NOT_FOUND);
        await(client.set("key", "c", NEVER));
        assertThat(await(client.flushAll(0))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.get("key"))).isNull();
    }

    @Test
    void shouldReportStatistics() throws Exception {
        await(client.set("key", "a", NEVER));
        var statistics = await(client.getStats("")).values();
        assertThat(statistics)
                .singleElement()
                .satisfies(node -> assertThat(node.getStats())
                        .containsEntry("curr_items", "1")
                        .containsEntry("cmd_set", "1"));
    }

    @Test
    void shouldSupportTls() throws Exception {
        try (EmbeddedMemcached secure =
                EmbeddedMemcached.builder().tls(TestTls.serverContext()).start()) {
            AsciiMemcacheClient<String> client = builder(secure)
                    .withSSLEngineFactory(new DefaultSSLEngineFactory(TestTls.clientContext(), true))
                    .connectAscii();
            client.awaitConnected(30, TimeUnit.SECONDS);
            String large = "x".repeat(500_000);
            assertThat(await(client.set("key", large, NEVER))).isEqualTo(MemcacheStatus.OK);
            for (int i = 0; i < 10; i++) {
                assertThat(await(client.get("key"))).isEqualTo(large);
            }
            assertThat(await(client.get(List.of("key", "none")))).containsExactly(large, null);
            disconnect(client);
        }
    }
}
