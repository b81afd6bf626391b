package io.github.embeddedmemcached.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server without the extension: JUnit's {@code @AutoClose} closes it after the last test of the class. */
class ProductCatalogTest {
    @AutoClose
    static final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @AutoClose("shutdown")
    final MemcachedClient client = connect();

    final List<Integer> queries = new ArrayList<>();
    final ProductCatalog catalog = new ProductCatalog(client, this::query);

    String query(int id) {
        queries.add(id);
        return "Teapot";
    }

    static MemcachedClient connect() {
        try {
            return new MemcachedClient(memcached.address());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void flushCache() {
        memcached.cache().flushAll();
    }

    @Test
    void shouldQueryTheDatabaseOnce() {
        assertThat(catalog.name(7)).isEqualTo("Teapot");
        assertThat(catalog.name(7)).isEqualTo("Teapot");
        assertThat(queries).containsExactly(7);
    }

    @Test
    void shouldQueryTheDatabaseAgainAfterAChange() {
        catalog.name(7);
        catalog.changed(7);
        catalog.name(7);
        assertThat(queries).containsExactly(7, 7);
    }

    @Test
    void shouldReturnProductCachedByAnotherInstance() {
        memcached.cache().set("product:8", "Cup".getBytes(UTF_8));
        assertThat(catalog.name(8)).isEqualTo("Cup");
        assertThat(queries).isEmpty();
    }
}
