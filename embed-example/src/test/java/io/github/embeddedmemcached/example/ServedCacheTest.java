package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.cache.TypedCache;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;

/** A cache that an application uses without a socket, and other processes by a client. */
class ServedCacheTest {
    @Test
    void shouldCountTheVisitsOfAllProcesses() throws Exception {
        try (Cache cache = Cache.builder().memoryLimitBytes(256L << 20).build()) {
            EmbeddedMemcached server = EmbeddedMemcached.builder().cache(cache).start(); // closed with the cache
            TypedCache<String, Long> visits = cache.typed(Codecs.utf8(), Codecs.decimal());
            visits.set("visits", 41L);

            MemcachedClient client = new MemcachedClient(server.address());
            long afterVisit = client.incr("visits", 1);
            client.shutdown();

            assertThat(afterVisit).isEqualTo(42);
            assertThat(visits.get("visits")).isEqualTo(42);
        }
    }
}
