package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.junit.MemcachedExtension;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With the extension: one memcached for the class, empty when a test begins, and a clock that the test moves. */
class ProductCatalogExpiryTest {
    static final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T12:00:00Z"));

    @RegisterExtension
    static final MemcachedExtension memcached =
            new MemcachedExtension(EmbeddedMemcached.builder().clock(now::get));

    @Test
    void shouldAskTheDatabaseAgainAfterTenMinutes() throws IOException {
        var client = new MemcachedClient(memcached.address());
        var queries = new ArrayList<Integer>();
        var catalog = new ProductCatalog(client, id -> {
            queries.add(id);
            return "Teapot";
        });

        catalog.name(7);
        catalog.name(7); // this get follows that set on the same connection: the product is in the cache now
        now.updateAndGet(time -> time.plus(Duration.ofMinutes(9)));
        catalog.name(7);
        assertThat(queries).containsExactly(7);

        now.updateAndGet(time -> time.plus(Duration.ofMinutes(1)));
        catalog.name(7);
        assertThat(queries).containsExactly(7, 7);
        client.shutdown();
    }
}
