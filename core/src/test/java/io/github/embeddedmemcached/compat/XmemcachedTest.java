package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.CASOperation;
import net.rubyeye.xmemcached.CommandFactory;
import net.rubyeye.xmemcached.Counter;
import net.rubyeye.xmemcached.GetsResponse;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.command.TextCommandFactory;
import net.rubyeye.xmemcached.transcoders.CompressionMode;
import net.rubyeye.xmemcached.transcoders.SerializingTranscoder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests all commands of xmemcached over the text protocol, except the delayed flush_all, which the client does not send. {@link
 * XmemcachedBinaryTest} uses the binary protocol.
 */
class XmemcachedTest {
    final TestClock clock = TestClock.startingAt(Instant.parse("2030-01-01T00:00:00Z"));
    EmbeddedMemcached memcached;
    MemcachedClient client;

    CommandFactory commandFactory() {
        return new TextCommandFactory();
    }

    @BeforeEach
    void connect() throws IOException {
        memcached = EmbeddedMemcached.builder().clock(clock).start();
        var builder = new XMemcachedClientBuilder(List.of(memcached.address()));
        builder.setCommandFactory(commandFactory());
        builder.setOpTimeout(TimeUnit.SECONDS.toMillis(30));
        builder.setConnectTimeout(TimeUnit.SECONDS.toMillis(30));
        builder.setEnableHealSession(false);
        client = builder.build();
        client.setEnableHeartBeat(false);
    }

    @AfterEach
    void disconnect() throws IOException {
        client.shutdown();
        memcached.close();
    }

    private static <T> CASOperation<T> change(T newValue) {
        return new CASOperation<>() {
            @Override
            public int getMaxTries() {
                return 1;
            }

            @Override
            public T getNewValue(long currentCas, T currentValue) {
                return newValue;
            }
        };
    }

    @Test
    void shouldSetAndGetObjectsOfAllTypes() throws Exception {
        var values = List.of("text", 42, 42L, (byte) 1, true, 1.5f, 2.5d, Map.of("a", 1));
        for (Object value : values) {
            assertThat(client.set("key", 0, value)).isTrue();
            assertThat(client.<Object>get("key")).isEqualTo(value);
        }
        assertThat(client.set("key", 0, new byte[] {0, 13, 10, -1})).isTrue();
        assertThat(client.<byte[]>get("key")).isEqualTo(new byte[] {0, 13, 10, -1});
    }

    @Test
    void shouldReportMissingItems() throws Exception {
        assertThat(client.<String>get("nothing")).isNull();
        assertThat(client.<String>gets("nothing")).isNull();
        assertThat(client.<String>get(List.of("nothing", "nowhere"))).isEmpty();
        assertThat(client.delete("nothing")).isFalse();
        assertThat(client.touch("nothing", 10)).isFalse();
        assertThat(client.append("nothing", "a")).isFalse();
        assertThat(client.prepend("nothing", "a")).isFalse();
        assertThat(client.replace("nothing", 0, "a")).isFalse();
        assertThat(client.cas("nothing", 0, "a", 1)).isFalse();
    }

    @Test
    void shouldAddOnlyMissingAndReplaceOnlyExistingItems() throws Exception {
        assertThat(client.replace("key", 0, "zero")).isFalse();
        assertThat(client.add("key", 0, "one")).isTrue();
        assertThat(client.add("key", 0, "two")).isFalse();
        assertThat(client.<String>get("key")).isEqualTo("one");
        assertThat(client.replace("key", 0, "three")).isTrue();
        assertThat(client.<String>get("key")).isEqualTo("three");
    }

    @Test
    void shouldAppendAndPrepend() throws Exception {
        client.set("key", 0, "b");
        assertThat(client.append("key", "c")).isTrue();
        assertThat(client.prepend("key", "a")).isTrue();
        assertThat(client.<String>get("key")).isEqualTo("abc");
    }

    @Test
    void shouldCompareAndSwap() throws Exception {
        client.set("key", 0, "one");
        GetsResponse<String> item = client.gets("key");
        assertThat(client.cas("key", 0, "two", item.getCas())).isTrue();
        assertThat(client.cas("key", 0, "three", item.getCas())).isFalse();
        assertThat(client.cas("key", 0, change("four"))).isTrue();
        assertThat(client.<String>get("key")).isEqualTo("four");
        client.casWithNoReply("key", 0, change("five"));
        assertThat(client.<String>get("key")).isEqualTo("five");
        Map<String, GetsResponse<String>> items = client.gets(List.of("key", "nothing"));
        assertThat(items).containsOnlyKeys("key");
    }

    @Test
    void shouldIncrementAndDecrement() throws Exception {
        assertThat(client.incr("number", 5, 10)).isEqualTo(10);
        assertThat(client.incr("number", 5)).isEqualTo(15);
        assertThat(client.decr("number", 6)).isEqualTo(9);
        assertThat(client.decr("number", 100)).isZero();
        assertThat(client.decr("lives", 1, 3, TimeUnit.SECONDS.toMillis(30), 60))
                .isEqualTo(3);
        clock.advance(Duration.ofSeconds(60));
        assertThat(client.<String>get("lives")).isNull();
        client.set("word", 0, "twelve");
        assertThatThrownBy(() -> client.incr("word", 1)).hasMessageContaining("non-numeric value");
    }

