package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.spy.memcached.CASValue;
import net.spy.memcached.CachedData;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.internal.OperationFuture;
import net.spy.memcached.transcoders.Transcoder;
import org.junit.jupiter.api.Test;

/** Runs the tests of spymemcached over the binary protocol, and tests the commands that it supports only over this protocol. */
class SpymemcachedBinaryTest extends SpymemcachedTest {
    private static final int HUGE_VALUE_TRIES = 8;

    @Override
    ConnectionFactoryBuilder.Protocol protocol() {
        return ConnectionFactoryBuilder.Protocol.BINARY;
    }

    /** Over this protocol the client does not report the error message. */
    @Override
    void assertFails(OperationFuture<?> future, String errorMessage) throws Exception {
        assertThat(future.get()).isIn(false, -1L);
        assertThat(future.getStatus().isSuccess()).isFalse();
    }

    /** Over this protocol the client does not send the delay. */
    @Override
    @Test
    void shouldFlushImmediatelyAndAfterDelay() throws Exception {
        client.set("key", 0, "a").get();
        assertThat(client.flush(10).get()).isTrue();
        assertThat(client.get("key")).isNull();
    }

    @Test
    void shouldGetAndTouch() throws Exception {
        assertThat(client.getAndTouch("key", 10)).isNull();
        client.set("key", 10, "a").get();
        long casUnique = client.gets("key").getCas();
        CASValue<Object> item = client.getAndTouch("key", 20);
        assertThat(item.getValue()).isEqualTo("a");
        assertThat(item.getCas()).isEqualTo(casUnique);
        clock.advance(Duration.ofSeconds(19));
        assertThat(client.asyncGetAndTouch("key", 20).get().getValue()).isEqualTo("a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(client.getAndTouch("key", 20)).isNull();
    }

    @Test
    void shouldAppendAndPrependOnlyIfCasUniqueMatches() throws Exception {
        client.set("key", 0, "a").get();
        long casUnique = client.gets("key").getCas();
        assertThat(client.append(casUnique + 1, "key", "b").get()).isFalse();
        assertThat(client.prepend(casUnique + 1, "key", "b").get()).isFalse();
        assertThat(client.append(casUnique, "key", "b").get()).isTrue();
        assertThat(client.get("key")).isEqualTo("ab");
    }

    @Test
    void shouldDeleteOnlyIfCasUniqueMatches() throws Exception {
        client.set("key", 0, "a").get();
        long casUnique = client.gets("key").getCas();
        assertThat(client.delete("key", casUnique + 1).get()).isFalse();
        assertThat(client.delete("key", casUnique).get()).isTrue();
        assertThat(client.get("key")).isNull();
    }

    @Test
    void shouldReturnCasUniqueOfStoredItem() throws Exception {
        var future = client.set("key", 0, "a");
        assertThat(future.get()).isTrue();
        assertThat(future.getCas()).isEqualTo(client.gets("key").getCas()).isPositive();
    }

    @Test
    void shouldNotIncrementMissingItemWithoutDefault() {
        assertThat(client.incr("nothing", 1)).isEqualTo(-1);
        assertThat(client.decr("nothing", 1)).isEqualTo(-1);
    }

    /** The client hangs if it receives the reply while it is still sending. This depends on the timing, so the test tries it repeatedly. */
    @Test
    void shouldRejectValueOf21MebibytesAndContinue() throws Exception {
        CachedData data = new CachedData(0, new byte[21 << 20], Integer.MAX_VALUE);
        for (int i = 0; i < HUGE_VALUE_TRIES; i++) {
            MemcachedClient other = connectTo(memcached);
            other.set("huge", 0, "small").get();
            assertFails(other.set("huge", 0, data, new IdentityTranscoder()), "object too large for cache");
            assertThat(other.get("huge")).isNull();
            other.shutdown();
        }
    }

    private static final class IdentityTranscoder implements Transcoder<CachedData> {
        @Override
        public boolean asyncDecode(CachedData data) {
            return false;
        }

        @Override
        public CachedData encode(CachedData data) {
            return data;
        }

        @Override
        public CachedData decode(CachedData data) {
            return data;
        }

        @Override
        public int getMaxSize() {
            return Integer.MAX_VALUE;
        }
    }
}
