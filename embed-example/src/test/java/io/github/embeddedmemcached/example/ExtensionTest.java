package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.junit.MemcachedExtension;
import java.util.concurrent.TimeUnit;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server that is configured by the builder. */
class ExtensionTest {
    @RegisterExtension
    static final MemcachedExtension memcached =
            new MemcachedExtension(EmbeddedMemcached.builder().threads(1).maxItemSizeBytes(4 << 20));

    @Test
    void shouldStoreALargeValue() throws Exception {
        MemcachedClient client = new MemcachedClient(memcached.address());
        byte[] value = new byte[3 << 20];
        assertThat(client.set("large", 60, value, new NoCompression()).get(30, TimeUnit.SECONDS))
                .isTrue();
        assertThat(memcached.cache().get("large")).hasSize(value.length);
        client.shutdown();
    }
}