    @Test
    void shouldSupportCounters() throws Exception {
        Counter counter = client.getCounter("counter", 7);
        assertThat(counter.get()).isEqualTo(7);
        assertThat(counter.incrementAndGet()).isEqualTo(8);
        assertThat(counter.addAndGet(10)).isEqualTo(18);
        assertThat(counter.addAndGet(-8)).isEqualTo(10);
        assertThat(counter.decrementAndGet()).isEqualTo(9); // blank-padded to two bytes by the server
        assertThat(counter.get()).isEqualTo(9);
        counter.set(1);
        assertThat(counter.get()).isEqualTo(1);
    }

    @Test
    void shouldExecuteCommandsWithNoreply() throws Exception {
        client.setWithNoReply("key", 0, "b");
        client.appendWithNoReply("key", "c");
        client.prependWithNoReply("key", "a");
        assertThat(client.<String>get("key")).isEqualTo("abc");
        client.addWithNoReply("key", 0, "other");
        assertThat(client.<String>get("key")).isEqualTo("abc");
        client.replaceWithNoReply("key", 0, "5");
        client.incrWithNoReply("key", 10);
        client.decrWithNoReply("key", 3);
        assertThat(client.<String>get("key")).isEqualTo("12");
        client.incrWithNoReply("nothing", 1); // the error is not sent
        client.deleteWithNoReply("key");
        assertThat(client.<String>get("key")).isNull();
        client.set("key", 0, "d");
        client.flushAllWithNoReply();
        assertThat(client.<String>get("key")).isNull();
        client.setLoggingLevelVerbosityWithNoReply(memcached.address(), 0);
        assertThat(client.<String>get("key")).isNull();
    }

    @Test
    void shouldExpireItemsByClock() throws Exception {
        client.set("relative", 10, "a");
        client.set("absolute", Math.toIntExact(clock.instant().getEpochSecond()) + 20, "b");
        client.set("touched", 10, "c");
        assertThat(client.touch("touched", 30)).isTrue();
        var keys = List.of("relative", "absolute", "touched");
        assertThat(client.<String>get(keys)).hasSize(3);
        clock.advance(Duration.ofSeconds(10));
        assertThat(client.<String>get(keys)).containsOnlyKeys("absolute", "touched");
        clock.advance(Duration.ofSeconds(10));
        assertThat(client.<String>get(keys)).containsOnlyKeys("touched");
        clock.advance(Duration.ofSeconds(10));
        assertThat(client.<String>get(keys)).isEmpty();
    }

    @Test
    void shouldDelete() throws Exception {
        client.set("key", 0, "a");
        assertThat(client.delete("key")).isTrue();
        assertThat(client.delete("key")).isFalse();
    }

    @Test
    void shouldFlush() throws Exception {
        client.set("key", 0, "a");
        client.flushAll();
        assertThat(client.<String>get("key")).isNull();
        client.set("key", 0, "b");
        client.flushAll(memcached.address());
        assertThat(client.<String>get("key")).isNull();
    }

    @Test
    void shouldGetManyKeysAtOnce() throws Exception {
        var stored = new HashMap<String, String>();
        for (int i = 0; i < 2_000; i++) {
            stored.put("key-" + i, "value-" + i);
            client.setWithNoReply("key-" + i, 0, "value-" + i);
        }
        assertThat(client.<String>get(stored.keySet())).isEqualTo(stored);
        assertThat(client.<String>gets(stored.keySet())).hasSize(2_000);
    }

    @Test
    void shouldStoreCompressedValues() throws Exception {
        for (CompressionMode mode : CompressionMode.values()) {
            var transcoder = new SerializingTranscoder();
            transcoder.setCompressionMode(mode);
            String text = "all work and no play ".repeat(5_000);
            assertThat(client.set("compressed", 0, text, transcoder)).isTrue();
            assertThat(client.<Object>get("compressed", transcoder)).isEqualTo(text);
        }
    }

    @Test
    void shouldStoreLargeValues() throws Exception {
        var value = new byte[1_000_000];
        new Random(1).nextBytes(value);
        assertThat(client.set("large", 0, value)).isTrue();
        assertThat(Arrays.equals(client.<byte[]>get("large"), value)).isTrue();
    }

    @Test
    void shouldSeparateNamespaces() throws Exception {
        client.withNamespace("one", c -> c.set("key", 0, "a"));
        client.withNamespace("two", c -> c.set("key", 0, "b"));
        assertThat(client.<String>withNamespace("one", c -> c.get("key"))).isEqualTo("a");
        client.invalidateNamespace("one");
        assertThat(client.<String>withNamespace("one", c -> c.get("key"))).isNull();
        assertThat(client.<String>withNamespace("two", c -> c.get("key"))).isEqualTo("b");
    }

    @Test
    void shouldReportVersionAndStatistics() throws Exception {
        client.set("key", 0, "value");
        client.get("key");
        assertThat(client.getVersions().get(memcached.address())).startsWith("1.6.");
        assertThat(client.getStats().get(memcached.address()))
                .containsEntry("cmd_set", "1")
                .containsEntry("get_hits", "1")
                .containsEntry("curr_items", "1");
        assertThat(client.getStatsByItem("settings").get(memcached.address())).containsEntry("cas_enabled", "yes");
        client.setLoggingLevelVerbosity(memcached.address(), 0);
    }
}
