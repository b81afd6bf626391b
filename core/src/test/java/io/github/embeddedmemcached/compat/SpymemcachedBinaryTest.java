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

/** The same with spymemcached over the binary protocol, and what it does over that only. */
class SpymemcachedBinaryTest extends SpymemcachedTest {
    private static final int HUGE_VALUE_TRIES = 8;

    @Override
    ConnectionFactoryBuilder.Protocol protocol() {
        return ConnectionFactoryBuilder.Protocol.BINARY;
    }

    /** Over this protocol the client keeps the reason to itself. */
    @Override
    void assertRefused(OperationFuture<?> answer, String reason) throws Exception {
        assertThat(answer.get()).isIn(false, -1L);
        assertThat(answer.getStatus().isSuccess()).isFalse();
    }

    /** Over this protocol the client doesn't send when. */
    @Override
    @Test
    void shouldFlushNowAndLater() throws Exception {
        client.set("key", 0, "a").get();
        assertThat(client.flush(10).get()).isTrue();
        assertThat(client.get("key")).isNull();
    }

    @Test
    void shouldGetAndTouch() throws Exception {
        assertThat(client.getAndTouch("key", 10)).isNull();
        client.set("key", 10, "a").get();
        long casUnique = client.gets("key").getCas();
        CASValue<Object> seen = client.getAndTouch("key", 20);
        assertThat(seen.getValue()).isEqualTo("a");
        assertThat(seen.getCas()).isEqualTo(casUnique);
        clock.advance(Duration.ofSeconds(19));
        assertThat(client.asyncGetAndTouch("key", 20).get().getValue()).isEqualTo("a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(client.getAndTouch("key", 20)).isNull();
    }

    @Test
    void shouldAppendOnlyToWhatWasSeen() throws Exception {
        client.set("key", 0, "a").get();
        long casUnique = client.gets("key").getCas();
        assertThat(client.append(casUnique + 1, "key", "b").get()).isFalse();
        assertThat(client.prepend(casUnique + 1, "key", "b").get()).isFalse();
        assertThat(client.append(casUnique, "key", "b").get()).isTrue();
        assertThat(client.get("key")).isEqualTo("ab");
    }

    @Test
    void shouldDeleteOnlyWhatWasSeen() throws Exception {
        client.set("key", 0, "a").get();
        long casUnique = client.gets("key").getCas();
        assertThat(client.delete("key", casUnique + 1).get()).isFalse();
        assertThat(client.delete("key", casUnique).get()).isTrue();
        assertThat(client.get("key")).isNull();
    }

    @Test
    void shouldTellTheCasUniqueOfWhatItStored() throws Exception {
        var stored = client.set("key", 0, "a");
        assertThat(stored.get()).isTrue();
        assertThat(stored.getCas()).isEqualTo(client.gets("key").getCas()).isPositive();
    }

    @Test
    void shouldCountWithoutADefaultOnlyWhatIsThere() {
        assertThat(client.incr("nothing", 1)).isEqualTo(-1);
        assertThat(client.decr("nothing", 1)).isEqualTo(-1);
    }

    /** The client hangs if it receives the reply while it still sends, which depends on chance: hence several tries. */
    @Test
    void shouldRefuseAValueOf21MegabytesAndGoOn() throws Exception {
        CachedData data = new CachedData(0, new byte[21 << 20], Integer.MAX_VALUE);
        for (int i = 0; i < HUGE_VALUE_TRIES; i++) {
            MemcachedClient other = connectTo(memcached);
            other.set("huge", 0, "small").get();
            assertRefused(other.set("huge", 0, data, new AsItIs()), "object too large for cache");
            assertThat(other.get("huge")).isNull();
            other.shutdown();
        }
    }

    private static final class AsItIs implements Transcoder<CachedData> {
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
