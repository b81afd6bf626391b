package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.junit.MemcachedExtension;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.RegisterExtension;

class MemcachedExtensionTest {
    @RegisterExtension
    static final MemcachedExtension memcached =
            new MemcachedExtension(EmbeddedMemcached.builder().memoryLimitBytes(4 << 20));

    @RepeatedTest(2)
    void shouldBeEmptyBeforeEachTest(EmbeddedMemcached server) {
        assertEquals(null, EmbeddedMemcached.class.getModule().getName());
        assertEquals(memcached.port(), server.port());
        assertNull(memcached.cache().get("k"));
        memcached.cache().set("k", new byte[1]);
    }
}
