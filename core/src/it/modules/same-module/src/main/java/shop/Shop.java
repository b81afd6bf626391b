package shop;

import io.github.embeddedmemcached.cache.Cache;
import java.nio.charset.StandardCharsets;

/** The application. */
class Shop {
    private final Cache cache = Cache.builder().memoryLimitBytes(2 << 20).build();

    void put(String key, String value) {
        cache.set(key, value.getBytes(StandardCharsets.UTF_8));
    }

    String get(String key) {
        byte[] value = cache.get(key);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }
}
