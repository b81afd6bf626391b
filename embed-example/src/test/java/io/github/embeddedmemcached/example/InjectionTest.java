package io.github.embeddedmemcached.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.junit.MemcachedExtension;
import java.io.IOException;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The extension injects the server or its cache as a parameter. */
@ExtendWith(MemcachedExtension.class)
class InjectionTest {
    @Test
    void shouldReturnFromTheCacheWhatAClientStored(EmbeddedMemcached memcached, Cache cache) throws Exception {
        MemcachedClient client = new MemcachedClient(memcached.address());
        client.set("greeting", 0, "hello").get();
        assertThat(cache.get("greeting")).isEqualTo("hello".getBytes(UTF_8));
        client.shutdown();
    }

    @Test
    void shouldBeEmptyBeforeEachTest(Cache cache) {
        assertThat(cache.get("greeting")).isNull();
    }

    @Test
    void shouldServeSeveralClients(EmbeddedMemcached memcached) throws IOException {
        var one = new MemcachedClient(memcached.address());
        var other = new MemcachedClient(memcached.address());
        one.set("greeting", 0, "hello").getStatus();
        assertThat(other.get("greeting")).isEqualTo("hello");
        one.shutdown();
        other.shutdown();
    }
}
