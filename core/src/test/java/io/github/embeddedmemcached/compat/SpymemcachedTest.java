package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import net.spy.memcached.CASMutator;
import net.spy.memcached.CASResponse;
import net.spy.memcached.CASValue;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.ConnectionObserver;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.internal.OperationFuture;
import net.spy.memcached.transcoders.LongTranscoder;
import net.spy.memcached.transcoders.SerializingTranscoder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests all commands of spymemcached over the text protocol; {@link SpymemcachedBinaryTest} uses the binary protocol. */
class SpymemcachedTest {
    private static final int LARGE_VALUE_LENGTH = 5 << 20;

    final TestClock clock = TestClock.startingAt(Instant.parse("2030-01-01T00:00:00Z"));
    EmbeddedMemcached memcached;
    MemcachedClient client;

    ConnectionFactoryBuilder.Protocol protocol() {
        return ConnectionFactoryBuilder.Protocol.TEXT;
    }

    void assertFails(OperationFuture<?> future, String errorMessage) throws Exception {
        assertThatThrownBy(future::get).hasMessageContaining(errorMessage);
    }

    @BeforeEach
    void connect() throws IOException {
        memcached = EmbeddedMemcached.builder()
                .clock(clock)
                .maxItemSizeBytes(2 * LARGE_VALUE_LENGTH)
                .start();
        client = connectTo(memcached);
    }

    MemcachedClient connectTo(EmbeddedMemcached server) throws IOException {
        var transcoder = new SerializingTranscoder(2 * LARGE_VALUE_LENGTH);
        var factory = new ConnectionFactoryBuilder()
                .setProtocol(protocol())
                .setOpTimeout(TimeUnit.SECONDS.toMillis(30))
                .setTranscoder(transcoder)
                .build();
        return new MemcachedClient(factory, List.of(server.address()));
    }

    @AfterEach
    void disconnect() {
        client.shutdown();
        memcached.close();
    }

    @Test
    void shouldSetAndGetObjectsOfAllTypes() throws Exception {
        var values = List.of("text", 42, 42L, (byte) 1, true, 1.5f, 2.5d, new ArrayList<>(List.of("a", "b")));
        for (Object value : values) {
            assertThat(client.set("key", 0, value).get()).isTrue();
            assertThat(client.get("key")).isEqualTo(value);
            assertThat(client.asyncGet("key").get()).isEqualTo(value);
        }
        assertThat(client.set("key", 0, new byte[] {0, 13, 10, -1}).get()).isTrue();
        assertThat(client.get("key")).isEqualTo(new byte[] {0, 13, 10, -1});
    }

    @Test
    void shouldReportMissingItems() throws Exception {
        assertThat(client.get("nothing")).isNull();
        assertThat(client.gets("nothing")).isNull();
        assertThat(client.getBulk("nothing", "nowhere")).isEmpty();
        assertThat(client.delete("nothing").get()).isFalse();
        assertThat(client.touch("nothing", 10).get()).isFalse();
        assertThat(client.incr("nothing", 1)).isEqualTo(-1);
        assertThat(client.append("nothing", "a").get()).isFalse();
        assertThat(client.replace("nothing", 0, "a").get()).isFalse();
        assertThat(client.cas("nothing", 1, "a")).isEqualTo(CASResponse.NOT_FOUND);
    }

    @Test
    void shouldAddOnlyMissingAndReplaceOnlyExistingItems() throws Exception {
        assertThat(client.replace("key", 0, "zero").get()).isFalse();
        assertThat(client.add("key", 0, "one").get()).isTrue();
        assertThat(client.add("key", 0, "two").get()).isFalse();
        assertThat(client.get("key")).isEqualTo("one");
        assertThat(client.replace("key", 0, "three").get()).isTrue();
        assertThat(client.get("key")).isEqualTo("three");
    }

    @Test
    void shouldAppendAndPrepend() throws Exception {
        client.set("key", 0, "b").get();
        assertThat(client.append("key", "c").get()).isTrue();
        assertThat(client.prepend("key", "a").get()).isTrue();
        assertThat(client.get("key")).isEqualTo("abc");
        long casUnique = client.gets("key").getCas();
        assertThat(client.append(casUnique, "key", "d").get()).isTrue();
        assertThat(client.gets("key").getCas()).isNotEqualTo(casUnique);
        assertThat(client.get("key")).isEqualTo("abcd");
    }

