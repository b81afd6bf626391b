package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.spotify.folsom.BinaryMemcacheClient;
import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheStatus;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Tests Spotify's folsom over the binary protocol, without getAndTouch of several keys: for that the client sends a malformed request, a
 * get with an exptime.
 */
class FolsomBinaryTest extends FolsomFixture<BinaryMemcacheClient<String>> {
    @Override
    BinaryMemcacheClient<String> connect(MemcacheClientBuilder<String> builder) {
        return builder.connectBinary();
    }

    @Test
    void shouldExecuteAllStoreCommands() throws Exception {
        assertThat(await(client.replace("key", "zero", NEVER))).isEqualTo(MemcacheStatus.KEY_NOT_FOUND);
        assertThat(await(client.append("key", "zero"))).isEqualTo(MemcacheStatus.ITEM_NOT_STORED);
        assertThat(await(client.prepend("key", "zero"))).isEqualTo(MemcacheStatus.ITEM_NOT_STORED);
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
    void shouldCompareCasUniques() throws Exception {
        await(client.set("key", "b", NEVER));
        long casUnique = await(client.casGet("key")).getCas();
        assertThat(await(client.set("key", "x", NEVER, casUnique + 1))).isEqualTo(MemcacheStatus.KEY_EXISTS);
        assertThat(await(client.replace("key", "x", NEVER, casUnique + 1))).isEqualTo(MemcacheStatus.KEY_EXISTS);
        assertThat(await(client.append("key", "x", casUnique + 1))).isEqualTo(MemcacheStatus.KEY_EXISTS);
        assertThat(await(client.prepend("key", "x", casUnique + 1))).isEqualTo(MemcacheStatus.KEY_EXISTS);
        assertThat(await(client.delete("key", casUnique + 1))).isEqualTo(MemcacheStatus.KEY_EXISTS);
        assertThat(await(client.set("nothing", "x", NEVER, casUnique))).isEqualTo(MemcacheStatus.KEY_NOT_FOUND);
        assertThat(await(client.append("key", "c", casUnique))).isEqualTo(MemcacheStatus.OK);
        casUnique = await(client.casGet("key")).getCas();
        assertThat(await(client.prepend("key", "a", casUnique))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.get("key"))).isEqualTo("abc");
        casUnique = await(client.casGet("key")).getCas();
        assertThat(await(client.replace("key", "d", NEVER, casUnique))).isEqualTo(MemcacheStatus.OK);
        casUnique = await(client.casGet("key")).getCas();
        assertThat(await(client.delete("key", casUnique))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.get("key"))).isNull();
    }

    @Test
    void shouldGetSeveralKeysAtOnce() throws Exception {
        await(client.set("a", "1", NEVER));
        await(client.set("c", "3", NEVER));
        assertThat(await(client.get(List.of("a", "b", "c")))).isEqualTo(Arrays.asList("1", null, "3"));
        assertThat(await(client.getAsMap(List.of("a", "b", "c")))).containsOnlyKeys("a", "c");
        assertThat(await(client.casGetAsMap(List.of("a", "b", "c")))).containsOnlyKeys("a", "c");
    }

    @Test
    void shouldIncrementAndDecrement() throws Exception {
        assertThat(await(client.incr("number", 5, 10, NEVER))).isEqualTo(10);
        assertThat(await(client.incr("number", 5, 10, NEVER))).isEqualTo(15);
        assertThat(await(client.decr("number", 6, 10, NEVER))).isEqualTo(9);
        assertThat(await(client.decr("number", 60, 10, NEVER))).isZero();
        assertThat(await(client.decr("lives", 1, 3, 10))).isEqualTo(3);
        clock.advance(Duration.ofSeconds(10));
        assertThat(await(client.get("lives"))).isNull();
    }

    @Test
    void shouldExpireTouchDeleteAndFlush() throws Exception {
        await(client.set("key", "a", 10));
        assertThat(await(client.touch("key", 20))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.touch("nothing", 20))).isEqualTo(MemcacheStatus.KEY_NOT_FOUND);
        clock.advance(Duration.ofSeconds(19));
        assertThat(await(client.getAndTouch("key", 5))).isEqualTo("a");
        clock.advance(Duration.ofSeconds(4));
        assertThat(await(client.casGetAndTouch("key", 5)).getValue()).isEqualTo("a");
        clock.advance(Duration.ofSeconds(5));
        assertThat(await(client.getAndTouch("key", 5))).isNull();
        await(client.set("key", "b", NEVER));
        assertThat(await(client.delete("key"))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.delete("key"))).isEqualTo(MemcacheStatus.KEY_NOT_FOUND);
        await(client.set("key", "c", NEVER));
        assertThat(await(client.flushAll(0))).isEqualTo(MemcacheStatus.OK);
        assertThat(await(client.get("key"))).isNull();
    }

    @Test
    void shouldReportStatistics() throws Exception {
        await(client.noop());
        await(client.set("key", "a", NEVER));
        var statistics = await(client.getStats("")).values();
        assertThat(statistics)
                .singleElement()
                .satisfies(node -> assertThat(node.getStats())
                        .containsEntry("curr_items", "1")
                        .containsEntry("cmd_set", "1"));
    }
}
