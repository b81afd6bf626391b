package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.junit.Memcached;
import io.github.embeddedmemcached.junit.StartMemcached;
import java.io.IOException;
import java.net.InetSocketAddress;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The application reads the address from a system property. The property is global to the JVM, so the server has the scope {@code RUN}.
 * Because only the address is used, this class can also run against a real memcached: {@code -Dembedded-memcached.external=host:port}.
 */
@StartMemcached(scope = StartMemcached.Scope.RUN)
class SystemPropertyTest {
    @BeforeAll
    static void setProperty(@Memcached InetSocketAddress memcached) {
        System.setProperty("shop.memcached", memcached.getHostString() + ":" + memcached.getPort());
    }

    /** Connects as the application does. */
    private static MemcachedClient connect() throws IOException {
        return new MemcachedClient(AddrUtil.getAddresses(System.getProperty("shop.memcached")));
    }

    @Test
    void shouldCacheProducts() throws IOException {
        var client = connect();
        new ProductCatalog(client, id -> "Teapot").name(7);
        assertThat(client.get("product:7")).isEqualTo("Teapot");
        client.shutdown();
    }

    @Test
    void shouldBeEmptyBeforeEachTest() throws IOException {
        var client = connect();
        assertThat(client.get("product:7")).isNull();
        client.shutdown();
    }
}