    @Test
    void shouldCompareAndSwap() throws Exception {
        client.set("key", 0, "one").get();
        CASValue<Object> item = client.gets("key");
        assertThat(client.cas("key", item.getCas(), "two")).isEqualTo(CASResponse.OK);
        assertThat(client.cas("key", item.getCas(), "three")).isEqualTo(CASResponse.EXISTS);
        assertThat(client.get("key")).isEqualTo("two");
        long casUnique = client.asyncGets("key").get().getCas();
        assertThat(client.asyncCAS("key", casUnique, 10, "four").get()).isEqualTo(CASResponse.OK);
        clock.advance(Duration.ofSeconds(10));
        assertThat(client.get("key")).isNull();
    }

    @Test
    void shouldRetryConcurrentCompareAndSwap() throws Exception {
        var mutator = new CASMutator<>(client, new LongTranscoder());
        int threads = 4;
        int rounds = 50;
        var workers = IntStream.range(0, threads)
                .mapToObj(i -> new Thread(() -> {
                    for (int round = 0; round < rounds; round++) {
                        addOne(mutator);
                    }
                }))
                .toList();
        workers.forEach(Thread::start);
        for (Thread worker : workers) {
            worker.join();
        }
        assertThat(client.get("sum", new LongTranscoder())).isEqualTo((long) threads * rounds);
    }

