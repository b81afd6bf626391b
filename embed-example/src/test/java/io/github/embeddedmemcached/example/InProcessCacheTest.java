package io.github.embeddedmemcached.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.StoreResult;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A cache without a server. */
class InProcessCacheTest {
    @Test
    void shouldStoreAPage() {
        byte[] page = "<html>".getBytes(UTF_8);

        Cache cache = Cache.builder().memoryLimitBytes(256L << 20).build();
        StoreResult result = cache.set("page:/", page, Duration.ofMinutes(10));
        byte[] cached = cache.get("page:/"); // null if it is absent or expired

        assertThat(result).isEqualTo(StoreResult.STORED);
        assertThat(cached).isEqualTo(page);
        cache.close();
    }
}
