package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.junit.Memcached;
import io.github.embeddedmemcached.junit.StartMemcached;
import java.io.IOException;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;

/** Two servers, both running and empty before each test. */
@StartMemcached(name = "products", memory = "16MB")
@StartMemcached(name = "pages", itemSizeMax = "4MB")
class NamedServersTest {
    @Test
    void shouldStoreProductsOnlyOnTheirServer(
            @Memcached("products") EmbeddedMemcached products, @Memcached("pages") Cache pages) throws IOException {
        var client = new MemcachedClient(products.address());
        var catalog = new ProductCatalog(client, id -> "Teapot");
        catalog.name(7);
        catalog.name(7); // sent after the set on the same connection, so the product is cached
        assertThat(products.cache().get("product:7")).isNotNull();
        assertThat(pages.get("product:7")).isNull();
        client.shutdown();
    }

    @Test
    void shouldStoreLargePages(@Memcached("products") Cache products, @Memcached("pages") Cache pages) {
        byte[] page = new byte[3 << 20];
        assertThat(pages.set("page:/", page)).isEqualTo(StoreResult.STORED);
        assertThat(products.set("page:/", page)).isEqualTo(StoreResult.TOO_LARGE);
    }
}
