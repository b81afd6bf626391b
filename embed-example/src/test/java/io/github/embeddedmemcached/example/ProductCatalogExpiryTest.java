package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;

/** Tests expiry by advancing the clock, without waiting. */
class ProductCatalogExpiryTest {
    @Test
    void shouldQueryTheDatabaseAgainAfterTenMinutes() throws IOException {
        try (var memcached = EmbeddedMemcached.start()) {
            memcached.clock().freeze();
            var client = new MemcachedClient(memcached.address());
            var queries = new ArrayList<Integer>();
            var catalog = new ProductCatalog(client, id -> {
                queries.add(id);
                return "Teapot";
            });

            catalog.name(7);
            catalog.name(7); // sent after the set on the same connection, so the product is cached
            memcached.clock().advance(Duration.ofMinutes(9));
            catalog.name(7);
            assertThat(queries).containsExactly(7);

            memcached.clock().advance(Duration.ofMinutes(1));
            catalog.name(7);
            assertThat(queries).containsExactly(7, 7);
            client.shutdown();
        }
    }
}