    private static void addOne(CASMutator<Long> mutator) {
        try {
            mutator.cas("sum", 1L, 0, sum -> sum + 1);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldIncrementAndDecrement() throws Exception {
        client.set("number", 0, "10").get();
        assertThat(client.incr("number", 5)).isEqualTo(15);
        assertThat(client.decr("number", 6)).isEqualTo(9);
        assertThat(client.asyncIncr("number", 1L).get()).isEqualTo(10);
        assertThat(client.asyncDecr("number", 1L).get()).isEqualTo(9);
        assertThat(client.decr("number", 100)).isZero();
        assertThat(client.incr("number", Integer.MAX_VALUE + 1L)).isEqualTo(Integer.MAX_VALUE + 1L);
    }

    @Test
    void shouldCreateCounterWithDefault() {
        assertThat(client.incr("hits", 1, 100L)).isEqualTo(100);
        assertThat(client.incr("hits", 1, 100L)).isEqualTo(101);
        assertThat(client.decr("lives", 1, 3L, 60)).isEqualTo(3);
        assertThat(client.decr("lives", 1, 3L, 60)).isEqualTo(2);
        clock.advance(Duration.ofSeconds(60));
        assertThat(client.decr("lives", 1, 3L, 60)).isEqualTo(3);
    }

    @Test
    void shouldRejectIncrementOfNonNumericValue() throws Exception {
        client.set("word", 0, "twelve").get();
        var future = client.asyncIncr("word", 1L);
        assertFails(future, "non-numeric value");
        assertThat(client.get("word")).isEqualTo("twelve");
    }

    @Test
    void shouldExpireItemsByClock() throws Exception {
        client.set("relative", 10, "a").get();
        client.set("absolute", Math.toIntExact(clock.instant().getEpochSecond()) + 20, "b")
                .get();
        client.set("never", 0, "c").get();
        assertThat(client.getBulk("relative", "absolute", "never")).hasSize(3);
        clock.advance(Duration.ofSeconds(10));
        assertThat(client.getBulk("relative", "absolute", "never")).containsOnlyKeys("absolute", "never");
        clock.advance(Duration.ofSeconds(10));
        assertThat(client.getBulk("relative", "absolute", "never")).containsOnlyKeys("never");
        clock.advance(Duration.ofDays(3650));
        assertThat(client.get("never")).isEqualTo("c");
    }

    @Test
    void shouldExtendExptimeByTouch() throws Exception {
        client.set("touched", 10, "a").get();
        client.set("untouched", 10, "b").get();
        assertThat(client.touch("touched", 20).get()).isTrue();
        clock.advance(Duration.ofSeconds(15));
        assertThat(client.getBulk("touched", "untouched")).containsOnlyKeys("touched");
        clock.advance(Duration.ofSeconds(5));
        assertThat(client.get("touched")).isNull();
    }

    @Test
    void shouldDelete() throws Exception {
        client.set("key", 0, "a").get();
        assertThat(client.delete("key").get()).isTrue();
        assertThat(client.delete("key").get()).isFalse();
        assertThat(client.add("key", 0, "b").get()).isTrue();
    }

    @Test
    void shouldFlushImmediatelyAndAfterDelay() throws Exception {
        client.set("key", 0, "a").get();
        assertThat(client.flush().get()).isTrue();
        assertThat(client.get("key")).isNull();
        client.set("key", 0, "b").get();
        assertThat(client.flush(10).get()).isTrue();
        assertThat(client.get("key")).isEqualTo("b");
        clock.advance(Duration.ofSeconds(11));
        assertThat(client.get("key")).isNull();
    }

    @Test
    void shouldGetManyKeysAtOnce() throws Exception {
        var stored = new HashMap<String, Object>();
        for (int i = 0; i < 2_000; i++) {
            stored.put("key-" + i, "value-" + i);
            client.set("key-" + i, 0, "value-" + i);
        }
        client.set("last", 0, "in the queue").get();
        assertThat(client.getBulk(stored.keySet())).isEqualTo(stored);
        assertThat(client.asyncGetBulk(stored.keySet()).get()).isEqualTo(stored);
        assertThat(client.getBulk("key-1", "key-2000")).containsOnlyKeys("key-1");
    }

    @Test
    void shouldStoreCompressedValues() throws Exception {
        String text = "all work and no play ".repeat(5_000);
        assertThat(client.set("compressed", 0, text).get()).isTrue();
        assertThat(client.get("compressed")).isEqualTo(text);
        assertThat(memcached.cache().get("compressed")).hasSizeLessThan(text.length() / 10);
    }

    @Test
    void shouldStoreLargeValues() throws Exception {
        var value = new byte[LARGE_VALUE_LENGTH];
        new Random(1).nextBytes(value);
        assertThat(client.set("large", 0, value).get()).isTrue();
        assertThat(Arrays.equals((byte[]) client.get("large"), value)).isTrue();
        assertThat(client.getBulk("large", "other")).containsOnlyKeys("large");
    }

    @Test
    void shouldRejectTooLargeItemAndContinue() throws Exception {
        var tooLarge = new byte[8_000];
        new Random(1).nextBytes(tooLarge);
        try (EmbeddedMemcached small =
                EmbeddedMemcached.builder().maxItemSizeBytes(1 << 10).start()) {
            MemcachedClient other = connectTo(small);
            other.set("key", 0, "small").get();
            assertFails(other.set("key", 0, tooLarge), "object too large for cache");
            assertThat(other.get("key")).isNull();
            assertThat(other.set("key", 0, "next").get()).isTrue();
            assertThat(other.get("key")).isEqualTo("next");
            other.shutdown();
        }
    }

    @Test
    void shouldAcceptKeysOf250BytesInUtf8() throws Exception {
        String key = "ключ-".repeat(27) + "7"; // 9 bytes each
        client.set(key, 0, "value").get();
        assertThat(client.get(key)).isEqualTo("value");
        String longest = "k".repeat(250);
        client.set(longest, 0, "value").get();
        assertThat(client.get(longest)).isEqualTo("value");
    }

    @Test
    void shouldReportVersionAndStatistics() throws Exception {
        client.set("key", 0, "value").get();
        client.get("key");
        client.get("nothing");
        assertThat(client.getVersions()).containsOnlyKeys(memcached.address());
        assertThat(client.getVersions().get(memcached.address())).startsWith("1.6.");
        Map<String, String> statistics = client.getStats().get(memcached.address());
        assertThat(statistics)
                .containsEntry("cmd_set", "1")
                .containsEntry("cmd_get", "2")
                .containsEntry("get_hits", "1")
                .containsEntry("get_misses", "1")
                .containsEntry("curr_items", "1")
                .containsEntry("total_items", "1");
        assertThat(client.getStats("settings").get(memcached.address()))
                .containsEntry("item_size_max", String.valueOf(2 * LARGE_VALUE_LENGTH))
                .containsEntry("cas_enabled", "yes");
    }

    @Test
    void shouldServeReconnectedClientAfterRestart() throws Exception {
        client.set("key", 0, "still here").get();
        var reconnected = new CountDownLatch(1);
        client.addObserver(new ConnectionObserver() {
            @Override
            public void connectionEstablished(SocketAddress address, int reconnects) {
                if (reconnects > 0) {
                    reconnected.countDown();
                }
            }

            @Override
            public void connectionLost(SocketAddress address) {}
        });
        memcached.stop();
        memcached.restart(EmbeddedMemcached.Items.KEPT);
        client.asyncGet("key"); // this client checks its connection only when it sends something
        assertThat(reconnected.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(client.get("key")).isEqualTo("still here");
    }

    @Test
    void shouldServeManyClientsAtOnce() throws Exception {
        var others = new ArrayList<MemcachedClient>();
        for (int i = 0; i < 20; i++) {
            others.add(new MemcachedClient(memcached.address()));
        }
        for (int i = 0; i < others.size(); i++) {
            assertThat(others.get(i).set("from-" + i, 0, i).get()).isTrue();
        }
        for (int i = 0; i < others.size(); i++) {
            assertThat(client.get("from-" + i)).isEqualTo(i);
        }
        others.forEach(MemcachedClient::shutdown);
    }
}
