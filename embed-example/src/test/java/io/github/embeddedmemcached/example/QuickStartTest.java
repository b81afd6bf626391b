package io.github.embeddedmemcached.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.junit.StartMemcached;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;

@StartMemcached
class QuickStartTest {
    @Test
    void shouldStoreAValue(EmbeddedMemcached memcached) throws Exception {
        MemcachedClient client = new MemcachedClient(memcached.address());

        client.set("greeting", 60, "hello").get();

        assertEquals("hello", client.get("greeting"));
        assertArrayEquals("hello".getBytes(), memcached.cache().get("greeting")); // the same item, without a client
        client.shutdown();
    }
}
