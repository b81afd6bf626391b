package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.junit.Memcached;
import io.github.embeddedmemcached.junit.StartMemcached;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

@StartMemcached(memory = "4m")
@StartMemcached(name = "pages", memory = "8m", scope = StartMemcached.Scope.METHOD)
class StartMemcachedTest {
    private final EmbeddedMemcached pages;

    StartMemcachedTest(@Memcached("pages") EmbeddedMemcached pages) {
        this.pages = pages;
    }

    @RepeatedTest(2)
    void shouldBeEmptyBeforeEachTest(EmbeddedMemcached memcached, Cache cache, @Memcached InetSocketAddress address) {
        assertEquals("io.github.embeddedmemcached", EmbeddedMemcached.class.getModule().getName());
        assertEquals("shop", getClass().getModule().getName());
        assertEquals(null, Test.class.getModule().getName());
        assertEquals(memcached.address(), address);
        assertEquals(4 << 20, cache.memoryLimitBytes());
        assertNull(cache.get("k"));
        cache.set("k", new byte[1]);
    }

    @Nested
    class NestedTests {
        @Test
        void shouldUseServersOfEnclosingClass(@Memcached("pages") EmbeddedMemcached same) {
            assertSame(pages, same);
        }
    }
}
