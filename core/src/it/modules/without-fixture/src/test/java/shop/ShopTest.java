package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.embeddedmemcached.EmbeddedMemcached;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ShopTest {
    @AutoClose
    static final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @Test
    void shouldRunInModuleOfApplication() {
        assertEquals("shop", Shop.class.getModule().getName());
        assertEquals("io.github.embeddedmemcached", EmbeddedMemcached.class.getModule().getName());
        assertTrue(memcached.isRunning());
    }

    @Test
    void shouldReturnStoredValue() {
        var shop = new Shop();
        shop.put("teapot", "green");
        assertEquals("green", shop.get("teapot"));
    }
}
